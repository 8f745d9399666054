import random
import zlib
from base64 import b64encode
from datetime import datetime
from email.message import EmailMessage

from ...tools import kept_message
from ...tools.compose.build import build_message
from ...tools.compose.flatten import flatten
from ...tools.compose.policy import POLICY
from ...tools.kept_message import (
    DamagedMessage,
    MissingFile,
    base64_lines,
    checksum,
    files_in,
    pack,
    replace_once,
    sha256,
    unpack,
)
from .common import DoctestCase


def file_of(size, seed=1):
    return b"%PDF-1.7\n" + random.Random(seed).randbytes(size)


def mail_with(*files, text="Zażółć gęślą jaźń. " * 200):
    arguments = {
        "body_alternative": text,
        "subtype": "html",
        "message_id": "<1@odoo.test>",
        "date": datetime(2026, 11, 27),
    }
    attachments = [(f"{number}.pdf", content, "application/pdf") for number, content in enumerate(files)]
    return flatten(
        build_message("a@odoo.test", ["b@odoo.test"], "Test", f"<p>{text}</p>", attachments=attachments, **arguments)
    )


class TestKeptMessage(DoctestCase):
    def test_doctests(self):
        self.assertDoctests(kept_message)

    def check(self, message, kept=(), files=(), missing=(), contents=()):
        """It comes back byte by byte, without the files that are kept elsewhere."""
        packed = pack(message, kept)
        self.assertEqual((packed.files, packed.missing), (frozenset(files), frozenset(missing)))
        likely = [*files_in(message, packed.files).values(), *contents]
        self.assertEqual(pack(message, kept, likely), packed)
        contents = files_in(message, packed.files)
        self.assertEqual(contents.keys(), packed.files)
        self.assertEqual(unpack(packed.data, contents.get), message)
        return packed

    def test_a_file_that_is_kept_elsewhere(self):
        content = file_of(60_000)
        name = checksum(content)
        message = mail_with(content)
        packed = self.check(message, kept={name}, files={name})
        self.assertLess(len(packed.data), 2_000)
        self.assertEqual(files_in(message, ()), {})
        with self.assertRaises(MissingFile):
            unpack(packed.data, lambda _name: None)
        self.assertNotEqual(unpack(packed.data, lambda _name: b"another"), message)

    def test_a_file_that_nobody_keeps(self):
        self.check(mail_with(file_of(60_000)))
        big = file_of(70_000)
        self.check(mail_with(big), files={checksum(big)}, missing={checksum(big)})

    def test_likely_contents(self):
        """Whatever is thought to be in it, what is in it counts."""
        content = file_of(3_000)
        wrong = (
            content[:2_000],
            content + b"x",
            content[:-1] + b"x",
            content[:2_000] + b"x" * 1_009,
            b"",
            b"x" * 3_009,
        )
        for likely in ((), (content,), wrong, *((one, content) for one in wrong), *((content, one) for one in wrong)):
            self.check(mail_with(content), kept={checksum(content)}, files={checksum(content)}, contents=likely)

    def test_several_files_and_one_twice(self):
        one, two = file_of(3_000, 1), file_of(4_000, 2)
        self.check(mail_with(one, two, one), kept={checksum(one), "0" * 40}, files={checksum(one)})

    def test_each_length_of_the_last_line(self):
        for size in range(1_500, 1_500 + 2 * 57):
            content = random.Random(size).randbytes(size)
            name = checksum(content)
            with self.subTest(size=size):
                self.check(mail_with(content), kept={name}, files={name})

    def test_base64_in_another_form_is_kept_as_it_stands(self):
        content = file_of(3_000)
        lines = base64_lines(content)
        for name, block in {
            "short lines": b"\r\n".join(b64encode(content[n : n + 30]) for n in range(0, 3_009, 30)) + b"\r\n",
            "no last line end": lines[:-2],
            "a blank in it": lines[:100] + b" " + lines[101:],
            "one line": b64encode(content) + b"\r\n",
            "a comment": lines[:78] + b"***" + lines[81:],
            "a line end that is shifted": lines[:75] + b"\r\n" + lines[75:76] + lines[78:],
            "not canonical": base64_lines(file_of(2_999))[:-4] + b"/=\r\n"[-4:],
            "no base64 at all": b"....\r\n" * 500,
        }.items():
            for end in (b"\r\n--limit--\r\n", b""):
                with self.subTest(name, end=end):
                    message = b"To: a\r\nContent-Transfer-Encoding: base64\r\n\r\n" + block + end
                    self.check(message, kept={checksum(content)})

    def test_a_mail_that_is_a_file_and_nothing_else(self):
        content = file_of(3_000)
        message = b"Subject: x\r\nContent-Transfer-Encoding: base64\r\nTo: b@odoo.test\r\n\r\n" + base64_lines(content)
        self.check(message, kept={checksum(content)}, files={checksum(content)})

    def test_odd_messages(self):
        header = b"\r\nContent-Transfer-Encoding: base64\r\n"
        for message in (b"", b"\r\n", header, header * 5, header + b"\r\n", b".\r\n..\r\n", bytes(range(256)) * 20):
            with self.subTest(message=message[:50]):
                self.check(message)

    def test_messages_of_other_makers(self):
        content = file_of(3_000)
        inner = EmailMessage(policy=POLICY)
        inner["Subject"] = "Inner"
        inner.add_attachment(content, maintype="application", subtype="pdf", filename="a.pdf")
        outer = EmailMessage()
        outer["Subject"] = "Zażółć"
        outer.set_content("text")
        outer.add_attachment(inner)
        outer.add_attachment(content, maintype="application", subtype="pdf", filename="b.pdf")
        self.check(flatten(outer), kept={checksum(content)}, files={checksum(content)})

    def test_hostile_headers_take_no_time(self):
        header = b"\r\nContent-Transfer-Encoding: base64\r\n"
        self.check(header * 100_000)
        self.check((header + b"\r\n--\r\n") * 100_000)

    def test_one_word_is_another(self):
        message = mail_with(text="token-1 and token-1")
        packed = replace_once(pack(message, ()).data, b"token-1", b"token-2")
        self.assertEqual(unpack(packed, lambda _name: None), message.replace(b"token-1", b"token-2", 1))
        with self.assertRaises(ValueError):
            replace_once(packed, b"token-1", b"token")

    def test_damaged(self):
        data = pack(mail_with(file_of(2_000)), ()).data
        for damaged in (b"", b"x", data[:-10], zlib.compress(b"T"), data[:20] + b"\0" + data[21:]):
            with self.subTest(damaged=damaged[:20]), self.assertRaises(DamagedMessage):
                unpack(damaged, lambda _name: None)

    def test_sha256(self):
        # FIPS 180-4, the example "abc" of its authors.
        self.assertEqual(sha256(b"abc")[:16], "ba7816bf8f01cfea")
