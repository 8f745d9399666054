from base64 import b64decode

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import DeliveryCase
from .servers.scripted import ScriptedServer
from .test_access import BILLING, AccessMixin

PASSWORD = "Geheim-123456"


@tagged("post_install", "-at_install")
class TestSupportReport(AccessMixin, DeliveryCase):
    """The text about one mail that goes to support: all that its reader may see, and no secret."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.create_two_companies()
        values = {"company_id": cls.company_1.id, "company_ids": [(6, 0, cls.company_1.ids)]}
        cls.billing = new_test_user(cls.env, "billing", f"base.group_user,{BILLING}", **values)
        cls.admin = cls.env.ref("base.user_admin")
        chatty = {
            "RCPT unknown@dest.test": f"550 5.1.1 <unknown@dest.test> unknown here, not by {PASSWORD}\r\n".encode()
        }
        with ScriptedServer(chatty) as smtp:
            server = cls.create_mail_server(smtp.port, name="Post office")
            server.smtp_pass = PASSWORD
            move = cls.env["account.move"].browse(cls.mails[cls.company_1].res_id)
            cls.mail = cls.env["mail.mail"].create(
                {
                    "email_to": "Alice <alice@dest.test>, unknown@dest.test",
                    "model": move._name,
                    "res_id": move.id,
                    "mail_server_id": server.id,
                    "subject": "Invoice 7",
                    "body_html": "<p>The text of the mail</p>",
                }
            )
            cls.mail.send()
        # The engine has committed it by a session of its own, which this one does not see.
        attempt = {
            "outcome": "accepted",
            "envelope_key": "test",
            "envelope_id": "token-7",
            "recipients": "alice@dest.test",
        }
        attempt["transcript"] = "MAIL FROM:<bounce@odoo.test>"
        cls.env["mail.transaction"]._with_evidence_token().create({**cls.mail._evidence_values(), **attempt})
        cls.env.flush_all()

    def report(self, user, **values):
        mail = self.mail.with_user(user)
        wizard = self.env["mail.support.report"].with_user(user).browse(mail.action_support_report()["res_id"])
        wizard.write(values)
        self.assertEqual(b64decode(wizard.file).decode(), wizard.text)
        return wizard.text

    def test_everything_is_in_it(self):
        text = self.report(self.admin)
        receipt = self.mail.recipient_status_ids.filtered("smtp_receipt").smtp_receipt
        for word in (
            self.mail.message_id,
            "Recipient alice@dest.test",
            "Recipient unknown@dest.test",
            f"Receipt: {receipt}",
            "Code: 550",
            "Enhanced Code: 5.1.1",
            "What it means: ",
            "What to do: ",
            "Attempt 1",
            "token-7",
            "MAIL FROM:",
            "Outgoing mail server, as it is set now",
            "Name: Post office",
            "mail_delivery_status 19.0",
            "PostgreSQL",
        ):
            self.assertIn(word, text)

    def test_no_secret_and_no_text_of_the_mail(self):
        for user in (self.admin, self.billing):
            text = self.report(user)
            self.assertNotIn(PASSWORD, text)
            self.assertNotIn("The text of the mail", text)

    def test_what_is_for_administrators_is_not_in_a_clerks(self):
        text = self.report(self.billing)
        self.assertIn("unknown here", text)
        for word in ("token-7", "MAIL FROM:", "as it is set now"):
            self.assertNotIn(word, text)

    def test_in_english_whoever_reads(self):
        self.env["res.lang"]._activate_lang("pl_PL")
        english = self.report(self.billing)
        self.billing.lang = "pl_PL"
        self.assertEqual(self.report(self.billing).splitlines()[1:], english.splitlines()[1:])

    def test_addresses_can_be_hidden(self):
        text = self.report(self.admin, is_masked=True)
        for word in ("alice@", "unknown@"):
            self.assertNotIn(word, text)
        self.assertIn("@dest.test", text)
        self.assertIn(self.mail.message_id, text)

    def test_only_of_mails_that_one_may_read(self):
        other = self.mails[self.company_2].with_user(self.billing)
        with self.assertRaises(AccessError):
            other.action_support_report()
        wizard = self.env["mail.support.report"].with_user(self.billing).create({"mail_id": other.id})
        with self.assertRaises(AccessError):
            wizard.read(["text"])

    def test_a_mail_that_was_not_sent(self):
        self.mail = self.create_mail("later@dest.test", is_held=True)
        text = self.report(self.admin)
        self.assertIn("nothing is recorded of how it was sent", text)
        self.assertIn("Held until somebody releases it.", text)
