import os
from unittest.mock import patch

from odoo import SUPERUSER_ID, api
from odoo.exceptions import AccessError
from odoo.models import MAGIC_COLUMNS
from odoo.tests import tagged
from odoo.tools import SQL

from ..engine.log_session import ConnectionTransactionLog, new_worker, transaction_log
from ..tools.evidence import EVIDENCE_COLUMNS
from .common import DeliveryCase, forged_context
from .servers.scripted import ScriptedServer


@tagged("post_install", "-at_install")
class TestEvidence(DeliveryCase):
    """The evidence of what left survives whatever becomes of the database transaction that sent it."""

    def setUp(self):
        super().setUp()
        self.smtp = self.enterContext(ScriptedServer())

    def in_own_transaction(self, function, commit):
        """Run a function as a request would, with a cursor of its own, and commit it or not."""
        with self.env.registry.cursor() as cr:
            result = function(api.Environment(cr, SUPERUSER_ID, {}))
            if commit:
                cr.commit()  # pylint: disable=invalid-commit
            else:
                cr.rollback()
        return result

    def create_and_send(self, env):
        server = self.create_server(env)
        mail = env["mail.mail"].create(
            {
                "subject": "Rollback",
                "body_html": "<p>x</p>",
                "email_from": "sales@odoo.test",
                "email_to": "alice@dest.test",
                "mail_server_id": server.id,
            }
        )
        mail.send()
        self.assertEqual(mail.delivery_status, "accepted")
        return mail.id, mail.message_id

    def create_server(self, env):
        return env["ir.mail_server"].create(
            {"name": "scripted", "smtp_host": "127.0.0.1", "smtp_port": self.smtp.port, "smtp_encryption": "none"}
        )

    def test_rollback_of_the_caller(self):
        mail_id, message_id = self.in_own_transaction(self.create_and_send, commit=False)

        def check(env):
            self.assertFalse(env["mail.mail"].browse(mail_id).exists(), "the caller's work is undone")
            transaction = env["mail.transaction"].search([("mail_mail_id", "=", mail_id)])
            self.assertEqual(transaction.outcome, "accepted")
            self.assertEqual(transaction.message_id, message_id)
            self.assertEqual(transaction.recipients, "alice@dest.test")
            self.assertEqual(transaction.smtp_code, 250)

        self.in_own_transaction(check, commit=False)
        self.assertEqual(len(self.smtp.messages), 1)

    def test_a_mail_whose_record_was_rolled_back_is_not_sent_twice(self):
        def create(env):
            server = self.create_server(env)
            values = {"email_from": "sales@odoo.test", "email_to": "alice@dest.test", "mail_server_id": server.id}
            return env["mail.mail"].create({"subject": "Twice", "body_html": "<p>x</p>", **values}).id

        def send(env):
            mail = env["mail.mail"].browse(mail_id)
            self.assertEqual(mail.state, "outgoing")
            mail.send()
            return mail.read(["state", "delivery_status", "smtp_code", "attempt_count"])[0]

        mail_id = self.in_own_transaction(create, commit=True)
        self.addCleanup(self.in_own_transaction, lambda env: env["mail.mail"].browse(mail_id).unlink(), commit=True)
        first = self.in_own_transaction(send, commit=False)
        second = self.in_own_transaction(send, commit=True)
        self.assertEqual((first["state"], second["state"]), ("sent", "sent"))
        self.assertEqual((second["delivery_status"], second["smtp_code"]), ("accepted", 250))
        self.assertEqual(len(self.smtp.messages), 1, "the second time only the record was made up for")

    def test_a_worker_that_died(self):
        """Its row is open and its advisory lock is gone: unknown if the data had begun to leave, else to be sent."""
        for data_sent, expected, received in ((True, "unknown", 0), (False, "accepted", 1)):
            with self.subTest(data_sent=data_sent):
                self.smtp.messages.clear()
                mail = self.create_mail("alice@dest.test", self.create_server(self.env))
                with transaction_log(self.env) as log:
                    row = {
                        "mail_mail_id": mail.id,
                        "recipients": ["alice@dest.test"],
                        "envelope_id": f"dead{data_sent}",
                    }
                    [transaction_id] = log.open([row])
                    if data_sent:
                        self.assertEqual(log.settle(leaving=[transaction_id]), {transaction_id})
                mail.send()
                self.assertEqual(mail.delivery_status, expected)
                self.assertEqual(len(self.smtp.messages), received)
                self.assertEqual(self.transactions(mail)[0]["outcome"], "unknown" if data_sent else "aborted")

    def test_what_was_open_when_postgresql_restarted(self):
        """Marks are committed asynchronously, so the last ones may be lost: rather unknown than sent twice."""
        mail = self.create_mail("alice@dest.test", self.create_server(self.env))
        with transaction_log(self.env) as log:
            row = {"mail_mail_id": mail.id, "recipients": ["alice@dest.test"], "envelope_id": "before the restart"}
            [transaction_id] = log.open([row])
        with self.env.registry.cursor() as cr:
            cr.execute(
                "UPDATE mail_transaction SET start_date = pg_postmaster_start_time() AT TIME ZONE 'UTC' - interval '1 s'"
                " WHERE id = %s",
                (transaction_id,),
            )
            cr.commit()  # pylint: disable=invalid-commit
        mail.send()
        self.assertEqual(mail.delivery_status, "unknown")
        self.assertFalse(self.smtp.messages)

    def test_what_was_open_when_postgresql_recovered(self):
        """One of its processes was killed: the main one lives on, and tells it by its statistics, which begin anew."""
        self.env.cr.execute("SELECT usesuper FROM pg_user WHERE usename = current_user")
        if not self.env.cr.fetchone()[0]:
            self.skipTest("only a superuser may reset the statistics")
        mail = self.create_mail("alice@dest.test", self.create_server(self.env))
        with transaction_log(self.env) as log:
            row = {"mail_mail_id": mail.id, "recipients": ["alice@dest.test"], "envelope_id": "before the recovery"}
            log.open([row])
        with self.env.registry.cursor() as cr:
            cr.execute("SELECT pg_stat_reset_shared('bgwriter')")
        mail.send()
        self.assertEqual(mail.delivery_status, "unknown")
        self.assertFalse(self.smtp.messages)

    def test_a_claim_waits_for_the_disk(self):
        """A crash may take marks away, but not the row of an attempt: nobody would know of it then."""
        waits = []

        class Watched(ConnectionTransactionLog):
            def _run_on_connection(self, query):
                rows = super()._run_on_connection(query)
                found = super()._run_on_connection(SQL("SELECT current_setting('synchronous_commit')"))
                waits.append((query.code.split()[0], found[0][0]))
                return rows

        with patch.dict(os.environ, PGOPTIONS="-c synchronous_commit=on"):  # as PostgreSQL is without our settings
            log = Watched(self.env.cr.dbname, new_worker())
        self.addCleanup(log.close)
        mail = self.create_mail("alice@dest.test", self.create_server(self.env))
        [row] = log.open([{"mail_mail_id": mail.id, "recipients": ["a@dest.test"], "envelope_id": "on the disk"}])
        log.settle(leaving=[row])
        log.settle(ended=[{"id": row, "outcome": "aborted"}])
        self.assertEqual([wait for word, wait in waits if word == "INSERT"], ["on"])
        self.assertEqual({wait for word, wait in waits if word == "WITH"}, {"off"})

    def test_another_worker_is_sending_it(self):
        mail = self.create_mail("alice@dest.test", self.create_server(self.env))
        with transaction_log(self.env) as log:
            row = {"mail_mail_id": mail.id, "recipients": ["alice@dest.test"], "envelope_id": "alive"}
            [transaction_id] = log.open([row])
            self.assertEqual(log.open([{**row, "envelope_id": "second"}]), [None])
            mail.send()
            self.assertEqual(mail.state, "outgoing", "it is left to the other one")
            self.assertFalse(self.smtp.messages)
            log.settle(ended=[{"id": transaction_id, "outcome": "aborted"}])
            # Nor when the other one has ended it and not recorded it yet: whoever claimed the mail before that does not know.
            [other] = log.open([{**row, "envelope_id": "third"}])
            log.settle(ended=[{"id": other, "outcome": "accepted", "recipient_replies": []}])
            self.assertEqual(log.open([{**row, "envelope_id": "fourth"}]), [None])
            [known] = log.open([{**row, "envelope_id": "fifth", "id": other}])
            self.assertTrue(known, "sent again by somebody who knows of the first time")
            log.settle(ended=[{"id": known, "outcome": "aborted"}])
        with self.env.registry.cursor() as cr:
            cr.execute("DELETE FROM mail_transaction WHERE id = %s", (other,))
            cr.commit()  # pylint: disable=invalid-commit
        mail.send()
        self.assertEqual(mail.delivery_status, "accepted")

    def test_the_row_is_committed_before_the_data_leaves(self):
        seen = []

        def look(_command):
            with self.env.registry.cursor() as cr:
                cr.execute("SELECT outcome, data_date IS NOT NULL FROM mail_transaction ORDER BY id DESC LIMIT 1")
                seen.append(cr.fetchone())

        with ScriptedServer({"MAIL": look, ".": look}) as smtp:
            server = self.create_mail_server(smtp.port)
            self.create_mail("alice@dest.test", server).send()
        self.assertEqual(seen, [("open", False), ("open", True)])

    def test_an_ended_transaction_is_never_changed(self):
        mail = self.create_mail("alice@dest.test", self.create_server(self.env))
        mail.send()
        [before] = self.transactions(mail)
        with transaction_log(self.env) as log:
            ended = [{"id": before["id"], "outcome": "refused", "smtp_code": 550}]
            self.assertEqual(log.settle(ended, leaving=[before["id"]]), set())
        self.assertEqual(self.transactions(mail), [before])

    def test_the_columns_that_evidence_has_in_common(self):
        evidence = self.env["mail.evidence"]
        own = {name for name, field in evidence._fields.items() if field.store and name not in MAGIC_COLUMNS}
        self.assertEqual(own, set(EVIDENCE_COLUMNS))
        document = self.env["res.partner"].create({"name": "Document"})
        mail = self.create_mail(
            "alice@dest.test", self.create_server(self.env), model="res.partner", res_id=document.id
        )
        values = mail._evidence_values()
        self.assertEqual(values.keys(), own)
        mail.send()
        row = mail.recipient_status_ids
        self.assertEqual(row._evidence_values(), values)
        mail.unlink()
        self.assertEqual(row._evidence_values(), values)

    def test_only_the_modules_own_code_writes(self):
        mail = self.create_mail("alice@dest.test", self.create_server(self.env))
        mail.send()
        row = mail.recipient_status_ids
        for action in (
            lambda: row.write({"state": "read"}),
            lambda: row.with_context(**forged_context(True)).write({"smtp_code": 250}),
            lambda: row.create({"email": "a@b.test"}),
            lambda: row.copy(),
            lambda: row.unlink(),
            lambda: self.env["mail.transaction"].create({}),
            lambda: mail.write({"smtp_receipt": "FORGED"}),
            lambda: mail.write({"recipient_status_ids": [(5,)]}),
            lambda: mail.write({"recipient_status_ids": [(1, row.id, {"state": "read"})]}),
            lambda: self.env["mail.mail"].create({"delivery_status": "read"}),
        ):
            with self.assertRaises(AccessError):
                action()
        self.assertEqual(row.state, "accepted")
