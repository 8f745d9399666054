import threading
import time
from collections import Counter
from datetime import timedelta
from tempfile import TemporaryDirectory
from unittest.mock import patch

from psycopg2.errors import CheckViolation

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..engine.drain import Drain, drain
from ..tools.smtp import stream_timeouts
from .drain_common import DrainCase
from .servers import exim, site, smtp_sink
from .servers.process import free_ports
from .servers.scripted import ScriptedServer, Step

SENDER_LOG = "odoo.addons.mail_delivery_status.models.mail_sender"


@tagged("post_install", "-at_install")
class TestDrain(DrainCase):
    def start(self, script=None, **options):
        server = self.enterContext(ScriptedServer(script, **options))
        return server, self.create_server(server.port)

    def test_everything_once_and_recorded(self):
        server, server_id = self.start()
        mails = self.create_mails(120, server_id)
        self.drain()
        self.assertEachOnce(server, 120)
        self.assertEqual(set(self.values_of(mails, "state", "delivery_status")), {("sent", "accepted")})
        receipts = self.values_of(mails, "smtp_code")
        self.assertEqual(set(receipts), {250})

    def test_step_by_step(self):
        server, server_id = self.start()
        with self.env_committed() as env:
            env["ir.mail_server"].browse(server_id).write({"is_step_by_step": True, "max_connections": 1})
        self.create_mails(10, server_id)
        self.drain()
        self.assertEachOnce(server, 10)
        verbs = [command.split()[0].split(":")[0] for command in server.commands if command]
        self.assertEqual(verbs[1:5], ["MAIL", "RCPT", "DATA", "MAIL"])

    def test_oldest_first_and_priority(self):
        server, server_id = self.start()
        with self.env_committed() as env:
            env["ir.mail_server"].browse(server_id).max_connections = 1
        mails = self.create_mails(5, server_id)
        with self.env_committed() as env:
            env["mail.mail"].browse(mails[3]).sending_priority = 1
        self.drain()
        self.assertEqual(self.subjects(server), ["3", "0", "1", "2", "4"])

    @mute_logger(SENDER_LOG)
    def test_a_mail_that_cannot_be_built_in_the_middle_of_100(self):
        server, server_id = self.start()
        mails = self.create_mails(100, server_id)
        with self.env_committed() as env:
            env["mail.mail"].browse(mails[50]).headers = repr({"X-Bad": "a\nb"})
        self.drain()
        self.assertEqual(len(server.messages), 99)
        states = Counter(self.values_of(mails, "delivery_status"))
        self.assertEqual(states, {"accepted": 99, "refused": 1})
        self.assertEqual(self.values_of([mails[50]], "state"), ["exception"])

    @mute_logger("odoo.addons.mail_delivery_status.engine.drain")
    def test_a_mail_that_fails_where_nobody_expects_it(self):
        """Not even core's grouping by server may stop the buffer for the sake of one mail."""
        server, server_id = self.start()
        mails = self.create_mails(20, server_id)
        original = self.registry["mail.mail"]._split_by_mail_configuration

        def fail(records):
            if mails[7] in records.ids:
                raise ZeroDivisionError("surprise")
            return original(records)

        self.patch(self.registry["mail.mail"], "_split_by_mail_configuration", fail)
        self.drain()
        self.assertEqual(len(server.messages), 19)
        [(state, reason)] = self.values_of([mails[7]], "state", "failure_reason")
        self.assertEqual(state, "exception")
        self.assertIn("could not be put together", reason)
        self.assertIn("ZeroDivisionError: surprise", reason)

    @mute_logger("odoo.addons.mail_delivery_status.engine.drain")
    def test_trouble_that_is_no_mails_fault_fails_no_mail(self):
        server, server_id = self.start()
        mails = self.create_mails(5, server_id)

        def fail(records):
            raise ZeroDivisionError("always")

        self.patch(self.registry["mail.mail"], "_split_by_mail_configuration", fail)
        with self.assertRaises(ZeroDivisionError):
            self.drain()
        self.assertEqual(set(self.values_of(mails, "state")), {"outgoing"})

    def test_server_that_dies_after_some_mails(self):
        server = self.enterContext(ScriptedServer(stop_after=10))
        server_id = self.create_server(server.port, max_connections=1)
        mails = self.create_mails(40, server_id)
        self.drain()
        states = Counter(self.values_of(mails, "delivery_status"))
        self.assertEqual(states["accepted"], len(server.messages))
        self.assertEqual(states["accepted"] + states["deferred"] + states["queued"], 40)
        with self.env_committed() as env:
            record = env["ir.mail_server"].browse(server_id)
            self.assertTrue(record.suspended_until, "its mails wait, it is tried again by itself")
            self.assertTrue(record.suspension_reason)
        again = self.enterContext(ScriptedServer())
        with self.env_committed() as env:
            env["ir.mail_server"].browse(server_id).smtp_port = again.port
        self.due_now(mails)
        self.drain()
        # A server that closes while it has unread input resets the connection, and its last reply may be lost with it.
        states = Counter(self.values_of(mails, "delivery_status"))
        self.assertLessEqual(set(states), {"accepted", "unknown"})
        self.assertLessEqual(states["unknown"], 1)
        received = Counter(self.subjects(server) + self.subjects(again))
        self.assertLessEqual(max(received.values()), 1)
        self.assertGreaterEqual(len(received), states["accepted"])
        with self.env_committed() as env:
            self.assertFalse(env["ir.mail_server"].browse(server_id).suspension_count)

    def test_put_off_then_taken(self):
        server, server_id = self.start({"RCPT r1@dest.test": [b"450 4.2.1 Try again in 120 seconds\r\n"]})
        mails = self.create_mails(3, server_id)
        before = fields.Datetime.now()
        self.drain()
        self.assertEqual(self.values_of(mails, "delivery_status"), ["accepted", "deferred", "accepted"])
        [retry_date] = self.values_of([mails[1]], "retry_date")
        self.assertAlmostEqual((retry_date - before).total_seconds(), 120, delta=5, msg="the server's wish is obeyed")
        self.drain()
        self.assertEqual(len(server.messages), 2, "not due yet")
        self.due_now(mails)
        self.drain()
        self.assertEachOnce(server, 3)

    def test_partly_put_off(self):
        server, server_id = self.start({"RCPT r9@dest.test": [b"452 4.2.2 Full\r\n"]})
        [mail] = self.create_mails(1, server_id, email_cc="r9@dest.test")
        self.drain()
        self.assertEqual(self.values_of([mail], "state", "delivery_status"), [("outgoing", "partial")])
        self.due_now([mail])
        self.drain()
        self.assertEqual(self.values_of([mail], "state", "delivery_status"), [("sent", "accepted")])
        self.assertEqual([received.recipients for received in server.messages], [("r0@dest.test",), ("r9@dest.test",)])

    def test_given_up(self):
        _server, server_id = self.start({"RCPT": b"450 4.2.1 Later\r\n"})
        [document] = self.make("res.partner", {"name": "Document"})
        [mail] = self.create_mails(1, server_id, model="res.partner", res_id=document)
        for age, expected in (
            (timedelta(hours=40), ("outgoing", "deferred")),
            (timedelta(hours=49), ("exception", "refused")),
        ):
            with self.env_committed() as env:
                env["mail.mail"].browse(mail)._update_summary(first_attempt_date=fields.Datetime.now() - age)
            self.due_now([mail])
            self.drain()
            self.assertEqual(self.values_of([mail], "state", "delivery_status"), [expected])
        with self.env_committed() as env:
            self.assertIn("given up", env["res.partner"].browse(document).message_ids[0].body)

    def test_a_server_gives_up_at_its_own_age(self):
        _server, server_id = self.start({"RCPT": b"450 4.2.1 Later\r\n"})
        with self.env_committed() as env:
            env["ir.mail_server"].browse(server_id).give_up_hours = 1
        [mail] = self.create_mails(1, server_id)
        self.drain()
        with self.env_committed() as env:
            env["mail.mail"].browse(mail)._update_summary(first_attempt_date=fields.Datetime.now() - timedelta(hours=2))
        self.due_now([mail])
        self.drain()
        self.assertEqual(self.values_of([mail], "delivery_status"), ["refused"])

    def test_clock_going_backwards(self):
        server, server_id = self.start({"RCPT": [b"450 4.2.1 Later\r\n"]})
        [mail] = self.create_mails(1, server_id)
        self.drain()
        with self.env_committed() as env:
            env["mail.mail"].browse(mail)._update_summary(first_attempt_date=fields.Datetime.now() + timedelta(days=3))
        self.due_now([mail])
        self.drain()
        self.assertEqual(self.values_of([mail], "delivery_status"), ["accepted"])
        self.assertEqual(len(server.messages), 1)

    def test_the_time_of_the_scheduled_action(self):
        server, server_id = self.start()
        self.create_mails(50, server_id)
        for seconds, sent, left in ((-1, 0, 1), (60, 50, 0)):
            with self.subTest(seconds=seconds), self.env_committed() as env:
                cron = env.ref("mail.ir_cron_mail_scheduler_action")
                cron = cron.with_context(cron_id=cron.id, cron_end_time=time.monotonic() + seconds)
                cron, progress = cron._add_progress()
                drain(cron.env)
                self.assertEqual((progress.done, progress.remaining), (sent, left))
                self.assertEqual(len(server.messages), sent)

    def test_workers_share_the_buffer(self):
        for workers in (2, 4, 3):
            with self.subTest(workers=workers):
                server, server_id = self.start()
                mails = self.create_mails(150, server_id)
                threads = [threading.Thread(target=self.drain) for _ in range(workers)]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
                self.assertEachOnce(server, 150)
                self.assertEqual(set(self.values_of(mails, "delivery_status")), {"accepted"})

    def test_cancelled_while_it_is_being_sent(self):
        reached, go_on = threading.Event(), threading.Event()

        def wait(_command):
            reached.set()
            go_on.wait(10)

        server, server_id = self.start({".": [wait]})
        server.script = {".": wait}
        [mail] = self.create_mails(1, server_id)
        thread = threading.Thread(target=self.drain)
        thread.start()
        self.assertTrue(reached.wait(10))
        with self.assertRaisesRegex(UserError, "being sent"), self.env_committed() as env:
            env["mail.mail"].browse(mail).cancel()
        go_on.set()
        thread.join()
        self.assertEqual(self.values_of([mail], "state", "delivery_status"), [("sent", "accepted")])

    def test_cancelled_or_edited_while_it_waits(self):
        server, server_id = self.start()
        mails = self.create_mails(3, server_id)
        with self.env_committed() as env:
            env["mail.mail"].browse(mails[0]).cancel()
            env["mail.mail"].browse(mails[1]).subject = "edited"
        self.drain()
        self.assertEqual(self.subjects(server), ["edited", "2"])
        self.assertEqual(self.values_of(mails, "delivery_status"), ["canceled", "accepted", "accepted"])

    @mute_logger("odoo.addons.mail_delivery_status.engine.sender", "odoo.sql_db")
    def test_a_lost_database_connection(self):
        """The transaction log's session is ended by the database while mails are on their way."""
        killed = []

        def kill(_command):
            if not killed:
                killed.append(True)
                with self.registry.cursor() as cr:
                    cr.execute(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%ended AS (%' AND pid != pg_backend_pid()"
                    )

        server = self.enterContext(ScriptedServer({"DATA": kill}))
        server_id = self.create_server(server.port, max_connections=1)
        mails = self.create_mails(20, server_id)
        self.drain()
        self.due_now(mails)
        self.drain()
        received = Counter(self.subjects(server))
        self.assertLessEqual(max(received.values()), 1, "none twice")
        for mail, status in zip(map(str, range(20)), self.values_of(mails, "delivery_status"), strict=True):
            self.assertIn(status, ("accepted", "unknown"), mail)
            if status == "accepted":
                self.assertEqual(received[mail], 1)
        self.assertTrue(killed)

    @mute_logger("odoo.sql_db")
    def test_sent_by_a_person_before_it_is_recorded(self):
        """No connection is to be had, and before that is recorded somebody sends the mail and is the first to record it."""
        [port] = free_ports(1)
        server_id = self.create_server(port)
        other, _other_id = self.start()
        [mail, behind] = self.create_mails(2, server_id)
        record = Drain._record

        def late(drain_, found):
            if not other.messages:
                with self.env_committed() as env:
                    env["ir.mail_server"].browse(server_id).smtp_port = other.port
                    env["mail.mail"].browse(mail).send()
            record(drain_, found)

        with patch.object(Drain, "_record", late):
            self.drain()
        self.assertEqual(self.subjects(other), ["0"])
        self.assertEqual(self.values_of([mail, behind], "delivery_status"), ["accepted", "deferred"])
        self.assertEqual(self.values_of([mail], "state"), ["sent"])

    def test_a_report_is_faster_than_the_record(self):
        """What a server took is not recorded; its report about one of the two addresses is the first to be.

        The other one shows nothing of the attempt, and it has the mail, too.
        """
        refusals = {f"RCPT {name}@dest.test": b"450 4.2.0 Later\r\n" for name in "ab"}
        server, server_id = self.start(refusals)
        mails = self.create_mails(1, server_id, email_to="a@dest.test, b@dest.test")
        self.drain()
        self.assertEqual(self.recipients(mails[0]), {"a@dest.test": "deferred", "b@dest.test": "deferred"})
        server.script = {}
        self.due_now(mails)
        with patch.object(Drain, "_record", lambda *_arguments: None):
            self.drain()
        self.assertEqual(self.values_of(mails, "delivery_status"), ["deferred"])
        with self.env_committed() as env:
            [row, _other] = env["mail.mail"].browse(mails).recipient_status_ids.sorted("email")
            transaction = env["mail.transaction"].search([("mail_mail_id", "in", mails)], order="id desc", limit=1)
            self.assertEqual(transaction.outcome, "accepted")
            env["mail.report.matcher"]._restore_from_evidence(row, transaction, "a@dest.test")
        self.due_now(mails)
        self.drain()
        self.assertEqual(self.envelopes(server), {"a@dest.test": 1, "b@dest.test": 1})
        self.assertEqual(self.values_of(mails, "state", "delivery_status"), [("sent", "accepted")])

    def test_hooks_of_other_addons_are_called_for_every_mail(self):
        server, server_id = self.start()
        mails = self.create_mails(60, server_id)
        calls = Counter()

        def count(model, name):
            original = getattr(self.registry[model], name)

            def counting(records, *args, **kwargs):
                calls[name] += len(records) if name == "_postprocess_sent_message" else 1
                return original(records, *args, **kwargs)

            self.patch(self.registry[model], name, counting)

        for name in ("_prepare_outgoing_list", "_postprocess_sent_message"):
            count("mail.mail", name)
        for name in ("_build_email__", "_prepare_email_message__", "send_email", "_connect__"):
            count("ir.mail_server", name)
        self.drain()
        connections = calls.pop("_connect__")
        self.assertEqual(set(calls.values()), {60}, calls)
        self.assertGreaterEqual(connections, 1)
        self.assertEqual(len(server.messages), 60)
        self.assertEqual(set(self.values_of(mails, "state")), {"sent"})

    def test_mail_to_several_partners_is_finished_once(self):
        server, server_id = self.start({"RCPT p1@dest.test": b"550 5.1.1 No such user\r\n"})
        partners = self.make(
            "res.partner", *({"name": f"P{number}", "email": f"p{number}@dest.test"} for number in range(3))
        )
        [mail] = self.create_mails(1, server_id, email_to=False, recipient_ids=[(6, 0, partners)])
        self.drain()
        self.assertEqual(self.values_of([mail], "delivery_status", "attempt_count"), [("partial", 1)])
        self.assertEqual(len(server.messages), 2)


@tagged("post_install", "-at_install")
class TestDrainOtherServers(DrainCase):
    """Real servers of other habits, and a server that fails at each command in turn."""

    def test_exim(self):
        if reason := exim.available():
            self.skipTest(reason)
        with TemporaryDirectory(prefix="exim-", ignore_cleanup_errors=True) as folder, exim.Exim(folder) as server:
            server_id = self.create_server(server.port)
            mails = self.create_mails(30, server_id, email_to="alice@odoo.test")
            bad = self.create_mails(1, server_id, email_to="nobody@odoo.test")
            self.drain()
            self.assertEqual(set(self.values_of(mails, "delivery_status", "smtp_code")), {("accepted", 250)})
            receipts = self.values_of(mails, "smtp_receipt")
            self.assertEqual(len(set(receipts)), 30)
            self.assertTrue(server.find_in_log(receipts[0]))
            self.assertEqual(self.values_of(bad, "delivery_status", "smtp_code"), [("refused", 550)])

    def test_postfix(self):
        if reason := site.available():
            self.skipTest(reason)
        postfix = site.shared_site().postfix
        server_id = self.create_server(postfix.ports.smtp)
        mails = self.create_mails(30, server_id, email_to="bounce@odoo.test")
        partly = self.create_mails(1, server_id, email_to="bounce@odoo.test, nobody@odoo.test")
        self.drain()
        receipts = self.values_of(mails, "smtp_receipt")
        self.assertEqual(len(set(receipts)), 30)
        for receipt in receipts[::10]:
            self.assertTrue(postfix.find_in_log(receipt))
        self.assertEqual(self.values_of(partly, "delivery_status"), ["partial"])

    def test_what_is_written_too_early_is_thrown_away(self):
        """As chasquid does behind the final dot. The sender learns it from its first connection."""
        self.enterContext(patch.object(stream_timeouts, "TRIAL_TIMEOUT", 0.2))
        server, server_id = self.start({"RSET": Step(b"")}, max_connections=1)
        mails = self.create_mails(12, server_id)
        self.drain()
        self.assertEqual(set(self.values_of(mails, "delivery_status", "attempt_count")), {("accepted", 1)})
        self.assertEqual((len(server.messages), server.connections), (12, 2))

    def test_faults_at_every_command(self):
        """``smtp-sink`` fails at one command for good: no mail is lost, none is called accepted."""
        if reason := smtp_sink.available():
            self.skipTest(reason)
        for options, expected in (
            (("-f", "MAIL"), {"refused"}),
            (("-r", "MAIL"), {"deferred"}),
            (("-f", "RCPT"), {"refused"}),
            (("-r", "RCPT"), {"deferred"}),
            (("-f", "DATA"), {"refused"}),
            (("-r", "DATA"), {"deferred"}),
            (("-f", "."), {"refused"}),
            (("-r", "."), {"deferred"}),
            (("-q", "MAIL"), {"deferred", "queued"}),
            (("-q", "RCPT"), {"deferred", "queued"}),
            (("-q", "DATA"), {"deferred", "queued"}),
            (("-q", "."), {"unknown"}),
            (("-Q", "RCPT"), {"deferred", "queued"}),
            (("-Q", "."), {"deferred", "queued"}),
            (("-Q", "CONNECT"), {"deferred", "queued"}),
            (("-q", "CONNECT"), {"deferred", "queued"}),
        ):
            with self.subTest(options=options), smtp_sink.smtp_sink(*options) as port:
                mails = self.create_mails(3, self.create_server(port))
                self.drain()
                self.assertLessEqual(set(self.values_of(mails, "delivery_status")), expected)


@tagged("post_install", "-at_install")
class TestServerTrouble(DrainCase):
    """A fault of the server makes the server wait, not the mails fail."""

    def test_server_down_others_go_on(self):
        [port] = free_ports(1)
        good = self.enterContext(ScriptedServer())
        down_id, good_id = self.create_server(port), self.create_server(good.port)
        waiting, sent = self.create_mails(60, down_id), self.create_mails(60, good_id)
        self.drain()
        self.assertEqual(set(self.values_of(sent, "state")), {"sent"})
        self.assertEqual(set(self.values_of(waiting, "state")), {"outgoing"})
        self.assertTrue(all(self.values_of(waiting, "retry_date")))
        with self.env_committed() as env:
            server = env["ir.mail_server"].browse(down_id)
            self.assertEqual(server.suspension_reason, "connection refused")

    def test_daily_limit_as_5xx(self):
        reply = b"550 5.4.5 Daily user sending limit exceeded\r\n"
        server = self.enterContext(ScriptedServer({"RCPT": [None, None, reply, reply, reply, reply, reply, reply]}))
        server_id = self.create_server(server.port, max_connections=1)
        mails = self.create_mails(6, server_id)
        self.drain()
        statuses = Counter(self.values_of(mails, "delivery_status"))
        self.assertEqual(statuses["accepted"], 2)
        self.assertFalse(statuses["refused"], "the account has to wait, the mails are not at fault")
        with self.env_committed() as env:
            record = env["ir.mail_server"].browse(server_id)
            self.assertGreater(record.suspended_until, fields.Datetime.now() + timedelta(hours=20))
            self.assertIn("5.4.5", record.suspension_reason)

    def test_pause_and_resume(self):
        server = self.enterContext(ScriptedServer())
        server_id = self.create_server(server.port)
        mails = self.create_mails(3, server_id)
        with self.env_committed() as env:
            env["ir.mail_server"].browse(server_id).action_pause()
        self.drain()
        self.assertFalse(server.messages)
        with self.env_committed() as env:
            env["ir.mail_server"].browse(server_id).action_resume()
        self.drain()
        self.assertEqual(set(self.values_of(mails, "state")), {"sent"})

    def test_limit_per_minute(self):
        server = self.enterContext(ScriptedServer())
        server_id = self.create_server(server.port, limit_minute=5)
        mails = self.create_mails(12, server_id)
        self.drain()
        self.assertEqual(len(server.messages), 5)
        waiting = [date for date in self.values_of(mails, "retry_date") if date]
        self.assertEqual(len(waiting), 7)
        self.assertLess(max(waiting), fields.Datetime.now() + timedelta(seconds=62))

    def test_settings_that_make_no_sense(self):
        for values in ({"max_connections": 0}, {"limit_hour": -1}):
            with self.assertRaises(CheckViolation), mute_logger("odoo.sql_db"), self.env_committed() as env:
                env["ir.mail_server"].create({"name": "x", "smtp_host": "x", **values})
                env.flush_all()
