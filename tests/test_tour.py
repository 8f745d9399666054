from odoo.tests import new_test_user, tagged

from odoo.addons.account.tests.common import AccountTestInvoicingHttpCommon

from .common import MailServerMixin


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
