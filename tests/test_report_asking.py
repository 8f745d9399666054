import email
import email.policy

from odoo.tests import Form, tagged

from ..models.mail_mail_return import PARAMETER, RECEIPT_HEADER
from .report_common import ReportCase, receipt


@tagged("post_install", "-at_install")
class TestReportAsking(ReportCase):
    """What servers and readers are asked to report, and where to."""

    def received(self):
        return [email.message_from_bytes(mail.data, policy=email.policy.SMTP) for mail in self.smtp.messages]

    def test_the_servers_are_asked_nothing_by_default(self):
        self.assertEqual(self.server._dsn_notify(), frozenset())
        self.assertEqual(self.env["ir.mail_server"]._dsn_notify(), frozenset())

    def test_what_is_chosen_is_asked_for(self):
        self.server.is_dsn_failure = True
        self.assertEqual(self.server._dsn_notify(), {"FAILURE"})
        self.server.is_dsn_delay = True
        self.assertEqual(self.server._dsn_notify(), {"FAILURE", "DELAY"})

    def test_a_failure_is_always_reported(self):
        """NOTIFY=SUCCESS alone would forbid the server to tell of a failure."""
        self.server.is_dsn_success = True
        self.assertEqual(self.server._dsn_notify(), {"FAILURE", "SUCCESS"})

    def test_it_reaches_the_server(self):
        self.server.write({"is_dsn_delay": True, "is_verp": True})
        row = self.send().recipient_status_ids
        self.assertIn("NOTIFY=FAILURE,DELAY", row.transaction_id.transcript)
        self.assertEqual(self.smtp.messages[0].sender, f"bounce+{row.envelope_id}@odoo.test")

    def test_return_address(self):
        token = "0" * 32
        self.assertEqual(self.server._return_path("bounce@odoo.test", token), "bounce@odoo.test")
        self.server.is_verp = True
        self.assertEqual(self.server._return_path("bounce@odoo.test", token), f"bounce+{token}@odoo.test")
        for sender in ("bounce+x@odoo.test", f"{'b' * 40}@odoo.test", ""):
            self.assertEqual(self.server._return_path(sender, token), sender)

    def test_read_receipt_comes_back_to_the_envelope_sender(self):
        self.send(is_receipt_requested=True)
        self.server.from_filter = "sales@odoo.test"
        self.send(is_receipt_requested=True)
        self.send()
        mails = self.received()
        self.assertEqual([mail[RECEIPT_HEADER] for mail in mails], ["bounce@odoo.test", "sales@odoo.test", None])
        self.assertEqual([mail.sender for mail in self.smtp.messages[:2]], ["bounce@odoo.test", "sales@odoo.test"])

    def test_colleagues_are_not_asked(self):
        user = self.env["res.users"].create({"name": "Colleague", "login": "colleague", "email": "bob@odoo.test"})
        partners = user.partner_id + self.create_partners("alice@dest.test")
        self.send(False, recipient_ids=[(6, 0, partners.ids)], is_receipt_requested=True)
        asked = {mail["To"].addresses[0].addr_spec: mail[RECEIPT_HEADER] for mail in self.received()}
        self.assertEqual(asked, {"bob@odoo.test": None, "alice@dest.test": "bounce@odoo.test"})

    def compose(self, **values):
        document = self.env["res.partner"].create({"name": "Document"})
        partner = self.create_partners("alice@dest.test")
        form = Form(
            self.env["mail.compose.message"].with_context(
                default_model="res.partner", default_res_ids=document.ids, default_partner_ids=partner.ids
            )
        )
        form.subject, form.body = "Hello", "<p>Hello</p>"
        for name, value in values.items():
            form[name] = value
        _mails, message = form.save()._action_send_mail()
        return self.env["mail.mail"].search([("mail_message_id", "=", message.id)])

    def test_composer(self):
        self.assertFalse(self.compose().is_receipt_requested)
        self.assertTrue(self.compose(is_receipt_requested=True).is_receipt_requested)

    def test_by_default(self):
        self.env["ir.config_parameter"].set_param(PARAMETER, "True")
        self.assertTrue(self.compose().is_receipt_requested)
        self.assertFalse(self.compose(is_receipt_requested=False).is_receipt_requested)
        _document, mail = self.send_document(self.create_partners("alice@dest.test"))
        self.assertTrue(mail.is_receipt_requested, "a message from the chatter")
        self.assertFalse(self.send().is_receipt_requested, "a mail that no person wrote")

    def test_settings(self):
        settings = self.env["res.config.settings"].create(
            {"mail_receipt_default": True, "mail_bounce_notice": "activity"}
        )
        settings.execute()
        self.assertTrue(self.env["mail.mail"]._is_receipt_default())
        self.env["res.config.settings"].create({"mail_receipt_default": False}).execute()
        self.assertFalse(self.env["mail.mail"]._is_receipt_default())

    def test_scheduled_message(self):
        document = self.env["res.partner"].create({"name": "Document"})
        partner = self.create_partners("alice@dest.test")
        composer = self.env["mail.compose.message"].create(
            {
                "model": "res.partner",
                "res_ids": document.ids,
                "partner_ids": partner.ids,
                "body": "x",
                "subject": "Later",
                "is_receipt_requested": True,
                "scheduled_date": "2030-01-01 10:00:00",
            }
        )
        composer._action_schedule_message()
        scheduled = self.env["mail.scheduled.message"].search(
            [("res_id", "=", document.id), ("model", "=", "res.partner")]
        )
        scheduled._post_message()
        mail = self.env["mail.mail"].search([("mail_message_id", "in", document.message_ids.ids)])
        self.assertTrue(mail.is_receipt_requested)

    def test_the_answer(self):
        mail = self.send(is_receipt_requested=True)
        self.take_in(receipt("alice@dest.test", mail.message_id))
        self.assertEqual(mail.delivery_status, "read")
        self.assertEqual(mail.recipient_status_ids.report_line_ids.result, "read")

    def test_deleted_is_not_read(self):
        mail = self.send(is_receipt_requested=True)
        for number, disposition in enumerate(("deleted", "denied", "failed", "processed", "dispatched")):
            found = self.take_in(receipt("alice@dest.test", mail.message_id, disposition, own_id=f"{number}@x"))
            self.assertEqual((found.state, found.result), ("matched", "not_read"))
        self.assertEqual((mail.delivery_status, mail.read_date), ("accepted", False))
