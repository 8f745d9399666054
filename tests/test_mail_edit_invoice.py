from email import message_from_bytes
from email.policy import default

from odoo.tests import new_test_user, tagged

from odoo.addons.account.tests.common import AccountTestInvoicingCommon

from .report_common import ReportCase


@tagged("post_install", "-at_install")
class TestMailEditInvoice(AccountTestInvoicingCommon, ReportCase):
    """An invoice sent from its form, which waits to be released: its template, layout and PDF survive an edit."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        company = cls.company_data["company"]
        company.alias_domain_id = cls.env["mail.alias.domain"].search([("name", "=", "odoo.test")], limit=1)
        cls.partner_a.write({"email": "alice@dest.test", "invoice_sending_method": "email"})
        cls.clerk = new_test_user(
            cls.env, "edit_clerk", "base.group_user,account.group_account_invoice,base.group_partner_manager",
            company_id=company.id, company_ids=[(6, 0, company.ids)], email="clerk@odoo.test",
            signature="<p>Clerk's signature</p>",
        )  # fmt: skip

    def send_invoice(self):
        invoice = self.init_invoice("out_invoice", partner=self.partner_a, amounts=[100], post=True)
        wizard = self.env["account.move.send.wizard"].with_user(self.clerk)
        wizard = wizard.with_context(active_model="account.move", active_ids=invoice.ids)
        wizard.create({"sending_methods": ["email"]}).action_send_and_print()
        self.env.cr.postcommit.run()
        self.env.invalidate_all()
        return invoice, self.env["mail.mail"].search([("model", "=", "account.move"), ("res_id", "=", invoice.id)])

    def last(self):
        return message_from_bytes(self.smtp.messages[-1].data, policy=default)

    def dialog(self, action):
        return self.env[action["res_model"]].with_user(self.clerk).browse(action["res_id"])

    def test_edited_before_it_leaves(self):
        self.env["ir.config_parameter"].set_param("mail_delivery_status.sending_mode", "hold")
        _invoice, mail = self.send_invoice()
        self.assertTrue(mail.is_held)
        files = mail.attachment_ids
        before, after = mail.body_html.split(str(mail.body))
        wizard = self.dialog(mail.with_user(self.clerk).action_edit())
        self.assertEqual(wizard.attachment_ids, files)
        self.assertIn("Here is your", wizard.body)
        wizard.write({"body": wizard.body.replace("Here is your", "We enclose żółty"), "subject": "Faktura"})
        wizard.action_save()
        message = mail.mail_message_id
        self.assertEqual(mail.attachment_ids, files)
        preview = message.preview.split("żółty")[0]
        self.assertIn("We enclose", preview)
        self.assertEqual(mail.body_html.split(str(message.body))[1], after)
        self.assertEqual(len(mail.body_html.split(str(message.body))[0]) > 0.9 * len(before), True)
        mail.with_user(self.clerk).sudo().write({"is_held": False})
        mail._with_send_now().send()
        email = self.last()
        html = email.get_body(("html",)).get_content()
        self.assertEqual(email["Subject"], "Faktura")
        self.assertIn("We enclose żółty", html)
        self.assertNotIn("Here is your", email.as_string() + html)
        self.assertEqual(len(list(email.iter_attachments())), len(files))
        shown = self.env["mail.message"].with_user(self.clerk).browse(message.id)
        self.assertIn("We enclose żółty", shown.body)

    def test_corrected_and_sent_again(self):
        self.smtp.script = {"RCPT alice@dest.test": b"550 5.1.1 no such user\r\n"}
        invoice, mail = self.send_invoice()
        mail.filtered(lambda mail: mail.state == "outgoing").send()
        self.env.invalidate_all()
        self.assertEqual(mail.delivery_status, "refused")
        wizard = self.dialog(mail.recipient_status_ids.with_user(self.clerk).action_correct_address())
        self.assertTrue(wizard.is_contact_corrected)
        wizard.new_address = "alice.right@dest.test"
        wizard.action_correct()
        self.assertEqual(self.partner_a.email, "alice.right@dest.test")
        new = mail.resent_ids
        self.assertEqual((new.delivery_status, new.attachment_ids), ("accepted", mail.attachment_ids))
        self.assertEqual(self.smtp.messages[-1].recipients, ("alice.right@dest.test",))
        html = self.last().get_body(("html",)).get_content()
        self.assertIn("Here is your", html)
        self.assertIn(invoice.name, html)
        self.assertEqual(mail.delivery_status, "refused", "the old one stays as it is")
