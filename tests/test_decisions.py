from datetime import timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .common import DeliveryCase
from .test_buffer_actions import DecisionMixin


@tagged("post_install", "-at_install")
class TestDecisions(DecisionMixin, DeliveryCase):
    """Who decided what about a mail, and when, stands in the mail's log; nobody writes it, and it outlives the mail."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.create_people()

    def log(self, mail, role="manager"):
        """What this person reads in the mail's log, oldest first."""
        decisions = self.env["mail.decision"].with_user(self.users[role])
        found = decisions.search([("mail_mail_id", "=", mail.id)], order="id")
        return [(row.decision, row.user_name, row.details) for row in found]

    def as_author(self, mail):
        return mail.with_user(self.users["author"])

    def test_what_is_decided_in_the_buffer(self):
        mail = self.create_waiting()
        name = self.users["author"].name
        self.as_author(mail).action_hold()
        self.as_author(mail).action_release()
        self.as_author(mail)._send_later(fields.Datetime.now() + timedelta(days=400))
        self.as_author(mail).action_cancel_sending()
        manager = self.users["manager"].name
        with self.assertRaises(UserError):
            mail.with_user(self.users["manager"]).action_send_now()  # too late: not in the log
        log = self.log(mail)
        self.assertEqual([row[0] for row in log], ["held", "released", "planned", "canceled"])
        self.assertEqual({row[1] for row in log}, {name})
        self.assertIn("for ", log[2][2])
        self.assertNotIn(manager, str(log))

    def test_sent_now_by_the_manager(self):
        mail = self.create_waiting()
        mail.with_user(self.users["manager"]).action_send_now()
        self.assertEqual(self.log(mail), [("sent_now", self.users["manager"].name, False)])

    def test_many_at_once(self):
        mails = self.create_waiting() + self.create_waiting()
        mails.with_user(self.users["author"]).action_hold()
        for mail in mails:
            self.assertEqual([row[0] for row in self.log(mail)], ["held"])

    def test_edited_without_what_was_written(self):
        mail = self.create_waiting()
        values = {"subject": "A secret subject", "email_to": "bob@dest.test"}
        self.as_author(mail)._edit(values, mail._edit_fingerprint())
        [(decision, _name, details)] = self.log(mail)
        self.assertEqual(decision, "edited")
        self.assertIn("Subject", details)
        self.assertNotIn("secret", details)

    def test_corrected(self):
        mail = self.create_waiting()
        row = self.add_recipient(mail, "deferred")
        row.with_user(self.users["author"])._correct_address("bob@dest.test", False, 0)
        self.assertEqual(self.log(mail)[0][0::2], ("corrected", "alice@dest.test → bob@dest.test"))

    def add_recipient(self, mail, state):
        values = {**mail._evidence_values(), "email": "alice@dest.test", "state": state, "kind": "to"}
        return self.env["mail.recipient"]._with_evidence_token().create(values)

    def test_settled_and_sent_again(self):
        for action, decision in (("action_settle", "settled"), ("action_send_again", "repeated")):
            mail = self.create_waiting()
            mail._update_summary(state="exception")
            getattr(self.add_recipient(mail, "unknown").with_user(self.users["billing"]), action)()
            self.assertEqual(self.log(mail), [(decision, self.users["billing"].name, "alice@dest.test")])

    def test_resent_as_a_new_mail(self):
        mail = self.create_waiting()
        mail._update_summary(state="exception")
        none = self.env["res.partner"]
        self.as_author(mail)._send_again([(none, "bob@dest.test")], 0)
        self.assertEqual(self.log(mail)[0][0::2], ("resent", "bob@dest.test"))

    def test_an_administrator_with_cores_own_buttons(self):
        mail, admin = self.create_waiting(), self.env.ref("base.user_admin")
        admin.group_ids += self.env.ref("account.group_account_manager")
        mail.with_user(admin).cancel()
        mail.with_user(admin).mark_outgoing()
        mail.with_user(admin).write({"email_to": "other@dest.test"})
        mail_id = mail.id
        mail.with_user(admin).unlink()
        rows = self.env["mail.decision"].search([], order="id desc", limit=4)
        self.assertEqual(rows.mapped("decision"), ["deleted", "edited", "put_back", "canceled"])
        self.assertEqual(set(rows._stored_ids("mail_mail_id").values()), {mail_id}, "it outlives the mail")
        self.assertEqual(set(rows.mapped("user_name")), {admin.name})

    def test_what_odoo_does_by_itself_is_not_in_it(self):
        mail = self.create_waiting()
        mail.cancel()
        mail.mark_outgoing()
        mail.send()
        self.assertFalse(self.log(mail))

    def test_nobody_forges_it(self):
        mail = self.create_waiting()
        self.as_author(mail).action_hold()
        row = self.env["mail.decision"].search([("mail_mail_id", "=", mail.id)])
        for role in ("author", "billing", "manager", "admin"):
            rows = row.with_user(self.users[role])
            for attempt in (
                lambda rows=rows: rows.write({"user_name": "Somebody else"}),
                lambda rows=rows: rows.unlink(),
                lambda rows=rows: rows.create({"decision": "released", "mail_mail_id": mail.id}),
                lambda rows=rows: rows.copy(),
            ):
                with self.assertRaises(AccessError):
                    attempt()

    def test_who_reads_it(self):
        mine, theirs = self.create_waiting(), self.create_waiting(self.company_2)
        self.as_author(mine).action_hold()
        theirs.with_user(self.users["author"])._log_decision("held")
        for role, expected in (("author", 1), ("billing", 1), ("manager", 1), ("user", 0)):
            self.assertEqual(len(self.log(mine, role)), expected, role)
        self.assertFalse(self.log(theirs, "manager"))
        self.assertFalse(self.log(theirs, "billing"))

    def test_many_addresses_are_cut(self):
        mail = self.create_waiting()
        self.as_author(mail)._log_decision("resent", emails=["ą" * 1000 + "@dest.test"] * 60)
        [(_decision, _name, details)] = self.log(mail)
        self.assertTrue(details.endswith(", +10"))
        self.assertLess(len(details), 50 * 330)

    def test_a_user_who_is_gone(self):
        mail = self.create_waiting()
        self.as_author(mail).action_hold()
        name = self.users["author"].name
        self.users["author"].unlink()
        self.assertEqual(self.log(mail), [("held", name, False)])
