"""What failed is sent again to those alone who have not got it; the journal's card and the chatter tell of it."""

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged

from odoo.addons.account.tests.common import AccountTestInvoicingHttpCommon

from ..tools.recipient_state import STATES_OF_DOCUMENT, Event
from .document_common import DocumentCase

BILLING = "base.group_user,account.group_account_invoice"


class PeopleCase(DocumentCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.company_data["company"]
        cls.elsewhere = cls.env["res.company"].create({"name": "Elsewhere"})
        cls.billing = cls.person("again_billing", BILLING, cls.company)
        cls.reader = cls.person("again_reader", "base.group_user,account.group_account_readonly", cls.company)
        cls.plain = cls.person("again_plain", "base.group_user", cls.company)
        cls.foreigner = cls.person("again_foreigner", BILLING, cls.elsewhere)
        cls.portal = new_test_user(cls.env, "again_portal", "base.group_portal")

    @classmethod
    def person(cls, login, groups, company):
        return new_test_user(
            cls.env, login, groups, email=f"{login}@odoo.test",
            company_id=company[:1].id, company_ids=[Command.set(company.ids)],
        )  # fmt: skip

    def row(self, move, state, partner=None, **values):
        """A recipient of a mail of the document in some state, as evidence that is years old may have it."""
        partner = partner or move.partner_id
        facts = {"model": "account.move", "res_id": move.id, "company_id": move.company_id.id}
        facts |= {"partner_id": partner.id, "email": partner.email or partner.name, "state": state}
        return self.env["mail.recipient"].sudo()._with_evidence_token().create({**facts, **values})


@tagged("post_install", "-at_install")
class TestDocumentStates(PeopleCase):
    def test_each_state(self):
        """As a clerk who has none of the module's groups sees it: form, list, filters, groups."""
        names = {state: status for status, states in STATES_OF_DOCUMENT.items() for state in states}
        moves = {}
        for state in names:
            moves[state] = self.create_invoice(f"{state.value}@dest.test")
            self.row(moves[state], state.value)
        no_address = self.create_invoice(False)
        self.row(no_address, "refused", problem=self.env["ir.mail_server"].NO_VALID_RECIPIENT)
        self.env.flush_all()
        for state, status in names.items():
            self.assert_status(moves[state].with_user(self.billing), status)
        self.assert_status(no_address.with_user(self.billing), "no_address")

    def test_reports_move_it_on(self):
        move = self.create_invoice()
        row = self.post(move).recipient_status_ids.sudo()
        for event, status in (
            (Event.REPORT_DELAYED, "delayed"),
            (Event.REPORT_DELIVERED, "delivered"),
            (Event.REPORT_READ, "read"),
        ):
            row._apply_event(event)
            self.assert_status(move, status)

    def test_sent_twice_and_read_once(self):
        """The best that is known of an address counts, whichever of the two mails it was."""
        move = self.create_invoice()
        self.row(move, "read")
        self.row(move, "accepted")
        self.assert_status(move, "read")
        bob = self.env["res.partner"].create({"name": "Bob", "email": "bob@dest.test"})
        self.row(move, "accepted", bob)
        self.assert_status(move, "accepted")

    def test_the_banner_says_what_to_do(self):
        move = self.create_invoice("refused@dest.test")
        row = self.post(move).recipient_status_ids
        self.assert_status(move, "refused", row.what_to_do)
        self.assertIn(row.cause_meaning, move.mail_return_text)

    def test_who_sees_it(self):
        move = self.create_invoice("refused@dest.test")
        self.post(move)
        for user in (self.billing, self.reader):
            self.assertEqual(move.with_user(user).read(["mail_delivery_status"])[0]["mail_delivery_status"], "refused")
        for user in (self.plain, self.foreigner):
            with self.assertRaises(AccessError):
                move.with_user(user).read(["mail_delivery_status"])
        domain = [("mail_delivery_status", "=", "refused")]
        self.assertIn(move, move.with_user(self.billing).search(domain))
        elsewhere = move.with_user(self.foreigner).with_context(allowed_company_ids=self.elsewhere.ids)
        self.assertFalse(elsewhere.search(domain))
        self.assertFalse(elsewhere.formatted_read_group(domain, ["mail_delivery_status"]))

    def test_a_page_of_the_list_costs_one_query_more(self):
        partner = self.env["res.partner"].create({"name": "Ada", "email": "ada@dest.test"})
        moves = self.env["account.move"].create(
            [{"move_type": "out_invoice", "partner_id": partner.id} for _ in range(80)]
        )
        for move in moves:
            self.row(move, "accepted")
        domain, moves = [("id", "in", moves.ids)], moves.with_user(self.billing)

        def queries(names, limit):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            moves.web_search_read(domain, {name: {} for name in names}, limit=limit)
            return self.cr.sql_log_count - before

        queries(["name", "mail_delivery_status"], 80)  # the caches of rights
        for limit in (5, 80):
            without = queries(["name"], limit)
            self.assertEqual(queries(["name", "mail_delivery_status"], limit), without + 1)


@tagged("post_install", "-at_install")
class TestSendAgain(PeopleCase):
    def again(self, moves):
        return moves.with_user(self.billing).action_send_failed_again()

    def wizard(self, action):
        """The dialog of an action, as the web client opens it."""
        return Form(self.env[action["res_model"]].with_user(self.billing).with_context(**action["context"])).save()

    def test_a_selection(self):
        ada, bob, good, never = (
            self.create_invoice(email)
            for email in ("refused@dest.test", "refused@dest.test", "x@dest.test", "y@d.test")
        )
        for move in (ada, bob, good):
            self.post(move)
        action = self.again(ada + bob + good + never)
        wizard = self.wizard(action)
        self.assertEqual(wizard._name, "account.move.send.batch.wizard")
        self.assertEqual(wizard.move_ids, ada + bob)
        self.assertEqual(wizard.alerts["mail_left_out"]["message"], "Not sent again: Accepted (1), no e-mail (1).")
        self.assertIn("Ada", wizard.alerts["mail_address_unchanged"]["message"])
        self.assertEqual(set(wizard.summary_data), {"email"})
        (ada + bob).partner_id.email = "right@dest.test"
        self.env.invalidate_all()
        self.assertNotIn("mail_address_unchanged", wizard.alerts)

        wizard.action_send_and_print()
        self.assertTrue(ada.sending_data["is_failed_only"])
        before = self.env["mail.mail"].search([])
        self.env["account.move.send"]._generate_and_send_invoices(ada + bob, from_cron=True)
        self.env.cr.postcommit.run()
        mails = self.env["mail.mail"].search([]) - before
        self.assertEqual(sorted(mails.mapped("res_id")), sorted((ada + bob).ids))
        self.assertTrue(all(mail.attachment_ids for mail in mails), "with the PDF")
        mails.filtered(lambda mail: mail.state == "outgoing").send()
        for move in (ada, bob):
            self.assert_status(move, "accepted")

    def test_never_to_those_who_have_it(self):
        """Of several recipients those alone whom it did not reach; by e-mail, whatever the contact prefers now."""
        move = self.create_invoice()
        bob = self.env["res.partner"].create({"name": "Bob", "email": "refused@dest.test"})
        self.post(move, move.partner_id + bob)
        move.partner_id.invoice_sending_method = "manual"
        wizard = self.wizard(self.again(move))
        self.assertEqual(wizard._name, "account.move.send.wizard")
        self.assertEqual(wizard.mail_partner_ids, bob)
        self.assertEqual(wizard.sending_methods, ["email"])
        settings = self.env["account.move.send"]._get_default_sending_settings(move, is_failed_only=True)
        self.assertEqual((settings["mail_partner_ids"], settings["sending_methods"]), (bob.ids, {"email"}))
        usual = self.env["account.move.send"]._get_default_sending_settings(move, sending_methods={"email"})
        self.assertEqual(usual["mail_partner_ids"], move.partner_id.ids, "core's Send is as ever")

    def test_it_arrived_meanwhile(self):
        """Sent again by somebody else, or noted as arrived, before the scheduled action came to it."""
        ada, bob = self.create_invoice("refused@dest.test"), self.create_invoice("refused@dest.test")
        self.post(ada)
        self.post(bob)
        self.wizard(self.again(ada + bob)).action_send_and_print()
        ada.partner_id.email = "right@dest.test"
        self.post(ada)
        before = self.env["mail.mail"].search([])
        self.env["account.move.send"]._generate_and_send_invoices(ada + bob, from_cron=True)
        self.env.cr.postcommit.run()
        self.assertEqual((self.env["mail.mail"].search([]) - before).mapped("res_id"), bob.ids)
        self.assert_status(ada, "accepted")

    def test_the_contact_is_gone(self):
        move = self.create_invoice()
        lost = self.env["res.partner"].create({"name": "Lost", "email": "refused@dest.test"})
        self.post(move, move.partner_id + lost)
        lost.unlink()
        self.env.invalidate_all()
        settings = self.env["account.move.send"]._get_default_sending_settings(move, is_failed_only=True)
        self.assertEqual(settings["mail_partner_ids"], [], "the customer has it")

    def test_nothing_failed(self):
        good, unknown = self.create_invoice(), self.create_invoice()
        self.post(good)
        self.row(unknown, "unknown")
        action = self.again(good + unknown)
        self.assertEqual(action["tag"], "display_notification")
        self.assertIn("Outcome unknown (1), Accepted (1)", action["params"]["message"])

    def test_without_an_address(self):
        move = self.create_invoice(False)
        self.send_in_batch(move + self.create_invoice())
        wizard = self.wizard(self.again(move))
        self.assertEqual(wizard.mail_partner_ids, move.partner_id)
        self.assertEqual(wizard.alerts["account_missing_email"]["level"], "danger")
        with self.assertRaises(UserError):
            wizard.action_send_and_print()

    def test_who_may(self):
        move = self.create_invoice("refused@dest.test")
        self.post(move)
        for user in (self.reader, self.plain, self.foreigner, self.portal):
            with self.assertRaises(AccessError):
                move.with_user(user).action_send_failed_again()

    def test_three_hundred(self):
        """As many statements for 300 invoices as for 30."""
        partner = self.env["res.partner"].create({"name": "Ada", "email": "ada@dest.test"})
        moves = self.env["account.move"].create(
            [
                {
                    "move_type": "out_invoice", "partner_id": partner.id, "invoice_date": "2026-01-01",
                    "invoice_line_ids": [Command.create({"name": "x", "price_unit": 1, "tax_ids": []})],
                }
                for _ in range(300)
            ]
        )  # fmt: skip
        moves.write({"state": "posted"})
        for place, move in enumerate(moves):
            self.row(move, "accepted" if place % 3 else "bounced")

        def queries(some):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            action = self.again(some)
            self.env["account.move"].browse(action["context"]["active_ids"]).mapped("mail_failed_partner_ids")
            return self.cr.sql_log_count - before

        queries(moves[:3])
        self.assertEqual(queries(moves), queries(moves[:30]))


@tagged("post_install", "-at_install")
class TestJournalCard(PeopleCase):
    def data(self, user, journals=None):
        journals = journals or self.company_data["default_journal_sale"]
        return journals.with_user(user)._get_journal_dashboard_data_batched()

    def test_counts(self):
        journal = self.company_data["default_journal_sale"]
        card = self.data(self.billing)[journal.id]
        self.assertFalse(card["mail_failed_text"] or card["mail_waiting_text"])
        for place, state in enumerate(("bounced", "refused", "unknown", "deferred", "accepted", "canceled")):
            self.row(self.create_invoice(f"a{place}@dest.test"), state)
        draft = self.init_invoice("out_invoice", partner=self.partner_a, amounts=[1])
        self.row(draft, "bounced")
        self.hold(self.create_invoice())
        card = self.data(self.billing)[journal.id]
        self.assertEqual(card["mail_failed_text"], "4 invoices did not arrive")
        self.assertEqual(card["mail_waiting_text"], "2 invoices wait to be e-mailed")
        domain = [("journal_id", "=", journal.id), ("state", "=", "posted")]
        moves = self.env["account.move"].with_user(self.billing)
        self.assertEqual(moves.search_count([*domain, ("is_mail_returned", "=", True)]), 4)

    def test_companies_and_rules(self):
        journal = self.company_data["default_journal_sale"]
        self.row(self.create_invoice(), "bounced")
        self.assertEqual(self.data(self.billing)[journal.id]["mail_failed_text"], "1 invoice did not arrive")
        both = self.person("again_both", BILLING, self.company + self.elsewhere)
        moves, domain = self.env["account.move"], [("journal_id", "=", journal.id)]
        for user, companies, count in (
            (both, self.company + self.elsewhere, 1),
            (both, self.elsewhere, 0),
            (self.foreigner, self.elsewhere, 0),
        ):
            theirs = moves.with_user(user).with_context(allowed_company_ids=companies.ids)
            counts = theirs._count_mail_statuses(domain, "journal_id", ("bounced",))
            self.assertEqual(counts, {(journal.id, "bounced"): 1} if count else {})
        with self.assertRaises(AccessError):
            moves.with_user(self.portal)._count_mail_statuses(domain, "journal_id", ("bounced",))
        self.env["ir.rule"].create(
            {
                "name": "None",
                "model_id": self.env["ir.model"]._get_id("account.move"),
                "domain_force": [(0, "=", 1)],
            }
        )
        self.assertFalse(self.data(self.billing)[journal.id]["mail_failed_text"])

    def test_one_query_for_all_journals(self):
        journals = self.company_data["default_journal_sale"]
        for place in range(4):
            journals += journals[0].copy({"code": f"X{place}"})
        moves, domain = self.env["account.move"].with_user(self.billing), [("journal_id", "in", journals.ids)]
        moves._count_mail_statuses(domain, "journal_id", ("bounced", "waiting"))
        self.env.flush_all()
        with self.assertQueryCount(1):
            moves._count_mail_statuses(domain, "journal_id", ("bounced", "waiting"))


@tagged("post_install", "-at_install")
class TestChatter(PeopleCase):
    def details(self, mail, user):
        return mail.mail_message_id.with_user(user).delivery_details()

    def test_refused_and_accepted(self):
        move = self.create_invoice("refused@dest.test")
        bob = self.env["res.partner"].create({"name": "Bob", "email": "bob@dest.test"})
        mail = self.post(move, bob + move.partner_id)
        self.assertEqual([row["state"] for row in self.details(mail, self.billing)], ["refused", "accepted"])
        by_email = {row["email"]: row for row in self.details(mail, self.billing)}
        refused, accepted = by_email["refused@dest.test"], by_email["bob@dest.test"]
        self.assertEqual((refused["label"], refused["code"]), ("Refused", "550"))
        self.assertIn(refused["mail_id"], mail.ids)
        self.assertIn("No such user", refused["answer"])
        self.assertTrue(refused["what_to_do"] and refused["can_send_again"])
        self.assertEqual(accepted["receipt"], mail.recipient_status_ids.filtered("smtp_receipt").smtp_receipt)
        self.assertTrue(accepted["receipt"])
        self.assertFalse(accepted["can_send_again"])

        self.env["mail.recipient"].with_user(self.billing).browse(refused["id"]).action_send_again()
        self.env.invalidate_all()
        by_email = {row["email"]: row for row in self.details(mail, self.billing)}
        self.assertEqual(by_email["refused@dest.test"]["label"], "To send")

    def test_by_role(self):
        move = self.create_invoice("refused@dest.test")
        mail = self.post(move)
        self.assertEqual(len(self.details(mail, self.billing)), 1)
        self.assertEqual(self.details(mail, self.reader), [], "no right on evidence: core's popover as before")
        for user in (self.foreigner, self.plain, self.portal):
            with self.assertRaises(AccessError):
                self.details(mail, user)
        self.portal.partner_id = move.partner_id
        self.env.invalidate_all()
        self.assertEqual(self.details(mail, self.portal), [], "a customer reads the message, not the evidence")

    def test_only_who_may_change_the_document_sends_again(self):
        move = self.create_invoice("refused@dest.test")
        mail = self.post(move)
        reader = self.person(
            "again_both_rights", "account.group_account_readonly,mail_delivery_status.group_user", self.company
        )
        [row] = self.details(mail, reader)
        self.assertEqual((row["mail_id"], row["can_send_again"]), (mail.id, False))
        with self.assertRaises(AccessError):
            self.env["mail.recipient"].with_user(reader).browse(row["id"]).action_send_again()

    def test_gone_mail(self):
        move = self.create_invoice("refused@dest.test")
        mail = self.post(move)
        message = mail.mail_message_id
        mail.unlink()
        self.env.invalidate_all()
        [row] = message.with_user(self.billing).delivery_details()
        self.assertEqual((row["mail_id"], row["can_send_again"], row["label"]), (False, False, "Refused"))

    def test_no_mail_of_another_message(self):
        move = self.create_invoice()
        self.post(move)
        note = move.message_post(body="Note")
        self.assertEqual(note.with_user(self.billing).delivery_details(), [])


@tagged("post_install", "-at_install", "browser")
class TestAgainTour(AccountTestInvoicingHttpCommon, PeopleCase):
    """In a browser: the envelope in the chatter, and the selection in the list."""

    def test_envelope(self):
        move = self.create_invoice("refused@dest.test")
        self.post(move)
        self.start_tour(
            f"/odoo/action-account.action_move_out_invoice_type/{move.id}",
            "mail_delivery_status_invoice_again",
            login=self.billing.login,
        )
        self.assert_status(move, "waiting")

    def test_envelope_of_several(self):
        move = self.create_invoice("refused@dest.test")
        self.post(move, self.env["res.partner"].create({"name": "Bob", "email": "bob@dest.test"}) + move.partner_id)
        self.start_tour(
            f"/odoo/action-account.action_move_out_invoice_type/{move.id}",
            "mail_delivery_status_envelope_of_several",
            login=self.billing.login,
        )

    def test_list(self):
        for email in ("refused@dest.test", "refused@dest.test", "ada@dest.test"):
            self.post(self.create_invoice(email))
        self.start_tour(
            "/odoo/action-account.action_move_out_invoice_type",
            "mail_delivery_status_list_again",
            login=self.billing.login,
        )
        self.assertEqual([bool(move.sending_data) for move in self.moves], [True, True, False])
