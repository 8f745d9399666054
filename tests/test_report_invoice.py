from odoo.tests import Form, new_test_user, tagged

from odoo.addons.account.tests.common import AccountTestInvoicingCommon, AccountTestInvoicingHttpCommon

from .report_common import ReportCase, delivery_status, report


@tagged("post_install", "-at_install")
class TestReportInvoice(AccountTestInvoicingCommon, ReportCase):
    """An invoice says that its e-mail came back, until a later one went well."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company_data["company"].alias_domain_id = cls.env["mail.alias.domain"].search(
            [("name", "=", "odoo.test")], limit=1
        )
        cls.partner_a.write({"email": "alice@dest.test", "invoice_sending_method": "email"})
        cls.invoices = cls.env["account.move"]
        for _ in range(2):
            cls.invoices += cls.init_invoice("out_invoice", partner=cls.partner_a, amounts=[100], post=True)

    def send_invoice(self, invoice, **values):
        wizard = self.env["account.move.send.wizard"].with_context(active_model="account.move", active_ids=invoice.ids)
        wizard.create({"sending_methods": ["email"], **values}).action_send_and_print()
        self.env.cr.postcommit.run()
        self.env.invalidate_all()
        mails = self.env["mail.mail"].search([("model", "=", "account.move"), ("res_id", "=", invoice.id)], order="id")
        mails.filtered(lambda mail: mail.state == "outgoing").send()
        self.env.invalidate_all()
        return mails[-1:]

    def test_banner_and_filter(self):
        invoice, other = self.invoices
        mail = self.send_invoice(invoice)
        self.assertFalse(invoice.is_mail_returned or invoice.mail_return_text)
        self.take_in(report(delivery_status("alice@dest.test"), envelope_id=mail.recipient_status_ids.envelope_id))
        self.assertTrue(invoice.is_mail_returned)
        self.assertIn("alice@dest.test: There is no such mailbox", invoice.mail_return_text)
        self.assertFalse(other.is_mail_returned)
        domain = [("id", "in", self.invoices.ids)]
        self.assertEqual(self.invoices.search([*domain, ("is_mail_returned", "=", True)]), invoice)
        self.assertEqual(self.invoices.search([*domain, ("is_mail_returned", "=", False)]), other)
        self.assertIn("came back", invoice.message_ids[0].body)

        self.partner_a.email = "alice.new@dest.test"
        self.send_invoice(invoice)
        self.assertFalse(invoice.is_mail_returned, "a later mail to the customer went well")
        self.assertFalse(self.invoices.search([*domain, ("is_mail_returned", "=", True)]))

    def test_who_reads_the_invoice_reads_the_banner(self):
        invoice = self.invoices[0]
        mail = self.send_invoice(invoice)
        self.take_in(report(delivery_status("alice@dest.test"), envelope_id=mail.recipient_status_ids.envelope_id))
        company = self.company_data["company"]
        reader = new_test_user(
            self.env, "reader", "base.group_user,account.group_account_readonly",
            company_id=company.id, company_ids=[(6, 0, company.ids)],
        )  # fmt: skip
        self.assertTrue(invoice.with_user(reader).mail_return_text)

    def test_read_receipt_from_the_dialog(self):
        invoice, other = self.invoices
        context = {"active_model": "account.move", "active_ids": invoice.ids}
        form = Form(self.env["account.move.send.wizard"].with_context(**context))
        self.assertFalse(form.is_receipt_requested)
        mail = self.send_invoice(invoice, is_receipt_requested=True)
        self.assertTrue(mail.is_receipt_requested)
        self.assertIn(b"Disposition-Notification-To: bounce@odoo.test", self.smtp.messages[-1].data)
        self.assertFalse(self.send_invoice(other).is_receipt_requested)

    def test_read_receipt_by_default_in_a_batch(self):
        self.env["ir.config_parameter"].set_param("mail_delivery_status.receipt_default", "True")
        self.invoices.sending_data = {"author_user_id": self.env.uid, "author_partner_id": self.env.user.partner_id.id}
        self.env["account.move.send"]._generate_and_send_invoices(
            self.invoices, from_cron=True, sending_methods=["email"]
        )
        self.env.cr.postcommit.run()
        mails = self.env["mail.mail"].search([("model", "=", "account.move"), ("res_id", "in", self.invoices.ids)])
        self.assertEqual(len(mails), 2)
        self.assertTrue(all(mails.mapped("is_receipt_requested")))


@tagged("post_install", "-at_install", "browser")
class TestReportTour(AccountTestInvoicingHttpCommon, ReportCase):
    """In a browser: a bounce comes in, and the invoice and the Sent tab say so in words."""

    def setUp(self):
        # HttpCase has entered the test mode already.
        self.patch(type(self), "registry_enter_test_mode", lambda *_args, **_kwargs: None)
        super().setUp()

    def test_bounce_to_sent_tab(self):
        company = self.company_data["company"]
        company.alias_domain_id = self.env["mail.alias.domain"].search([("name", "=", "odoo.test")], limit=1)
        new_test_user(
            self.env, "clerk", "base.group_user,account.group_account_invoice", email="sales@odoo.test",
            company_id=company.id, company_ids=[(6, 0, company.ids)],
        )  # fmt: skip
        self.partner_a.write({"email": "alice@dest.test", "invoice_sending_method": "email"})
        invoice = self.init_invoice("out_invoice", partner=self.partner_a, amounts=[100], post=True)
        message = invoice.message_post(
            body="Invoice", partner_ids=self.partner_a.ids, message_type="comment", mail_server_id=self.server.id
        )
        mail = self.env["mail.mail"].search([("mail_message_id", "=", message.id)])
        mail.filtered(lambda mail: mail.state == "outgoing").send()
        self.env.invalidate_all()
        self.take_in(report(delivery_status("alice@dest.test"), envelope_id=mail.recipient_status_ids.envelope_id))
        self.start_tour(
            f"/odoo/action-account.action_move_out_invoice_type/{invoice.id}",
            "mail_delivery_status_report",
            login="clerk",
        )
