import base64
import ssl
from imaplib import IMAP4, IMAP4_SSL
from poplib import POP3, POP3_SSL, error_proto
from time import monotonic, sleep

from ...tools import bounded_imap
from ...tools.bounded_connect import BoundedConnect
from ...tools.bounded_imap import FETCHING, LOOKING_THROUGH, EndlessAnswer, Pace
from ...tools.imap.answer import MailboxError
from ...tools.report.mailbox import InvalidUid, ReportMailbox, UnaskedMail
from ...tools.smtp.secret import Secrets
from ...tools.smtp.trouble import from_exception
from ..servers.imap import GREETING, Drop, ImapServer, No
from ..servers.raw import RawServer, after, drip, endless, silence
from .test_bounded_smtp import PASSWORD, SECONDS, HostileCase

QUICK = LOOKING_THROUGH._replace(seconds=SECONDS)
EXAMINE = b"* 3 EXISTS\r\n* OK [UIDVALIDITY 7] \r\n* OK [UIDNEXT 10] \r\n"


def drip_blocks(sock, block, pause):
    while True:
        sock.sendall(block)
        sleep(pause)


def header(uid, text=b"From: a@odoo.test\r\n"):
    return b"* 1 FETCH (UID %d BODY[HEADER] {%d}\r\n%s)\r\n" % (uid, len(text), text)


def challenged(sock):
    """What the client answers to an empty challenge; imaplib sends its line end apart."""
    sock.sendall(b"+ \r\n")
    sent = b""
    while not sent.endswith(b"\n"):
        sent += sock.recv(65536)
    return sent.strip()


class TestBoundedImap(HostileCase):
    def open(self, port, kind=IMAP4, login=True):
        kind = bounded_imap.bounded(kind)
        options = {"ssl_context": ssl._create_unverified_context()} if issubclass(kind, IMAP4_SSL) else {}
        with BoundedConnect(SECONDS, monotonic, Secrets()):
            connection = kind("127.0.0.1", port, timeout=60, **options)
            if login:
                connection.login("bob@odoo.test", PASSWORD)
        connection.bounds = QUICK
        return connection

    def test_doctests(self):
        self.assertDoctests(bounded_imap)

    def test_without_bounds(self):
        """Wherever the module is not installed, in the same process, everything is as it was."""
        lines = b"* XJUNK x\r\n" * 30_000
        with ImapServer(SEARCH=lines + b"* SEARCH\r\n", EXAMINE=EXAMINE) as server:
            connection = bounded_imap.bounded(IMAP4)("127.0.0.1", server.port)
            connection.login("bob@odoo.test", PASSWORD)
            connection.select("INBOX", readonly=True)
            self.assertEqual(connection.uid("SEARCH", "ALL"), ("OK", [b""]))
            self.assertEqual(len(connection.untagged_responses["XJUNK"]), 30_000)

    def test_endless_before_the_login(self):
        for name, talk in {
            "greeting": endless(b"* 1 EXISTS\r\n"),
            "a line": endless(b"* OK hello "),
            "capabilities": after([GREETING], endless(b"* CAPABILITY IMAP4rev1\r\n")),
            "a literal": after([GREETING], lambda sock: sock.sendall(b"* LIST {9999999999}\r\n")),
        }.items():
            with self.subTest(name), RawServer(talk) as server:
                self.assertIsInstance(self.assertBounded(lambda: self.open(server.port)), IMAP4.error)  # noqa: B023

    def test_drips_before_the_login(self):
        for name, talk, kind in (
            ("greeting", drip(b"* OK"), IMAP4),
            ("silence", silence, IMAP4),
            ("lines", after([GREETING], drip(b"* 1 EXISTS\r\n")), IMAP4),
            ("TLS", drip(b"\x16\x03\x03\x40\x00"), IMAP4_SSL),
            ("POP", drip(b"+OK"), POP3),
            ("POP with TLS", silence, POP3_SSL),
        ):
            with self.subTest(name), RawServer(talk) as server:
                error = self.assertBounded(lambda: self.open(server.port, kind, login=False))  # noqa: B023
                self.assertEqual(from_exception(error).problem, "timed out")

    def test_endless_answers(self):
        for name, line in {
            "untagged lines": b"* 1 EXISTS\r\n",
            "short lines": b"* X\r\n",
            "a line": b"* OK and so on ",
            "literals": b"* 1 FETCH (UID 1 BODY[] {5}\r\nhello)\r\n",
        }.items():
            answer = lambda sock, _line: endless(line)(sock)  # noqa: B023, E731
            with self.subTest(name), ImapServer(EXAMINE=answer) as server:
                connection = self.open(server.port)
                error = self.assertBounded(lambda: ReportMailbox(connection, "INBOX"), seconds=15)  # noqa: B023
                self.assertIn(from_exception(error).problem, ("endless answer", "timed out"))

    def test_a_mailbox_that_is_fetched(self):
        """Core's own fetching takes mails of any size, but no endless talk."""
        big = b"x" * 12_000_000
        answers = {
            "EXAMINE": EXAMINE,
            "FETCH": b"* 1 FETCH (UID 1 RFC822 {%d}\r\n%s)\r\n" % (len(big), big),
            "SEARCH": lambda sock, _line: endless(b"* X\r\n")(sock),
        }
        with ImapServer(**answers) as server:
            connection = self.open(server.port)
            connection.bounds = FETCHING
            connection.select("INBOX", readonly=True)
            self.assertEqual(connection.uid("FETCH", "1", "(RFC822)")[1][0][1], big)
            error = self.assertBounded(lambda: connection.uid("SEARCH", "ALL"))
            self.assertIsInstance(error, EndlessAnswer)

    def test_literals(self):
        for size in (b"13000000", b"99999999999", b"9" * 5000):
            answer = lambda sock, _line: sock.sendall(b"* 1 FETCH (UID 1 BODY[] {%s}\r\n" % size)  # noqa: B023, E731
            with self.subTest(size=size[:20]), ImapServer(EXAMINE=EXAMINE, FETCH=answer) as server:
                mailbox = ReportMailbox(self.open(server.port), "INBOX")
                error = self.assertBounded(lambda: mailbox.fetch(1))  # noqa: B023
                self.assertIsInstance(error, EndlessAnswer if len(size) < 20 else (ValueError, IMAP4.error))

    def test_a_dripping_answer(self):
        for talk in (drip(b"* 1 EXISTS\r\n"), drip(b"*"), silence):
            answer = lambda sock, _line: talk(sock)  # noqa: B023, E731
            with ImapServer(EXAMINE=EXAMINE, SEARCH=answer) as server:
                mailbox = ReportMailbox(self.open(server.port), "INBOX")
                error = self.assertBounded(lambda: list(mailbox.chunks(0, None, 5)))  # noqa: B023
                self.assertEqual(from_exception(error).problem, "timed out")

    def test_a_pop_server_without_an_end(self):
        talk = after([b"+OK ready\r\n"], lambda sock: endless(b"+OK\r\n")(sock))
        with RawServer(talk) as server:
            connection = self.open(server.port, POP3, login=False)
            connection.bounds = FETCHING._replace(literals=2**20)
            self.assertIsInstance(self.assertBounded(lambda: connection._longcmd("RETR 1")), error_proto)

            with self.assertRaises(OSError):  # what core expects when it says good-bye
                connection.quit()

    def test_a_pop_server_that_drips(self):
        """A byte a second is cut off, in one line or in many; so is what comes at a pace and has no end."""
        mail = b"+OK\r\n" + b"x" * 70 + b"\r\n"
        steady = lambda sock: drip_blocks(sock, mail * 40, 0.05)  # noqa: E731
        for name, talk, seconds in (
            ("one line", drip(b"+OK and so on "), 60),
            ("lines", drip(b"+OK\r\n"), 60),
            ("silence", silence, 60),
            ("no end", steady, SECONDS),
        ):
            with self.subTest(name), RawServer(after([b"+OK ready\r\n"], talk)) as server:
                connection = self.open(server.port, POP3, login=False)
                connection.bounds, connection.pace = FETCHING._replace(seconds=seconds), Pace(1024, SECONDS / 2)
                error = self.assertBounded(lambda: connection.retr(1))  # noqa: B023
                self.assertEqual((type(error), str(error)), (TimeoutError, "the answer took too long"))
                with self.assertRaises(OSError):
                    connection.quit()

    def test_a_pop_server_that_is_slow(self):
        """A mail that comes slowly, but comes, is taken, and so is the next answer."""
        lines = [b"x" * 70 + b"\r\n"] * 20

        def talk(sock):
            sock.sendall(b"+OK ready\r\n")
            sock.recv(100)
            sock.sendall(b"+OK\r\n")
            for _ in range(8):
                sock.sendall(b"".join(lines))
                sleep(0.1)
            sock.sendall(b".\r\n")
            sock.recv(100)
            sock.sendall(b"+OK\r\n")

        with RawServer(talk) as server:
            connection = self.open(server.port, POP3, login=False)
            connection.bounds, connection.pace = FETCHING, Pace(1024, 0.25)
            self.assertEqual(len(connection.retr(1)[1]), 160)
            sleep(0.4)  # nothing is watched between two answers
            self.assertEqual(connection.dele(1), b"+OK")

    def test_what_nobody_asked_for_is_not_kept(self):
        junk = b"* XJUNK " + b"x" * 1000 + b"\r\n"
        with ImapServer(EXAMINE=EXAMINE, SEARCH=junk * 100 + b"* SEARCH\r\n") as server:
            connection = self.open(server.port)
            mailbox = ReportMailbox(connection, "INBOX")
            for _ in range(20):
                list(mailbox.chunks(0, None, 5))
            self.assertLessEqual(len(connection.untagged_responses.get("XJUNK", ())), 100)

    def test_uids_that_were_not_asked_for(self):
        """They would be the place to go on from, and the mails below them would never be looked at."""
        everything = lambda _header: True  # noqa: E731
        search = b"* SEARCH 3 4294967295 7 12 99999999999 2\r\n"
        with ImapServer(EXAMINE=EXAMINE, SEARCH=search) as server, self.assertRaises(InvalidUid):
            list(ReportMailbox(self.open(server.port), "INBOX").chunks(2, None, 5))
        search = b"* SEARCH 3 4294967295 7 12 2\r\n"
        with ImapServer(EXAMINE=EXAMINE, SEARCH=search, FETCH=header(3)) as server:
            mailbox = ReportMailbox(self.open(server.port), "INBOX")
            self.assertEqual(list(mailbox.chunks(2, None, 5)), [[3, 7]])
            self.assertEqual(mailbox.select([3, 7], everything), ([3], 3), "7 was not shown: not gone past")
        with ImapServer(EXAMINE=EXAMINE, FETCH=header(4000)) as server, self.assertRaises(UnaskedMail):
            ReportMailbox(self.open(server.port), "INBOX").select([3, 7], everything)

    def test_numbers_that_are_none(self):
        for examine in (EXAMINE.replace(b"10", b"99999999999"), EXAMINE.replace(b"10", b"ten")):
            with ImapServer(EXAMINE=examine) as server, self.assertRaises(InvalidUid):
                ReportMailbox(self.open(server.port), "INBOX")
        with ImapServer(EXAMINE=EXAMINE, SEARCH=b"* SEARCH 3 -4 x\r\n") as server, self.assertRaises(InvalidUid):
            list(ReportMailbox(self.open(server.port), "INBOX").chunks(2, None, 5))

    def test_a_login_that_is_echoed(self):
        def refuse(sock, line):
            encoded = base64.b64encode(line)
            sock.sendall(b"* OK you said " + line)
            sock.sendall(line.split()[0] + b" NO [AUTHENTICATIONFAILED] " + line.strip() + encoded + b"\r\n")

        with ImapServer(LOGIN=refuse) as server, self.assertRaises(IMAP4.error) as caught:
            self.open(server.port)
        self.assertEqual(str(caught.exception), "[AUTHENTICATIONFAILED] login refused")

    def test_a_login_by_token(self):
        """As Odoo logs in at Gmail and Outlook (SASL XOAUTH2), and as other add-ons may: with a text or with bytes."""
        text = f"user=bob@odoo.test\1auth=Bearer {PASSWORD}\1\1"
        for given in (text, text.encode()):
            told = []

            def take(sock, line):
                told.append(challenged(sock))  # noqa: B023
                return b""

            examine = lambda _sock, _line: No(b"the token was " + told[0])  # noqa: B023, E731
            with self.subTest(type(given)), ImapServer(AUTHENTICATE=take, EXAMINE=examine) as server:
                connection = self.open(server.port, login=False)
                connection.authenticate("XOAUTH2", lambda _challenge: given)  # noqa: B023
                self.assertEqual(base64.b64decode(told[0]).decode(), text)
                with self.assertRaises(MailboxError) as caught:
                    ReportMailbox(connection, "INBOX")
                self.assertEqual(str(caught.exception).rstrip("="), "INBOX: the token was ***")

    def test_a_token_that_is_refused(self):
        def refuse(sock, line):
            return No(b"[AUTHENTICATIONFAILED] you said " + challenged(sock))

        for given in (PASSWORD, None):
            with self.subTest(given), ImapServer(AUTHENTICATE=refuse) as server:
                connection = self.open(server.port, login=False)
                with self.assertRaises(IMAP4.error) as caught:
                    connection.authenticate("XOAUTH2", lambda _challenge: given)  # noqa: B023
                self.assertEqual(str(caught.exception), "[AUTHENTICATIONFAILED] login refused")

    def test_a_server_that_hangs_up_at_the_login(self):
        """The connection broke: nobody has refused a password."""
        with ImapServer(LOGIN=Drop()) as server, self.assertRaises(IMAP4.abort) as caught:
            self.open(server.port)
        self.assertNotIn("login refused", str(caught.exception))

    def test_a_pop_login_that_is_echoed(self):
        def talk(sock):
            sock.sendall(b"+OK ready\r\n")
            sock.recv(100)
            sock.sendall(b"+OK\r\n")
            sock.sendall(b"-ERR you said " + sock.recv(100))

        kind = bounded_imap.bounded(POP3)
        with RawServer(talk) as server, self.assertRaises(error_proto) as caught:
            with BoundedConnect(5, monotonic, Secrets()):
                connection = kind("127.0.0.1", server.port, timeout=5)
                connection.user("bob@odoo.test")
                connection.pass_(PASSWORD)
        self.assertIn("you said", str(caught.exception))
        self.assertNotIn(PASSWORD, str(caught.exception))

    def test_an_echo_after_the_login(self):
        line = f"* OK hello {PASSWORD} {base64.b64encode(PASSWORD.encode()).decode()}\r\n".encode()
        search = lambda sock, sent: sock.sendall(line + sent.split()[0] + b" NO " + line[5:])  # noqa: E731
        with ImapServer(EXAMINE=EXAMINE, SEARCH=search) as server, self.assertRaises(MailboxError) as caught:
            list(ReportMailbox(self.open(server.port), "INBOX").chunks(2, None, 5))
        self.assertIn("hello *** ***", str(caught.exception).replace("Y=", ""))
        self.assertNotIn(PASSWORD, str(caught.exception))
