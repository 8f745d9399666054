from datetime import datetime
from imaplib import IMAP4
from time import monotonic

from ...tools import sent_copy
from ...tools.bounded_connect import BoundedConnect
from ...tools.bounded_imap import COPYING, EndlessAnswer, bounded
from ...tools.imap import answer, folder, name, own_copies, refusal
from ...tools.imap.folder import folders, personal_prefix, sent_folder
from ...tools.imap.name import decoded, encoded, quoted
from ...tools.imap.refusal import Reason, Refusal
from ...tools.imap.sent import SentMailbox
from ...tools.sent_copy import Step, digest, next_step
from ...tools.smtp.secret import Secrets
from ..servers.imap import Drop, ImapServer, No
from ..servers.raw import endless
from .common import DoctestCase

TOKEN = "0123456789abcdef" * 2
MESSAGE = f"X-Envelope-Id: {TOKEN}\r\nMessage-ID: <1@odoo.test>\r\nSubject: x\r\n\r\n.Hello\r\n".encode()
SENT_AT = datetime(2026, 11, 28, 6, 30, 15)


class TestImapNames(DoctestCase):
    def test_doctests(self):
        self.assertDoctests(answer, folder, name, own_copies, refusal, sent_copy)

    def test_names_there_and_back(self):
        for text in ("Sent", "Wysłane", "A & B", "&", "Zwroty łączne/ż", "台北", "😀", 'a "b" \\c', "a\tb\n"):
            self.assertEqual(decoded(encoded(text)), text)
            self.assertTrue(encoded(text).isascii())

    def test_what_is_not_encoded_as_it_should_be_stays(self):
        for raw in (b"&", b"&A-", b"&!-", b"&2D0-", b"a&", b"&AAA", b"&" + b"A" * 5000 + b"-"):
            self.assertEqual(decoded(raw).encode(), raw)
        self.assertEqual(decoded("Wysłane".encode()), "Wysłane")

    def test_no_name_ends_a_command(self):
        for raw in (b"a\r\nA1 DELETE INBOX", b"\0", b"\x7f"):
            with self.assertRaises(ValueError):
                quoted(raw)
        for data in ([(b'() "/" {5}', b"a\r\nb"), b")"], [b'() "/" "a\rb"'], [b'() "/" ' + b"x" * 2000]):
            self.assertEqual(folders(data), [])


class TestSentFolder(DoctestCase):
    def found(self, *lines, prefix=""):
        one = sent_folder(folders(lines), prefix)
        return one and one.name

    def test_by_its_special_use(self):
        for lines, expected in (
            ([rb'(\HasNoChildren) "/" Sent', rb'(\HasNoChildren \Sent) "/" Wyslane'], "Wyslane"),
            ([rb'(\hasnochildren \sent) "." INBOX.Post'], "INBOX.Post"),  # Cyrus
            ([rb'(\NonExistent \Sent) "/" A', rb'(\Sent) "/" B'], "B"),
            ([rb'(\NoSelect \Sent) "/" A'], "A"),
            ([(rb'(\Sent) "/" {6}', b'A "b" '), b""], 'A "b" '),
            ([rb"(\Sent) NIL Flat"], "Flat"),
            ([rb'(\Sent) "\\" "A\\B"'], "A\\B"),
            ([rb'(\Sent) "/" "Wys&AUI-ane"'], "Wysłane"),
        ):
            with self.subTest(lines=lines):
                self.assertEqual(self.found(*lines), expected)

    def test_by_its_name(self):
        for lines, prefix, expected in (
            ([b'() "/" INBOX', b'() "/" "Sent Items"', b'() "/" Sent'], "", "Sent"),
            ([b'() "." INBOX', b'() "." "INBOX.sent items"'], "", "INBOX.sent items"),
            ([b'() "/" "Wys&AUI-ane"'], "", "Wysłane"),
            ([b'() "/" "WYS&AUE-ANE"'], "", "WYSŁANE"),
            ([b'() "/" "~me/Sent"'], "~me/", "~me/Sent"),
            ([b'() "/" "Shared/Sent"', b'() "/" "Sent/2025"'], "", None),
            ([rb'(\NoSelect) "/" Sent', b'() "/" Gesendet'], "", "Gesendet"),
            ([b'() "/" Inbox', b"nonsense", b""], "", None),
        ):
            with self.subTest(lines=lines):
                self.assertEqual(self.found(*lines, prefix=prefix), expected)

    def test_the_prefix(self):
        for line, expected in (
            (rb'(("INBOX." ".")) NIL (("Shared." "."))', "INBOX."),
            (rb'(("" "/")) NIL NIL', ""),
            (rb"NIL NIL NIL", ""),
            (b'(("\r\nx" "/")) NIL NIL', ""),
        ):
            self.assertEqual(personal_prefix([line]), expected)
        self.assertEqual(personal_prefix([None]), "")


class TestSteps(DoctestCase):
    def test_what_comes_next(self):
        for outcomes, expected in (
            ([], Step.DROP),
            (["open"], Step.WAIT),
            (["deferred", "open"], Step.WAIT),
            (["open", "accepted"], Step.COPY),
            (["unknown", "accepted"], Step.COPY),
            (["unknown", "refused"], Step.LOOK),
            (["refused", "deferred"], Step.DROP),
        ):
            self.assertEqual(next_step(outcomes), expected, outcomes)

    def test_the_same_message(self):
        one = b'Date: 1\r\nTo: a\r\nContent-Type: multipart/mixed;\r\n boundary="===============0123456789012345678=="\r\n\r\n--===============0123456789012345678==\r\nHi\r\nDate: 5\r\n'
        again = one.replace(b"Date: 1", b"X-Envelope-Id: x\r\nDate: 2").replace(b"0123456789012345678", b"9" * 29)
        self.assertEqual(digest(one), digest(again))
        for other in (one.replace(b"To: a", b"To: b"), one.replace(b"Hi", b"Ho"), one.replace(b"Date: 5", b"Date: 6")):
            self.assertNotEqual(digest(one), digest(other))


class TestSentMailbox(DoctestCase):
    def open(self, server, name=""):
        with BoundedConnect(5, monotonic, Secrets()):
            connection = bounded(IMAP4)("127.0.0.1", server.port, timeout=10)
            connection.login("a", "b")
        connection.bounds = COPYING._replace(seconds=5)
        self.addCleanup(connection.sock.close)
        return SentMailbox(connection, name)

    def test_a_mail_as_it_left(self):
        with ImapServer() as server:
            box = self.open(server, "Wysłane")
            self.assertFalse(box.holds("<1@odoo.test>", TOKEN, SENT_AT))
            box.append(MESSAGE, SENT_AT)
            self.assertTrue(box.holds("<1@odoo.test>", TOKEN, SENT_AT))
            self.assertIn(b"SEARCH SINCE 26-Nov-2026 HEADER Message-ID", server.lines[-2])
            self.assertFalse(box.holds("<1@odoo.test>", "f" * 32, SENT_AT))
            [(line, message)] = server.messages
        self.assertEqual(message, MESSAGE)
        self.assertIn(b'APPEND "Wys&AUI-ane" (\\Seen) "28-Nov-2026 06:30:15 +0000"', line)

    def test_what_a_search_names_is_looked_at(self):
        """A server that names any mail has not got ours; and a token is not found in another header's place."""
        with ImapServer(SEARCH=b"* SEARCH 1\r\n", FETCH=b"* 1 FETCH (UID 1 BODY[] {3}\r\nabc)\r\n") as server:
            self.assertFalse(self.open(server, "Sent").holds("<1@odoo.test>", TOKEN, SENT_AT))
            self.assertEqual(server.verbs()[-2:], ["SEARCH", "FETCH"])

    def test_a_message_id_that_fits_into_no_command(self):
        with ImapServer() as server:
            box = self.open(server, "Sent")
            for message_id in ("<ż@odoo.test>", "<a\r\nA DELETE INBOX>", ""):
                self.assertFalse(box.holds(message_id, TOKEN, SENT_AT))
            box.holds('<"a\\b"@odoo.test>', TOKEN, SENT_AT)
            self.assertEqual(server.verbs().count("SEARCH"), 4)
            self.assertIn(rb'HEADER Message-ID "<\"a\\b\"@odoo.test>"', server.lines[-1])
            self.assertNotIn("DELETE", server.verbs())

    def test_no_folder_at_all(self):
        """A server without special uses and without such a folder: it is made below the prefix, and subscribed to."""
        examined = []

        def examine(_sock, _line):
            examined.append(_line)
            return b"* 0 EXISTS\r\n"

        capabilities = b"* CAPABILITY IMAP4rev1 NAMESPACE\r\n"
        with ImapServer(
            CAPABILITY=capabilities,
            NAMESPACE=b'* NAMESPACE (("INBOX." ".")) NIL NIL\r\n',
            LIST=b'* LIST () "." INBOX\r\n',
            EXAMINE=examine,
        ) as server:
            self.assertEqual(self.open(server).folder, "INBOX.Sent")
            self.assertEqual(server.verbs()[-4:], ["LIST", "CREATE", "SUBSCRIBE", "EXAMINE"])
            self.assertIn(b'CREATE "INBOX.Sent"', b"".join(server.lines))

    def test_the_folder_that_a_special_use_names_and_that_is_not_there(self):
        answers = iter((No(b"[NONEXISTENT] Mailbox doesn't exist: Sent"), b"* 0 EXISTS\r\n"))
        with ImapServer(
            CAPABILITY=b"* CAPABILITY IMAP4rev1 SPECIAL-USE\r\n",
            LIST=b'* LIST (\\NonExistent \\Sent) "/" Sent\r\n',
            EXAMINE=lambda _sock, _line: next(answers),
        ) as server:
            self.assertEqual(self.open(server).folder, "Sent")
            self.assertEqual(server.verbs()[-4:], ["EXAMINE", "CREATE", "SUBSCRIBE", "EXAMINE"])
            self.assertIn(b'LIST (SPECIAL-USE) "" "*"', b"".join(server.lines))

    def test_a_server_that_does_not_tell_what_it_can_do(self):
        """It is asked once more after the login; the folder is then found without what it might offer."""
        answers = iter((b"* CAPABILITY IMAP4rev1 NAMESPACE SPECIAL-USE\r\n", No(b"Not now")))
        with ImapServer(
            CAPABILITY=lambda _sock, _line: next(answers),
            LIST=b'* LIST () "/" INBOX\r\n* LIST () "/" Sent\r\n',
        ) as server:
            self.assertEqual(self.open(server).folder, "Sent")
            self.assertEqual(server.verbs(), ["CAPABILITY", "LOGIN", "CAPABILITY", "LIST", "EXAMINE"])

    def test_refusals(self):
        for answers, folder_name, reason in (
            ({"EXAMINE": No(b"[NONEXISTENT] Mailbox doesn't exist: X")}, "X", Reason.MISSING),
            ({"EXAMINE": No(b"Mailbox does not exist")}, "X", Reason.MISSING),  # Cyrus
            ({"EXAMINE": No(b"[NOPERM] Permission denied")}, "X", Reason.NOT_ALLOWED),
            ({"EXAMINE": No(b"Error in command", b"BAD")}, "X", Reason.REFUSED),
            ({"CREATE": No(b"[CANNOT] Invalid name")}, "", Reason.MISSING),
            ({"LIST": No(b"x", b"BAD"), "CREATE": No(b"No")}, "", Reason.MISSING),
            ({"SEARCH": No(b"[SERVERBUG] oops")}, "X", Reason.REFUSED),
            ({"SEARCH": b"* SEARCH 1\r\n", "FETCH": No(b"oops")}, "X", Reason.REFUSED),
            ({"APPEND": No(b"[TRYCREATE] Mailbox doesn't exist: X")}, "X", Reason.MISSING),
            ({"APPEND": No(b"[OVERQUOTA] Quota exceeded (mailbox for user is full)")}, "X", Reason.FULL),
            ({"APPEND": No(b"Over quota")}, "X", Reason.FULL),
            ({"APPEND": No(b"[TOOBIG] Message size exceeds the limit")}, "X", Reason.TOO_BIG),
            ({"APPEND": No(b"Message contains NUL characters")}, "X", Reason.REFUSED),
            ({"APPEND": No(b"unknown", b"BAD")}, "X", Reason.REFUSED),
        ):
            with self.subTest(answers=answers), ImapServer(**answers) as server:
                with self.assertRaises(Refusal) as caught:
                    box = self.open(server, folder_name)
                    box.holds("<1@odoo.test>", TOKEN, SENT_AT)
                    box.append(MESSAGE, SENT_AT)
                self.assertEqual(caught.exception.reason, reason)
                self.assertTrue(str(caught.exception))

    def test_a_connection_that_breaks(self):
        for verb in ("LIST", "EXAMINE", "SEARCH", "APPEND"):
            with self.subTest(verb), ImapServer(LIST=b'* LIST () "/" Sent\r\n', **{}) as server:
                server.answers[verb] = Drop()
                with self.assertRaises(IMAP4.abort):
                    box = self.open(server)
                    box.holds("<1@odoo.test>", TOKEN, SENT_AT)
                    box.append(MESSAGE, SENT_AT)
                self.assertEqual(server.messages, [])

    def test_a_hostile_server(self):
        """Endless lines, endless lists, a literal without measure: it ends, and within bounds."""
        for verb, talk in (
            ("LIST", endless(b'* LIST () "/" x\r\n')),
            ("LIST", endless(b'* LIST () "/" ' + b"x" * 60_000)),
            ("LIST", lambda sock: sock.sendall(b'* LIST () "/" {999999999}\r\n')),
            ("EXAMINE", endless(b"* 1 EXISTS\r\n")),
            ("SEARCH", endless(b"* SEARCH 1 2 3\r\n")),
            ("FETCH", lambda sock: sock.sendall(b"* 1 FETCH (UID 1 BODY[] {999999999}\r\n")),
        ):
            answers = {"LIST": b'* LIST () "/" Sent\r\n', "SEARCH": b"* SEARCH 1\r\n"}
            with self.subTest(verb), ImapServer(**answers) as server:
                server.answers[verb] = lambda sock, _line: talk(sock)  # noqa: B023
                with self.assertRaises((EndlessAnswer, TimeoutError)):
                    self.open(server).holds("<1@odoo.test>", TOKEN, SENT_AT)

    def test_many_folders_and_many_finds(self):
        lines = b"".join(b'* LIST () "/" "Archive/%d"\r\n' % number for number in range(15_000))
        with ImapServer(
            LIST=lines + b'* LIST () "/" Sent\r\n', SEARCH=b"* SEARCH " + b"1 " * 10_000 + b"\r\n", FETCH=b""
        ) as server:
            box = self.open(server)
            self.assertEqual(box.folder, "Sent")
            self.assertFalse(box.holds("<1@odoo.test>", TOKEN, SENT_AT))
            self.assertLess(len(server.lines[-1]), 300)


class TestImapCorners(DoctestCase):
    def test_a_literal_without_a_uid(self):
        self.assertEqual(
            list(answer.literals([(b"1 (BODY[] {1}", b"a"), b")", (b"2 (UID 8 X {1}", b"b")])), [(8, b"b")]
        )

    def test_what_is_final(self):
        final = {one for one in refusal.Reason if one.is_final}
        self.assertEqual(final, {refusal.Reason.TOO_BIG, refusal.Reason.LOST, refusal.Reason.OFF})
