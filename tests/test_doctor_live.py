"""What a person is told while a server is checked, and whether their test mail came back."""

import json
import threading
import time
from unittest.mock import patch

from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

from ..wizards import mail_server_doctor_live as live
from .report_common import delivery_status, report
from .servers.raw import RawServer, silence
from .servers.scripted import ScriptedServer
from .test_doctor import DoctorCase
from .test_report_postfix import BOUNCES
from .test_report_watch import ACCOUNT, WatchCase

HELLO = b"250-mx\r\n250 DSN\r\n"
TELL_NOW = live.tell_now


@tagged("post_install", "-at_install")
class TestDoctorLive(DoctorCase):
    def test_what_is_told(self):
        """Each step once, as it is shown in the end; by name and outcome alone."""
        with ScriptedServer({"RCPT": b"554 5.7.1 not you"}) as server:
            rows = self.check(self.create_mail_server(server.port))
        told = {one["step"]: one["outcome"] for one in self.told}
        settings = ("state", "bounce_address", "way_in")  # known without asking anybody
        self.assertEqual(told, {name: row.outcome for name, row in rows.items() if name not in settings})
        self.assertEqual(len(told), len(self.told))
        self.assertEqual([one["step"] for one in self.told][:4], ["resolve", "connect", "greeting", "hello"])
        self.assertEqual({tuple(one) for one in self.told}, {("doctor_id", "step", "outcome", "seconds")})
        self.assertEqual({one["doctor_id"] for one in self.told}, {self.doctor.id})

    def test_told_while_it_runs(self):
        """When the server does not answer any more, others read what went before; the check ends by its limit."""
        seen, told = [], threading.Event()

        def talk(sock):
            for part in (b"220 mx\r\n", HELLO, b"250 Ok\r\n"):
                sock.sendall(part)
                sock.recv(65536)
            told.wait(5)
            with self.env.registry.cursor() as cr:
                cr.execute(SQL("SELECT channel, message FROM bus_bus WHERE message LIKE %s", f'%"{live.STEP}"%'))
                for channel, message in cr.fetchall():
                    seen.append({"channel": json.loads(channel), **json.loads(message)["payload"]})
            silence(sock)

        def tell(*args):
            TELL_NOW(*args)
            if args[-1]["step"] == "sender":
                told.set()

        self.addCleanup(self._forget)
        with RawServer(talk) as server, patch.object(live, "tell_now", tell):
            begin = time.monotonic()
            rows = self.check(self.create_mail_server(server.port), seconds=5)
            self.assertLess(time.monotonic() - begin, 8)
        mine = {one["step"]: one["outcome"] for one in seen if one["doctor_id"] == self.doctor.id}
        self.assertEqual([mine[name] for name in ("resolve", "connect", "greeting", "hello", "sender")], ["ok"] * 5)
        self.assertNotIn("recipient", mine)
        channels = [one["channel"][1:] for one in seen if one["doctor_id"] == self.doctor.id]
        self.assertEqual(channels, [["res.partner", self.env.user.partner_id.id]] * len(channels), "nobody else's")
        self.assertEqual(rows["recipient"].outcome, "failed")

    def _forget(self):
        with self.env.registry.cursor() as cr:
            cr.execute(SQL("DELETE FROM bus_bus WHERE message LIKE %s", f'%"{live.STEP}"%'))

    @mute_logger("odoo.addons.mail_delivery_status.wizards.mail_server_doctor_live")
    def test_nobody_hears(self):
        """Where nothing can be told the check goes on and shows everything at the end."""
        closed = patch.object(self.env.registry.__class__, "cursor", side_effect=RuntimeError("no connection left"))
        with ScriptedServer() as server, patch.object(live, "tell_now", TELL_NOW), closed:
            rows = self.check(self.create_mail_server(server.port))
        self.assertEqual(rows["recipient"].outcome, "ok")

    def test_the_limit_that_is_shown_holds(self):
        doctor = self.env["mail.server.doctor"].new({"seconds": 500})
        doctor._onchange_seconds()
        self.assertEqual(doctor.seconds, 55)
        doctor.seconds = 0
        doctor._onchange_seconds()
        self.assertEqual(doctor.seconds, 5)


@tagged("post_install", "-at_install")
class TestDoctorBack(WatchCase):
    """A real Dovecot has the mailbox that returned mails come to."""

    def setUp(self):
        super().setUp()
        self.env["fetchmail.server"].search([("id", "!=", self.watch.id)]).active = False
        self.mail_server = self.create_mail_server(self.postfix.ports.smtp)
        self.doctor = self.env["mail.server.doctor"].create(
            {"mail_server_id": self.mail_server.id, "email_to": "alice@odoo.test", "seconds": 10}
        )
        self.doctor.action_send_test()
        self.row = self.doctor.test_mail_id.recipient_status_ids

    def look_back(self):
        """Press the button: the row that says what came of it."""
        self.env.flush_all()
        with self.registry.cursor() as cr:
            self.doctor.with_env(api.Environment(cr, SUPERUSER_ID, {})).action_look_back()
        self.env.invalidate_all()
        return self.doctor.step_ids[:1]

    def test_a_bounce(self):
        row = self.look_back()
        self.assertEqual((row.step, row.outcome), ("test_mail_back", "ok"))
        self.assertRegex(row.finding, f"Nothing has come back so far. Looked through at .*: Mailbox of {ACCOUNT}")
        self.put(self.bounce(self.row))
        row = self.look_back()
        self.assertEqual((row.step, row.outcome), ("test_mail_back", "ok"))
        self.assertIn("came back as a bounce at", row.finding)
        self.assertIn("no such mailbox", row.finding)
        self.assertEqual(self.row.state, "bounced")
        steps = self.doctor.step_ids.mapped("step")
        self.assertEqual(steps, ["test_mail_back", "test_mail"], "the last look alone, and on top")
        self.assertIn("came back as a bounce", self.doctor.report)

    def test_a_real_bounce(self):
        """From the real Postfix, which has no such mailbox, to the mailbox that bounces come to."""
        self.dovecot.clear(BOUNCES)
        self.watch.active = False
        self.create_watch(BOUNCES)
        self.doctor.email_to = "nobody@dest.test"
        self.doctor.action_send_test()
        end = time.monotonic() + 30
        while (row := self.look_back()) and "bounce" not in row.finding and time.monotonic() < end:
            time.sleep(0.5)
        self.assertIn("came back as a bounce at", row.finding)
        self.assertIn("no such mailbox", row.finding)

    def test_a_report(self):
        for action, words, outcome in (("delayed", "Delayed", "warning"), ("delivered", "Delivered", "ok")):
            self.put(
                report(
                    delivery_status(self.row.email, action, "4.4.1"),
                    envelope_id=self.row.envelope_id,
                    own_id=f"{action}@x",
                )
            )
            row = self.look_back()
            self.assertEqual(row.outcome, outcome, row.finding)
            self.assertIn(words, row.finding)

    def test_the_bounce_of_somebody_else(self):
        self.put(report(delivery_status("carol@dest.test"), envelope_id="somebody-elses"))
        self.assertIn("Nothing has come back", self.look_back().finding)
        self.assertEqual(self.row.state, "accepted")

    @mute_logger("odoo.addons.mail_delivery_status.models.fetchmail_server")
    def test_a_mailbox_that_cannot_be_opened(self):
        self.watch.password = "wrong"
        row = self.look_back()
        self.assertEqual(row.outcome, "warning")
        self.assertIn("did not accept the login", row.finding)

    @mute_logger("odoo.addons.mail_delivery_status.models.fetchmail_server")
    def test_a_mailbox_that_hangs(self):
        """Before the login and after it: the time that is shown holds, and the other mailbox is not waited for."""

        def hang(sock):
            sock.sendall(b"* OK [CAPABILITY IMAP4rev1] ready\r\n")
            while data := sock.recv(65536):
                tag, _blank, command = data.partition(b" ")
                if command.upper().startswith((b"CAPABILITY", b"LOGIN")):
                    sock.sendall(b"* CAPABILITY IMAP4rev1\r\n" + tag + b" OK done\r\n")

        for talk in (silence, hang):
            with self.subTest(talk.__name__), RawServer(talk) as server:
                self.watch.write({"port": server.port, "state": "done"})
                self.doctor.seconds = 5
                begin = time.monotonic()
                row = self.look_back()
                self.assertLess(time.monotonic() - begin, 9)
                self.assertEqual(row.outcome, "warning")
                self.assertIn("could not be looked through. The mail server did not answer in time", row.finding)
                self.assertFalse(
                    self.watch.report_error or self.watch.report_run_date, "the watch itself can take longer"
                )

    def test_nobody_watches(self):
        self.watch.write({"is_report_watch": False})
        row = self.look_back()
        self.assertEqual(row.outcome, "skipped")
        self.assertIn(f"come in with other mails, from: Mailbox of {ACCOUNT}", row.finding)
        self.watch.active = False
        row = self.look_back()
        self.assertEqual(row.outcome, "warning")
        self.assertIn("no mailbox is watched", row.finding)

    def test_no_test_mail(self):
        other = self.env["mail.server.doctor"].create({"mail_server_id": self.mail_server.id})
        with self.assertRaisesRegex(UserError, "Send a test mail first"):
            other.action_look_back()
