from odoo.tests import HttpCase, new_test_user, tagged

from odoo.addons.account.tests.common import AccountTestInvoicingHttpCommon

from .common import MailServerMixin
from .test_mail_words import WordsCase


@tagged("post_install", "-at_install", "browser")
class TestTour(MailServerMixin, AccountTestInvoicingHttpCommon):
    """A billing user in a real browser, a real Postfix behind it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.require_site()
        cls.allow_sending()
        cls.env["ir.mail_server"].search([]).active = False
        cls.create_mail_server(cls.postfix.ports.smtp)
        company = cls.company_data["company"]
        company.alias_domain_id = cls.env["mail.alias.domain"].create({"name": "odoo.test", "bounce_alias": "bounce"})
        cls.clerk = new_test_user(
            cls.env,
            "clerk",
            "base.group_user,account.group_account_invoice",
            email="sales@odoo.test",
            company_id=company.id,
            company_ids=[(6, 0, company.ids)],
        )
        cls.partner_a.write({"email": "alice@dest.test", "invoice_sending_method": "email"})
        cls.invoice = cls.init_invoice("out_invoice", partner=cls.partner_a, amounts=[100], post=True)

    def test_invoice_to_sent_tab(self):
        action = "account.action_move_out_invoice_type"
        url = f"/odoo/action-{action}/{self.invoice.id}"
        self.start_tour(url, "mail_delivery_status_invoice_sent_tab", login="clerk")
        mail = self.env["mail.mail"].search([("model", "=", "account.move"), ("res_id", "=", self.invoice.id)])
        self.assertEqual((mail.delivery_status, mail.smtp_code), ("accepted", 250))
        self.assertTrue(self.postfix.find_in_log(f"{mail.smtp_receipt}: to=<alice@dest.test>"))


@tagged("post_install", "-at_install", "browser")
class TestMailTour(HttpCase, WordsCase):
    """A clerk who has the app and no more rights than that."""

    def test_list_form_tabs(self):
        clerk = new_test_user(self.env, "mail_clerk", "base.group_user,mail_delivery_status.group_user")
        values = {"author_id": clerk.partner_id.id, "model": "res.partner", "res_id": self.document.id}
        message = self.document.message_post(body="Please pay", subject="Invoice 4711", author_id=clerk.partner_id.id)
        reply = {"smtp_code": 550, "smtp_reply": "5.1.1 <bob@dest.test>: User unknown", "phase": "rcpt"}
        mail = self.create_mail("bob@dest.test", mail_message_id=message.id)
        self.add_row(mail, "bob@dest.test", "refused", **reply)
        other = self.create_mail("alice@dest.test", **values)
        self.add_row(
            other, "alice@dest.test", "accepted", smtp_receipt="F11AB1C6006", accepted_date="2026-11-28 09:54:00"
        )
        self.start_tour("/odoo/e-mails-to-send", "mail_delivery_status_mail", login="mail_clerk")
