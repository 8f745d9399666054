from pathlib import Path

from ...tools.report import (
    Action,
    Disposition,
    Kind,
    RecipientReport,
    Report,
    match_keys,
    parse_report,
    prefilter,
    sanitize,
)
from ...tools.report.match_keys import (
    address_key,
    address_keys,
    envelope_ids,
    is_token,
    receipt_forms,
    verp_sender,
    verp_tokens,
    what_happened,
    worst,
)
from ...tools.report.prefilter import FIELDS, is_return, looks_like_report
from ...tools.report.sanitize import Header, clean, describe
from .common import DoctestCase

SAMPLES = Path(__file__).parent.parent / "samples/report"
TOKEN = "0123456789abcdef0123456789abcdef"


class TestReportMatchKeys(DoctestCase):
    """The pure part: what names a mail, what may be a report."""

    def test_doctests(self):
        self.assertDoctests(match_keys, prefilter, sanitize)

    def test_tokens(self):
        self.assertTrue(is_token(TOKEN) and is_token(f" {TOKEN.upper()} "))
        for text in ("", TOKEN[:-1], TOKEN + "0", "g" * 32, "odoo/id=42"):
            self.assertFalse(is_token(text))

    def test_envelope_ids_in_order(self):
        report = Report(
            Kind.DSN,
            envelope_id="from-envid",
            token="from-header",
            addressed_to=("x@odoo.test", f"Bounce+{TOKEN.upper()}@odoo.test"),
            return_path=f"bounce+{TOKEN}@odoo.test",
        )
        self.assertEqual(envelope_ids(report), ("from-envid", "from-header", TOKEN))
        self.assertEqual(envelope_ids(Report(Kind.DSN)), ())

    def test_verp(self):
        self.assertEqual(verp_tokens([verp_sender("b@odoo.test", TOKEN)]), (TOKEN,))
        self.assertEqual(verp_tokens(["sales+news@odoo.test", "bounce@odoo.test", "", "+@"]), ())
        for sender in ("", "nobody", "a+b@odoo.test", f"{'x' * 32}@odoo.test"):
            self.assertEqual(verp_sender(sender, TOKEN), sender)

    def test_receipts(self):
        self.assertEqual(receipt_forms(""), ())
        self.assertEqual(receipt_forms("plain"), ("plain",))

    def test_addresses(self):
        self.assertEqual(address_key(" <A.B@C.Test> "), "a.b@c.test")
        self.assertEqual(address_key("a@xn--"), "a@")
        self.assertEqual(address_key("a@xn--ż.test"), "a@xn--ż.test")
        self.assertEqual(address_key("no-domain"), "no-domain")
        recipient = RecipientReport("B@y.test", original_recipient="a@x.test")
        self.assertEqual(address_keys(recipient), ("a@x.test", "b@y.test"))
        self.assertEqual(address_keys(RecipientReport("a@x.test", "A@X.test")), ("a@x.test",))

    def test_what_happened(self):
        one = RecipientReport("a@x.test", action=Action.DELAYED)
        shown, deleted = Disposition("displayed", False, False), Disposition("deleted", True, True)
        cases = (
            (Report(Kind.DSN), one, "delayed"),
            (Report(Kind.DSN), RecipientReport("a@x.test"), "failed"),
            (Report(Kind.MDN, disposition=shown), one, "read"),
            (Report(Kind.MDN, disposition=deleted), one, "not_read"),
            (Report(Kind.MDN), one, "not_read"),
            (Report(Kind.FEEDBACK, feedback_type="abuse"), one, "complaint"),
            (Report(Kind.FEEDBACK, feedback_type="auth-failure"), one, ""),
            (Report(Kind.AUTO_REPLY), one, ""),
            (Report(Kind.NONE), one, ""),
        )
        for report, recipient, word in cases:
            self.assertEqual(what_happened(report, recipient), word)
        self.assertEqual(worst(["read", "delayed"]), "delayed")
        self.assertEqual(worst([""]), "")

    def test_every_sample_that_is_a_report_passes_the_first_look(self):
        """With the fields alone that an IMAP server is asked for."""
        wanted = {name.lower() for name in FIELDS}
        seen = 0
        for path in sorted(SAMPLES.glob("*.eml")):
            source = path.read_bytes()
            if parse_report(source).kind is Kind.NONE:
                continue
            head = (
                source.replace(b"\r\n", b"\n")
                .lstrip(b"\n")
                .partition(b"\n\n")[0]
                .replace(b"\n ", b" ")
                .replace(b"\n\t", b" ")
            )
            lines = [
                line
                for line in head.split(b"\n")
                if line.partition(b":")[0].decode("latin-1").strip().lower() in wanted
            ]
            with self.subTest(path.name):
                self.assertTrue(looks_like_report(b"\n".join(lines) + b"\n\n"))
            seen += 1
        self.assertGreater(seen, 60)

    def test_the_first_look_lets_ordinary_mail_be(self):
        for header in (
            b"From: jan@dest.test\nSubject: Re: Undelivered mail\n\n",
            b"From: jan@dest.test\nSubject: Offer\nContent-Type: multipart/mixed; boundary=B\n\n",
            b"From: news@shop.test\nSubject: Sale\nList-Unsubscribe: <x>\nReturn-Path: <news@shop.test>\n\n",
            b"From: x@y.test\n\xff\x00\n\n",
        ):
            self.assertFalse(looks_like_report(header), header)

    def test_what_a_mail_system_sent_back(self):
        self.assertTrue(is_return(b"From: MAILER-DAEMON@x.test\nReturn-Path: <>\n\n"))
        self.assertTrue(is_return(b"From: a@x.test\nContent-Type: multipart/report; boundary=B\n\n"))
        self.assertFalse(is_return(b"From: a@x.test\nContent-Type: multipart/report; report-type=tlsrpt\n\n"))
        self.assertFalse(is_return(b"From: jan@dest.test\nSubject: Undelivered parcel\n\n"))

    def test_header(self):
        header = describe(
            b"Subject: =?utf-8?q?Zwrot_=C5=BC?=\r\nDate: x\r\nFrom: a@b.test\r\nMessage-ID: <1@x>\r\n\r\n"
        )
        self.assertEqual(header, Header("Zwrot ż", "a@b.test", "x", "<1@x>"))
        self.assertEqual(describe(b""), Header())
        self.assertEqual(clean("\x00a\ud800", 9), "a?")
