from datetime import timedelta

from odoo import fields
from odoo.tests import TransactionCase, tagged
from odoo.tools import SQL


@tagged("post_install", "-at_install")
class TestReportCleaning(TransactionCase):
    """The source of a returned mail goes after a time, what it said stays."""

    def receive(self, days):
        source = (
            b"From: MAILER-DAEMON@dest.test\r\nTo: bounce@odoo.test\r\nSubject: failure %d\r\n\r\nfailed\r\n" % days
        )
        self.env["mail.report"]._receive(self.env["mail.report.matcher"]._incoming(source), origin="gateway")
        report = self.env["mail.report"].search([], order="id desc", limit=1)
        created = fields.Datetime.now() - timedelta(days=days)
        self.env.execute_query(
            SQL("UPDATE mail_report SET create_date = %s WHERE id = %s RETURNING id", created, report.id)
        )
        return report

    def clean(self):
        result = self.env["mail.report"]._gc_sources()
        self.env.invalidate_all()
        return result

    def set_days(self, days):
        self.env["res.config.settings"].create({"mail_source_days": days}).execute()

    def test_old_sources_go(self):
        old, new = self.receive(200), self.receive(100)
        attachment = old.source_id
        self.assertTrue(attachment)
        self.assertEqual(self.clean(), (1, False))
        self.assertFalse(attachment.exists())
        self.assertTrue(old.exists())
        self.assertTrue(old.subject or old.kind, "what it said stays")
        self.assertTrue(new.source_id)

    def test_the_time_is_a_setting(self):
        report = self.receive(200)
        self.set_days(0)
        self.assertEqual(self.env["res.config.settings"].create({}).mail_source_days, 0)
        self.clean()
        self.assertTrue(report.source_id, "0: for ever")
        self.set_days(30)
        self.clean()
        self.assertFalse(report.source_id)
