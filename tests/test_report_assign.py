from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged

from .report_common import ReportCase, delivery_status, report


@tagged("post_install", "-at_install")
class TestReportAssign(ReportCase):
    """What could not be matched is assigned by hand, by a manager."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        groups = "base.group_user,mail_delivery_status.group_"
        cls.manager = new_test_user(cls.env, "report_manager", f"{groups}manager")
        cls.clerk = new_test_user(cls.env, "report_clerk", f"{groups}user")

    def setUp(self):
        super().setUp()
        self.mail = self.send()
        self.row = self.mail.recipient_status_ids
        block = delivery_status("alice@dest.test", "failed", "5.2.1", diagnostic="550 5.2.1 Mailbox disabled")
        self.found = self.take_in(report(block))

    def wizard(self, user=None, found=None):
        action = (found or self.found).with_user(user or self.manager).action_assign()
        return Form(self.env[action["res_model"]].with_user(user or self.manager).with_context(**action["context"]))

    def test_the_likeliest_mail_is_offered(self):
        self.assertEqual(self.found.candidate_ids[:1], self.row)
        form = self.wizard()
        self.assertEqual((form.recipient_id, form.result), (self.row.with_user(self.manager), "failed"))
        form.save().action_assign()
        self.assertEqual((self.found.state, self.found.problem), ("matched", False))
        self.assertEqual(self.found.assigned_by_id, self.manager)
        self.assertEqual((self.row.state, self.row.bounce_code, self.row.bounce_type), ("bounced", "5.2.1", "soft"))
        self.assertEqual(self.found.mail_mail_id, self.mail)

    def test_another_mail_can_be_chosen(self):
        other = self.send("bob@dest.test").recipient_status_ids
        form = self.wizard()
        form.recipient_id = other
        form.save().action_assign()
        self.assertEqual((self.row.state, other.state), ("accepted", "bounced"))

    def test_a_report_that_nobody_can_read(self):
        found = self.take_in(
            b"From: MAILER-DAEMON@mx.test\nTo: x@odoo.test\nReturn-Path: <>\nMessage-ID: <2@x>\n\nHm.\n"
        )
        form = self.wizard(found=found)
        form.recipient_id = self.row
        form.result = "delayed"
        form.save().action_assign()
        self.assertEqual((found.state, self.row.state), ("matched", "delayed"))
        self.assertEqual(found.line_ids.recipient_id, self.row)

    def test_only_once(self):
        first, second = self.wizard().save(), self.wizard().save()
        first.action_assign()
        with self.assertRaises(UserError):
            second.action_assign()

    def test_only_managers(self):
        for action in ("action_assign", "action_dismiss", "action_reopen"):
            with self.assertRaises(AccessError):
                getattr(self.found.with_user(self.clerk), action)()
        with self.assertRaises(AccessError):
            self.env["mail.report.assign"].with_user(self.clerk).create({"report_id": self.found.id})

    def test_setting_aside(self):
        self.found.with_user(self.manager).action_dismiss()
        self.assertEqual(self.found.state, "dismissed")
        self.found.with_user(self.manager).action_reopen()
        self.assertEqual(self.found.state, "unmatched")

    def test_download(self):
        administrator = new_test_user(self.env, "report_admin", "base.group_user,base.group_system")
        action = self.found.with_user(administrator).action_download_source()
        self.assertIn(str(self.found.source_id.id), action["url"])
