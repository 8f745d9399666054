from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL

from ..hooks import uninstall_hook
from .retention_common import RetentionCase
from .test_access import BILLING


@tagged("post_install", "-at_install")
class TestRetentionHold(RetentionCase):
    """Nothing of what a legal hold keeps is removed: by age, by Odoo, by hand."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        manager = "base.group_user,mail_delivery_status.group_manager"
        cls.manager = new_test_user(cls.env, "hold_manager", manager)
        cls.other_company = cls.env["res.company"].create({"name": "Other"})
        there = {"company_id": cls.other_company.id, "company_ids": [(6, 0, cls.other_company.ids)]}
        cls.strange_manager = new_test_user(cls.env, "strange_manager", manager, **there)
        cls.billing = new_test_user(cls.env, "hold_billing", f"base.group_user,{BILLING}")
        cls.holds = cls.env["mail.retention.hold"]

    def hold(self, **values):
        holds = self.holds.with_user(self.manager)
        return holds._set("res.partner", self.customer.ids, "Dispute 12/2026", **values)

    def test_content_evidence_and_sources_stay(self):
        held, free = self.document_mail(days=400), self.sent(days=400)
        file = self.file(held)
        self.keep(180, 365)
        hold = self.hold()
        self.run_cron()
        self.assertTrue(held.body_html and held.recipient_status_ids and file.exists())
        self.assertFalse(free.body_html or free.recipient_status_ids)
        hold.action_lift()
        self.run_cron()
        self.assertFalse(held.body_html or held.recipient_status_ids)
        self.assertTrue(hold.exists(), "who held it, and for how long")
        self.assertEqual((hold.lift_user_id, hold.is_current), (self.manager, False))

    def test_what_was_sent_byte_by_byte_stays(self):
        """Also of a mail whose text was gone before."""
        whole, without_text = self.document_mail(), self.document_mail()
        without_text._remove_texts()
        kept = [self.add_sent_message(mail) for mail in whole + without_text]
        hold = self.hold()
        self.run_cron()
        for attempt, file in kept:
            self.assertTrue(attempt.has_sent_message and file.exists())
        hold.action_lift()
        self.run_cron()
        for attempt, file in kept:
            self.assertFalse(attempt.has_sent_message or file.exists())

    def test_it_ends_by_itself(self):
        mail = self.document_mail()
        hold = self.hold(date_until=fields.Date.today())
        self.run_cron()
        self.assertTrue(mail.body_html)
        self.assertIn("It ends on", mail.hold_text)
        hold.sudo().date_until = fields.Date.today() - timedelta(days=1)
        self.holds._forget()
        self.assertFalse(mail.hold_text)
        self.run_cron()
        self.assertFalse(mail.body_html)

    def test_in_force_in_every_form(self):
        """Field, search, memory and query say the same of every hold."""
        today = fields.Date.today()
        ends = (False, today - timedelta(days=1), today, today + timedelta(days=1))
        expected = self.holds
        for lifted in (False, fields.Datetime.now()):
            for end in ends:
                mail = self.sent()
                hold = self.holds.sudo().create({"model": "mail.mail", "res_id": mail.id, "reason": "x"})
                hold.write({"lift_date": lifted, "date_until": end})
                expected += hold if not lifted and end != ends[1] else self.holds
        self.holds._forget()
        every = self.holds.search([])
        self.assertEqual(len(expected), 3)
        self.assertEqual(every.filtered("is_current"), every & expected)
        self.assertEqual(every.search([("is_current", "=", True)]), every & expected)
        self.assertEqual(every.search([("is_current", "=", False)]), every - expected)
        ids = set(expected.mapped("res_id"))
        self.assertEqual({res_id for _model, res_id in self.holds._held_keys()}, ids)
        mails = self.env["mail.mail"].browse(every.mapped("res_id"))
        not_held = self.holds._sql_not_held(SQL("access_model"), SQL("access_res_id"), SQL("mail_mail.id"))
        rows = self.env.execute_query(SQL("SELECT id FROM mail_mail WHERE id = ANY(%s) AND %s", mails.ids, not_held))
        self.assertEqual(set(mails.ids) - {mail_id for (mail_id,) in rows}, ids)

    def test_two_holds_of_one_document(self):
        mail = self.document_mail()
        first, second = self.hold(), self.hold()
        first.action_lift()
        self.run_cron()
        self.assertTrue(mail.body_html)
        second.action_lift()
        self.run_cron()
        self.assertFalse(mail.body_html)

    def test_merged_contacts(self):
        mail = self.document_mail(days=400)
        self.keep(180, 365)
        self.hold()
        target = self.env["res.partner"].create({"name": "Customer", "email": "a@dest.test"})
        merge = self.env["base.partner.merge.automatic.wizard"].create({})
        merge._merge((self.customer + target).ids, target)
        self.env.invalidate_all()
        self.assertEqual(mail.access_res_id, target.id)
        self.assertIn("by hold_manager", mail.hold_text)
        self.run_cron()
        self.assertTrue(mail.body_html and mail.recipient_status_ids)

    def test_merged_author(self):
        """Whatever is recorded of a mail follows its author."""
        old, new = self.env["res.partner"].create([{"name": name, "email": "w@odoo.test"} for name in ("Old", "New")])
        mail = self.document_mail(author_id=old.id)
        mail.with_user(self.manager)._log_decision("edited")
        self.add_attempt(mail)
        self.env["base.partner.merge.automatic.wizard"].create({})._merge((old + new).ids, new)
        self.env.invalidate_all()
        for name in ("mail.recipient", "mail.transaction", "mail.decision"):
            rows = self.env[name].search([("mail_mail_id", "=", mail.id)])
            self.assertEqual((bool(rows), rows.author_id), (True, new), name)

    def test_what_odoo_deletes_when_it_was_sent_stays(self):
        mail = self.sent(auto_delete=True, model="res.partner", res_id=self.customer.id)
        hold = self.hold()
        mail._remove_texts()
        self.assertTrue(mail.body_html and not mail.text_removed_date)
        self.env["mail.mail"]._gc_texts()
        self.assertTrue(mail.body_html)
        hold.action_lift()
        self.env["mail.mail"]._gc_texts()
        self.env.invalidate_all()
        self.assertFalse(mail.body_html)

    def test_nothing_is_deleted_by_hand(self):
        mail = self.document_mail()
        hold = self.hold()
        for record in (mail, mail.mail_message_id, self.customer):
            with self.assertRaisesRegex(UserError, "legal hold since"), self.env.cr.savepoint():
                record.unlink()
        hold.action_lift()
        mail.unlink()
        self.assertFalse(mail.exists())

    def test_a_mail_without_a_document(self):
        mail, other = self.sent(), self.sent()
        action = mail.with_user(self.manager).action_set_hold()
        wizard = self.env["mail.retention.hold.set"].with_user(self.manager).with_context(**action["context"])
        wizard.create({"reason": "Dispute"}).action_set()
        self.run_cron()
        self.assertTrue(mail.body_html)
        self.assertFalse(other.body_html)
        self.assertEqual(mail.search([("is_held_by_law", "=", True), ("id", "in", (mail + other).ids)]), mail)
        self.assertEqual(mail.search([("is_held_by_law", "=", False), ("id", "in", (mail + other).ids)]), other)

    def test_from_the_mail_of_a_document(self):
        mail, later = self.document_mail(), self.document_mail()
        action = mail.with_user(self.manager).action_set_hold()
        self.assertEqual(action["context"]["default_model"], "res.partner")
        self.env["mail.retention.hold.set"].with_user(self.manager).with_context(**action["context"]).create(
            {"reason": "Dispute"}
        ).action_set()
        for one in (mail, later, self.document_mail()):
            self.assertRegex(one.hold_text, "^Kept: legal hold since .* by hold_manager")
        action = mail.with_user(self.manager).action_open_holds()
        self.assertEqual(self.holds.search(action["domain"]).document_name, "Customer")

    # === RIGHTS === #

    def test_who_may(self):
        mail = self.document_mail()
        for user in (self.billing, self.env.ref("base.public_user")):
            with self.assertRaises(AccessError):
                self.holds.with_user(user)._set("res.partner", self.customer.ids, "x")
            with self.assertRaises(AccessError):
                mail.with_user(user).action_set_hold()
        hold = self.hold()
        for user in (self.billing, self.strange_manager):
            with self.assertRaises(AccessError):
                hold.with_user(user).action_lift()
        for user in (self.manager, self.env.ref("base.user_admin")):
            holds = self.holds.with_user(user)
            for door in (
                lambda holds=holds: holds.create({"model": "res.partner", "res_id": 1, "reason": "x"}),
                lambda user=user: hold.with_user(user).write({"reason": "x"}),
                lambda user=user: hold.with_user(user).unlink(),
            ):
                with self.assertRaises(AccessError):
                    door()

    def test_only_what_one_sees(self):
        move = self.env["account.move"].with_company(self.other_company)
        journal = self.env["account.journal"].create(
            {"name": "J", "code": "J", "type": "general", "company_id": self.other_company.id}
        )
        move = move.create({"move_type": "entry", "journal_id": journal.id})
        mail = self.sent(record_company_id=self.other_company.id)
        for model, res_id in (
            ("account.move", move.id),
            ("mail.mail", mail.id),
            ("res.users", self.billing.id),
            ("ir.config_parameter", 1),
            ("res.partner", 10**9),
            ("no.model", 1),
        ):
            with self.subTest(model), self.assertRaises(AccessError):
                self.holds.with_user(self.manager)._set(model, [res_id], "x")

    def test_who_sees_it(self):
        hold = self.hold()
        self.assertTrue(self.holds.with_user(self.billing).search([("id", "=", hold.id)]), "who reads the document")
        self.assertFalse(self.holds.with_user(self.strange_manager).search([("id", "=", hold.id)]))

    def test_why_and_until_when(self):
        with self.assertRaises(UserError):
            self.holds.with_user(self.manager)._set("res.partner", self.customer.ids, "  ")
        with self.assertRaises(UserError):
            self.hold(date_until=fields.Date.today() - timedelta(days=1))
        forged = self.holds.with_user(self.manager).with_context(default_lift_date="2020-01-01", default_user_id=1)
        hold = forged._set("res.partner", self.customer.ids, "x")
        self.assertEqual((hold.lift_date, hold.user_id), (False, self.manager))

    def test_from_invoices(self):
        journal = self.env["account.journal"].create({"name": "J", "code": "JH", "type": "general"})
        moves = self.env["account.move"].create([{"move_type": "entry", "journal_id": journal.id}] * 2)
        manager = new_test_user(self.env, "both", f"base.group_user,{BILLING},mail_delivery_status.group_manager")
        run = self.env.ref("mail_delivery_status.account_move_action_set_mail_hold").with_user(manager)
        action = run.with_context(active_model="account.move", active_ids=moves.ids, active_id=moves[0].id).run()
        wizard = self.env["mail.retention.hold.set"].with_user(manager).with_context(**action["context"])
        wizard.create({"reason": "Tax audit"}).action_set()
        holds = self.holds.with_user(manager).search([("model", "=", "account.move"), ("res_id", "in", moves.ids)])
        self.assertEqual(holds.company_id, self.company)
        self.assertEqual(set(holds.mapped("document_name")), set(moves.mapped("display_name")))
        self.assertEqual(holds[0].action_open_document()["res_model"], "account.move")

    # === UNINSTALLING === #

    def test_uninstalling_is_not_kept_back(self):
        mail = self.sent(auto_delete=True, model="res.partner", res_id=self.customer.id)
        self.hold()
        uninstall_hook(self.env)
        self.assertFalse(mail.exists())
        self.assertFalse(self.holds.search([]))
