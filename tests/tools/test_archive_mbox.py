import io
from itertools import pairwise

from ...tools.archive import mbox
from ...tools.archive.mbox import split_mbox
from ...tools.archive.model import Dialect
from .common import DoctestCase

DATE = "Mon Jun 15 10:00:00 2026"
BODY = "Dear Ada,\n\nFrom now on it is yours.\n>From me it is.\n>>From her too.\n\nYours\n"


def mail(number, body=BODY, line_end="\n"):
    text = f"From: a@example.com\nTo: b@example.com\nSubject: {number}\nMessage-ID: <{number}@example.com>\n\n{body}"
    return text.replace("\n", line_end).encode()


def quoted(source, dialect):
    """A mail as the dialect writes it."""
    lines = source.split(b"\n")
    if dialect is Dialect.MBOXRD:
        lines = [b">" + line if line.lstrip(b">").startswith(b"From ") else line for line in lines]
    elif dialect in (Dialect.MBOXO, Dialect.MBOXCL):
        lines = [b">" + line if line.startswith(b"From ") else line for line in lines]
    source = b"\n".join(lines)
    if dialect in (Dialect.MBOXCL, Dialect.MBOXCL2):
        head, _blank, body = source.partition(b"\n\n")
        source = head + b"\nContent-Length: %d\n\n" % len(body) + body
    return source


def written(sources, dialect=Dialect.MBOXRD, line="From MAILER-DAEMON " + DATE):
    return b"".join(line.encode() + b"\n" + quoted(source, dialect) + b"\n" for source in sources)


def read(data, dialect=Dialect.AUTO, start=0):
    return list(split_mbox(io.BytesIO(data), start, dialect))


def subjects(items):
    return [bytes(item.source).partition(b"Subject: ")[2].split()[0].decode() for item in items]


class TestArchiveMbox(DoctestCase):
    def test_doctests(self):
        self.assertDoctests(mbox)

    def test_the_four_dialects(self):
        sources = [mail(number) for number in range(5)]
        for dialect in (Dialect.MBOXO, Dialect.MBOXRD, Dialect.MBOXCL, Dialect.MBOXCL2):
            with self.subTest(dialect):
                found = [bytes(item.source) for item in read(written(sources, dialect), dialect)]
                without_length = [
                    b"\n".join(line for line in one.split(b"\n") if not line.startswith(b"Content-Length"))
                    for one in found
                ]
                if dialect in (Dialect.MBOXO, Dialect.MBOXCL):  # which cannot tell a ">From " of the mail's own
                    expected = [one.replace(b"\n>From ", b"\nFrom ") for one in sources]
                    without_length = [one.replace(b"\n>From ", b"\nFrom ") for one in without_length]
                else:
                    expected = sources
                self.assertEqual(without_length, expected)

    def test_found_out_by_itself(self):
        sources = [mail(number, "Hi\n\nFrom now on\n\nbye\n") for number in range(4)]
        for dialect in (Dialect.MBOXO, Dialect.MBOXRD, Dialect.MBOXCL, Dialect.MBOXCL2):
            found = read(written(sources, dialect))
            self.assertEqual(subjects(found), ["0", "1", "2", "3"], dialect)
            for item in found:
                self.assertIn(b"\nFrom now on", bytes(item.source))

    def test_a_mail_within_a_mail(self):
        """mboxcl2: what a mailbox in a mail says is no start of a mail."""
        inner = f"See:\n\nFrom x {DATE}\nSubject: inner\n\nText\n"
        self.assertEqual(subjects(read(written([mail(1, inner), mail(2)], Dialect.MBOXCL2))), ["1", "2"])

    def test_a_wrong_length_does_not_count(self):
        for length in (0, 3, 40, 10**6, 10**11):
            data = written([mail(1), mail(2)]).replace(b"Subject: 1", b"Content-Length: %d\nSubject: 1" % length)
            self.assertEqual(subjects(read(data)), ["1", "2"], length)

    def test_line_ends(self):
        for line_end in ("\n", "\r\n"):
            sources = [mail(1, line_end=line_end), mail(2), mail(3, line_end="\r\n")]
            data = b"".join(b"From - %s\r\n%s\r\n" % (DATE.encode(), one) for one in sources)
            self.assertEqual(subjects(read(data)), ["1", "2", "3"])

    def test_thunderbird_without_a_blank_line(self):
        data = b"".join(b"From - %s\n%s" % (DATE.encode(), mail(number, "Hi\n")) for number in (1, 2))
        self.assertEqual(subjects(read(data)), ["1", "2"])

    def test_no_start(self):
        for line in ("From now on", "From 10:00 on we work", f"From me {DATE} is late"):
            self.assertEqual(len(read(written([mail(1, f"a\n\n{line}\nand so on\n")], Dialect.MBOXCL2))), 1, line)

    def test_goes_on_where_it_was(self):
        data = written([mail(number) for number in range(6)])
        found = read(data)
        for before, after in pairwise(found):
            self.assertEqual(before.end, after.offset)
        for place, item in enumerate(found):
            self.assertEqual(read(data, start=item.end), found[place + 1 :])

    def test_across_chunks(self):
        self.patch_chunk(50)
        self.assertEqual(subjects(read(written([mail(number) for number in range(9)]))), list("012345678"))

    def patch_chunk(self, size):
        before, mbox.CHUNK = mbox.CHUNK, size
        self.addCleanup(setattr, mbox, "CHUNK", before)

    def test_too_big(self):
        before, mbox.MOST_MAIL_BYTES = mbox.MOST_MAIL_BYTES, 300_000
        self.addCleanup(setattr, mbox, "MOST_MAIL_BYTES", before)
        self.patch_chunk(50_000)
        found = read(written([mail(1), mail(2, "x" * 70 + "\n" + "y\n" * 1_000_000), mail(3)]))
        self.assertEqual([item.problem for item in found], ["", "too_big", ""])
        self.assertEqual(subjects([found[0], found[2]]), ["1", "3"])

    def test_date_line(self):
        [item] = read(written([mail(1)], line="From 1234567890@xxx Mon Jan 05 10:00:00 +0000 2026"))
        self.assertEqual(item.date_line, "Mon Jan 05 10:00:00 +0000 2026")

    def test_anything(self):
        for data in (
            b"",
            b"From ",
            b"From \n",
            b"\n" * 5000,
            b"From a 10:00\n",
            b"\x00" * 3000,
            b"From a 1:00\nX:" * 900,
        ):
            items = read(data)
            self.assertEqual(items[-1].end if items else 0, len(data) if items else 0)
