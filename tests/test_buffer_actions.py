from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import SQL, mute_logger

from .common import DeliveryCase, RpcMixin
from .drain_common import DrainCase

MODULE = "mail_delivery_status"
DECISIONS = (
    "action_hold",
    "action_release",
    "action_cancel_sending",
    "action_send_later",
    "_send_later",
    "action_send_now",
)


class DecisionMixin:
    """Mails that wait, on a document of each of two companies, and people of every role."""

    @classmethod
    def create_people(cls):
        cls.company_1 = cls.env.company
        cls.company_2 = cls.env["res.company"].create({"name": "Company 2"})
        groups = {
            "employee": "base.group_user",
            "user": f"base.group_user,{MODULE}.group_user",
            "author": f"base.group_user,{MODULE}.group_user",
            "billing": "base.group_user,account.group_account_invoice",
            "manager": f"base.group_user,{MODULE}.group_manager",
            "admin": "base.group_user,base.group_system",
        }
        cls.users = {role: new_test_user(cls.env, f"decide_{role}", names) for role, names in groups.items()}

    @classmethod
    def create_waiting(cls, company=None, **values):
        """A mail on an entry of the company, written by "author"."""
        company = company or cls.company_1
        journals = cls.env["account.journal"].sudo()
        journal = journals.search([("code", "=", f"D{company.id}")]) or journals.create(
            {"name": "Entries", "code": f"D{company.id}", "type": "general", "company_id": company.id}
        )
        move = cls.env["account.move"].create(
            {"move_type": "entry", "journal_id": journal.id, "company_id": company.id}
        )
        return cls.env["mail.mail"].create(
            {
                "subject": "Entry",
                "body_html": "<p>x</p>",
                "email_from": "sales@odoo.test",
                "email_to": "alice@dest.test",
                "model": "account.move",
                "res_id": move.id,
                "record_company_id": company.id,
                "author_id": cls.users["author"].partner_id.id,
                **values,
            }
        )

    def decide(self, mails, role, method):
        mails = mails.with_env(self.env(user=self.users[role], su=False))
        if method == "_send_later":
            return mails._send_later(fields.Datetime.now() + timedelta(hours=1))
        return getattr(mails, method)()


@tagged("post_install", "-at_install")
class TestBufferActions(DecisionMixin, DeliveryCase):
    """Who may decide about mails that wait, and what becomes of those that cannot be decided about any more."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.create_people()
        cls.env["ir.config_parameter"].set_param(f"{MODULE}.sending_mode", "now")

    def set_mode(self, mode):
        self.env["ir.config_parameter"].set_param(f"{MODULE}.sending_mode", mode)

    def open_transaction(self, mail):
        self.env["mail.transaction"]._with_evidence_token().create(
            [{**mail._evidence_values(), "outcome": "open", "envelope_key": "test"}]
        )
        self.env.flush_all()

    # === WHAT IS DONE === #

    def test_hold_and_release(self):
        mail = self.create_waiting()
        self.decide(mail, "author", "action_hold")
        self.assertTrue(mail.is_held)
        self.env["mail.mail"].process_email_queue()
        self.assertEqual((mail.state, mail.attempt_count), ("outgoing", 0), "held")
        self.decide(mail, "author", "action_release")
        self.assertEqual((mail.is_held, mail.sending_priority), (False, 0), "in its turn, not before the others")

    def test_release_wakes_the_buffer(self):
        mail = self.create_waiting(is_held=True)
        crons = self.env["mail.mail"]._buffer_crons()
        before = self.env["ir.cron.trigger"].search_count([("cron_id", "in", crons.ids)])
        self.decide(mail, "manager", "action_release")
        self.assertGreater(self.env["ir.cron.trigger"].search_count([("cron_id", "in", crons.ids)]), before)

    def test_cancel(self):
        mail = self.create_waiting()
        self.decide(mail, "billing", "action_cancel_sending")
        self.assertEqual((mail.state, mail.delivery_status), ("cancel", "canceled"))

    def test_later(self):
        mail = self.create_waiting(is_held=True)
        action = self.decide(mail, "author", "action_send_later")
        author = self.env(user=self.users["author"], su=False)
        wizards = author["mail.mail.schedule"].with_context(**action["context"])
        time = fields.Datetime.now() + timedelta(days=1)
        wizards.create({"date": time}).action_schedule()
        self.assertEqual((mail.scheduled_date, mail.is_held), (time, False))
        with self.assertRaisesRegex(UserError, "in the future"):
            wizards.create({"date": fields.Datetime.now() - timedelta(minutes=1)}).action_schedule()

    def test_the_dialog_opens_no_other_door(self):
        """Ids that a client names are asked the same as records."""
        foreign = self.create_waiting(self.company_2, author_id=False)
        wizards = self.env["mail.mail.schedule"].with_user(self.users["billing"])
        wizard = wizards.create({"mail_ids": foreign.ids, "date": fields.Datetime.now() + timedelta(days=1)})
        with self.assertRaises(AccessError):
            wizard.action_schedule()
        self.assertFalse(foreign.scheduled_date)
        for nonsense in (["x"], "x", {"a": 1}, [10**9]):
            wizard.mail_ids = nonsense
            with self.assertRaises(UserError):
                wizard.action_schedule()

    def test_a_mail_whose_attempt_found_no_connection(self):
        """Core's state is "exception" then, and it waits all the same."""
        retry_date = fields.Datetime.now() + timedelta(minutes=5)
        for method in ("action_hold", "_send_later", "action_cancel_sending"):
            mail = self.create_waiting()
            mail._update_summary(state="exception", retry_date=retry_date)
            self.decide(mail, "manager", method)
            self.assertEqual(mail.state, "cancel" if method == "action_cancel_sending" else "outgoing", method)

    # === WHO === #

    def test_who_may_decide(self):
        expected = {
            "employee": set(),
            "user": set(),
            "author": {"action_hold", "action_release", "action_cancel_sending", "action_send_later", "_send_later"},
            "billing": {"action_hold", "action_release", "action_cancel_sending", "action_send_later", "_send_later"},
            "manager": set(DECISIONS),
            "admin": set(DECISIONS),
        }
        for role, allowed in expected.items():
            for method in DECISIONS:
                with self.subTest(role=role, method=method):
                    mails = self.create_waiting(is_held=method == "action_release") + self.create_waiting(
                        is_held=method == "action_release"
                    )
                    if method in allowed:
                        self.assertTrue(self.decide(mails, role, method))
                    else:
                        with self.assertRaises(AccessError):
                            self.decide(mails, role, method)
                        self.assertEqual(mails.mapped("state"), ["outgoing"] * 2)

    def test_the_other_company(self):
        mail = self.create_waiting(self.company_2, author_id=False)
        for role in ("user", "author", "billing", "manager"):
            for method in DECISIONS:
                with self.subTest(role=role, method=method), self.assertRaises(AccessError):
                    self.decide(mail, role, method)
        both = mail + self.create_waiting()
        with self.assertRaises(AccessError):
            self.decide(both, "manager", "action_hold")
        self.assertFalse(any(both.mapped("is_held")), "nothing half done")

    def test_where_all_mails_are_held_managers_release(self):
        self.set_mode("hold")
        mail = self.create_waiting()
        self.assertTrue(mail.is_held)
        for role in ("author", "billing"):
            with self.assertRaises(AccessError):
                self.decide(mail, role, "action_release")
            self.decide(mail, role, "_send_later")
            self.assertTrue(mail.is_held, "a time releases nothing")
        self.decide(mail, "manager", "_send_later")
        self.assertFalse(mail.is_held)

    def test_some_are_mine(self):
        mine, not_mine = self.create_waiting(), self.create_waiting(author_id=False)
        public = self.env["res.partner"].create({"name": "Readable"})
        not_mine.write({"model": "res.partner", "res_id": public.id})
        action = self.decide(mine + not_mine, "author", "action_hold")
        self.assertEqual((mine.is_held, not_mine.is_held), (True, False))
        self.assertIn("Not yours", action["params"]["message"])

    # === WHAT CANNOT BE DECIDED ANY MORE === #

    def test_gone_or_being_sent(self):
        for method in DECISIONS:
            gone, leaving, free = (self.create_waiting(is_held=method == "action_release") for _ in range(3))
            gone._update_summary(state="sent")
            self.open_transaction(leaving)
            for one, words in ((gone, "Not waiting any more: 1"), (leaving, "Being sent right now: 1")):
                with self.subTest(method=method, words=words), self.assertRaisesRegex(UserError, words):
                    self.decide(one, "manager", method)
            with self.subTest(method=method):
                action = self.decide(gone + leaving + free, "manager", method)
                if method != "action_send_later":  # that is told when the time was chosen
                    said = action["params"].get("message") or action["params"]["left_out"]
                    self.assertIn("Not waiting any more: 1", said)
                    self.assertIn("Being sent right now: 1", said)
            self.assertEqual((gone.state, leaving.state), ("sent", "outgoing"))
            self.assertFalse(gone.scheduled_date or leaving.scheduled_date)

    def test_nothing_to_do(self):
        mail = self.create_waiting()
        with self.assertRaisesRegex(UserError, "Not held"):
            self.decide(mail, "manager", "action_release")
        self.decide(mail, "manager", "action_hold")
        with self.assertRaisesRegex(UserError, "Held already"):
            self.decide(mail, "manager", "action_hold")
        for method in DECISIONS:
            with self.assertRaises(UserError):
                self.decide(self.env["mail.mail"], "manager", method)

    def test_few_of_many_are_named(self):
        mails = self.env["mail.mail"].union(*(self.create_waiting(is_held=True) for _ in range(8)))
        with self.assertRaisesRegex(UserError, r"Held already: 8 \(.*, …\)"):
            self.decide(mails, "manager", "action_hold")


class TestDecideWhileClaimed(DrainCase):
    """A worker that has a mail at the same moment is not overridden: committed mails, several database sessions."""

    def test_locked_by_a_worker(self):
        server_id = self.create_server(1)
        claimed_id, free_id = self.create_mails(2, server_id)
        with self.registry.cursor() as worker:
            worker.execute(SQL("SELECT id FROM mail_mail WHERE id = %s FOR UPDATE", claimed_id))
            with self.registry.cursor() as cr:
                mails = api.Environment(cr, SUPERUSER_ID, {})["mail.mail"].browse([claimed_id, free_id])
                said = mails.action_cancel_sending()["params"]["message"]
                cr.commit()  # pylint: disable=invalid-commit
            self.assertIn("Being sent right now: 1", said)
        self.assertEqual(self.values_of([claimed_id, free_id], "state"), ["outgoing", "cancel"])

    def test_claimed_after_we_began(self):
        """What a worker opened after our database transaction began is seen all the same."""
        server_id = self.create_server(1)
        [mail_id] = self.create_mails(1, server_id)
        with self.registry.cursor() as cr:
            mail = api.Environment(cr, SUPERUSER_ID, {})["mail.mail"].browse(mail_id)
            self.assertEqual(mail.state, "outgoing")
            with self.env_committed() as env:
                values = {**env["mail.mail"].browse(mail_id)._evidence_values(), "outcome": "open", "envelope_key": "t"}
                opened = env["mail.transaction"]._with_evidence_token().create([values]).ids
            try:
                with self.assertRaisesRegex(UserError, "Being sent right now"):
                    mail.action_hold()
            finally:
                with self.env_committed() as env:
                    env["mail.transaction"]._with_evidence_token().browse(opened).unlink()

    def test_a_worker_passes_over_what_is_decided_about(self):
        server, server_id = self.start()
        [mail_id] = self.create_mails(1, server_id)
        with self.registry.cursor() as cr:
            mail = api.Environment(cr, SUPERUSER_ID, {})["mail.mail"].browse(mail_id)
            mail.action_cancel_sending()
            mail.env.flush_all()
            self.drain()
            self.assertFalse(server.messages)
            cr.commit()  # pylint: disable=invalid-commit
        self.drain()
        self.assertFalse(server.messages)
        self.assertEqual(self.values_of([mail_id], "state"), ["cancel"])


@tagged("post_install", "-at_install")
class TestDecideByRpc(RpcMixin, DecisionMixin, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.create_people()
        cls.mail = cls.create_waiting()

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_rule")
    def test_without_rights(self):
        for role in ("employee", "user"):
            self.authenticate(self.users[role].login, self.users[role].login)
            for method in DECISIONS:
                for context in ({}, self.FORGED):
                    answer = self.call("mail.mail", method, self.mail.ids, **context)
                    self.assertIn("error", answer, (role, method))
            for method in ("_tell_changed", "_send_news", "_lock_waiting"):
                self.assertIn("error", self.call("mail.mail", method, self.mail.ids))
        self.env.invalidate_all()
        self.assertEqual((self.mail.state, self.mail.is_held, self.mail.scheduled_date), ("outgoing", False, False))

    def test_with_rights(self):
        self.authenticate("decide_author", "decide_author")
        answer = self.call("mail.mail", "action_hold", self.mail.ids)
        self.assertEqual(answer["result"]["params"]["type"], "success")
        self.env.invalidate_all()
        self.assertTrue(self.mail.is_held)
