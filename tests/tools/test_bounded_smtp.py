import base64
import contextlib
import logging
import smtplib
import socket
import ssl
import struct
import tempfile
import threading
import time
import tracemalloc
from time import monotonic, perf_counter
from unittest.mock import patch

from ...tools import bounded_connect, bounded_smtp
from ...tools.bounded_connect import BoundedConnect
from ...tools.doctor import Recording
from ...tools.smtp import progress_timeout
from ...tools.smtp.envelope import Envelope
from ...tools.smtp.pipeline import Job, Pipeline
from ...tools.smtp.secret import Secrets
from ...tools.smtp.session import Session
from ...tools.smtp.trouble import from_exception
from ..servers.raw import RawServer, after, drip, endless, silence
from ..servers.scripted import ScriptedServer, Step
from ..servers.tls import Authority
from .common import DoctestCase, recipients_with

GREETING, EHLO = b"220 mx.dest.test ESMTP\r\n", b"250-mx.dest.test\r\n250 AUTH PLAIN LOGIN CRAM-MD5\r\n"
PASSWORD = "Geheim-123456"
SECONDS, MEGABYTES = 0.5, 10


class HostileCase(DoctestCase):
    def connect(self, port, encryption="none", login=True, seconds=SECONDS):
        """As core does."""
        module = bounded_smtp.for_core()
        with BoundedConnect(seconds, monotonic, Secrets()):
            if encryption == "ssl":
                return module.SMTP_SSL("127.0.0.1", port, timeout=60, context=ssl._create_unverified_context())
            connection = module.SMTP("127.0.0.1", port, timeout=60)
            if encryption == "starttls":
                connection.starttls(context=ssl._create_unverified_context())
            if login:
                connection.login("sales@odoo.test", PASSWORD)
            connection.ehlo_or_helo_if_needed()
            return connection

    def assertBounded(self, call, seconds=SECONDS + 2):
        """Call what meets a hostile server; return the exception that it ends with."""
        tracemalloc.start()
        begin = perf_counter()
        try:
            with self.assertRaises(Exception) as caught:
                call()
            self.assertLess(perf_counter() - begin, seconds)
            self.assertLess(tracemalloc.get_traced_memory()[1], MEGABYTES * 2**20)
        finally:
            tracemalloc.stop()
        return caught.exception


class TestBoundedSmtp(HostileCase):
    def test_doctests(self):
        self.assertDoctests(bounded_connect, bounded_smtp, progress_timeout)

    def test_endless_replies(self):
        for name, talk in {
            "greeting": endless(b"220-welcome\r\n"),
            "greeting without a line end": endless(b"220 welcome "),
            "empty lines": endless(b"220-\r\n"),
            "EHLO": after([GREETING], endless(b"250-X-FEATURE-%d yes\r\n")),
            "EHLO with AUTH": after([GREETING], endless(b"250-AUTH=PLAIN\r\n")),
            "challenges": after([GREETING, EHLO], endless(b"334 VXNlcm5hbWU6\r\n")),
            "a challenge": after([GREETING, EHLO], endless(b"334-VXNlcm5hbWU6\r\n")),
            "STARTTLS": after([GREETING, b"250-mx\r\n250 STARTTLS\r\n"], endless(b"220-go\r\n")),
        }.items():
            with self.subTest(name), RawServer(talk) as server:
                encryption = "starttls" if name == "STARTTLS" else "none"
                error = self.assertBounded(lambda: self.connect(server.port, encryption))  # noqa: B023
                self.assertIn(from_exception(error).problem, ("garbled reply", "no login method in common", ""))

    def test_drips(self):
        for name, talk, encryption in (
            ("greeting", drip(b"220-welcome\r\n"), "none"),
            ("silence", silence, "none"),
            ("EHLO", after([GREETING], drip(b"250-X\r\n")), "none"),
            ("a challenge", after([GREETING, EHLO], drip(b"334-VXNlcm5hbWU6\r\n")), "none"),
            ("TLS handshake", drip(b"\x16\x03\x03\x40\x00" + b"\x02" * 16000), "ssl"),
            ("TLS silence", silence, "ssl"),
            (
                "STARTTLS",
                after([GREETING, b"250-mx\r\n250 STARTTLS\r\n", b"220 go\r\n"], drip(b"\x16\x03\x03\x40\x00")),
                "starttls",
            ),
        ):
            with self.subTest(name), RawServer(talk) as server:
                error = self.assertBounded(lambda: self.connect(server.port, encryption))  # noqa: B023
                self.assertIsInstance(error, TimeoutError)
                self.assertEqual(from_exception(error).problem, "timed out")

    def test_how_far_the_server_is(self):
        """The least that a reply takes, whatever a server looks up before it greets or thinks of a login."""

        def talk(sock):
            time.sleep(0.2)
            sock.sendall(GREETING)
            for seconds, reply in ((0.05, b"250-mx\r\n250 AUTH PLAIN\r\n"), (0.2, b"235 Ok\r\n")):
                sock.recv(1000)
                time.sleep(seconds)
                sock.sendall(reply)
            sock.recv(1000)

        with RawServer(talk) as server, contextlib.closing(self.connect(server.port, seconds=5)) as connection:
            self.assertTrue(0.05 <= connection.round_trip < 0.2, connection.round_trip)

    def test_a_name_server_that_does_not_answer(self):
        """getaddrinfo() takes as long as the computer's settings say, which is minutes with several name servers."""
        answers = threading.Event()
        self.addCleanup(answers.set)
        with patch.object(socket, "getaddrinfo", lambda *_args, **_kwargs: answers.wait(60)):
            error = self.assertBounded(lambda: self.connect(25))
        self.assertEqual(from_exception(error).problem, "name server does not answer")

    def test_a_name_that_is_not_known(self):
        with patch.object(socket, "getaddrinfo", side_effect=socket.gaierror(socket.EAI_NONAME, "unknown")):
            error = self.assertBounded(lambda: self.connect(25))
        self.assertEqual(from_exception(error).problem, "host name not found")

    def test_a_good_server_is_not_disturbed(self):
        with ScriptedServer(extensions=("AUTH PLAIN", "SIZE 1000")) as server:
            connection = self.connect(server.port)
            self.assertEqual(connection.esmtp_features["size"], "1000")
            result = Session(connection, monotonic).transact(Envelope("a@odoo.test", ("b@dest.test",)), b"Hi")
            self.assertTrue(recipients_with(result, "accepted"))

    def test_several_addresses(self):
        """One after the other until one answers, each told of as it was tried."""
        found = Recording(monotonic)
        with ScriptedServer() as server, self.addresses("127.0.0.2", "127.0.0.1"):
            with BoundedConnect(5, monotonic, Secrets(), found) as bounds:
                bounds.open("mx.dest.test", server.port, 5).close()
        self.assertEqual(
            [(one.address, bool(one.error)) for one in found.attempts], [("127.0.0.2", True), ("127.0.0.1", False)]
        )

    def test_no_address_answers(self):
        for found in (Recording(monotonic), None):
            with ScriptedServer() as server, self.addresses("127.0.0.2", "127.0.0.3"):
                with (
                    self.assertRaises(ConnectionRefusedError),
                    BoundedConnect(5, monotonic, Secrets(), found) as bounds,
                ):
                    bounds.open("mx.dest.test", server.port, 5)
            self.assertFalse(found and found.is_connected)

    @contextlib.contextmanager
    def addresses(self, *addresses):
        """A name has these; on all but 127.0.0.1 nobody listens."""
        original = socket.getaddrinfo

        def look_up(host, port, *args, **kwargs):
            names = addresses if host == "mx.dest.test" else (host,)
            return [found for name in names for found in original(name, port, *args, **kwargs)]

        with patch.object(socket, "getaddrinfo", look_up):
            yield

    def test_no_time_is_left(self):
        """What came before, the token of a login for one, has taken all of it: nothing is begun any more."""
        now = [0.0]
        with ScriptedServer() as server:
            with self.assertRaises(TimeoutError), BoundedConnect(5, lambda: now[0], Secrets()) as bounds:
                now[0] = 5.0
                bounds.open("127.0.0.1", server.port, 5)
            self.assertFalse(server.verbs())

    def test_a_timer_that_comes_too_late(self):
        """It has begun to run when the connection is released: that is nobody's time that was up."""
        with ScriptedServer() as server, socket.create_connection(("127.0.0.1", server.port)) as sock:
            timer = bounded_connect.ShutdownTimer(sock, 60)
            timer.release()
            timer._shut_down()
            self.assertFalse(timer.has_shut_down)
            self.assertTrue(sock.recv(3), "the connection is left alone")

    def test_a_connection_that_is_reset(self):
        def reset(sock):
            sock.recv(65536)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

        with RawServer(lambda sock: (sock.sendall(GREETING), reset(sock))) as server:
            error = self.assertBounded(lambda: self.connect(server.port))
        self.assertIsInstance(error, smtplib.SMTPServerDisconnected)
        self.assertIn("reset", str(error))
        self.assertEqual(from_exception(error).problem, "connection lost")

    def test_a_thread_of_another_add_on(self):
        """What it took for smtplib.SMTP is called where no bounds are: there it is smtplib's own."""
        with BoundedConnect(5, monotonic, Secrets()):
            kind = bounded_smtp.for_core().SMTP
        with ScriptedServer() as server, kind("127.0.0.1", server.port, timeout=5) as connection:
            self.assertEqual(connection.ehlo()[0], 250)

    def test_tls_that_nobody_watches(self):
        """And STARTTLS that is refused is no TLS to whoever watches."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with tempfile.TemporaryDirectory() as folder:
            good = Authority(folder).good()
            context.load_cert_chain(good.certificate, good.key)
        for encryption in ("starttls", "ssl"):
            with ScriptedServer(context=context, implicit_tls=encryption == "ssl") as server:
                connection = self.connect(server.port, encryption, login=False, seconds=5)
                self.assertTrue(connection.sock.version())
                connection.close()
        found = Recording(monotonic)
        with ScriptedServer({"STARTTLS": b"454 4.7.0 Not now"}, context=context) as server:
            with BoundedConnect(5, monotonic, Secrets(), found):
                connection = bounded_smtp.for_core().SMTP("127.0.0.1", server.port, timeout=5)
                with self.assertRaises(smtplib.SMTPResponseException):
                    connection.starttls()
        self.assertFalse(found.is_secured)

    def test_a_command_that_is_not_known_here(self):
        found = Recording(monotonic)
        with ScriptedServer({"XCLIENT": b"220 Go"}) as server:
            with BoundedConnect(5, monotonic, Secrets(), found):
                connection = bounded_smtp.for_core().SMTP("127.0.0.1", server.port, timeout=5)
                connection.docmd("XCLIENT", "NAME=client.test")
        self.assertIn("C: XCLIENT NAME=client.test", found.text())

    def test_nothing_of_the_bounds_stays(self):
        with ScriptedServer() as server:
            self.connect(server.port, login=False).close()
        self.assertIsNone(bounded_connect.current())
        self.assertIs(bounded_smtp.for_core().SMTP, smtplib.SMTP)


class TestDripsInATransaction(HostileCase):
    """The timeouts are those of a whole reply, in each mode."""

    message = b"Hi\r\n"

    def run_with(self, talk, extensions, mode=None, memory=MEGABYTES):
        hello = b"250-mx\r\n" + b"".join(b"250-%s\r\n" % name for name in extensions) + b"250 SIZE 1000000\r\n"
        with RawServer(after([GREETING, hello], talk)) as server:
            connection = smtplib.SMTP("127.0.0.1", server.port, local_hostname="client.test", timeout=SECONDS)
            connection.ehlo()
            session, jobs, ended = Session(connection, monotonic), [], []
            session.content_timeout = SECONDS
            jobs.append(Job(Envelope("a@odoo.test", ("b@dest.test",)), self.message))
            take = lambda count, wait: [jobs.pop()] if jobs else []  # noqa: E731
            begin = perf_counter()
            tracemalloc.start()
            Pipeline(session, 8, mode).run(take, lambda _jobs: None, ended.extend)
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            self.assertLess(perf_counter() - begin, 2 + 2 * SECONDS)
            self.assertLess(peak, memory * 2**20)
            self.assertFalse(session.usable)
            return ended[0][1]

    def test_drips(self):
        modes = (((), "step_by_step"), ((b"PIPELINING",), "pipeline"), ((b"PIPELINING", b"CHUNKING"), "bdat"))
        for extensions, mode in modes:
            for name, talk in {
                "drip": drip(b"250-still thinking\r\n"),
                "no line end": drip(b"2"),
                "endless": endless(b"250-and so on\r\n"),
            }.items():
                with self.subTest(name, mode=mode):
                    result = self.run_with(talk, extensions)
                    # Only with chunking the content is under way by then.
                    states = {end.outcome.value for end in result.recipients} if result else {"none"}
                    self.assertLessEqual(states, {"unknown"} if mode == "bdat" else {"deferred", "none"})

    def test_a_server_that_hardly_reads(self):
        """It takes a byte now and then of a mail that does not fit into the network's buffers."""

        def nibble(sock):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            sock.sendall(b"250 Ok\r\n250 Ok\r\n354 Go\r\n")
            while sock.recv(600):
                time.sleep(0.02)

        self.message = b"x" * 78 + b"\r\n"
        self.message *= 200_000
        for extensions in ((), (b"PIPELINING",), (b"PIPELINING", b"CHUNKING")):
            with self.subTest(extensions=extensions):
                result = self.run_with(nibble, extensions, memory=100)
                self.assertFalse(recipients_with(result, "accepted"))

    def test_a_slow_reply_that_ends_is_taken(self):
        for mode in ("step_by_step", "pipeline", "bdat"):
            script = {"MAIL": Step(b"250 Ok", delay=SECONDS / 2), ".": Step(b"250 Ok id=1", delay=SECONDS / 2)}
            with ScriptedServer(script, extensions=("PIPELINING", "CHUNKING")) as server:
                session, ended = Session(server.connect(timeout=SECONDS), monotonic), []
                jobs = [Job(Envelope("a@odoo.test", ("b@dest.test",)), b"Hi\r\n")]
                take = lambda count, wait: [jobs.pop()] if jobs else []  # noqa: B023, E731
                Pipeline(session, 8, mode).run(take, lambda _jobs: None, ended.extend)
                self.assertTrue(recipients_with(ended[0][1], "accepted"), mode)


class TestSecretsOfALogin(HostileCase):
    def login_error(self, echo, code=b"535"):
        """What is left of an answer that holds what was sent."""

        def talk(sock):
            sock.sendall(GREETING)
            sock.recv(65536)
            sock.sendall(EHLO)
            while sent := sock.recv(65536):
                sock.sendall(code + (b" " if code == b"334" else b" 5.7.8 ") + echo(sent.strip()) + b"\r\n")

        with RawServer(talk) as server, self.assertRaises(Exception) as caught:
            self.connect(server.port)
        return caught.exception

    def test_only_the_codes_are_kept(self):
        for echo in (lambda sent: sent, lambda _sent: PASSWORD.encode(), lambda _sent: b"no such user, dear sales"):
            error = self.login_error(echo)
            self.assertEqual((error.smtp_code, error.smtp_error), (535, b"5.7.8"))
            self.assertEqual(str(from_exception(error).reply), "535 5.7.8")

    def test_a_loop_of_challenges(self):
        for echo in (
            lambda sent: sent,
            lambda sent: sent.split()[-1],
            lambda _sent: base64.b64encode(PASSWORD.encode()),
        ):
            error = self.login_error(echo, b"334")
            self.assertIn(from_exception(error).problem, ("garbled reply", "no login method in common"))
            self.assertNotIn(PASSWORD, str(error))
            self.assertNotIn("R2VoZWlt", str(error))

    def test_echo_after_the_login(self):
        """What was sent to log in, also by another add-on's own means, shows in no reply and no transcript."""
        for method in ("login", "docmd"):
            for mode in ("step_by_step", "pipeline"):
                seen = []
                script = {
                    "AUTH": lambda line: seen.append(line),  # noqa: B023
                    "MAIL": lambda _line: f"250 Ok {seen[0]}".encode(),  # noqa: B023
                    "RCPT": lambda _line: f"550 5.1.1 token was {PASSWORD}".encode(),
                }
                extensions = ("AUTH PLAIN XOAUTH2", "PIPELINING")
                with self.subTest(method, mode=mode), ScriptedServer(script, extensions=extensions) as server:
                    if method == "login":
                        connection = self.connect(server.port)
                    else:
                        connection = self.connect(server.port, login=False)
                        connection.docmd(
                            "AUTH",
                            "XOAUTH2 " + base64.b64encode(f"user=a\1auth=Bearer {PASSWORD}\1\1".encode()).decode(),
                        )
                    session, ended = Session(connection, monotonic), []
                    jobs = [Job(Envelope("a@odoo.test", ("b@dest.test",)), b"Hi\r\n")]
                    take = lambda count, wait: [jobs.pop()] if jobs else []  # noqa: B023, E731
                    Pipeline(session, 8, mode).run(take, lambda _jobs: None, ended.extend)
                    [result] = [one for _job, one in ended]
                    self.assertEqual(result.recipients[0].reply.text, "5.1.1 token was ***")
                    self.assertNotIn(seen[0].split()[-1][-12:-2], result.transcript)
                    self.assertNotIn(PASSWORD, result.transcript)

    def test_the_debug_log(self):
        """smtplib prints whatever it sends and gets; core makes that a log."""
        lines = []

        class Printing(bounded_smtp.BoundedSMTP):
            pass

        self.patch_print(lines)
        with ScriptedServer({"MAIL": f"250 {PASSWORD}".encode()}, extensions=("AUTH LOGIN",)) as server:
            with BoundedConnect(5, monotonic, Secrets()):
                connection = Printing("127.0.0.1", server.port, timeout=5)
                connection.set_debuglevel(1)
                connection.login("sales@odoo.test", PASSWORD)
            connection.mail("a@odoo.test")
        text = "\n".join(lines)
        self.assertIn("reply", text)
        for shown in (PASSWORD, base64.b64encode(PASSWORD.encode()).decode()[:-4]):
            self.assertNotIn(shown, text)

    def patch_print(self, lines):
        original = smtplib.SMTP._print_debug
        smtplib.SMTP._print_debug = lambda _self, *args: lines.append(" ".join(map(str, args)))
        self.addCleanup(setattr, smtplib.SMTP, "_print_debug", original)
        self.addCleanup(logging.disable, logging.NOTSET)
