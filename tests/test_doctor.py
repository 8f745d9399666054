"""The check of an outgoing mail server, with a real Postfix and with servers that do what no Postfix does."""

import base64
import os
import re
import threading
import time
from pathlib import Path
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, TransactionCase, new_test_user, tagged
from odoo.tools import mute_logger

from ..const.doctor import DOCTOR_STEPS, FINDINGS
from ..engine import doctor as engine
from ..engine.name_server import name_server
from ..tools import bounded_connect
from ..tools import name_server as resolving
from ..tools.doctor import NotAnswered
from ..wizards import mail_server_doctor_live as live
from .common import DeliveryCase, MailServerMixin
from .servers.dovecot import PASSWORD
from .servers.raw import RawServer, drip, say, silence
from .servers.scripted import ScriptedServer, Step

WORDS_OF_ADD_ON = "Please connect with your Gmail account"
USER, SECRET = "sales@odoo.test", "Geheim+123456/=&"


def nobody_answers(_seconds):
    raise NotAnswered("no_dns")


class DoctorCase(DeliveryCase):
    def setUp(self):
        super().setUp()
        # What the network of the machine that runs the tests knows of odoo.test is no matter.
        self.patch(engine, "name_server", nobody_answers)
        self.told = []
        self.patch(live, "tell_now", lambda _registry, _partner, payload: self.told.append(payload))

    def check(self, server, seconds=15, email_to="alice@odoo.test"):
        """Check a server: {step: row}."""
        self.doctor = self.env["mail.server.doctor"].create(
            {"mail_server_id": server.id, "seconds": seconds, "email_to": email_to}
        )
        self.doctor.action_check()
        return {row.step: row for row in self.doctor.step_ids}

    def assertOutcomes(self, rows, **expected):
        found = {name: rows[name].outcome for name in expected}
        self.assertEqual(found, expected, self.doctor.report)

    def first_failed(self, rows):
        """The steps that failed; all behind them, up to the recipient, were not tried."""
        failed = [name for name, row in rows.items() if row.outcome == "failed"]
        self.assertEqual(self.doctor.outcome, "failed", self.doctor.report)
        names = list(rows)
        behind = names[names.index(failed[0]) + 1 : names.index("recipient") + 1]
        self.assertEqual({rows[name].outcome for name in behind} - {"skipped"}, set(), self.doctor.report)
        for name in failed:
            self.assertTrue(rows[name].finding)
            self.assertTrue(rows[name].advice or "Odoo could not go on" in rows[name].finding)
        return failed


class PostfixDoctorCase(DoctorCase):
    """A real Postfix, whose authority Odoo trusts."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.require_site()
        ports = cls.postfix.ports
        cls.ports = ports

    def setUp(self):
        super().setUp()
        self.patch(os, "environ", {**os.environ, "SSL_CERT_FILE": str(self.site.authority.ca)})
        os.putenv("SSL_CERT_FILE", str(self.site.authority.ca))
        self.addCleanup(os.unsetenv, "SSL_CERT_FILE")

    def server(self, listener, encryption="starttls_strict", user=USER, password=PASSWORD, **values):
        port = getattr(self.ports, listener)
        values = {"smtp_host": "localhost", "smtp_encryption": encryption, **values}
        return self.create_mail_server(port, smtp_user=user, smtp_pass=password, **values)


@tagged("post_install", "-at_install")
class TestDoctorPostfix(PostfixDoctorCase):
    def test_all_is_well(self):
        before = len(self.postfix.queue_ids())
        rows = self.check(self.server("submission"))
        ok = ("resolve", "greeting", "hello", "starttls", "tls", "certificate", "login", "sender", "recipient")
        self.assertOutcomes(rows, **dict.fromkeys(ok, "ok"))
        self.assertIn("TLSv1.", rows["tls"].finding)
        self.assertRegex(rows["certificate"].finding, r"For localhost, 127\.0\.0\.1, issued by Test CA, .*checked")
        for ability in ("SIZE (57 MB)", "DSN", "PIPELINING", "CHUNKING", "SMTPUTF8", "AUTH (PLAIN"):
            self.assertIn(ability, rows["hello"].finding)
        self.assertIn("bounce@odoo.test", rows["sender"].finding)
        self.assertIn("S: 235 2.7.0", rows["login"].raw)
        self.assertEqual(len(self.postfix.queue_ids()), before, "nothing was sent")
        self.assertLess(self.doctor.duration, 5)
        self.assertIn("of at most 15 s", self.doctor.report)
        self.assertIn(f"localhost:{self.ports.submission}", self.doctor.report)

    def test_order(self):
        """As on the wire, each step once, and none is unknown."""
        names = [name for name, _label in DOCTOR_STEPS]
        rows = [row.step for row in self.check(self.server("submission")) and self.doctor.step_ids]
        self.assertEqual(rows, [name for name in names if name in rows])
        self.check(self.server("smtps", "ssl_strict"))
        rows = self.doctor.step_ids.mapped("step")
        self.assertLess(rows.index("certificate"), rows.index("greeting"))

    def test_tls_versions(self):
        for listener, version in (("tls12", "TLSv1.2"), ("tls13", "TLSv1.3")):
            with self.subTest(listener):
                rows = self.check(self.server(listener))
                self.assertOutcomes(rows, tls="ok", certificate="ok")
                self.assertIn(version, rows["tls"].finding)
        rows = self.check(self.server("old_tls"))
        self.assertEqual(self.first_failed(rows), ["tls"])
        self.assertIn("in common", rows["tls"].finding)

    def test_certificates(self):
        for listener, words in (
            ("expired", "expired"),
            ("wrong_host", "another name"),
            ("self_signed", "signed by nobody but itself"),
        ):
            with self.subTest(listener):
                rows = self.check(self.server(listener))
                self.assertEqual(self.first_failed(rows), ["certificate"])
                self.assertIn(words, rows["certificate"].finding)
                self.assertRegex(rows["certificate"].raw, r"-- names: .*\n-- issuer: .*\n-- valid: \d{4}")
                self.assertOutcomes(rows, starttls="ok", tls="ok")
                # Without the check mail leaves, and what is wrong is told all the same.
                rows = self.check(self.server(listener, "starttls"))
                self.assertOutcomes(rows, tls="ok", certificate="warning", login="ok", recipient="ok")
                self.assertIn(words, rows["certificate"].finding)
        self.assertIn("elsewhere.test", self.check(self.server("wrong_host"))["certificate"].raw)
        rows = self.check(self.server("submission", "starttls"))
        self.assertOutcomes(rows, certificate="ok")
        self.assertIn("would pass", rows["certificate"].finding)

    def test_the_wrong_port(self):
        rows = self.check(self.server("submission", "ssl_strict"))
        self.assertEqual(self.first_failed(rows), ["tls"])
        self.assertIn("does not speak TLS on this port", rows["tls"].finding)
        for encryption in ("none", "starttls_strict"):
            begin = time.monotonic()
            rows = self.check(self.server("smtps", encryption), seconds=5)
            self.assertLess(time.monotonic() - begin, 6)
            self.assertEqual(self.first_failed(rows), ["greeting"])
            self.assertIn("wants encryption from the start", rows["greeting"].finding)
            self.assertIn("SSL/TLS", rows["greeting"].advice)

    def test_implicit_tls(self):
        rows = self.check(self.server("smtps", "ssl_strict"))
        self.assertOutcomes(rows, tls="ok", certificate="ok", greeting="ok", login="ok", recipient="ok")
        self.assertNotIn("starttls", rows)

    def test_no_starttls(self):
        rows = self.check(self.server("no_tls"))
        self.assertEqual(self.first_failed(rows), ["starttls"])
        self.assertIn("does not offer encryption", rows["starttls"].finding)

    def test_encryption_is_not_used(self):
        rows = self.check(self.server("smtp", "none", user=False, password=False))
        self.assertOutcomes(rows, starttls="skipped", tls="skipped", login="skipped", recipient="ok")
        # Over a network it would be a fault.
        host = "localhost.localdomain"
        self.patch(bounded_connect, "_look_up", lambda _host, port, _seconds: [("127.0.0.1", port)])
        rows = self.check(self.server("smtp", "none", user=False, password=False, smtp_host=host))
        self.assertOutcomes(rows, starttls="warning", tls="skipped", recipient="ok")
        self.assertEqual(self.doctor.outcome, "warning")
        rows = self.check(self.server("smtp", "none", smtp_host=host))
        self.assertOutcomes(rows, starttls="warning", tls="warning", login="ok")

    def test_client_certificate(self):
        """Odoo logs in with a certificate, through pyOpenSSL."""
        own = self.site.authority.good()
        files = {
            "smtp_ssl_certificate": base64.b64encode(own.certificate.read_bytes()),
            "smtp_ssl_private_key": base64.b64encode(own.key.read_bytes()),
        }
        for listener, encryption in (("smtp", "starttls_strict"), ("smtps", "ssl")):
            rows = self.check(
                self.server(listener, encryption, False, False, smtp_authentication="certificate", **files)
            )
            self.assertOutcomes(rows, tls="ok", certificate="ok", login="ok", recipient="ok")
            self.assertIn("issued by Test CA", rows["certificate"].finding)
        rows = self.check(
            self.server("expired", "starttls_strict", False, False, smtp_authentication="certificate", **files)
        )
        self.assertEqual(self.first_failed(rows), ["certificate"])
        self.assertIn("expired", rows["certificate"].finding)

    @mute_logger("odoo.addons.mail_delivery_status.engine.doctor")
    def test_wrong_password(self):
        rows = self.check(self.server("submission", password="wrong-" + SECRET))
        self.assertEqual(self.first_failed(rows), ["login"])
        self.assertIn("S: 535 5.7.8", rows["login"].raw)
        self.assertIn("user name", rows["login"].finding)
        self.assertNotIn("Ask your administrator", rows["login"].advice)
        self.assertNotIn(SECRET, self.doctor.report)

    def test_relay_denied(self):
        rows = self.check(self.server("no_relay", user=False, password=False), email_to="somebody@example.com")
        self.assertEqual(self.first_failed(rows), ["recipient"])
        self.assertIn("S: 454 4.7.1", rows["recipient"].raw)
        self.assertIn("passes on mail only for those it knows", rows["recipient"].advice)
        rows = self.check(self.server("own_sender", user="alice@odoo.test", from_filter="sales@odoo.test"))
        self.assertEqual(self.first_failed(rows), ["recipient"])  # Postfix says it there
        self.assertIn("FROM Filtering", rows["recipient"].advice)

    def test_greylisting_is_no_failure(self):
        rows = self.check(self.server("greylist"))
        self.assertOutcomes(rows, recipient="warning")
        self.assertIn("tried again by itself", rows["recipient"].advice)

    def test_a_server_of_old(self):
        rows = self.check(self.server("no_extensions", "none", user=False, password=False))
        self.assertIn("does not offer SIZE, DSN", rows["hello"].finding)

    def test_test_mail(self):
        self.check(self.server("submission"))
        self.doctor.action_send_test()
        row = self.doctor.step_ids.filtered(lambda row: row.step == "test_mail")
        self.assertEqual(row.outcome, "ok", row.finding)
        receipt = row.finding.rpartition(" ")[2]
        self.assertTrue(self.postfix.find_in_log(f"{receipt}: to=<alice@odoo.test>"))
        self.assertGreater(len(self.doctor.step_ids), 10, "the other steps are still there")
        self.doctor.email_to = "disabled@odoo.test"
        self.doctor.action_send_test()
        row = self.doctor.step_ids.filtered(lambda row: row.step == "test_mail")
        self.assertEqual((len(row), row.outcome), (1, "failed"))
        self.assertIn("Mailbox disabled", row.finding)
        self.doctor.email_to = "nobody"
        with self.assertRaises(UserError):
            self.doctor.action_send_test()


@tagged("post_install", "-at_install")
class TestDoctorHostile(DoctorCase):
    def assertNoSecret(self, *texts):
        whole = base64.b64encode(f"\0{USER}\0{SECRET}".encode()).decode()
        for text in texts:
            for form in (SECRET, base64.b64encode(SECRET.encode()).decode(), whole):
                self.assertNotIn(form, str(text))
                self.assertNotIn(form[-14:-4], str(text))

    @mute_logger("odoo.addons.mail_delivery_status.engine.doctor")
    def test_it_hangs(self):
        """Wherever it hangs, the time that is shown holds, and no connection stays open."""
        hello = b"250-mx\r\n250 DSN\r\n"
        for talk, step in (
            (silence, "greeting"),
            (drip(b"220-"), "greeting"),
            (say(b"x" * 10), "greeting"),
            (say(b"garbage\r\n"), "greeting"),
            (say(b"\x00\xff\r\n220 \xff\r\n"), "greeting"),
            (say(b"554 go away\r\n"), "greeting"),
            (say(b"220 mx\r\n"), "hello"),
            (say(b"220 mx\r\n", hello), "sender"),
            (say(b"220 mx\r\n", hello, b"250 Ok\r\n"), "recipient"),
        ):
            gone = threading.Event()

            def run(sock, talk=talk, gone=gone):
                try:
                    talk(sock)
                    silence(sock)
                finally:
                    gone.set()

            with self.subTest(step), RawServer(run) as raw, patch.object(engine, "_LEAST", 0.05):
                begin = time.monotonic()
                with patch("odoo.addons.mail_delivery_status.wizards.mail_server_doctor.LEAST_SECONDS", 1):
                    rows = self.check(self.create_mail_server(raw.port), seconds=1)
                self.assertLess(time.monotonic() - begin, 3)
                self.assertEqual(self.first_failed(rows), [step], self.doctor.report)
                self.assertTrue(gone.wait(3), "the connection was left open")

    @mute_logger("odoo.addons.mail_delivery_status.engine.doctor")
    def test_nobody_is_there(self):
        with RawServer(silence) as raw:
            port = raw.port
        rows = self.check(self.create_mail_server(port))
        self.assertEqual(self.first_failed(rows), ["connect"])
        rows = self.check(self.create_mail_server(25, smtp_host="no-such-host.invalid"), seconds=5)
        self.assertEqual(self.first_failed(rows), ["resolve"])
        rows = self.check(self.create_mail_server(25, smtp_host=False), seconds=5)
        self.assertEqual(self.first_failed(rows), ["resolve"])

    @mute_logger("odoo.addons.mail_delivery_status.engine.doctor")
    def test_no_secret_shows(self):
        """A server that says at every moment what it was sent."""
        whole = base64.b64encode(f"\0{USER}\0{SECRET}".encode()).decode()
        for form in (SECRET, whole, base64.b64encode(SECRET.encode()).decode()):
            said = f" 4.3.0 hello {form}".encode()
            for script in (
                {"CONNECT": b"220" + said, "EHLO": b"250-mx\r\n250-AUTH PLAIN LOGIN\r\n250 X" + said},
                {"AUTH": [b"334" + said, b"535" + said]},
                {"AUTH": b"535" + said},
                {"MAIL": b"451" + said},
                {"RCPT": b"550" + said},
                {"AUTH": Step(b"235" + said), "QUIT": b"221" + said},
            ):
                with (
                    self.subTest(form=form, script=script),
                    ScriptedServer(script, extensions=("AUTH PLAIN LOGIN", "DSN")) as server,
                ):
                    mail_server = self.create_mail_server(
                        server.port, smtp_user=USER, smtp_pass=SECRET, smtp_debug=True
                    )
                    self.env.flush_all()
                    with self.assertLogs("odoo", "DEBUG") as logs:
                        self.check(mail_server, seconds=5)
                    self.assertNoSecret(logs.output, self.doctor.read(), self.doctor.step_ids.read())

    def test_a_login_that_nobody_looks_at(self):
        """As the add-ons for OAuth do: they send AUTH and do not look at the reply."""
        server = ScriptedServer({"AUTH": b"535 5.7.8 Token expired", "MAIL": b"530 5.7.0 Login first"})

        def login(_self, connection, user, _password):
            connection.ehlo()
            connection.docmd(
                "AUTH", "XOAUTH2 " + base64.b64encode(f"user={user}\1auth=Bearer {SECRET}\1\1".encode()).decode()
            )

        self.patch(type(self.env["ir.mail_server"]), "_smtp_login__", login)
        with server:
            rows = self.check(self.create_mail_server(server.port, smtp_user=USER))
        self.assertEqual(rows["login"].outcome, "failed")
        self.assertIn("C: AUTH XOAUTH2 ***", rows["login"].raw)
        self.assertIn("535 5.7.8", rows["login"].raw)
        self.assertNoSecret(self.doctor.report)

    @mute_logger("odoo.addons.mail_delivery_status.engine.doctor")
    def test_the_words_of_another_add_on(self):
        def login(_self, _connection, _user, _password):
            raise UserError(WORDS_OF_ADD_ON)

        self.patch(type(self.env["ir.mail_server"]), "_smtp_login__", login)
        with ScriptedServer() as server:
            rows = self.check(self.create_mail_server(server.port, smtp_user=USER))
        self.assertEqual(self.first_failed(rows), ["login"])
        self.assertIn(WORDS_OF_ADD_ON, rows["login"].finding)

    def test_state(self):
        with ScriptedServer() as server:
            mail_server = self.create_mail_server(server.port, is_paused=True)
            rows = self.check(mail_server)
            self.assertOutcomes(rows, state="warning", recipient="ok")
            mail_server.is_paused = False
            self.assertNotIn("state", self.check(mail_server))
            mail_server._suspend(600, "421 no")
            self.assertIn("421 no", self.check(mail_server)["state"].finding)
            mail_server.active = False
            self.assertIn("archived", self.check(mail_server)["state"].finding)

    def test_no_connection_counts(self):
        """A check changes nothing of the server: neither its state nor its numbers."""
        with ScriptedServer() as server:
            mail_server = self.create_mail_server(server.port)
            before = mail_server.read()
            self.check(mail_server)
            self.assertEqual(mail_server.read(), before)
            self.assertEqual(server.verbs()[-4:], ["MAIL", "RCPT", "RSET", "QUIT"])
            self.assertFalse(server.messages)


@tagged("post_install", "-at_install")
class TestDoctorBounces(DoctorCase):
    def setUp(self):
        super().setUp()
        self.env["fetchmail.server"].search([]).active = False
        self.env["mail.alias.domain"].search([("id", "!=", self.env.company.alias_domain_id.id)]).company_ids = False

    def facts(self, **values):
        with ScriptedServer() as server:
            rows = self.check(self.create_mail_server(server.port, **values))
        return rows["bounce_address"], rows["way_in"]

    def test_the_address(self):
        for from_filter, outcome in (
            (False, "ok"),
            ("odoo.test", "ok"),
            ("bounce@odoo.test, x@y.test", "ok"),
            ("sales@odoo.test", "warning"),
            ("other.test", "warning"),
        ):
            with self.subTest(from_filter):
                self.assertEqual(self.facts(from_filter=from_filter)[0].outcome, outcome)
        self.env.company.alias_domain_id = False
        self.assertIn("No company has an e-mail domain", self.facts()[0].finding)

    def test_the_way_in(self):
        self.env["mail.report"].search([])._with_evidence_token().unlink()
        self.assertEqual(self.facts()[1].outcome, "warning")
        self.env["fetchmail.server"].create({"name": "Bounces of sales", "server_type": "imap", "state": "done"})
        row = self.facts()[1]
        self.assertEqual(row.outcome, "ok")
        self.assertIn("Bounces of sales", row.finding)

    def test_names(self):
        """Without dnspython, and without a name server, the check goes on."""
        self.patch(engine, "name_server", name_server)
        with patch.object(resolving, "dns", None), ScriptedServer() as server:
            rows = self.check(self.create_mail_server(server.port))
        self.assertOutcomes(rows, mx="skipped", spf="skipped", dkim="skipped", dmarc="skipped", recipient="ok")
        self.assertIn("dnspython", rows["spf"].finding)
        records = {("TXT", "odoo.test"): ["v=spf1 +all"], ("MX", "odoo.test"): ["mx.odoo.test."]}
        self.patch(engine, "name_server", lambda _seconds: lambda kind, name: records.get((kind, name), []))
        with ScriptedServer() as server:
            rows = self.check(self.create_mail_server(server.port, from_filter="odoo.test"))
        self.assertOutcomes(rows, mx="ok", spf="warning", dkim="skipped", dmarc="warning")


@tagged("post_install", "-at_install")
class TestDoctorAccess(TransactionCase):
    def test_for_administrators_only(self):
        server = self.env["ir.mail_server"].create({"name": "x", "smtp_host": "127.0.0.1", "smtp_port": 1})
        for groups in ("base.group_user,mail_delivery_status.group_manager", "base.group_user", "base.group_portal"):
            user = new_test_user(self.env, f"doctor_{groups[-8:]}", groups)
            doctors = self.env["mail.server.doctor"].with_user(user)
            with self.assertRaises(AccessError):
                doctors.create({"mail_server_id": server.id})
            theirs = self.env["mail.server.doctor"].create({"mail_server_id": server.id}).with_user(user)
            for name in ("action_check", "action_send_test", "action_look_back"):
                with self.assertRaises(AccessError):
                    getattr(theirs, name)()
            with self.assertRaises(AccessError):
                self.env["mail.server.doctor.step"].with_user(user).search([])

    def test_steps_are_not_forged(self):
        admin = new_test_user(self.env, "doctor_admin", "base.group_user,base.group_system")
        server = self.env["ir.mail_server"].create({"name": "x", "smtp_host": "127.0.0.1", "smtp_port": 1})
        doctor = self.env["mail.server.doctor"].with_user(admin).create({"mail_server_id": server.id})
        with self.assertRaises(AccessError):
            self.env["mail.server.doctor.step"].with_user(admin).create(
                {"doctor_id": doctor.id, "step": "tls", "outcome": "ok"}
            )

    def test_words_are_complete(self):
        """Every finding that the source can produce has words, and no words are left over."""
        root = Path(__file__).resolve().parent.parent
        files = [*(root / "tools/doctor").glob("*.py"), *root.glob("*/name_server.py"), root / "engine/doctor.py"]
        files += (root / "wizards").glob("mail_server_doctor*.py")
        source = "\n".join(path.read_text() for path in files)
        strings = set(re.findall(r'"(\w+)"', source))
        self.assertFalse(set(FINDINGS) - strings - {"sender_taken", "recipient_taken"})
        produced = set(re.findall(r'Outcome\.\w+, "(\w+)"', source))
        self.assertGreater(len(produced), 25)
        self.assertFalse(produced - set(FINDINGS) - {"cause"})


@tagged("post_install", "-at_install", "browser")
class TestDoctorTour(MailServerMixin, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.require_site()
        cls.allow_sending()

    def test_check(self):
        self.patch(engine, "name_server", nobody_answers)
        admin = new_test_user(
            self.env, "doctor_tour", "base.group_user,base.group_system", email="sales@odoo.test", name="Administrator"
        )
        server = self.create_mail_server(
            self.postfix.ports.submission, smtp_encryption="starttls", smtp_user=USER, smtp_pass=PASSWORD
        )
        url = f"/odoo/action-base.action_ir_mail_server_list/{server.id}"
        self.start_tour(url, "mail_delivery_status_doctor", login=admin.login)
        mail = self.env["mail.mail"].search([("mail_server_id", "=", server.id)])
        self.assertEqual(mail.delivery_status, "accepted")
        with ScriptedServer({"RCPT": Step(delay=3.0)}) as slow:
            server.write({"smtp_port": slow.port, "smtp_encryption": "none", "smtp_user": False, "smtp_pass": False})
            self.start_tour(url, "mail_delivery_status_doctor_slow", login=admin.login)
