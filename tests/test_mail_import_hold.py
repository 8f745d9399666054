"""An imported mail, the document it belongs to, and a legal hold of that document."""

from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from .import_common import ImportCase, mbox, old_mail
from .report_common import delivery_status, report


@tagged("post_install", "-at_install")
class TestMailImportHold(ImportCase):
    def setUp(self):
        super().setUp()
        self.addCleanup(self.env.registry.clear_cache)  # legal holds are kept in memory
        self.move, self.other = self.create_invoice(), self.create_invoice()
        bounce = report(delivery_status("ada@dest.test"), message_id="<1@old.example.com>")
        self.mail = self.run_import(mbox(old_mail(1, Subject=f"Invoice {self.move.name}"), bounce)).mail_ids

    def hold(self, document, **values):
        return self.env["mail.retention.hold"].sudo()._set(document._name, document.ids, "Dispute 12/2026", **values)

    def assert_belongs_to(self, document):
        self.env.invalidate_all()
        key = (document._name, document.id) if document else (False, 0)
        rows = [self.mail.mail_message_id]
        rows += [
            self.env[name].sudo().search([("mail_mail_id", "=", self.mail.id)])
            for name in self.env["mail.recipient"]._models_of_evidence()
        ]
        found = {(row._name, row.model, row.res_id) for records in rows for row in records}
        self.assertEqual(found, {(name, *key) for name, _model, _res_id in found})
        return {name for name, _model, _res_id in found}

    def test_all_evidence_goes_along(self):
        self.mail._log_decision("settled")
        certificates = self.env["mail.certificate"].sudo()
        certificates._issue(certificates._scope_of_mail(self.mail), "en_US")
        self.mail._link_document(self.other)
        names = self.assert_belongs_to(self.other)
        expected = {"mail.recipient", "mail.report", "mail.report.recipient", "mail.decision", "mail.certificate"}
        self.assertLessEqual(expected, names)
        self.mail._link_document(self.other.browse())
        self.assert_belongs_to(None)

    def test_it_stays_with_a_held_document(self):
        hold = self.hold(self.move)
        for target in (self.other, self.other.browse()):
            with self.assertRaisesRegex(UserError, "stay with its document.*legal hold since"):
                self.mail._link_document(target)
            self.assert_belongs_to(self.move)
        self.mail._link_document(self.move)
        hold.action_lift()
        self.mail._link_document(self.other)
        self.assert_belongs_to(self.other)
        self.assertFalse(self.mail.is_held_by_law)

    def test_a_hold_that_is_over(self):
        self.hold(self.move, date_until=fields.Date.today()).sudo().date_until -= timedelta(days=1)
        self.env["mail.retention.hold"]._forget()
        self.mail._link_document(self.other)
        self.assert_belongs_to(self.other)

    def test_into_a_held_document(self):
        """It is held from then on, and does not get out again."""
        self.hold(self.other)
        self.mail._link_document(self.other)
        self.assert_belongs_to(self.other)
        self.assertIn("legal hold since", self.mail.hold_text)
        with self.assertRaisesRegex(UserError, "legal hold since"):
            self.mail.unlink()
        with self.assertRaisesRegex(UserError, "legal hold since"):
            self.mail._link_document(self.move)

    def test_what_comes_back_of_it_is_held_too(self):
        self.hold(self.other)
        self.mail._link_document(self.other)
        self.company.write({"mail_content_days": 1, "mail_evidence_days": 1})
        self.env.cr.execute("UPDATE mail_mail SET create_date = '2020-01-01' WHERE id = %s", [self.mail.id])
        for table in ("mail_recipient", "mail_report"):
            self.env.cr.execute(f"UPDATE {table} SET create_date = '2020-01-01'")
        self.env.invalidate_all()
        self.env["mail.retention"].sudo()._cron_run()
        self.env.invalidate_all()
        self.assertTrue(self.mail.body_html and self.mail.recipient_status_ids and self.mail.report_ids.source_id)

    def test_a_hold_of_its_own_goes_along(self):
        self.mail._link_document(self.move.browse())
        self.hold(self.mail)
        self.mail._link_document(self.other)
        self.assert_belongs_to(self.other)
        self.assertTrue(self.mail.is_held_by_law)
