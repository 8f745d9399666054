from odoo.exceptions import AccessError
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from ..tools.recipient_state import Event
from .common import DeliveryCase, MailServerMixin, RpcMixin
from .servers.scripted import ScriptedServer

BILLING = "account.group_account_invoice"


class AccessMixin(MailServerMixin):
    """A mail of an invoice in each of two companies."""

    @classmethod
    def create_two_companies(cls):
        cls.company_1 = cls.env.company
        cls.company_2 = cls.env["res.company"].create({"name": "Company 2"})
        cls.customer = cls.env["res.partner"].create({"name": "Customer", "email": "alice@dest.test"})
        cls.mails = {}
        with ScriptedServer() as smtp:
            server = cls.create_mail_server(smtp.port)
            for company in (cls.company_1, cls.company_2):
                cls.mails[company] = cls.send_document(company, server)

    @classmethod
    def send_document(cls, company, server):
        journal = (
            cls.env["account.journal"]
            .sudo()
            .create({"name": "Sales", "code": f"S{company.id}", "type": "sale", "company_id": company.id})
        )
        move = (
            cls.env["account.move"]
            .with_company(company)
            .create({"move_type": "entry", "journal_id": journal.id, "company_id": company.id})
        )
        message = move.message_post(
            body="Invoice", partner_ids=cls.customer.ids, message_type="comment", mail_server_id=server.id
        )
        return cls.env["mail.mail"].search([("mail_message_id", "=", message.id)])


@tagged("post_install", "-at_install")
class TestAccess(AccessMixin, DeliveryCase):
    """Who may see what: record rules by document and by company."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.create_two_companies()
        cls.mail_1, cls.mail_2 = cls.mails[cls.company_1], cls.mails[cls.company_2]

        def user(login, groups, companies):
            return new_test_user(
                cls.env, login, groups, company_id=companies[:1].id, company_ids=[(6, 0, companies.ids)]
            )

        both = cls.company_1 + cls.company_2
        cls.billing_1 = user("billing_1", f"base.group_user,{BILLING}", cls.company_1)
        cls.billing_both = user("billing_both", f"base.group_user,{BILLING}", both)
        cls.employee = user("employee_1", "base.group_user", cls.company_1)
        cls.sending_user = user("sender_1", "base.group_user,mail_delivery_status.group_user", cls.company_1)
        cls.manager_1 = user("manager_1", "base.group_user,mail_delivery_status.group_manager", cls.company_1)

    def visible(self, user, model="mail.mail", companies=None):
        """What a user finds among the two mails and their evidence, as companies."""
        records = self.env[model].with_user(user)
        if companies:
            records = records.with_context(allowed_company_ids=companies.ids)
        field = "id" if model == "mail.mail" else "mail_mail_id"
        found = records.search([(field, "in", (self.mail_1 + self.mail_2).ids)])
        return found.sudo().mapped("record_company_id" if model == "mail.mail" else "company_id")

    def test_the_mails_belong_to_their_companies(self):
        self.assertEqual(self.mail_1.record_company_id, self.company_1)
        self.assertEqual(self.mail_2.recipient_status_ids.company_id, self.company_2)

    def test_billing_user_sees_the_mails_of_documents(self):
        for model in ("mail.mail", "mail.recipient"):
            self.assertEqual(self.visible(self.billing_1, model), self.company_1)
            both = self.company_1 + self.company_2
            self.assertEqual(self.visible(self.billing_both, model, both), both)
            self.assertEqual(self.visible(self.billing_both, model, self.company_2), self.company_2)

    def test_billing_user_reads_what_the_sent_tab_shows(self):
        mail = self.mail_1.with_user(self.billing_1)
        mail.invalidate_recordset()
        self.assertEqual((mail.delivery_status, mail.smtp_code), ("accepted", 250))
        self.assertEqual(mail.recipient_status_ids.email, "alice@dest.test")
        self.assertIn("Invoice", mail.readable_body)
        with self.assertRaises(AccessError):
            self.mail_2.with_user(self.billing_1).read(["smtp_code"])
        with self.assertRaises(AccessError):
            self.mail_2.recipient_status_ids.with_user(self.billing_1).read(["smtp_code"])

    def test_a_held_mail_of_a_model_that_nothing_is_recorded_of(self):
        """The first mail ever, held: the clerk finds it in the list, not by its id alone."""
        self.env["mail.recipient"].search([("model", "=", "account.move")])._with_evidence_token().write(
            {"model": False}
        )
        document = self.env["account.move"].browse(self.mail_1.res_id)
        values = {"model": document._name, "res_id": document.id, "is_held": True}
        mail = self.create_mail("alice@dest.test", **values)
        self.assertEqual(self.env["mail.mail"].with_user(self.billing_1).search([("id", "=", mail.id)]), mail)
        self.assertFalse(self.env["mail.mail"].with_user(self.sending_user).search([("id", "=", mail.id)]))

    def test_the_name_of_the_server_that_a_mail_waits_for(self):
        server = self.env["ir.mail_server"].create({"name": "Paused one", "smtp_host": "x"})
        self.mail_1._update_summary(waits_for_server_id=server.id)
        specification = {"waits_for_server_id": {"fields": {"display_name": {}}}}
        [values] = self.mail_1.with_user(self.billing_1).web_read(specification)
        self.assertEqual(values["waits_for_server_id"]["display_name"], "Paused one")

    def test_reading_is_all(self):
        mail = self.mail_1.with_user(self.billing_1)
        for action in (
            lambda: mail.write({"subject": "x"}),
            lambda: mail.unlink(),
            lambda: mail.copy(),
            lambda: mail.create({"subject": "x"}),
            lambda: mail.mark_outgoing(),
            lambda: mail.cancel(),
        ):
            with self.assertRaises(AccessError):
                action()

    def test_an_employee_sees_nothing(self):
        with self.assertRaises(AccessError):
            self.visible(self.employee)
        with self.assertRaises(AccessError):
            self.visible(self.employee, "mail.recipient")

    def test_a_document_out_of_reach_hides_its_mails(self):
        self.assertFalse(self.visible(self.sending_user))
        self.assertFalse(self.visible(self.sending_user, "mail.recipient"))

    def test_the_author_sees_the_own_mails(self):
        mail = self.create_mail("alice@dest.test", author_id=self.sending_user.partner_id.id)
        self.assertEqual(self.env["mail.mail"].with_user(self.sending_user).search([("id", "=", mail.id)]), mail)

    def test_manager_sees_the_evidence_of_the_company(self):
        self.assertEqual(self.visible(self.manager_1, "mail.recipient"), self.company_1)

    def test_administrators_see_all_as_before(self):
        admin = new_test_user(self.env, "admin_1", "base.group_system")
        self.assertEqual(self.visible(admin), self.company_1 + self.company_2)

    def test_who_may_settle(self):
        row = self.mail_1.recipient_status_ids
        row._apply_event(Event.REPORT_FAILED)
        with self.assertRaises(AccessError):
            row.with_user(self.sending_user).action_send_again()
        row.with_user(self.billing_1).action_send_again()
        self.assertEqual(row.state, "queued")

    def test_transactions_by_company(self):
        for user, expected in ((self.billing_1, [self.company_1.id]), (self.manager_1, [self.company_1.id])):
            rows = [self.mail_1._evidence_values(), self.mail_2._evidence_values()]
            created = (
                self.env["mail.transaction"]
                ._with_evidence_token()
                .create([{**values, "outcome": "aborted", "envelope_key": "test"} for values in rows])
            )
            found = self.env["mail.transaction"].with_user(user).search([("id", "in", created.ids)])
            self.assertEqual(found.sudo().mapped("company_id").ids, expected)


@tagged("post_install", "-at_install")
class TestForgery(RpcMixin, AccessMixin, HttpCase):
    """Nobody makes, changes or removes evidence over RPC, whatever their groups."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env.company.alias_domain_id = cls.env["mail.alias.domain"].create({"name": "odoo.test"})
        cls.mail = cls.env["mail.mail"].create({"subject": "x", "email_to": "alice@dest.test"})
        values = cls.mail._evidence_values()
        cls.row = cls.env["mail.recipient"]._with_evidence_token().create({**values, "email": "alice@dest.test"})
        cls.transaction = cls.env["mail.transaction"]._with_evidence_token().create({**values, "outcome": "aborted"})
        cls.users = [
            new_test_user(cls.env, f"forger_{number}", f"base.group_user,{group}")
            for number, group in enumerate(
                (BILLING, "mail_delivery_status.group_user", "mail_delivery_status.group_manager", "base.group_system")
            )
        ]

    @mute_logger("odoo.http")
    def test_every_door_is_shut(self):
        forged = self.FORGED
        doors = []
        for model, record, values in (
            ("mail.recipient", self.row, {"state": "read", "smtp_receipt": "FORGED"}),
            ("mail.transaction", self.transaction, {"outcome": "accepted", "smtp_receipt": "FORGED"}),
        ):
            ids = record.ids
            doors += [
                *self.evidence_doors(model, ids, values),
                (model, "web_save", [[], {"email": "a@b.test", **values}, {}], forged),
                (model, "load", [["id"], [["x.y"]]], {}),
            ]
        doors += [
            ("mail.recipient", "_apply_event", [self.row.ids, "accept", {"smtp_receipt": "FORGED"}], {}),
            ("mail.recipient", "_record_results", [[], self.mail.ids], {}),
            ("mail.mail", "write", [self.mail.ids, {"smtp_receipt": "FORGED"}], forged),
            ("mail.mail", "web_save", [self.mail.ids, {"delivery_status": "read"}, {}], forged),
            ("mail.mail", "create", [{"smtp_code": 250}], forged),
            ("mail.mail", "write", [self.mail.ids, {"recipient_status_ids": [[5]]}], forged),
            ("mail.mail", "_update_summary", [self.mail.ids], {"smtp_receipt": "FORGED"}),
            ("mail.sender", "_record", [self.mail.ids, {}], {}),
        ]
        for user in self.users:
            self.authenticate(user.login, user.login)
            for model, method, args, kwargs in doors:
                with self.subTest(user=user.login, model=model, method=method):
                    answer = self.call(model, method, *args, **kwargs)
                    if method == "load" and "error" not in answer:
                        self.assertFalse(answer["result"]["ids"])
                    else:
                        self.assertIn("error", answer)
        self.env.invalidate_all()
        self.assertEqual((self.row.state, self.row.smtp_receipt), ("queued", False))
        self.assertEqual((self.transaction.outcome, self.transaction.smtp_receipt), ("aborted", False))
        self.assertEqual((self.mail.delivery_status, self.mail.smtp_receipt), ("queued", False))
