"""The end of a mail, by whatever way, closes what waited for it; what a server answered is never lost with it."""

from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL

from ..engine.delivery import DeliveryResult, Email, new_envelope_id
from ..engine.log_session import transaction_log
from ..engine.transaction_log import TransactionLog
from ..tools.smtp.reply import Reply
from ..tools.smtp.transaction import Outcome, RecipientResult
from .common import DeliveryCase
from .servers.scripted import ScriptedServer


@tagged("post_install", "-at_install")
class TestEndOfMail(DeliveryCase):
    def setUp(self):
        super().setUp()
        self.registry_enter_test_mode()
        self.smtp = self.enterContext(ScriptedServer({"RCPT": [b"450 4.2.1 later"] * 9}))
        self.server = self.create_mail_server(self.smtp.port)
        self.document = self.env["res.partner"].create({"name": "Document"})
        self.customer = self.env["res.partner"].create({"name": "Customer", "email": "customer@dest.test"})

    def post_and_put_off(self):
        message = self.document.message_post(
            body="Hello", partner_ids=self.customer.ids, message_type="comment", mail_server_id=self.server.id
        )
        mail = self.env["mail.mail"].search([("mail_message_id", "=", message.id)])
        mail.filtered(lambda mail: mail.state == "outgoing" and not mail.recipient_status_ids).send()
        self.env.invalidate_all()
        self.assertEqual(mail.recipient_status_ids.mapped("state"), ["deferred"])
        return mail

    def assert_closed(self, rows):
        self.env.invalidate_all()
        self.assertFalse(rows.mail_mail_id)
        self.assertEqual(set(rows.mapped("state")), {"canceled"})
        self.assertIn("deleted", rows.state_meaning)
        self.assertIn("deleted", rows.answer)
        self.assertEqual(rows.smtp_code, 450, "what the server said before stays")
        problems = [("state", "in", ("refused", "bounced", "unknown", "deferred", "delayed")), ("id", "in", rows.ids)]
        self.assertFalse(rows.search(problems))

    def test_deleted_while_it_waits(self):
        ways = {
            "the mail": lambda mail: mail.unlink(),
            "its message": lambda mail: mail.mail_message_id.unlink(),
            "the document": lambda mail: self.document.unlink(),
        }
        for way, delete in ways.items():
            with self.subTest(way=way):
                mail = self.post_and_put_off()
                rows = mail.recipient_status_ids
                delete(mail)
                self.assert_closed(rows)

    def test_a_row_that_a_person_put_back_into_the_buffer(self):
        mail = self.post_and_put_off()
        rows = mail.recipient_status_ids
        rows.action_send_again()
        self.assertEqual(rows.state, "queued")
        mail.unlink()
        self.assert_closed(rows)

    def test_deleted_behind_the_back_of_odoo(self):
        for table, name in (("mail_mail", "id"), ("mail_message", "mail_message_id")):
            with self.subTest(table=table):
                mail = self.post_and_put_off()
                rows = mail.recipient_status_ids
                self.env.flush_all()
                self.env.cr.execute(SQL("DELETE FROM %s WHERE id = %s", SQL.identifier(table), int(mail[name])))
                self.env.invalidate_all()
                self.assertEqual(rows.state, "deferred")
                self.assertEqual(self.env["mail.recipient"]._gc_open_without_mail(), (1, False))
                self.assert_closed(rows)
        self.assertEqual(self.env["mail.recipient"]._gc_open_without_mail(), (0, 0))

    def test_who_may_not_delete_closes_nothing(self):
        mail = self.post_and_put_off()
        clerk = new_test_user(self.env, "end_clerk", "base.group_user,account.group_account_invoice")
        for records in (mail, mail.mail_message_id):
            with self.assertRaises(AccessError):
                records.with_user(clerk).unlink()
            self.assertEqual(mail.recipient_status_ids.state, "deferred")

    def test_many_at_once(self):
        mails = self.env["mail.mail"].browse()
        for place in range(20):
            mails += self.create_mail(f"a{place}@dest.test", self.server)
        rows = [{"mail_mail_id": mail.id, "email": mail.email_to, "state": "deferred"} for mail in mails]
        rows = self.env["mail.recipient"]._with_evidence_token().create(rows)
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        mails._end_rows()
        self.env.flush_all()
        self.assertLess(self.env.cr.sql_log_count - before, 10)
        self.assertEqual(set(rows.mapped("state")), {"canceled"})

    def test_the_cleaning_leaves_what_still_waits(self):
        mail = self.post_and_put_off()
        self.assertEqual(self.env["mail.recipient"]._gc_open_without_mail(), (0, 0))
        self.assertEqual(mail.recipient_status_ids.state, "deferred")

    def test_cancelled(self):
        for cancel in (lambda mail: mail.cancel(), lambda mail: mail.write({"state": "cancel"})):
            mail = self.post_and_put_off()
            cancel(mail)
            self.assertEqual((mail.delivery_status, mail.recipient_status_ids.state), ("canceled", "canceled"))

    def test_only_what_is_open_is_closed(self):
        mail = self.create_mail("a@dest.test, b@dest.test", self.server)
        self.smtp.script = {}
        values = {"mail_mail_id": mail.id, "model": "res.partner"}
        rows = (
            self.env["mail.recipient"]
            ._with_evidence_token()
            .create(
                [
                    {**values, "email": f"{state}@dest.test", "state": state}
                    for state in ("accepted", "refused", "unknown", "bounced", "delivered", "queued", "deferred")
                ]
            )
        )
        mail.unlink()
        self.assertEqual(
            rows.mapped("state"), ["accepted", "refused", "unknown", "bounced", "delivered", "canceled", "canceled"]
        )

    def test_send_again_when_the_mail_is_gone(self):
        mail = self.create_mail("a@dest.test", self.server)
        values = {"mail_mail_id": mail.id, "email": "a@dest.test"}
        for state, action in (
            ("refused", "action_send_again"),
            ("bounced", "action_send_again"),
            ("unknown", "action_send_again"),
            ("unknown", "action_settle"),
        ):
            row = (
                self.env["mail.recipient"]
                ._with_evidence_token()
                .create({**values, "state": state, "email": f"{state}.{action}@dest.test"})
            )
            mail.exists().unlink()
            self.env.invalidate_all()
            with self.subTest(state=state, action=action):
                self.assertIn("was deleted", getattr(row, action)()["params"]["message"])
                self.assertEqual(row.state, state)
                self.assertFalse(row.mail_mail_id, "by which the views hide the button")
        for kind in ("list", "form"):
            arch = row.get_views([(False, kind)])["views"][kind]["arch"]
            self.assertEqual(arch.count("or not mail_mail_id"), 3)

    # === IN FLIGHT === #

    def open_transaction(self, log, mail):
        row = {
            **mail._evidence_values(),
            "envelope_id": new_envelope_id(),
            "recipients": ["a@dest.test"],
            "partner_id": None,
        }
        [transaction_id] = log.open([row])
        return transaction_id, {name: row[name] for name in mail._evidence_values()}

    def result(self, mail_id, transaction_id, evidence, outcome):
        email = Email(mail_id, 0, {"a@dest.test": "to"}, evidence)
        reply = Reply.of(250 if outcome == "accepted" else 450, "")
        one = RecipientResult("a@dest.test", Outcome(outcome), None, reply)
        return DeliveryResult(email, (one,), transaction_id, receipt="R1")

    def test_deleted_while_it_is_being_sent(self):
        """Nothing is said of it until its server has answered; then that is recorded, with or without a row before."""
        for has_row in (True, False):
            for outcome, state in (("accepted", "accepted"), ("deferred", "canceled"), ("unknown", "unknown")):
                with self.subTest(has_row=has_row, outcome=outcome):
                    mail = self.create_mail("a@dest.test", self.server)
                    recipients = self.env["mail.recipient"]
                    if has_row:
                        values = {**mail._evidence_values(), "email": "a@dest.test", "state": "deferred"}
                        recipients._with_evidence_token().create(values)
                    with transaction_log(self.env) as log:
                        transaction_id, evidence = self.open_transaction(log, mail)
                        mail_id = mail.id
                        mail.unlink()
                        rows = recipients.search([("mail_mail_id", "=", mail_id)])
                        self.assertEqual(rows.mapped("state"), ["deferred"] * has_row)
                        # In a test all logs share one session, and so each other's signs of life.
                        with patch.object(TransactionLog, "end_abandoned"):
                            self.assertEqual(recipients._gc_open_without_mail()[0], 0)
                        result = self.result(mail_id, transaction_id, evidence, outcome)
                        recipients._record_results([result], self.env["mail.mail"])
                        rows = recipients.search([("mail_mail_id", "=", mail_id)])
                        self.assertEqual(rows.mapped("state"), [state])
                        log.settle(ended=[{"id": transaction_id, "outcome": outcome}])

    def test_deleted_and_its_sender_died(self):
        mail = self.create_mail("a@dest.test", self.server)
        values = {**mail._evidence_values(), "email": "a@dest.test", "state": "deferred"}
        row = self.env["mail.recipient"]._with_evidence_token().create(values)
        with transaction_log(self.env) as log:
            transaction_id, _evidence = self.open_transaction(log, mail)
            log.settle(leaving=[transaction_id])
        mail.unlink()
        self.assertEqual(row.state, "deferred", "it may have arrived")
        self.env["mail.recipient"]._gc_open_without_mail()
        self.assertEqual((row.state, row.transaction_id.id), ("unknown", transaction_id))

    def test_deleted_before_anybody_could_see_that_it_is_being_sent(self):
        """Another session's attempt that this one does not see: what the server answers counts all the same."""
        mail = self.create_mail("a@dest.test", self.server)
        values = {**mail._evidence_values(), "email": "a@dest.test", "state": "deferred"}
        row = self.env["mail.recipient"]._with_evidence_token().create(values)
        evidence, mail_id = mail._evidence_values(), mail.id
        with patch.object(type(mail), "_being_sent", lambda mails: mails.browse()):
            mail.unlink()
        self.assertEqual(row.state, "canceled")
        result = self.result(mail_id, None, evidence, "accepted")
        self.env["mail.recipient"]._record_results([result], self.env["mail.mail"])
        self.assertEqual((row.state, row.smtp_receipt), ("accepted", "R1"))
