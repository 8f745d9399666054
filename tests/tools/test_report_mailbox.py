import imaplib

from ...tools.imap.answer import MailboxError
from ...tools.imap.name import mailbox_name
from ...tools.report import mailbox
from ...tools.report.mailbox import ReportMailbox, sequence_set
from ..servers.imap import ImapServer, No
from .common import DoctestCase


class FakeImap:
    """Answers as servers with other habits than Dovecot's do."""

    def __init__(self, uidnext=None, found=b"", fetched=()):
        self.uidnext, self.found, self.fetched, self.commands = uidnext, found, list(fetched), []

    def select(self, mailbox, readonly=False):
        self.commands.append(("EXAMINE" if readonly else "SELECT", mailbox))
        return ("NO", [b"no such folder"]) if "Nowhere" in mailbox else ("OK", [b"3"])

    def response(self, code):
        value = {"UIDVALIDITY": b"7", "UIDNEXT": self.uidnext}[code]
        return code, [value]

    def uid(self, command, *arguments):
        self.commands.append((command, *arguments))
        if command == "SEARCH":
            return "OK", [self.found]
        answer = self.fetched.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


class TestReportMailbox(DoctestCase):
    def test_doctests(self):
        self.assertDoctests(mailbox)

    def test_the_folder_is_opened_for_reading_only(self):
        imap = FakeImap()
        self.assertEqual(ReportMailbox(imap, 'Zwroty "x"').uidvalidity, 7)
        self.assertEqual(imap.commands, [("EXAMINE", '"Zwroty \\"x\\""')])
        with self.assertRaisesRegex(MailboxError, "no such folder"):
            ReportMailbox(imap, "Nowhere")

    def test_names(self):
        self.assertEqual(mailbox_name("INBOX/A & B"), '"INBOX/A &- B"')
        self.assertEqual(mailbox_name("台北"), '"&U,BTFw-"')
        self.assertEqual(sequence_set([7]), "7")
        self.assertEqual(sequence_set([1, 2, 4, 6, 7, 8]), "1:2,4,6:8")

    def test_a_server_that_tells_no_next_uid(self):
        imap = FakeImap(found=b"3 9 5")
        chunks = list(ReportMailbox(imap, "INBOX").chunks(4, None, 10))
        self.assertEqual(chunks, [[5, 9]], '"*" names the last mail even if it is an old one')
        self.assertEqual(imap.commands[-1], ("SEARCH", "UID", "5:*"))

    def test_a_mailbox_with_a_million_mails_is_searched_in_pieces(self):
        imap = FakeImap(uidnext=b"120001")
        self.assertEqual(list(ReportMailbox(imap, "INBOX").chunks(0, (2026, 3, 5), 10)), [[], [], []])
        searches = [command[1:] for command in imap.commands if command[0] == "SEARCH"]
        since = ("SINCE", "5-Mar-2026")
        self.assertEqual(
            searches,
            [("UID", "1:50000", *since), ("UID", "50001:100000", *since), ("UID", "100001:120000", *since)],
        )

    def test_nothing_new(self):
        imap = FakeImap(uidnext=b"10")
        self.assertEqual(list(ReportMailbox(imap, "INBOX").chunks(9, None, 10)), [])
        self.assertEqual(len(imap.commands), 1, "nothing is asked")

    def test_chunks(self):
        imap = FakeImap(uidnext=b"10", found=b"1 2 3 4 5")
        self.assertEqual(list(ReportMailbox(imap, "INBOX").chunks(0, None, 2)), [[1, 2], [3, 4], [5]])

    def test_the_uid_behind_the_literal(self):
        answer = ("OK", [(b"1 (BODY[HEADER.FIELDS (FROM)]<0> {9}", b"From: a\r\n"), b" UID 4)", b")"])
        imap = FakeImap(fetched=[answer])
        self.assertEqual(ReportMailbox(imap, "INBOX").select([4], lambda header: header.startswith(b"From")), ([4], 4))

    def test_a_mail_that_is_gone(self):
        imap = FakeImap(fetched=[("OK", [None]), ("OK", [None])])
        self.assertEqual(ReportMailbox(imap, "INBOX").fetch(4), (b"", False))

    def test_a_mail_over_which_the_server_stumbles(self):
        """The list is halved until that mail is alone; the others are looked at, and it is passed on."""

        def fetch(_sock, line):
            first, _, last = line.split()[3].partition(b":")
            uids = range(int(first), int(last or first) + 1)
            if 4 in uids:
                return No(b"[SERVERBUG] Internal error")
            return b"".join(b"* %d FETCH (UID %d BODY[HEADER] {9}\r\nFrom: a\r\n)\r\n" % (uid, uid) for uid in uids)

        with ImapServer(FETCH=fetch) as server, imaplib.IMAP4("127.0.0.1", server.port, timeout=5) as connection:
            connection.login("a", "b")
            box = ReportMailbox(connection, "INBOX")
            self.assertEqual(box.select([1, 2, 3, 4, 5], lambda _header: True), ([1, 2, 3, 4, 5], 5))
            asked = [line.split()[3] for line in server.lines if b" FETCH " in line]
            self.assertEqual(asked, [b"1:5", b"1:2", b"3:5", b"3", b"4:5", b"4", b"5"])
            self.assertEqual(box.select([3, 4], lambda _header: False), ([4], 4), "told of when it is fetched")

    def test_refusals(self):
        imap = FakeImap(fetched=[imaplib.IMAP4.error("BAD")] * 3 + [imaplib.IMAP4.abort("gone")])
        box = ReportMailbox(imap, "INBOX")
        self.assertEqual(box.select([4], lambda _header: False), ([4], 4), "told of when it is fetched")
        with self.assertRaises(MailboxError):
            box.fetch(4)
        with self.assertRaises(imaplib.IMAP4.abort):
            box.select([4], lambda _header: False)
