"""Where a connection ended is told from what was recorded of it: every place, every kind of encryption."""

import smtplib
import socket
import ssl
import tempfile
import time
from datetime import datetime, timedelta, timezone

from ...tools.bounded_connect import BoundedConnect
from ...tools.bounded_smtp import BoundedSMTP, BoundedSMTPSSL
from ...tools.doctor import (
    Outcome,
    Recording,
    Second,
    Settings,
    certificate,
    connection,
    live,
    read_connection,
    read_handover,
    recording,
    step,
    wants_second,
)
from ...tools.smtp.secret import Secrets
from ..servers.scripted import ScriptedServer
from ..servers.scripted import Step as Scripted
from ..servers.tls import Authority
from .common import DoctestCase

PLAIN = Settings("mx.test", login="password")
STARTTLS = Settings("mx.test", 587, "starttls_strict", "password")
IMPLICIT = Settings("mx.test", 465, "ssl", "password")


class FakeSocket:
    def getpeercert(self, binary_form):
        raise ValueError


def told(*lines, secured_at=None):
    """A recording of "C: …" and "S: …" lines."""
    found = Recording(time.monotonic)
    found.looked_up(["192.0.2.1"])
    found.tried("192.0.2.1", None)
    for place, line in enumerate(lines):
        if place == secured_at:
            found.secured(FakeSocket())
        if line.startswith("C: "):
            found.asked(line[3:])
        else:
            found.answered(int(line[3:6]), line[7:].encode())
    if secured_at == len(lines):
        found.secured(FakeSocket())
    return found


class TestDoctorConnection(DoctestCase):
    def test_doctests(self):
        self.assertDoctests(certificate, connection, live, recording, step)

    def test_live(self):
        """Each step is told once, as soon as it is over; the time that the telling takes is nobody's."""
        now, steps = [0.0], []

        def tell(step):
            steps.append(step)
            now[0] += 100.0

        found = live.LiveRecording(lambda: now[0], PLAIN, tell)
        for seconds, event in (
            (1.0, lambda: found.looked_up(["192.0.2.1", "192.0.2.2"])),
            (2.0, lambda: found.tried("192.0.2.1", OSError(111, "Connection refused"))),
            (3.0, lambda: found.tried("192.0.2.2", None)),
            (4.0, lambda: found.answered(220, b"mx.test ESMTP")),
            (0.0, lambda: found.asked("EHLO here")),
            (5.0, lambda: found.answered(250, b"mx.test\nDSN")),
            (0.0, lambda: found.asked("AUTH PLAIN ***")),
            (6.0, lambda: found.answered(535, b"5.7.8 No")),
        ):
            now[0] += seconds
            event()
        self.assertEqual(
            [(one.name, one.outcome.value, one.seconds) for one in steps],
            [
                ("resolve", "ok", 1.0),
                ("connect", "warning", 5.0),
                ("greeting", "ok", 4.0),
                ("hello", "ok", 5.0),
                ("starttls", "skipped", 0.0),
                ("tls", "warning", 0.0),
                ("certificate", "skipped", 0.0),
            ],
        )
        # In the end the login has failed, and nothing else is told once more.
        steps.clear()
        found.tell(read_connection(found, PLAIN, smtplib.SMTPAuthenticationError(535, b"5.7.8 No")))
        self.assertEqual([(one.name, one.outcome.value) for one in steps], [("login", "failed")])

    def steps(self, found, settings=PLAIN, error=None, second=None):
        return {one.name: one for one in read_connection(found, settings, error, second)}

    def failed(self, *args):
        return [
            (name, one.problem or one.cause) for name, one in self.steps(*args).items() if one.outcome is Outcome.FAILED
        ]

    def test_where_it_ended(self):
        lost = smtplib.SMTPServerDisconnected("Connection unexpectedly closed")
        no_starttls = smtplib.SMTPNotSupportedError("STARTTLS extension not supported by server.")
        no_auth = smtplib.SMTPNotSupportedError("SMTP AUTH extension not supported by server.")
        expired = ssl.SSLCertVerificationError("certificate verify failed: certificate has expired")
        hello = ("S: 220 mx", "C: EHLO me", "S: 250 mx\nSTARTTLS")
        for lines, secured_at, settings, error, expected in (
            ((), None, PLAIN, lost, ("greeting", "connection lost")),
            (hello[:1], None, PLAIN, lost, ("hello", "connection lost")),
            (hello, None, STARTTLS, no_starttls, ("starttls", "server does not offer STARTTLS")),
            ((*hello, "C: STARTTLS"), None, STARTTLS, lost, ("starttls", "connection lost")),
            ((*hello, "C: STARTTLS", "S: 454 not now"), None, STARTTLS, lost, ("starttls", "encryption_failed")),
            (
                (*hello, "C: STARTTLS", "S: 220 go"),
                None,
                STARTTLS,
                expired,
                ("certificate", "server's certificate has expired"),
            ),
            (
                (*hello, "C: STARTTLS", "S: 220 go"),
                None,
                STARTTLS,
                ssl.SSLError("eof"),
                ("tls", "connection lost in the TLS handshake"),
            ),
            (
                (),
                None,
                IMPLICIT,
                ssl.SSLError("wrong version number"),
                ("tls", "server does not speak TLS on this port"),
            ),
            ((), 0, IMPLICIT, lost, ("greeting", "connection lost")),
            (hello, None, PLAIN, no_auth, ("login", "server does not offer a login")),
            ((*hello, "C: AUTH PLAIN ***", "S: 535 5.7.8"), None, PLAIN, None, ("login", "login refused")),
        ):
            with self.subTest(lines=lines, settings=settings):
                self.assertEqual(self.failed(told(*lines, secured_at=secured_at), settings, error), [expected])

    def test_the_first_reply_is_no_yes(self):
        steps = self.steps(told("S: 554 5.7.1 blocked using a blocklist"), PLAIN, smtplib.SMTPConnectError(554, b"x"))
        self.assertEqual((steps["greeting"].outcome, steps["login"].finding), (Outcome.FAILED, "not_reached"))

    def test_a_login_of_several_lines(self):
        found = told(
            "S: 220 mx",
            "C: EHLO me",
            "S: 250 mx\nAUTH LOGIN",
            "C: AUTH LOGIN ***",
            "S: 334 ***",
            "C: ***",
            "S: 235 2.7.0",
        )
        login = self.steps(found)["login"]
        self.assertEqual((login.outcome, login.values), (Outcome.OK, {"method": "LOGIN"}))
        self.assertEqual(login.raw.count("\n"), 3)

    def test_a_login_without_an_answer(self):
        """The server hangs up at it; or, where nothing was raised, what came then was not seen."""
        talk = ("S: 220 mx", "C: EHLO me", "S: 250 mx\nAUTH LOGIN", "C: AUTH LOGIN ***")
        lost = smtplib.SMTPServerDisconnected("Connection unexpectedly closed")
        for lines in (talk, (*talk, "S: 334 ***", "C: ***")):
            self.assertEqual(self.failed(told(*lines), PLAIN, lost), [("login", "connection lost")])
            self.assertEqual(self.steps(told(*lines))["login"].finding, "not_seen")

    def test_what_comes_behind_the_login_is_none_of_it(self):
        login = ("C: AUTH PLAIN ***", "S: 235 2.7.0 Ok")
        found = told("S: 220 mx", "C: EHLO me", "S: 250 mx\nAUTH PLAIN", *login, "C: EHLO me", "S: 250 mx")
        self.assertEqual(self.steps(found)["login"].raw, "C: AUTH PLAIN ***\nS: 235 2.7.0 Ok")

    def test_a_reply_too_many(self):
        """What nobody asked for is no answer to the last command."""
        found = told("S: 220 mx", "C: EHLO me", "S: 250 mx", "S: 421 4.4.2 Good-bye")
        self.assertEqual(found.text(found.of("EHLO")), "C: EHLO me\nS: 250 mx")
        self.assertEqual(found.text(), "S: 220 mx\nC: EHLO me\nS: 250 mx\nS: 421 4.4.2 Good-bye")

    def test_challenges_without_end(self):
        """A server can ask for ever; the first exchanges are kept."""
        found = told("S: 220 mx", *("C: ***", "S: 334 ***") * 1000)
        self.assertEqual(len(found.exchanges), 200)
        self.assertLess(len(found.text()), 5000)

    def test_what_was_waited_for_in_vain(self):
        now = [0.0]
        found = Recording(lambda: now[0])
        found.looked_up(["192.0.2.1"])
        found.tried("192.0.2.1", None)
        now[0] = 30.0
        found.end()
        step = self.steps(found, PLAIN, TimeoutError("timed out"))["greeting"]
        self.assertEqual((step.outcome, step.problem, step.seconds), (Outcome.FAILED, "timed out", 30.0))

    def test_a_handover_is_told_as_it_happens(self):
        steps = []
        found = live.LiveRecording(time.monotonic, PLAIN, steps.append)
        found.looked_up(["192.0.2.1"])
        found.tried("192.0.2.1", None)
        found.answered(220, b"mx.test ESMTP")
        found.handover = len(found.exchanges)
        steps.clear()
        for line, code, text in (
            ("MAIL FROM:<a@odoo.test>", 250, b"2.1.0 Ok"),
            ("RCPT TO:<b@dest.test>", 250, b"2.1.5 Ok"),
        ):
            found.asked(line)
            found.answered(code, text)
            self.assertEqual(steps[-1].values, {"address": line.partition("<")[2][:-1]})
        self.assertEqual([one.finding for one in steps], ["sender_taken", "recipient_taken"])

    def test_a_connection_of_another_add_on(self):
        """Nothing was seen of it, and nothing went wrong."""
        found = self.steps(Recording(time.monotonic), PLAIN)
        self.assertEqual(
            {name: one.finding for name, one in found.items()},
            {
                **dict.fromkeys(("resolve", "connect", "greeting", "hello"), "not_seen"),
                **dict.fromkeys(("starttls", "tls", "certificate", "login"), "not_reached"),
            },
        )
        found = self.steps(told("S: 220 mx", "C: EHLO me", "S: 250 mx"), PLAIN)
        self.assertEqual(found["login"].finding, "not_seen")

    def test_no_login(self):
        greeted = ("S: 220 mx", "C: EHLO me", "S: 250 mx")
        for login, finding in (("", "no_login"), ("certificate", "client_certificate")):
            found = self.steps(told(*greeted), Settings("mx.test", login=login))
            self.assertEqual(found["login"].finding, finding)

    def test_odoo_says(self):
        error = ValueError("The token could not be renewed.")
        found = self.steps(told("S: 220 mx"), PLAIN, error)
        self.assertEqual(found["hello"].finding, "not_reached")
        self.assertEqual(found["login"].values, {"words": "The token could not be renewed."})
        self.assertIn("-- ValueError: The token", found["login"].raw)

    def test_no_address_is_reached(self):
        found = Recording(time.monotonic)
        found.looked_up(["192.0.2.1"])
        found.tried("192.0.2.1", OSError(111, "Connection refused"))
        step = self.steps(found, PLAIN, ConnectionRefusedError(111, "Connection refused"))["connect"]
        self.assertEqual((step.outcome, step.problem), (Outcome.FAILED, "connection refused"))
        self.assertEqual(self.steps(found, PLAIN)["connect"].problem, "connection lost")

    def test_an_old_server(self):
        talk = ("S: 220 mx", "C: EHLO me", "S: 502 what", "C: HELO me", "S: 250 mx")
        self.assertEqual(self.steps(told(*talk))["hello"].finding, "helo_only")
        refused = self.steps(told(*talk[:3], "C: HELO me", "S: 554 no"), PLAIN, smtplib.SMTPHeloError(554, b"no"))
        self.assertEqual((refused["hello"].outcome, refused["hello"].cause), (Outcome.FAILED, "turned_away"))

    def test_abilities(self):
        for size, shown in (("10485760", "SIZE (10 MB)"), ("0", "SIZE"), ("much", "SIZE")):
            steps = self.steps(told("S: 220 mx", "C: EHLO me", f"S: 250 mx\nSIZE {size}\nDSN x\nAUTH PLAIN"))
            self.assertIn(shown, steps["hello"].values["abilities"].split(", "))
            self.assertIn("DSN", steps["hello"].values["abilities"].split(", "))

    def test_a_garbled_reply(self):
        found = told("S: 220 mx", "C: EHLO me")
        found.answered(-1, b"what")
        self.assertEqual((found.exchanges[-1].reply, found.exchanges[-1].is_garbled), (None, True))
        self.assertIsNone(found.last("QUIT"))

    def test_starttls_unused(self):
        talk = ("S: 220 mx", "C: EHLO me", "S: 250 mx\nSTARTTLS")
        self.assertEqual(self.steps(told(*talk), Settings("192.0.2.1"))["starttls"].finding, "starttls_unused")
        self.assertEqual(self.steps(told(*talk), Settings("127.0.0.1"))["starttls"].finding, "starttls_near")
        self.assertTrue(Settings("LocalHost").is_near)

    def test_certificates(self):
        """Of a connection that got through, and of a second one that tells why the first did not."""
        now = datetime.now(timezone.utc)
        with tempfile.TemporaryDirectory() as folder:
            authority = Authority(folder)
            good, soon, ended = (authority.issue(str(days), days=days) for days in (3650, 5, -1))
            good, soon, ended = (ssl.PEM_cert_to_DER_cert(one.certificate.read_text()) for one in (good, soon, ended))
        loose = Settings("mx.test", 587, "starttls", "password")

        talk = ("S: 220 mx", "C: EHLO me", "S: 250 mx\nSTARTTLS", "C: STARTTLS", "S: 220 go")

        def secured(certificate, version="TLSv1.3"):
            found = told(*talk, secured_at=len(talk))
            found.certificate, found.tls_version = certificate, version
            return found

        def judged(settings, found, error=None, second=None, name="certificate"):
            steps = {one.name: one for one in read_connection(found, settings, error, second, now)}
            return steps[name].outcome.value, steps[name].finding or steps[name].problem

        failed = ssl.SSLCertVerificationError("certificate verify failed")
        self.assertEqual(judged(STARTTLS, secured(good)), ("ok", "certificate_good"))
        self.assertEqual(judged(STARTTLS, secured(soon)), ("warning", "certificate_soon"))
        self.assertEqual(judged(loose, secured(good)), ("ok", "certificate_unchecked"))
        self.assertEqual(judged(loose, secured(good), None, Second(secured(good))), ("ok", "certificate_would_pass"))
        bad = Second(secured(good), "server's certificate is not trusted")
        self.assertEqual(judged(loose, secured(good), None, bad), ("warning", "certificate_bad"))
        hello = told(*talk)
        step = self.steps(hello, STARTTLS, failed)["tls"]
        self.assertEqual((step.outcome, step.finding), (Outcome.SKIPPED, "see_certificate"))
        self.assertEqual(judged(STARTTLS, hello, failed, Second(secured(ended)))[0], "failed")
        self.assertEqual(
            judged(STARTTLS, hello, failed, Second(secured(ended, "TLSv1")), "tls"), ("warning", "old_tls")
        )
        steps = read_connection(hello, STARTTLS, failed, Second(secured(ended)), now)
        self.assertIn("server's certificate has expired", [one.problem for one in steps])

    def test_addresses_in_vain(self):
        found = Recording(time.monotonic)
        found.looked_up(["2001:db8::1", "192.0.2.1", "192.0.2.1"])
        found.tried("2001:db8::1", OSError(101, "Network is unreachable"))
        found.tried("192.0.2.1", None)
        steps = self.steps(found, PLAIN, smtplib.SMTPServerDisconnected("x"))
        self.assertEqual(steps["resolve"].values["addresses"], "2001:db8::1, 192.0.2.1")
        self.assertEqual(
            (steps["connect"].finding, steps["connect"].values["missed"]), ("connected_late", "2001:db8::1")
        )
        self.assertIn("Network is unreachable", steps["connect"].raw)

    def test_second_connection(self):
        expired = ssl.SSLCertVerificationError("certificate has expired")
        timed_out = TimeoutError("timed out")
        secured = told("S: 220 mx", secured_at=0)
        for settings, found, error, expected in (
            (STARTTLS, told("S: 220 mx"), expired, "unchecked"),
            (IMPLICIT, secured, None, "checked"),
            (STARTTLS, secured, None, ""),
            (PLAIN, told(), timed_out, "implicit"),
            (STARTTLS, told(), timed_out, "implicit"),
            (IMPLICIT, told(), timed_out, ""),
            (PLAIN, told("S: 220 mx"), None, ""),
            (PLAIN, Recording(time.monotonic), socket.gaierror(-2, "x"), ""),
        ):
            self.assertEqual(wants_second(settings, found, error), expected)
        steps = self.steps(told(), PLAIN, timed_out, Second(secured))
        self.assertEqual(steps["greeting"].finding, "speaks_tls")

    def test_handover(self):
        talk = ["C: MAIL FROM:<a@a.test> SIZE=1", "S: 250 Ok", "C: RCPT TO:<b@b.test>", "S: 450 4.7.1 Greylisted"]
        sender, recipient = read_handover(told(*talk), "mx.test")
        self.assertEqual(sender.values, {"address": "a@a.test"})
        self.assertEqual((recipient.outcome, recipient.cause), (Outcome.WARNING, "greylisted"))
        sender, recipient = read_handover(told(talk[0]), "mx.test")
        self.assertEqual((sender.problem, recipient.finding), ("connection lost", "not_reached"))

    def test_a_real_connection(self):
        """What `smtplib` does is recorded as it happens, the login masked; an outer bound holds for the inner."""
        found = Recording(time.monotonic)
        with ScriptedServer({"AUTH": [b"334 U2VjcmV0LTEyMzQ=", None]}, extensions=("AUTH LOGIN",)) as server:
            with (
                BoundedConnect(5, time.monotonic, Secrets(), found),
                BoundedConnect(50, time.monotonic, Secrets()) as inner,
            ):
                self.assertLess(inner.remaining(), 5.1)
                client = BoundedSMTP("127.0.0.1", server.port, timeout=5)
                client.ehlo()
                client.docmd("AUTH", "LOGIN c2VjcmV0LXVzZXI=")
                client.docmd("U2VjcmV0LTEyMzQ=")
            client.quit()
        text = found.text()
        self.assertTrue(text.startswith("S: 220 mx.dest.test"))
        self.assertIn("C: AUTH LOGIN ***\nS: 334 ***\nC: ***\n", text)
        self.assertNotIn("U2VjcmV0", text)
        self.assertTrue(found.is_connected)

    def connect_by_tls(self, server_context, implicit, witness):
        client = ssl._create_unverified_context()
        kind, options = (BoundedSMTPSSL, {"context": client}) if implicit else (BoundedSMTP, {})
        with (
            ScriptedServer(context=server_context, implicit_tls=implicit) as server,
            BoundedConnect(50, time.monotonic, Secrets(), witness) as bounds,
        ):
            bounds.least_tls = ssl.TLSVersion.TLSv1_3
            with kind("127.0.0.1", server.port, timeout=50, **options) as connection:
                if not implicit:
                    connection.starttls(context=client)
                connection.ehlo()

    def test_a_real_connection_over_tls(self):
        """What was agreed on is seen in both ways to TLS; a server that knows no TLS as new is turned away."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with tempfile.TemporaryDirectory() as folder:
            good = Authority(folder).good()
            context.load_cert_chain(good.certificate, good.key)
        for implicit in (False, True):
            steps = []
            found = live.LiveRecording(time.monotonic, IMPLICIT if implicit else STARTTLS, steps.append)
            self.connect_by_tls(context, implicit, found)
            self.assertEqual((found.is_secured, found.tls_version), (True, "TLSv1.3"))
            self.assertEqual(certificate.read_certificate(found.certificate).names, ("localhost", "127.0.0.1"))
            self.assertIn(("tls", "encrypted"), [(one.name, one.finding) for one in steps])
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        for implicit in (False, True):
            found = Recording(time.monotonic)
            with self.assertRaises(ssl.SSLError):
                self.connect_by_tls(context, implicit, found)
            self.assertFalse(found.is_secured)

    def test_ends(self):
        with ScriptedServer({"CONNECT": Scripted(delay=2)}) as server, self.assertRaises(TimeoutError):
            with BoundedConnect(0.3, time.monotonic, Secrets()):
                with BoundedConnect(50, time.monotonic, Secrets()):
                    BoundedSMTP("127.0.0.1", server.port, timeout=50)


class TestDoctorCertificate(DoctestCase):
    def test_days(self):
        now = datetime(2026, 1, 1, tzinfo=timezone.utc)
        facts = certificate.CertificateFacts(tuple("abcdefg"), "CA", now, now + timedelta(days=20, hours=5))
        self.assertEqual((facts.days_left(now), facts.names_in_words), (20, "a, b, c, d, e (+2)"))

    def test_garbage(self):
        for data in (b"", b"\0", b"0\x82\xff\xff", bytes(range(256)) * 10):
            self.assertIsNone(certificate.read_certificate(data))
