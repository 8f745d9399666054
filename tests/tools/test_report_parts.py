"""The single steps of the report parser: headers, addresses, MIME, fields, origin, causes, classification."""

from datetime import datetime

from ...tools.report import (
    Action,
    address,
    auto_reply,
    cause,
    classification,
    delivery_status,
    detectors,
    disposition,
    feedback,
    format,
    header,
    mime,
    model,
    origin,
    parser,
    phrases,
    result,
    returned_message,
    text_format,
    unknown_form,
    wording,
)
from ...tools.report import __main__ as command
from ...tools.report.cause import Cause, cause_of
from ...tools.report.classification import RawRecipient, classify, reply_code_in
from ...tools.report.format import (
    amazon,
    dragonfly,
    exim,
    gateway,
    google,
    groupware,
    japan,
    localized,
    lotus,
    microsoft,
    postfix,
    qmail,
    sendmail,
    zoho,
)
from ...tools.report.header import Fields
from ...tools.report.mime import Mail, base64_bytes
from ...tools.smtp.enhanced_status import EnhancedStatus
from .common import DoctestCase


class TestReportParts(DoctestCase):
    def test_doctests(self):
        self.assertDoctests(
            address, auto_reply, cause, classification, command, delivery_status, detectors, disposition, feedback, format, header, mime,
            model, origin, parser, phrases, result, returned_message, text_format, unknown_form, wording, amazon, dragonfly, exim,
            gateway, google, groupware, japan, localized, lotus, microsoft, postfix, qmail, sendmail, zoho,
        )  # fmt: skip

    def test_form_names_are_unique(self):
        names = [form.name for form in format.FORMATS]
        self.assertEqual(len(names), len(set(names)))

    def test_needles_are_lower_case(self):
        for form in format.FORMATS:
            for needle in form.needles:
                with self.subTest(form=form.name, needle=needle):
                    self.assertEqual(needle, " ".join(needle.lower().split(" ")))

    def test_header_decodes_what_it_can(self):
        for value, expected in (
            ("=?iso-8859-1?Q?R=E9ponse?=", "Réponse"),
            ("=?utf-8?B?w6k?=", "é"),
            ("=?utf-8?B?w6k=?= =?utf-8?Q?_a?=", "é a"),
            ("=?utf-8?B?a?=", "=?utf-8?B?a?="),
            ("=?punycode?Q?a-b?=", "a-b"),
            ("plain", "plain"),
        ):
            with self.subTest(value=value):
                self.assertEqual(header.decode_words(value), expected)

    def test_character_sets(self):
        for data, charset, expected in (
            ("gefüllt".encode("latin-1"), "ISO-8859-15", "gefüllt"),
            ("gefüllt".encode("latin-1"), "", "gefüllt"),
            ("エラー".encode("iso-2022-jp"), "ISO-2022-JP", "エラー"),
            (b"+AOk-", "unicode-1-1-utf-7", "é"),
            (b"abc", "windows-9999", "abc"),
            (b"abc", "zlib", "abc"),
            ("żółwie łąki".encode()[:-3], "utf-8", "żółwie ł\ufffd"),
            ("żółw ".encode() + b"\xff", "", "żółw \ufffd"),
        ):
            with self.subTest(charset=charset, expected=expected):
                self.assertEqual(header.decode(data, charset), expected)

    def test_header_skips_what_is_no_field(self):
        fields = Fields.parse("no field\nA b: 1\nTo : x@dest.test\nto: y@dest.test\n: empty\n")
        self.assertEqual(fields.items, [("to", "x@dest.test"), ("to", "y@dest.test")])
        self.assertIn("to", fields)
        self.assertEqual(header.content_type(""), ("", {}))

    def test_dates(self):
        for value, expected in (
            ("Mon, 15 Jun 2026 15:41:06", datetime(2026, 6, 15, 15, 41, 6)),
            ("15 Jun 2026 15:41:06 -0000", datetime(2026, 6, 15, 15, 41, 6)),
            ("Fri, 31 Dec 9999 23:59:59 -1200", None),
            ("Mon, 99 Jun 2026 15:41:06 +0200", None),
            ("soon", None),
            ("", None),
        ):
            with self.subTest(value=value):
                self.assertEqual(header.date_time(value), expected)

    def test_address_fields(self):
        for value, expected in (
            ("rfc822;user@dest.test", "user@dest.test"),
            ("RFC822; <user@dest.test>", "user@dest.test"),
            ("<user@dest.test>", "user@dest.test"),
            ("user@dest.test (comment)", "user@dest.test"),
            ("rfc822; root", "root"),
            ('rfc822; "a b"@dest.test', '"a b"@dest.test'),
            ("rfc822;user+42@dest.test", "user+42@dest.test"),
            ("rfc822;user+2Bx@dest.test", "user+x@dest.test"),
            (r"utf-8;\x{D800}\x{110000}@dest.test", "x{110000}@dest.test"),
            ("rfc822;SMTP:user@dest.test", "user@dest.test"),
            ("user@det>\nst.test", "user@det"),
            ("<user@\ndest.test>", "user@ dest.test"),
            ("", ""),
        ):
            with self.subTest(value=value):
                self.assertEqual(address.of_field(value), expected)
        self.assertEqual(address.first("none here"), "")

    def test_mime_tolerates_broken_mails(self):
        for source, types in (
            (b"", ["text/plain"]),
            (b"\n", ["text/plain"]),
            (b"no header at all", ["text/plain"]),
            (b"A: b", ["text/plain"]),
            (b"From x Mon\n\nA: b\n\nhi", ["text/plain"]),
            (b"Content-Type: multipart/mixed\n\nhi", ["text/plain"]),
            (b"Content-Type: multipart/mixed; boundary=x\n\nhi", ["text/plain"]),
            (b"Content-Type: multipart/mixed; boundary=x\n\n--x\n\nhi", ["text/plain"]),
            (b"Content-Type: multipart/mixed; boundary=x\n\n--x", ["text/plain"]),
            (b"Content-Type: multipart/mixed; boundary=x\n\n--xy\n\nhi\n--x\nA: b\n\nho\n--x--\nend", ["text/plain"]),
            (b"Content-Type: multipart/mixed; boundary=x\n\n--y\nContent-Type: a/b\n\nhi\n--y--", ["a/b"]),
            (b"Content-Type: multipart/mixed; boundary=x\n\n a--x\n\nhi", ["text/plain"]),
        ):
            with self.subTest(source=source):
                self.assertEqual([part.type for part in Mail.read(source).parts], types)

    def test_mime_text(self):
        for source, expected in (
            (b"Content-Transfer-Encoding: base64\n\naGk=\n!", "hi"),
            (b"Content-Transfer-Encoding: base64\n\n", ""),
            (b"Content-Transfer-Encoding: quoted-printable\n\nh=69=\n", "hi"),
            (b"Content-Type: text/html\n\n<style>x</style><p>a&amp;b<br>c</p><script>d", "a&b\nc\nd"),
            (b"Content-Type: text/html\n\n<style><style>x</style><script>y<script>z", "yz"),
            (b"Content-Type: image/png\n\nx", ""),
            (
                b"Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Disposition: attachment\n\nfile\n--x\n\nbody\n--x--",
                "body",
            ),
            (
                b"Content-Type: multipart/mixed; boundary=x\n\n--x\n\n\n--x\nContent-Type: text/html\n\n<b>h</b>\n--x--",
                "h",
            ),
        ):
            with self.subTest(source=source):
                self.assertEqual(Mail.read(source).text.strip(), expected)

    def test_delivery_status_tolerance(self):
        for text, expected in (
            ("Action: failed\n\nFinal-Recipient: rfc822; a@b.test\n", [("a@b.test", "failed")]),
            ("Final-Recipient: rfc822; a@b.test\n\nAction: failed\n", [("a@b.test", "failed")]),
            ("Final-Recipient: rfc822; a@b.test\nWill-Retry-Until: x\n", [("a@b.test", "delayed")]),
            ("Final-Recipient: rfc822; a@b.test\nAction: bounced\n", [("a@b.test", "failed")]),
            ("Final-Recipient: rfc822; a@b.test\nAction: deferred\n", [("a@b.test", "delayed")]),
            ("Original-Recipient: rfc822; a@b.test\nAction: failed\n", [("a@b.test", "failed")]),
            ("Action: failed\nStatus: 5.0.0\n", []),
            ("", []),
        ):
            with self.subTest(text=text):
                raws = delivery_status.raw_recipients(delivery_status.parse(text), "")
                self.assertEqual([(raw.recipient, raw.action.value) for raw in raws], expected)

    def test_delivery_status_is_bounded(self):
        parsed = delivery_status.parse("Final-Recipient: rfc822; a@b.test\n\n" * 5000)
        self.assertEqual(len(parsed.recipients), delivery_status.MAX_RECIPIENTS)

    def test_who_wrote_it(self):
        for head, is_system, is_notification in (
            ("From: MAILER-DAEMON", True, True),
            ("From: <>", True, False),
            ("Subject: x", True, False),
            ("From: postmaster@a.test (Postmaster)", True, False),
            ("From: postmaster@a.test\nReturn-Path: <>", True, True),
            ("From: postmaster@a.test\nSubject: Re: x", False, False),
            ("From: postmaster@a.test\nSubject: Re: x\nReturn-Path: <>", True, True),
            ("From: no-reply@a.test", False, False),
            ("From: no-reply@a.test\nReturn-Path: <>", True, True),
            ("From: anna@a.test\nReturn-Path: <>", False, False),
            ("From: postmaster@a.test\nList-Unsubscribe: <x>", False, False),
            ("From: anna@a.test\nSender: MAILER-DAEMON@a.test", True, True),
            ("From: anna@a.test\nX-Failed-Recipients: b@a.test", True, True),
        ):
            mail = Mail.read(f"{head}\n\n".encode())
            with self.subTest(head=head):
                self.assertEqual(origin.is_system(mail), is_system)
                self.assertEqual(origin.is_notification(mail), is_notification)

    def test_return_path(self):
        for head, expected in (
            ("Return-Path: <>", ""),
            ("Return-Path: <a@b.test>", "a@b.test"),
            ("To: x", None),
            ("Return-Path: <MAILER-DAEMON>", ""),
        ):
            with self.subTest(head=head):
                self.assertEqual(origin.return_path(Mail.read(f"{head}\n\n".encode())), expected)

    def test_causes(self):
        for text, expected in (
            ("550 5.1.1 <a@b.test>... User unknown", Cause.USER_UNKNOWN),
            ("550 Requested action not taken: mailbox unavailable", Cause.USER_UNKNOWN),
            ("550 No such user here", Cause.USER_UNKNOWN),
            ("la boîte du destinataire est pleine", Cause.MAILBOX_FULL),
            ("Skrzynka odbiorcy jest przepełniona", Cause.MAILBOX_FULL),
            ("Das Postfach des Empfängers ist voll", Cause.MAILBOX_FULL),
            ("552 5.2.2 mailbox full", Cause.MAILBOX_FULL),
            ("552 message size exceeds fixed maximum", Cause.TOO_BIG),
            ("551 user has moved to c@d.test", Cause.MOVED),
            ("Domain b.test does not accept mail (nullMX)", Cause.NO_MAIL),
            ("550 5.4.1 Recipient address rejected: Access denied", Cause.NO_ADDRESS),
            ("554 5.7.1 blocked using list.test", Cause.REFUSED),
            ("550 5.1.1 has sent to too many recipients this hour", Cause.REFUSED),
            ("550 account is disabled", Cause.DISABLED),
            ("Host or domain name not found", Cause.HOST_UNKNOWN),
            ("host mx.b.test[192.0.2.1] said: 550 Unknown user", Cause.USER_UNKNOWN),
            ("Name service error: Host not found, try again", Cause.TRY_AGAIN),
            ("Connection timed out", Cause.CONNECTION),
            ("something else", None),
        ):
            with self.subTest(text=text):
                self.assertIs(cause_of(text), expected)

    def test_hard_or_soft(self):
        for status, diagnostic, context, hard in (
            ("5.1.1", "", "", True),
            ("5.0.0", "550 User unknown", "in reply to RCPT TO command", True),
            ("5.0.0", "550 User unknown", "in reply to end of DATA command", False),
            ("5.0.0", "550 User unknown", "", True),
            ("", "550 User unknown", "", True),
            ("5.7.1", "553 sorry, no mailbox here by that name (#5.7.1)", "", True),
            ("5.7.1", "550 5.7.1 access denied", "", False),
            ("5.0.0", "552 mailbox not found", "in reply to end of DATA command", True),
            ("5.0.0", "550 sender unknown", "in reply to MAIL FROM command", False),
            ("5.0.0", "550 mailbox not found (in reply to MAIL FROM command)", "", False),
            ("", "User unknown", "", True),
            ("5.2.1", "550 User unknown", "", False),
            ("5.1.1", "552 mailbox full", "", False),
            ("5.4.4", "", "", True),
            ("4.1.1", "450 User unknown", "RCPT TO:<a@b.test>", False),
            ("5.7.26", "550 User unknown", "RCPT TO:<a@b.test>", False),
            ("5.0.0", "550 no", "", False),
        ):
            with self.subTest(status=status, diagnostic=diagnostic):
                raw = RawRecipient("a@b.test", status=status, diagnostic=diagnostic, context=context)
                self.assertIs(classify(raw).hard, hard)
        self.assertIs(classify(RawRecipient("a@b.test", action=Action.DELAYED)).hard, False)
        self.assertIsNone(classify(RawRecipient("a@b.test", action=Action.RELAYED)).hard)
        self.assertIs(classify(RawRecipient("a@b.test", hard_hint=True)).hard, True)

    def test_status(self):
        for field, diagnostic, expected in (
            ("5.0.0", "550 5.1.1 x", "5.1.1"),
            ("5.1.1", "550 5.7.1 x", "5.7.1"),
            ("5.1.1", "450 4.7.1 x", "5.1.1"),
            ("4.4.7", "554 4.4.7 expired <421 4.4.2 timed out>", "4.4.2"),
            ("", "450 busy", "4.0.0"),
            ("", "nothing", "5.0.0"),
            ("5.2.0", "", "5.2.0"),
            ("", "2.0.0 then 5.3.0", "5.3.0"),
        ):
            with self.subTest(field=field, diagnostic=diagnostic):
                self.assertEqual(
                    str(classify(RawRecipient("a@b.test", status=field, diagnostic=diagnostic)).status), expected
                )
        self.assertEqual(classify(RawRecipient("a@b.test", action=None, status="2.0.0")).action, Action.DELIVERED)
        self.assertIsNone(classification.pick_status(None, "none"))
        self.assertEqual(classification.pick_status(EnhancedStatus(5, 1, 1), ""), EnhancedStatus(5, 1, 1))

    def test_reply_codes(self):
        for text, expected in (
            ("host x said: 550-5.1.1 no", 550),
            ("(550) no", 550),
            ("550: : no", 550),
            ("<a550@b.test>", None),
            ("version 4.521.1", None),
            ("error: 452", 452),
        ):
            with self.subTest(text=text):
                self.assertEqual(reply_code_in(text), expected)

    def test_amazon_notes_of_other_shapes(self):
        for body in (
            "{",
            "{}",
            "[1]",
            '{"Message": 1}',
            '{"Message": "x"}',
            '{"bounce": 1}',
            '{"bounce": {"bouncedRecipients": 1}}',
        ):
            with self.subTest(body=body):
                note = amazon.notification(Mail.read(f"A: b\n\n{body}".encode()))
                self.assertEqual(list(amazon.bounced(note)), [])
                self.assertEqual(amazon.complained(note), [])
                self.assertEqual(amazon.message_id(note), "")

    def test_a_failing_detector_is_passed_over(self):
        def broken(given):
            raise ZeroDivisionError

        source = b"From: a@b.test\nAuto-Submitted: auto-replied\n\n"
        self.addCleanup(setattr, parser, "DETECTORS", parser.DETECTORS)
        parser.DETECTORS = (broken, *parser.DETECTORS)
        self.assertEqual(parser.parse_report(source).kind.value, "auto_reply")
        self.assertEqual(parser.parse_report(None).kind.value, "none")

    def test_base64_with_a_letter_too_many(self):
        self.assertEqual(base64_bytes(b"QUJ-D\nR"), b"ABC")
        self.assertEqual(base64_bytes(b"--"), b"--")
