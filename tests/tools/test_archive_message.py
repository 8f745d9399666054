import base64
import tracemalloc
from datetime import datetime
from html.parser import HTMLParser
from unittest.mock import patch

from ...tools.archive import message, model, reference, remote
from ...tools.archive.message import header_of, read_mail
from ...tools.archive.reference import candidates
from ...tools.archive.remote import without_remote_content
from .common import DoctestCase

HEAD = "From: Ala <ala@example.com>\nTo: b@example.com\nDate: Mon, 15 Jun 2026 15:41:06 +0200\nSubject: Offer\n"


def mail(head="", body="\nHi\n"):
    return read_mail((HEAD + head + body).encode())


def names_in(html):
    """The names of the tags, and of their attributes, that a parser finds."""
    names, parser = set(), HTMLParser()
    parser.handle_starttag = parser.handle_startendtag = lambda tag, attributes: names.update(
        [tag, *(name for name, _value in attributes)]
    )
    parser.feed(html)
    parser.close()
    return names


class TestArchiveMessage(DoctestCase):
    def test_doctests(self):
        self.assertDoctests(message, model, reference, remote)

    def test_head(self):
        found = mail('Message-ID: <1@example.com>\nCc: c@example.com, "D, d" <d@example.com>\nBcc: C@example.com\n')
        self.assertEqual(found.message_id, "<1@example.com>")
        self.assertEqual(
            [address for _kind, address in found.recipients], ["b@example.com", "c@example.com", "d@example.com"]
        )
        self.assertEqual(found.date, datetime(2026, 6, 15, 13, 41, 6))
        self.assertEqual((found.sender, found.email_from), ("ala@example.com", "Ala <ala@example.com>"))

    def test_8_bit_headers(self):
        text = (
            "From: a@example.com\nTo: b@example.com\nSubject: Zażółć gęślą\nContent-Type: text/plain; charset={}\n\nŻ\n"
        )
        for charset in ("utf-8", "iso-8859-2", "windows-1250"):
            found = read_mail(text.format(charset).encode(charset))
            self.assertEqual((found.subject, found.text), ("Zażółć gęślą", "Ż\n"))

    def test_dates(self):
        lost = HEAD.replace("Date: Mon, 15 Jun 2026 15:41:06 +0200", "Date: yesterday")
        self.assertIsNone(read_mail(lost.encode() + b"\nHi").date)
        self.assertEqual(read_mail(lost.encode() + b"\nHi", "Mon Jun 15 10:00:00 2026").date, datetime(2026, 6, 15, 10))
        self.assertIsNone(mail("", "\n").date.tzinfo)

    def test_parts(self):
        found = mail(
            'Content-Type: multipart/mixed; boundary="B"\n',
            "\n--B\nContent-Type: multipart/alternative; boundary=C\n\n--C\nContent-Type: text/plain\n\nplain\n--C\n"
            "Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: quoted-printable\n\n<p>=C5=BB</p>\n--C--\n"
            "--B\nContent-Type: application/pdf; name*=utf-8''Faktura%20%C5%BB.pdf\nContent-Transfer-Encoding: base64\n\n"
            "JVBERi0=\n--B\nContent-Type: message/rfc822\n\nSubject: inner\n\nText\n"
            "--B\nContent-Type: image/png\nContent-ID: <logo>\nContent-Transfer-Encoding: base64\n\niVBORw==\n"
            '--B\nContent-Type: text/plain\nContent-Disposition: attachment; filename*0="a"; filename*1="/../b.txt"\n\nx\n--B--\n',
        )
        self.assertEqual((found.text, found.html.strip()), ("plain", "<p>Ż</p>"))
        self.assertEqual(
            [(file.name, file.data, file.content_id) for file in found.files],
            [
                ("Faktura Ż.pdf", b"%PDF-", ""),
                ("message-2.eml", b"Subject: inner\n\nText", ""),
                ("image-3", b"\x89PNG", "logo"),
                ("a_.._b.txt", b"x", ""),
            ],
        )

    def test_broken_mime(self):
        for body in (
            "\n--B\nno boundary closes it",
            "\n--B\nContent-Transfer-Encoding: base64\n\n%%%=\n--B--",
            "\n--B\nContent-Type: \x00\n\n--B\n--B\n--B",
            "",
            "\n",
        ):
            found = mail('Content-Type: multipart/mixed; boundary="B"\n', body)
            self.assertEqual(found.subject, "Offer")
        for source in (
            b"",
            b"\x00" * 99,
            b"\n\n\n",
            b"From:\nTo:\n",
            b"Content-Type: multipart/x; boundary=\n\n--\n" * 50,
        ):
            self.assertEqual(read_mail(source).recipients, [])

    def test_no_zero_bytes(self):
        """PostgreSQL keeps none in a text."""
        head = HEAD.replace("ala@", "a\0la@").replace("Offer", "Of\0fer") + "Message-ID: <1\0@example.com>\n"
        found = read_mail(head.encode() + b"\nHi\0\n")
        said = (found.subject, found.sender, found.message_id, found.text)
        self.assertEqual(said, ("Offer", "ala@example.com", "<1@example.com>", "Hi\n"))

    def test_50_mb_file(self):
        data = bytes(range(256)) * 200_000
        source = bytearray(
            HEAD.encode()
            + b"Content-Type: application/pdf; name=big.pdf\nContent-Transfer-Encoding: base64\n\n"
            + base64.encodebytes(data)
        )
        tracemalloc.start()
        found = read_mail(source)
        _now, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        self.assertEqual(found.files[0].data, data)
        self.assertLess(peak, 120_000_000)

    def test_fingerprint(self):
        one = mail("Message-ID: <1@example.com>\n").fingerprint()
        self.assertEqual(
            one, mail("Message-ID: <1@example.com>\nX-Mozilla-Status: 0001\nBcc: x@example.com\n").fingerprint()
        )
        self.assertEqual(one, mail("Message-ID: <1@example.com>\n", "\n Hi\n\n").fingerprint())
        self.assertNotEqual(one, mail("Message-ID: <1@example.com>\n", "\nHo\n").fingerprint())
        self.assertNotEqual(one, mail("Message-ID: <2@example.com>\n").fingerprint())

    def test_numbers(self):
        for text, number in (
            ("Re: Invoice INV/2026/00012!", "INV/2026/00012"),
            ("Faktura_INV_2026_00012.pdf", "INV/2026/00012"),
            ("faktura FV 12/2026 (kopia)", "FV 12/2026"),
            ("F/2026-7.PDF", "F/2026-7"),
        ):
            self.assertIn(number, candidates(text))
        self.assertNotIn("INV/2026/0001", candidates("INV/2026/00012"))
        self.assertNotIn("2026", candidates("Plan for 2026"))

    def test_remote(self):
        for html in (
            '<img src="http://x.example.com/a">',
            '<img src=" HTTPS://x.example.com/a">',
            '<img src="//x.example.com/a">',
            '<img srcset="x.png 1x, http://x.example.com/b 2x">',
            '<td background="http://x.example.com/b">',
            '<p style="background-image:url(http://x.example.com/c)">',
            "<p style=\"background-image:url('http://x.example.com/c')\">",
        ):
            self.assertNotIn("example.com", without_remote_content(html, {}))
        kept = (
            '<a href="http://x.example.com">x</a><img src="data:image/png;base64,AAAA"><p style="color:red" dir="ltr">'
        )
        self.assertEqual(without_remote_content(kept, {}), kept)
        pasted = (
            '<img src="data:image/png;base64,AAAA" style="width:9px"><img src="//x.example.com/a" style="width:9px">'
        )
        self.assertEqual(
            without_remote_content(pasted, {}),
            '<img src="data:image/png;base64,AAAA" style="width:9px"><img style="width:9px">',
        )

    def test_remote_in_other_spellings(self):
        """Odoo's sanitiser puts a value that holds a double quote between single ones."""
        for html in (
            """<img src='//x.example.com/"'>""",
            """<p style='font-family:"a"; background-image:url(//x.example.com)'>""",
            """<p style='border:url("//x.example.com")'>""",
            "<p style=\"background:image-set('//x.example.com' 1x)\">",
            '<p style="background:u\\72l(//x.example.com)">',
            '<p style="background:&#117;rl(//x.example.com)">',
            '<svg><image href="//x.example.com" xlink:href="//x.example.com"></svg>',
            '<video poster="//x.example.com"><track src="//x.example.com">',
            "<img SRC=//x.example.com>",
        ):
            self.assertNotIn("example.com", without_remote_content(html, {}), html)

    def test_a_value_is_no_markup(self):
        """What stands in a value stays there: nothing of it becomes an attribute, or a tag."""
        for html in (
            """<img alt=' src="' title=" ' onerror=x() y=">""",
            """<p title='style="' lang=" ' onclick=x() ">""",
            """<p title='<img src="' lang="<img src=x onerror=x()>">""",
            """<p title="<img src='"><b title="' onerror=x() ">""",
            "<<img src=x onerror=x()>",
        ):
            before, after = names_in(html), names_in(without_remote_content(html, {}))
            self.assertLessEqual(after, before, html)

    def test_a_part_of_nothing_is_no_file(self):
        found = read_mail(b"Content-Type: multipart/mixed; boundary=B\n\n--B\nContent-Type: image/png\n\n--B--\n")
        self.assertFalse(found.files)

    def test_a_name_in_too_many_pieces(self):
        pieces = "".join(f"; name*{number}=x" for number in range(60))
        found = read_mail(f"Content-Type: image/png{pieces}\nContent-Transfer-Encoding: base64\n\niVBORw\n".encode())
        self.assertEqual([(file.name, file.data) for file in found.files], [("x" * 50, b"\x89PNG")])

    def test_header_alone(self):
        self.assertEqual(header_of(b"Subject: a\nTo: b\n\nText"), b"Subject: a\nTo: b\n\n")

    def test_what_nobody_foresaw(self):
        """A mail of which nothing can be read is a mail without anything; a part stays as it is."""
        source = b"Content-Type: multipart/mixed; boundary=B\nSubject: a\n\n--B\n\nText\n--B--\n"
        with patch.object(message, "_add", side_effect=RuntimeError):
            found = read_mail(source)
        self.assertEqual((found.subject, [file.name for file in found.files]), ("a", ["part-1.bin"]))
        with patch.object(message, "_head", side_effect=RuntimeError):
            self.assertEqual(read_mail(source).subject, "")
