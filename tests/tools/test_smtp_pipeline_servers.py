"""The pipeline against real mail servers: Postfix, its smtp-sink, Exim with its default limits."""

import smtplib
import tempfile
import unittest
from unittest.mock import patch

from ...tools.smtp.envelope import Envelope
from ...tools.smtp.pipeline import Job
from ...tools.smtp.session import Session
from ..servers import exim, smtp_sink
from ..servers import site as mail_site
from .common import PureCase, recipients_with
from .pipelines import MODES, Caller, ends, send_all

GOOD, UNKNOWN, GREYLISTED = "alice@odoo.test", "nobody@odoo.test", "greylist@odoo.test"
# What each kind of mail ends with; Exim defers with 451.
KINDS = (
    ((GOOD,), [("accepted", "content", 250)]),
    ((UNKNOWN,), [("refused", "rcpt", 550)]),
    ((GOOD, UNKNOWN), [("accepted", "content", 250), ("refused", "rcpt", 550)]),
    ((UNKNOWN, GREYLISTED), [("refused", "rcpt", 550), ("deferred", "rcpt", 450)]),
    ((GOOD, "bob@dest.test"), [("accepted", "content", 250)] * 2),
)


class Port:
    """A server as `send_all` wants it."""

    def __init__(self, port):
        self.port = port

    def connect(self, timeout=20):
        connection = smtplib.SMTP("127.0.0.1", self.port, local_hostname="client.test", timeout=timeout)
        connection.ehlo()
        return connection


def mixed(count):
    for number in range(count):
        addresses, _end = KINDS[number % len(KINDS)]
        message = b"From: sales@odoo.test\r\nTo: x@odoo.test\r\nSubject: %d\r\n\r\n.hello\r\n" % number
        yield Job(Envelope("sales@odoo.test", addresses, f"T{number}"), message, number)


class ServerCase(PureCase):
    def check(self, port, mode, count=40, connections=1):
        results, callers = send_all(Port(port), mixed(count), mode)
        self.assertEqual(len(results), count)
        for number, result in results.items():
            expected = KINDS[number % len(KINDS)][1]
            found = [(outcome, phase, 450 if word == 451 else word) for outcome, phase, word in ends(result)]
            self.assertEqual(found, expected, (number, result.transcript))
        receipts = [result.receipt for result in results.values() if recipients_with(result, "accepted")]
        self.assertTrue(all(receipts))
        self.assertEqual(len(set(receipts)), len(receipts), "each mail has its own")
        self.assertLessEqual(len(callers), connections)
        return results


@unittest.skipIf(mail_site.available(), mail_site.available())
class TestPostfix(ServerCase):
    def test_every_mode(self):
        site = mail_site.shared_site()
        for mode in MODES:
            with self.subTest(mode=mode):
                results = self.check(site.postfix.ports.smtp, mode)
                self.assertTrue(site.postfix.find_in_log(results[0].receipt))
                self.assertTrue(site.postfix.find_in_log(results[39].receipt))

    def test_the_mode_is_chosen(self):
        ports = mail_site.shared_site().postfix.ports
        for port, mode in ((ports.smtp, "bdat"), (ports.no_dsn, "step_by_step"), (ports.no_extensions, "step_by_step")):
            with self.subTest(mode=mode):
                session = Session(Port(port).connect())
                self.assertEqual(Caller([]).run(session).mode, mode)
                session.close()
                self.check(port, None, 10)

    def test_refused_in_the_end(self):
        ports = mail_site.shared_site().postfix.ports
        for port, outcome, code in ((ports.content_reject, "refused", 554), (ports.content_defer, "deferred", 450)):
            for mode in MODES:
                with self.subTest(mode=mode, code=code):
                    jobs = [Job(Envelope("sales@odoo.test", (GOOD,)), b"Subject: x\r\n\r\nx", n) for n in range(10)]
                    results, callers = send_all(Port(port), jobs, mode)
                    found = [ends(result) for result in results.values()]
                    self.assertEqual(found, [[(outcome, "content", code)]] * 10)
                    self.assertEqual(len(callers), 1)

    def test_goodbye_in_the_middle_of_a_window(self):
        # Postfix closes with commands unread: its 421 may get lost in the reset, then the rest is in doubt.
        for mode in MODES:
            with self.subTest(mode=mode):
                jobs = list(mixed(12))
                jobs[5] = Job(Envelope("sales@odoo.test", ("shutdown@odoo.test",)), b"x", 5)
                caller = Caller(jobs)
                caller.run(Session(Port(mail_site.shared_site().postfix.ports.smtp).connect()), mode)
                found = caller.ends
                self.assertEqual([found[number] for number in range(5)], [end for _addresses, end in KINDS])
                self.assertEqual(found[5], [("deferred", "rcpt", 421)])
                self.assertEqual({str(found.get(number)) for number in range(6, 12)}, {"None"})

    def test_too_large(self):
        port = mail_site.shared_site().postfix.ports.size_limit
        for mode in MODES:
            with self.subTest(mode=mode):
                envelope = Envelope("sales@odoo.test", (GOOD,))
                jobs = [Job(envelope, b"x" * size, size) for size in (100, 300_000, 101, 300_001, 102)]
                results, callers = send_all(Port(port), jobs, mode)
                large = [("refused", "mail", 552)]
                small = [("accepted", "content", 250)]
                self.assertEqual([ends(results[one.tag]) for one in jobs], [small, large, small, large, small])
                self.assertEqual(len(callers), 1)


@unittest.skipIf(smtp_sink.available(), smtp_sink.available())
class TestSink(PureCase):
    def ends(self, options, mode, count=6):
        with smtp_sink.smtp_sink(*options) as port:
            session = Session(Port(port).connect())
            caller = Caller([Job(Envelope("s@odoo.test", ("a@dest.test",)), b"x", n) for n in range(count)])
            caller.run(session, mode)
            session.close()
        return [caller.ends.get(number) for number in range(count)]

    def test_it_has_pipelining(self):
        with smtp_sink.smtp_sink() as port:
            session = Session(Port(port).connect())
            self.assertEqual(Caller([]).run(session).mode, "pipeline")
            session.close()

    # Its options for faults take PIPELINING from the announcement, but not from what it does.

    def test_faults(self):
        for options, expected in (
            ((), [("accepted", "content", 250)]),
            (("-f", "RCPT", "-B", "550 5.7.1 No"), [("refused", "rcpt", 550)]),
            (("-r", "MAIL"), [("deferred", "mail", 450)]),
            (("-f", "DATA"), [("refused", "data", 500)]),
            (("-f", ".", "-B", "554 5.7.1 Spam"), [("refused", "content", 554)]),
        ):
            for mode in ("pipeline", "step_by_step"):
                with self.subTest(options=options, mode=mode):
                    self.assertEqual(self.ends(options, mode), [expected] * 6)

    def test_hangs_up(self):
        for options, expected in (
            (("-q", "RCPT"), [("deferred", "rcpt", "connection lost")]),
            (("-q", "DATA"), [("deferred", "data", "connection lost")]),
            (("-q", "."), [("unknown", "content", "connection lost")]),
            (("-Q", "RCPT"), [("deferred", "rcpt", 421)]),
            (("-Q", "."), [("deferred", "content", 421)]),
        ):
            for mode in ("pipeline", "step_by_step"):
                with self.subTest(options=options, mode=mode):
                    self.assertEqual(self.ends(options, mode), [expected] + [None] * 5)


@unittest.skipIf(exim.available() or mail_site.available(), exim.available() or mail_site.available())
class TestExim(ServerCase):
    def test_every_mode_with_the_default_limits(self):
        configuration = exim.CONFIGURATION.replace("smtp_accept_max_nonmail = 1000\n", "")
        site = mail_site.shared_site()
        with (
            patch.object(exim, "CONFIGURATION", configuration),
            tempfile.TemporaryDirectory(prefix="exim-", ignore_cleanup_errors=True) as folder,
            exim.Exim(folder, site.dovecot.lmtp_port, site.authority) as server,
        ):
            for mode in MODES:
                with self.subTest(mode=mode):
                    self.check(server.port, mode, 60, connections=6)
