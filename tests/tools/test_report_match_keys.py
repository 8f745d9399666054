from pathlib import Path

from ...tools.report import Kind, RecipientReport, Report, Result, match_keys, parse_report, prefilter, sanitize
from ...tools.report.match_keys import (
    address_key,
    address_keys,
    envelope_ids,
    is_token,
    receipt_forms,
    verp_sender,
    verp_tokens,
)
from ...tools.report.prefilter import FIELDS, looks_like_report
from ...tools.report.result import worst_result
from ...tools.report.sanitize import clean
from .common import DoctestCase

SAMPLES = Path(__file__).parent.parent / "samples/report"
TOKEN = "0123456789abcdef0123456789abcdef"


def part(kind, fields):
    head = f"From: a@x.test\nContent-Type: multipart/report; report-type={kind}; boundary=B\n\n--B\n"
    return f"{head}Content-Type: message/{kind}\n\n{fields}\n--B--\n".encode()


def feedback(kind):
    return part("feedback-report", f"Feedback-Type: {kind}\nOriginal-Rcpt-To: <a@dest.test>\n")


def read_receipt(kind):
    fields = f"Final-Recipient: rfc822; a@dest.test\nDisposition: manual-action/MDN-sent-manually; {kind}\n"
    return part("disposition-notification", fields)


def delivery(action):
    return part("delivery-status", f"Final-Recipient: rfc822; a@dest.test\nAction: {action}\n")


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

    def test_results(self):
        for source, result in (
            (feedback("abuse"), Result.COMPLAINT),
            (feedback("auth-failure"), None),
            (feedback("not-spam"), None),
            (read_receipt("displayed"), Result.READ),
            (read_receipt("deleted"), Result.NOT_READ),
            (read_receipt(""), Result.NOT_READ),
            (delivery("delayed"), Result.DELAYED),
            (delivery("expanded"), Result.EXPANDED),
            (delivery(""), Result.FAILED),
            (b"From: a@x.test\nAuto-Submitted: auto-replied\n\n", None),
            (b"From: a@x.test\n\n", None),
        ):
            with self.subTest(source=source):
                report = parse_report(source)
                self.assertEqual(report.result, result)
                self.assertEqual([one.result for one in report.recipients], [result] * len(report.recipients))
        self.assertEqual(worst_result([Result.READ, Result.DELAYED]), Result.DELAYED)

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
        for source, is_unreadable in (
            (b"From: MAILER-DAEMON@x.test\nReturn-Path: <>\n\n", True),
            (b"From: a@x.test\nContent-Type: multipart/report; boundary=B\n\n", True),
            (b"From: a@x.test\nContent-Type: multipart/report; report-type=tlsrpt\n\n", False),
            (b"From: jan@dest.test\nSubject: Undelivered parcel\n\n", False),
        ):
            report = parse_report(source)
            self.assertEqual((report.kind, report.is_unreadable), (Kind.NONE, is_unreadable), source)

    def test_own_header(self):
        report = parse_report(
            b"Subject: =?utf-8?q?Zwrot_=C5=BC?=\r\nDate: x\r\nFrom: A <a@b.test>\r\nMessage-ID: <1@x>\r\n\r\n"
        )
        self.assertEqual((report.subject, report.sender, report.date), ("Zwrot ż", "A <a@b.test>", "x"))
        self.assertEqual(report.own_id, "<1@x>")
        self.assertEqual(parse_report(b""), Report(Kind.NONE, is_unreadable=False))
        self.assertEqual(clean("\x00a\ud800", 9), "a?")
