from binascii import b2a_qp
from unittest.mock import patch

from ...tools import kept_text
from ...tools.kept_text import encoded, refer, resolve
from .common import DoctestCase
from .fuzzing import FuzzCase, data, fuzzed

LINE = b"This line is long enough to stand elsewhere."
WORDS = (b".", b" ", b"\t", b"=", b"\xc5", b"\0", b"\n", b"x" * 74, b"\xff" * 25, b"\x7f")


class TestKeptText(DoctestCase):
    def test_doctests(self):
        self.assertDoctests(kept_text)

    def test_lines_that_stand_in_the_html(self):
        for text, html, expected in (
            (LINE, b"<p>" + LINE, b"\x003,44"),
            (LINE + b"\n" + LINE, LINE + b"<br>" + LINE, b"\x000,44\n\x004,44"),
            (LINE + b"\n" + LINE, b"<p>" + LINE, b"\x003,44\n" + LINE),  # once is once
            (LINE + b" ", LINE, LINE + b" "),
            (LINE, LINE[:30] + b"another end", LINE),
            (LINE, b" " * 4_096 + LINE, LINE),  # too far on
            (b"short", b"short", b"short"),
            (b"", LINE, b""),
            (LINE, b"", LINE),
        ):
            with self.subTest(text=text, html=html):
                self.assertEqual(refer(text, html), expected)
                self.assertEqual(resolve(expected, html), text)

    def test_a_long_text_takes_no_time(self):
        lines = b"\n".join(b"%d is a line that stands nowhere" % number for number in range(100_000))
        self.assertEqual(refer(lines, b"x" * 1_000_000), lines)

    def test_quoted_printable_is_that_of_python(self):
        for width in range(70, 80):
            for end in (b"", b" ", b"\t", b"=", b"= ", b".", b"ab", b"\xc5\x82", b"a\0"):
                for begin in (b"", b".", b".\0", b" "):
                    line = begin + b"x" * (width - len(begin)) + end + b"\n"
                    with self.subTest(line=line):
                        self.assertEqual(encoded(line, "quoted-printable"), python_encoded(line))

    def test_another_python(self):
        """Where it encodes in another way, quoted-printable is kept as it stands."""
        self.assertTrue(kept_text.is_repeatable(b"x", "quoted-printable"))
        with patch.object(kept_text, "_IS_QUOTED_PRINTABLE_KNOWN", False):
            self.assertFalse(kept_text.is_repeatable(b"x", "quoted-printable"))


class TestKeptTextFuzz(FuzzCase):
    @fuzzed(lambda: data(*WORDS))
    def test_quoted_printable(self, content):
        content = b"\n".join(content.splitlines()) + b"\n"
        self.assertEqual(encoded(content, "quoted-printable"), python_encoded(content))

    @fuzzed(lambda: data(LINE, b"\n", b"<p>", b"x"), lambda: data(LINE, b"\n", b"<p>", b"x"))
    def test_references(self, text, html):
        text = text.replace(b"\0", b"")
        self.assertEqual(resolve(refer(text, html), html), text)


def python_encoded(content):
    return b2a_qp(content, istext=True).replace(b"\n", b"\r\n")
