import random
from base64 import b64encode
from datetime import datetime
from email.message import EmailMessage

from ...tools import kept_message
from ...tools.compose.build import build_message
from ...tools.compose.flatten import flatten, pieces
from ...tools.compose.policy import POLICY
from ...tools.kept_dictionary import DICTIONARIES
from ...tools.kept_message import (
    DamagedMessage,
    MissingFile,
    checksum,
    files_in,
    pack,
    parts_of,
    replace_once,
    sha256,
    unpack,
)
from ...tools.kept_text import base64_lines
from .common import DoctestCase
from .fuzzing import FuzzCase, data, fuzzed, texts
from .mails import build, shapes

PARAGRAPHS = [f"Paragraph {number}: " + "Zażółć gęślą jaźń = łódź. " * 10 for number in range(20)]

WORDS = ("<p>", "</p>", "\n", "\r\n", "\r", "\0", ".", " ", "=", "ł", "word " * 30, "x" * 80, "--", "\t", "&amp;")


def file_of(size, seed=1):
    return b"%PDF-1.7\n" + random.Random(seed).randbytes(size)


def mail_with(*files, text="Zażółć gęślą jaźń. " * 200, html=None):
    """A mail in pieces, as it is composed."""
    arguments = {
        "body_alternative": text,
        "subtype": "html",
        "message_id": "<1@odoo.test>",
        "date": datetime(2026, 11, 27),
    }
    attachments = [(f"{number}.pdf", content, "application/pdf") for number, content in enumerate(files)]
    html = f"<p>{text}</p>" if html is None else html
    return pieces(build_message("a@odoo.test", ["b@odoo.test"], "Test", html, attachments=attachments, **arguments))


class KeptCase(DoctestCase):
    def check(self, parts, kept=(), files=(), missing=()):
        """It comes back byte by byte, without the files that are kept elsewhere."""
        message = b"".join(parts)
        packed = pack(parts_of(parts), dict.fromkeys(kept))
        self.assertEqual((packed.files, packed.missing), (frozenset(files), frozenset(missing)))
        contents = files_in(message, packed.files)
        self.assertEqual(contents.keys(), packed.files)
        self.assertEqual(unpack(packed.data, contents.get), message)
        whole = pack(parts_of([message]), dict.fromkeys(kept))
        self.assertEqual(unpack(whole.data, files_in(message, whole.files).get), message)
        self.assertLessEqual(packed.files, whole.files, "also where nobody knows what the bodies were made of")
        return packed


class TestKeptMessage(KeptCase):
    def test_doctests(self):
        self.assertDoctests(kept_message)

    def test_a_file_that_is_kept_elsewhere(self):
        content = file_of(60_000)
        name = checksum(content)
        parts = mail_with(content)
        packed = self.check(parts, kept={name}, files={name})
        self.assertLess(len(packed.data), 1_000)
        self.assertEqual(files_in(b"".join(parts), ()), {})
        with self.assertRaises(MissingFile):
            unpack(packed.data, lambda _name: None)
        self.assertNotEqual(unpack(packed.data, lambda _name: b"another"), b"".join(parts))

    def test_a_file_that_nobody_keeps(self):
        self.check(mail_with(file_of(60_000)))
        big = file_of(70_000)
        self.check(mail_with(big), files={checksum(big)}, missing={checksum(big)})

    def test_a_content_that_is_at_hand(self):
        """Its name counts, and is not computed again."""
        content, name = file_of(60_000), "f" * 40
        packed = pack(parts_of(mail_with(content)), {name: content})
        self.assertEqual((packed.files, packed.missing), ({name}, frozenset()))
        like_it = bytes(bytearray(content))
        self.assertEqual(
            pack(parts_of(mail_with(like_it)), {name: content}).files, frozenset(), "not the same, but equal"
        )

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
                    self.check([message], kept={checksum(content)})

    def test_a_mail_that_is_a_file_and_nothing_else(self):
        content = file_of(3_000)
        message = b"Subject: x\r\nContent-Transfer-Encoding: base64\r\nTo: b@odoo.test\r\n\r\n" + base64_lines(content)
        self.check([message], kept={checksum(content)}, files={checksum(content)})

    def test_odd_messages(self):
        header = b"\r\nContent-Transfer-Encoding: base64\r\n"
        for message in (b"", b"\r\n", header, header * 5, header + b"\r\n", b".\r\n..\r\n", bytes(range(256)) * 20):
            with self.subTest(message=message[:50]):
                self.check([message])

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
        self.check(pieces(outer), kept={checksum(content)}, files={checksum(content)})

    def test_hostile_headers_take_no_time(self):
        header = b"\r\nContent-Transfer-Encoding: base64\r\n"
        self.check([header * 100_000])
        self.check([(header + b"\r\n--\r\n") * 100_000])

    def test_one_word_is_another(self):
        parts = mail_with(text="token-1 and token-1")
        packed = replace_once(pack(parts_of(parts), {}).data, b"token-1", b"token-2")
        self.assertEqual(unpack(packed, lambda _name: None), b"".join(parts).replace(b"token-1", b"token-2", 1))
        with self.assertRaises(ValueError):
            replace_once(packed, b"token-1", b"token")

    def test_damaged(self):
        packed = pack(parts_of(mail_with(file_of(2_000))), {}).data
        other = bytes((len(DICTIONARIES),))
        strange = (
            b"=\0\0\0\0\2x",
            b"X\0\0\0\0\1x",
            b"=",
            b"T\x63\0\0\0\1x",
            b"R\0\0\0\0\5\0abcd",
            b"R\0\0\0\0\4\0009,9",
        )
        for damaged in (b"", b"x", packed[:-10], other + packed[1:], *map(kept_message._deflated, strange)):
            with self.subTest(damaged=damaged[:20]), self.assertRaises(DamagedMessage):
                unpack(damaged, lambda _name: None)

    def test_sha256(self):
        # FIPS 180-4, the example "abc" of its authors.
        self.assertEqual(sha256(b"abc")[:16], "ba7816bf8f01cfea")


class TestKeptSize(KeptCase):
    """What is kept is small, and is not lossy for that."""

    def test_the_text_that_stands_in_the_html_too(self):
        html = "".join(f"<p style='margin: 0'>{paragraph}</p>" for paragraph in PARAGRAPHS)
        for text in ("\n".join(PARAGRAPHS), "\n\n".join(PARAGRAPHS), "x\n".join(PARAGRAPHS[::-1])):
            packed = self.check(mail_with(text=text, html=html))
            alone = self.check(mail_with(text="", html=html))
            self.assertLess(len(packed.data), len(alone.data) + 250)

    def test_a_frame_of_odoo_is_in_the_dictionary(self):
        frame = """<div summary="o_mail_notification" style="padding: 0px;">
    <table role="presentation" cellspacing="0" cellpadding="0" border="0" style="width: 100%; margin-top: 5px;">"""
        packed, without = (self.check(mail_with(text="Hello", html=html)) for html in (frame, ""))
        self.assertLess(len(packed.data), len(without.data) + 15)
        self.assertLess(len(without.data), 250)

    def test_dictionaries_never_change(self):
        """What was packed with them would be lost: add another one instead."""
        self.assertEqual([sha256(dictionary)[:16] for dictionary in DICTIONARIES], ["ae907bc46e7ae290"])

    def test_what_was_kept_earlier(self):
        """Packed by the first version: it is readable for ever."""
        packed = bytes.fromhex(
            "00b365606060524329f00c21255c496a7109b0b480173421403eac4c494428412e4f508441b92b09591da410011718c04c0f"
            "2a01b0667c2c9e420d3e923294a581a5a1b189a1a181a9b9b9a181b9b9b19989b1b9a581b9259005ce6358c2c510bf26f4e8"
            "243d8799181b035d656969666a696108748d2950c0c8ccc200084d2d70b98a80267457919b412d7067d020466062e16130d6"
            "3135e562300791a0d4c3300d4b1092e358d27304ac58c0926480151833d06db5c071d2a8c4a37b0e6f3eda74a45d21fdc8cc"
            "a3b3738eb42a64251edd75b4454721113c08a650929158026c1a24e6a51403c7e481456349861ea4c140896e48f07c213d78"
            "70e45712d32529851b1905ac01b444c51af86ea08421d2d7e97b71dd4f37f3cfeeebc3fa263b942e9b2b5d094e326658c284"
            "80ef40610200"
        )
        self.assertEqual(sha256(unpack(packed, {checksum(b"x" * 2_000): b"x" * 2_000}.get))[:16], "393ec1ebc4bc65da")

    def test_each_shape(self):
        for name, arguments in shapes():
            with self.subTest(name):
                self.check(pieces(build(POLICY, **arguments)))

    def test_who_changes_a_part_afterwards(self):
        """Another add-on may: what a part was made of counts no longer."""
        message = build_message(
            "a@odoo.test",
            ["b@odoo.test"],
            "Test",
            "<p>Hello</p>",
            body_alternative="Hello",
            subtype="html",
            message_id="<1@odoo.test>",
            date=datetime(2026, 11, 27),
        )
        for part in message.walk():
            if not part.is_multipart():
                part.set_payload(part.get_payload().replace("Hello", "Goodbye"))
        self.assertIn(b"Goodbye", flatten(message))
        self.check(pieces(message))


class TestKeptFuzz(KeptCase, FuzzCase):
    @fuzzed(lambda: texts(*WORDS), lambda: texts(*WORDS), lambda: data(b"\0", b"x" * 2_000))
    def test_whatever_is_in_it(self, text, html, content):
        parts = mail_with(content, text=text, html=html)
        big = [checksum(content)] if len(content) > 64 * 1024 else []
        self.check(parts, files=big, missing=big)
        packed = pack(parts_of(parts), {checksum(content): content})
        self.assertEqual(unpack(packed.data, {checksum(content): content}.get), b"".join(parts))

    @fuzzed(lambda: data(b"\r\n", b"\r\nContent-Transfer-Encoding: base64\r\n", b"AAAA", b"\r\n--", b"\0"))
    def test_whatever_it_is(self, message):
        self.check([message])

    @fuzzed(lambda: data(b"", b"\0", b"R", b"T", b"F", b"=", b"\0\0\0\0\3"))
    def test_whatever_was_kept(self, packed):
        """Nothing but the declared errors, and in time."""
        errors = (DamagedMessage, MissingFile)
        self.bounded(lambda stored: unpack(stored, lambda _name: None), packed, errors=errors)
        self.bounded(lambda plain: unpack(kept_message._deflated(plain), lambda _name: None), packed, errors=errors)
