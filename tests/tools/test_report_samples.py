"""One sample per form and system, one row per sample: what the parser must read from it.

The samples in tests/samples/report are made for this test, in the manner of each system.
"""

from pathlib import Path

from ...tools.report import Kind, Result, parse_report
from .common import PureCase

SAMPLES = Path(__file__).parent.parent / "samples" / "report"
ID, TOKEN = "<1001.sale@odoo.test>", "Zt3kQ9-token-1"

# sample, form, [(recipient, status, action, hard)], Message-ID, envelope id
DSNS = [
    ("activehunter", "sendmail", [("user@dest.test", "5.1.1", "failed", True)], "", ""),
    ("amavis", "amavis", [("user@dest.test", "5.0.0", "failed", False)], "", ""),
    ("amazon-ses", "rfc3464", [("user@dest.test", "4.4.1", "failed", False)], ID, TOKEN),
    ("amazon-sns-bounce", "amazon-sns", [("user@dest.test", "5.1.1", "failed", True)], ID, ""),
    ("amazon-sns-delivery", "amazon-sns", [("user@dest.test", "2.0.0", "delivered", None)], ID, ""),
    ("amazon-sns-transient", "amazon-sns", [("user@dest.test", "5.0.0", "failed", False)], ID, ""),
    ("amazon-workmail", "rfc3464", [("user@dest.test", "5.1.1", "failed", True)], "", ""),
    ("barracuda", "barracuda", [("user@dest.test", "5.0.0", "failed", False)], "", ""),
    ("biglobe", "sendmail", [("user@dest.test", "5.0.0", "failed", False)], "", ""),
    ("communigate", "communigate", [("user@dest.test", "5.1.1", "failed", True)], "", ""),
    ("courier", "rfc3464", [("user@dest.test", "5.1.1", "failed", True)], ID, TOKEN),
    ("domino", "domino", [("user@dest.test", "5.0.0", "failed", True)], "", ""),
    ("dragonfly", "dragonfly", [("user@dest.test", "5.1.1", "failed", True)], ID, TOKEN),
    ("einsundeins-rcpt", "exim", [("user@dest.test", "5.1.1", "failed", True)], ID, TOKEN),
    ("einsundeins", "exim", [("user@dest.test", "5.0.0", "failed", False)], ID, TOKEN),
    ("exchange-2003-de", "exchange-2003", [("user@dest.test", "5.1.1", "failed", True)], "", ""),
    ("exchange-2003", "exchange-2003", [("user@dest.test", "5.0.0", "failed", True)], "", ""),
    ("exchange-de", "exchange-2007", [("user@dest.test", "5.1.1", "failed", True)], ID, TOKEN),
    ("exchange-es", "exchange-2007", [("user@dest.test", "5.1.1", "failed", True)], ID, TOKEN),
    ("exchange-expired", "rfc3464", [("user@dest.test", "4.4.1", "failed", False)], ID, TOKEN),
    ("exchange-fr", "exchange-2007", [("user@dest.test", "5.1.1", "failed", True)], ID, TOKEN),
    ("exchange-it", "exchange-2007", [("user@dest.test", "5.1.1", "failed", True)], ID, TOKEN),
    ("exchange-online", "rfc3464", [("user@dest.test", "5.1.10", "failed", True)], ID, TOKEN),
    ("exchange-pl", "exchange-2007", [("user@dest.test", "5.1.1", "failed", True)], ID, TOKEN),
    ("exim-delay", "exim", [("user@dest.test", "4.0.0", "delayed", False)], "", ""),
    ("exim-dsn", "rfc3464", [("user@dest.test", "5.1.1", "failed", True)], ID, "odoo/id=42/A"),
    ("exim-frozen", "exim", [("user@dest.test", "5.0.0", "failed", True)], "", ""),
    ("exim-local", "exim", [("user@dest.test", "5.0.0", "failed", True)], ID, TOKEN),
    ("exim-malformed", "exim", [("user@dest.test", "5.0.0", "failed", False)], ID, TOKEN),
    ("exim-text", "exim", [("user@dest.test", "5.0.0", "failed", True)], ID, TOKEN),
    ("ezweb-filter", "ezweb", [("user@dest.test", "5.0.0", "failed", False)], ID, TOKEN),
    ("ezweb-smtp", "ezweb", [("user@dest.test", "5.0.0", "failed", True)], "", ""),
    ("fml", "fml", [("team@lists.test", "5.0.0", "failed", False)], ID, ""),
    ("gmail-delay", "gmail", [("user@dest.test", "4.2.2", "delayed", False)], ID, TOKEN),
    ("gmail", "gmail", [("user@dest.test", "5.1.1", "failed", True)], ID, TOKEN),
    ("gmx", "exim", [("a@dest.test", "5.1.1", "failed", True), ("b@dest.test", "5.2.2", "failed", False)], ID, TOKEN),
    ("google-groups", "google-groups", [("team@googlegroups.test", "5.0.0", "failed", False)], ID, ""),
    ("groupwise", "groupwise", [("user@dest.test", "5.0.0", "failed", True)], ID, TOKEN),
    ("hmailserver", "exchange-2003", [("user@dest.test", "5.1.1", "failed", True)], "", ""),
    ("imail-expired", "imail", [("user@dest.test", "5.0.0", "failed", False)], ID, TOKEN),
    ("imail-full", "imail", [("user@dest.test", "5.0.0", "failed", False)], ID, TOKEN),
    ("imail-unknown", "imail", [("user@dest.test", "5.0.0", "failed", True)], ID, TOKEN),
    ("imail", "imail", [("user@dest.test", "5.1.1", "failed", True)], "", ""),
    ("interscan-smtp", "interscan", [("user@dest.test", "5.1.1", "failed", True)], "", ""),
    ("interscan", "interscan", [("user@dest.test", "5.0.0", "failed", True)], "", ""),
    ("ironport", "ironport", [("user@dest.test", "5.2.2", "failed", False)], "", ""),
    ("italian", "localized", [("user@dest.test", "5.0.0", "failed", False)], ID, TOKEN),
    ("james-notify", "james", [("user@dest.test", "5.0.0", "failed", True)], "", ""),
    ("james", "james", [("user@dest.test", "5.1.1", "failed", True)], "", ""),
    ("kddi", "kddi", [("user@dest.test", "5.0.0", "failed", False)], "", ""),
    ("kerio", "kerio", [("user@dest.test", "5.1.1", "failed", True)], "", ""),
    ("mailenable", "mailenable", [("user@dest.test", "5.1.1", "failed", True)], "", ""),
    ("mailfoundry", "mailfoundry", [("user@dest.test", "5.0.0", "failed", True)], "", ""),
    (
        "mailmarshal",
        "mailmarshal",
        [("a@dest.test", "5.1.1", "failed", True), ("b@dest.test", "5.1.1", "failed", True)],
        ID,
        TOKEN,
    ),
    ("mailru", "exim", [("user@dest.test", "5.1.1", "failed", True)], ID, TOKEN),
    ("mcafee", "rfc3464", [("user@dest.test", "5.0.0", "failed", True)], ID, TOKEN),
    ("mdaemon", "mdaemon", [("user@dest.test", "5.1.1", "failed", True)], "", ""),
    ("messagelabs", "messagelabs", [("user@dest.test", "5.1.1", "failed", True)], "", ""),
    ("mfilter-vague", "m-filter", [("user@dest.test", "5.0.0", "failed", False)], ID, TOKEN),
    ("mfilter", "m-filter", [("user@dest.test", "5.1.1", "failed", True)], ID, TOKEN),
    ("mimecast", "mimecast", [("user@dest.test", "5.4.1", "failed", True)], "", ""),
    ("mxlogic", "exim", [("user@dest.test", "5.1.1", "failed", True)], ID, TOKEN),
    (
        "no-blank-lines",
        "rfc3464",
        [("a@dest.test", "5.0.0", "failed", False), ("b@dest.test", "4.0.0", "delayed", False)],
        "",
        "",
    ),
    ("notes", "notes", [("user@dest.test", "5.0.0", "failed", True)], ID, TOKEN),
    ("onet", "localized", [("user@dest.test", "5.1.1", "failed", True)], ID, TOKEN),
    ("opensmtpd-text", "opensmtpd", [("user@dest.test", "5.0.0", "failed", False)], ID, TOKEN),
    ("opensmtpd", "rfc3464", [("user@dest.test", "5.1.1", "failed", True)], ID, TOKEN),
    ("oracle-dsn", "rfc3464", [("user@dest.test", "5.4.4", "failed", True)], ID, TOKEN),
    ("oracle", "oracle", [("user@dest.test", "5.0.0", "failed", True)], ID, ""),
    ("orange", "localized", [("user@dest.test", "5.1.1", "failed", True)], ID, TOKEN),
    ("plain-delay", "plain", [("user@dest.test", "4.0.0", "delayed", False)], "", ""),
    ("plain-header-only", "plain", [("user@dest.test", "5.0.0", "failed", False)], "", ""),
    ("plain-unknown", "plain", [("user@dest.test", "5.1.1", "failed", True)], "", ""),
    ("postfix-blocked", "rfc3464", [("user@dest.test", "5.7.1", "failed", False)], ID, TOKEN),
    ("postfix-delayed", "rfc3464", [("user@dest.test", "4.4.1", "delayed", False)], ID, TOKEN),
    ("postfix-delivered", "rfc3464", [("user@dest.test", "2.0.0", "delivered", None)], ID, TOKEN),
    ("postfix-double-copy", "rfc3464", [("user@dest.test", "5.1.1", "failed", True)], ID, TOKEN),
    ("postfix-expanded", "rfc3464", [("user@dest.test", "2.0.0", "expanded", None)], ID, TOKEN),
    ("postfix-expired", "rfc3464", [("user@dest.test", "4.4.1", "failed", False)], ID, TOKEN),
    ("postfix-failed", "rfc3464", [("user@dest.test", "5.1.1", "failed", True)], ID, TOKEN),
    ("postfix-full", "rfc3464", [("user@dest.test", "5.2.2", "failed", False)], ID, TOKEN),
    ("postfix-no-host", "rfc3464", [("user@dest.test", "5.4.4", "failed", True)], ID, TOKEN),
    ("postfix-null-mx", "rfc3464", [("user@dest.test", "5.1.0", "failed", True)], ID, TOKEN),
    ("postfix-relayed", "rfc3464", [("user@dest.test", "2.0.0", "relayed", None)], ID, TOKEN),
    ("postfix-text", "postfix", [("user@dest.test", "5.1.1", "failed", True)], ID, TOKEN),
    (
        "postfix-two",
        "rfc3464",
        [("a@dest.test", "5.1.1", "failed", True), ("b@dest.test", "5.4.6", "failed", False)],
        ID,
        TOKEN,
    ),
    ("postfix-utf8", "rfc3464", [("josé@dest.test", "5.6.7", "failed", False)], ID, TOKEN),
    ("powermta", "rfc3464", [("user@dest.test", "5.0.0", "failed", True)], ID, TOKEN),
    ("qmail-no-domain", "qmail", [("user@dest.test", "5.1.2", "failed", True)], ID, TOKEN),
    ("qmail-pl", "qmail", [("user@dest.test", "5.0.0", "failed", True)], ID, TOKEN),
    (
        "qmail",
        "qmail",
        [("a@dest.test", "5.1.1", "failed", True), ("b@dest.test", "4.4.1", "failed", False)],
        ID,
        TOKEN,
    ),
    ("sendgrid", "rfc3464", [("user@dest.test", "5.0.0", "failed", False)], ID, TOKEN),
    (
        "sendmail-mixed",
        "rfc3464",
        [("a@dest.test", "5.2.2", "failed", False), ("b@dest.test", "2.1.5", "relayed", None)],
        ID,
        TOKEN,
    ),
    ("sendmail-no-mime", "rfc3464", [("user@dest.test", "4.4.7", "failed", False)], ID, TOKEN),
    ("sendmail-v5-deferred", "sendmail", [("user@dest.test", "4.0.0", "failed", False)], ID, TOKEN),
    (
        "sendmail-v5",
        "sendmail",
        [("a@dest.test", "5.0.0", "failed", True), ("b@other.test", "5.0.0", "failed", True)],
        ID,
        TOKEN,
    ),
    ("sendmail", "rfc3464", [("user@dest.test", "5.7.1", "failed", False)], ID, TOKEN),
    ("smail", "smail", [("user@dest.test", "5.0.0", "failed", True)], ID, TOKEN),
    ("spanish", "localized", [("user@dest.test", "5.0.0", "failed", True)], ID, TOKEN),
    ("surfcontrol-short", "surfcontrol", [("user@dest.test", "5.0.0", "failed", False)], "", ""),
    ("surfcontrol", "surfcontrol", [("user@dest.test", "5.0.0", "failed", True)], "", ""),
    ("verizon", "verizon", [("0000000000@vzwpix.test", "5.0.0", "failed", True)], "", ""),
    ("webde", "localized", [("user@dest.test", "5.0.0", "failed", False)], ID, TOKEN),
    ("wp", "localized", [("user@dest.test", "5.0.0", "failed", False)], ID, TOKEN),
    ("wrapped", "rfc3464", [("user@dest.test", "5.7.1", "failed", False)], ID, TOKEN),
    ("x1", "sendmail", [("user@dest.test", "5.0.0", "failed", True)], ID, TOKEN),
    ("x2-notice", "qmail", [("user@dest.test", "5.4.14", "failed", False)], "", ""),
    ("x2", "qmail", [("user@dest.test", "4.4.1", "failed", False)], ID, TOKEN),
    ("x3", "x3", [("user@dest.test", "5.3.0", "failed", True)], "", ""),
    ("x4", "qmail", [("user@dest.test", "5.0.0", "failed", False)], ID, TOKEN),
    ("x6", "x6", [("user@dest.test", "5.4.6", "failed", False)], "", ""),
    ("yahoo", "qmail", [("user@dest.test", "5.1.1", "failed", True)], ID, TOKEN),
    ("zoho-delay", "zoho", [("user@dest.test", "4.0.0", "delayed", False)], ID, ""),
    ("zoho", "zoho", [("user@dest.test", "5.1.1", "failed", True)], ID, ""),
    ("exim-pipe", "exim", [("user@dest.test", "5.0.0", "failed", False)], ID, TOKEN),
    ("ezweb-disabled", "ezweb", [("user@dest.test", "5.0.0", "failed", False)], "", ""),
    ("fml-bracket", "fml", [("team@lists.test", "5.0.0", "failed", False)], ID, ""),
    ("x6-rcpt", "x6", [("user@dest.test", "5.1.1", "failed", True)], "", ""),
    # One or more of each kind that was once read wrong: see the README beside the returned mails that are shared.
    ("digest-word", "plain", [("user@dest.test", "5.0.0", "failed", True)], "", ""),
    ("exchange-name-only", "exchange-2003", [], ID, TOKEN),
    ("exchange-x400", "exchange-2003", [("User@Dest.test", "5.0.0", "failed", True)], ID, TOKEN),
    ("exim-sender-named", "exim", [("user@dest.test", "5.0.0", "failed", False)], ID, TOKEN),
    ("exim-undisclosed", "exim", [("user@dest.test", "5.0.0", "failed", False)], ID, TOKEN),
    ("gateway-name", "exchange-2003", [("user@dest.test", "5.0.0", "failed", True)], "", ""),
    ("header-cut", "gmail", [("user@dest.test", "5.1.1", "failed", True)], "", ""),
    ("list-owner", "exchange-2003", [("USER@DEST.TEST", "5.0.0", "failed", True)], "", ""),
    ("mailru-scanned", "exim", [("user@mail.test", "5.0.0", "failed", True)], ID, TOKEN),
    ("mdaemon-no-user", "plain", [("user@dest.test", "5.0.0", "failed", True)], "", ""),
    ("no-from", "gmail", [("user@dest.test", "5.0.0", "failed", False)], ID, TOKEN),
    ("no-reason-daemon", "plain", [("user@dest.test", "5.0.0", "failed", False)], "", ""),
    ("no-reason-report", "qmail", [("user@dest.test", "5.0.0", "failed", False)], ID, TOKEN),
    ("no-reason-text", "plain", [("user@dest.test", "5.0.0", "failed", False)], "", ""),
    (
        "postfix-after-data",
        "rfc3464",
        [(f"{name}@dest.test", "5.0.0", "failed", name != "d") for name in "abcd"],
        ID,
        TOKEN,
    ),
    (
        "postfix-host-refused",
        "rfc3464",
        [
            ("a@dest.test", "5.0.0", "failed", False),
            ("b@dest.test", "5.7.1", "failed", False),
            ("c@dest.test", "5.0.0", "failed", False),
        ],
        ID,
        TOKEN,
    ),
    (
        "postfix-odd-spelling",
        "rfc3464",
        [
            ("a@dest.test", "5.0.0", "failed", True),
            ("b@dest.test", "5.0.0", "failed", True),
            ("c@dest.test", "5.7.1", "failed", True),
            ("d@dest.test", "5.7.17", "failed", True),
            ("e@dest.test", "5.0.1", "failed", True),
            ("f@dest.test", "5.0.0", "failed", True),
        ],
        ID,
        TOKEN,
    ),
    (
        "postfix-other-causes",
        "rfc3464",
        [
            ("a@dest.test", "5.7.1", "failed", False),
            ("b@dest.test", "5.0.0", "failed", False),
            ("c@dest.test", "5.0.0", "failed", False),
            ("d@dest.test", "5.0.0", "failed", False),
        ],
        ID,
        TOKEN,
    ),
    ("qmail-bouncefrom", "qmail", [("user@dest.test", "5.1.1", "failed", True)], ID, TOKEN),
    ("scanner-footer", "rfc3464", [("user@dest.test", "5.1.1", "failed", True)], ID, TOKEN),
    (
        "screen-names",
        "aol",
        [("firstname@dest.test", "5.0.0", "failed", False), ("secondname@dest.test", "5.0.0", "failed", False)],
        "",
        "",
    ),
]
# sample, recipient, disposition, automatic, read
MDNS = [
    ("mdn-thunderbird", "user@dest.test", "displayed", False, True),
    ("mdn-roundcube", "user@dest.test", "displayed", False, True),
    ("mdn-global", "josé@dest.test", "displayed", False, True),
    ("mdn-deleted", "user@dest.test", "deleted", True, False),
    ("mdn-sieve-reject", "user@dest.test", "deleted", True, False),
    ("mdn-dovecot-reject", "user@dest.test", "deleted", True, False),
    ("mdn-failed", "user@dest.test", "failed", True, False),
    ("mdn-no-recipient", "", "", False, False),
]
# sample, type, recipient, Message-ID
COMPLAINTS = [
    ("feedback-abuse", "abuse", "user@dest.test", ID),
    ("feedback-auth-failure", "auth-failure", "user@dest.test", ID),
    ("feedback-hotmail", "abuse", "user@dest.test", ID),
    ("feedback-no-part", "other", "", ID),
    ("amazon-sns-complaint", "abuse", "user@dest.test", ""),
]

# of a known system, but nobody is named in them, or of no mail that was sent
NOTHING = ("postfix-notice", "postfix-notice-clean", "fml-no-list")


def read(name):
    return parse_report((SAMPLES / f"{name}.eml").read_bytes())


def named(prefix):
    return sorted(path.stem for path in SAMPLES.glob(f"{prefix}*.eml"))


class TestReportSamples(PureCase):
    def test_every_sample_has_a_row(self):
        rows = [row[0] for table in (DSNS, MDNS, COMPLAINTS) for row in table] + named("none-") + named("auto-")
        self.assertEqual(sorted({*rows, *NOTHING}), named(""))
        self.assertEqual(len(rows), len(set(rows)))

    def test_delivery_notifications(self):
        for name, form, recipients, message_id, envelope_id in DSNS:
            with self.subTest(sample=name):
                report = read(name)
                self.assertIs(report.kind, Kind.DSN)
                self.assertEqual(report.format, form)
                found = [(one.recipient, str(one.status), one.action.value, one.hard) for one in report.recipients]
                self.assertEqual(found, recipients)
                self.assertEqual(report.message_id, message_id)
                self.assertEqual(report.envelope_id, envelope_id)
                self.assertEqual(report.is_bounce, any(action == "failed" for _, _, action, _ in recipients))

    def test_read_receipts(self):
        for name, recipient, kind, automatic, is_read in MDNS:
            with self.subTest(sample=name):
                report = read(name)
                self.assertIs(report.kind, Kind.MDN)
                self.assertEqual([one.recipient for one in report.recipients], [recipient] if recipient else [])
                self.assertEqual((report.disposition.type, report.disposition.automatic), (kind, automatic))
                self.assertEqual(report.disposition.is_read, is_read)
                self.assertEqual(report.message_id, ID)
                # RFC 5429: refused in the form of a receipt
                self.assertEqual(report.is_bounce, name in ("mdn-sieve-reject", "mdn-dovecot-reject"))

    def test_complaints(self):
        for name, kind, recipient, message_id in COMPLAINTS:
            with self.subTest(sample=name):
                report = read(name)
                self.assertIs(report.kind, Kind.FEEDBACK)
                complaint = Result.COMPLAINT if recipient and kind != "auth-failure" else None
                self.assertEqual(report.result, complaint)
                self.assertEqual([one.recipient for one in report.recipients], [recipient] if recipient else [])
                self.assertEqual(report.message_id, message_id)
                self.assertFalse(report.is_bounce)

    def test_automatic_replies(self):
        for name in named("auto-"):
            with self.subTest(sample=name):
                report = read(name)
                self.assertIs(report.kind, Kind.AUTO_REPLY)
                self.assertEqual(report.message_id, "" if name == "auto-daemon" else ID)
                self.assertFalse(report.is_bounce)

    def test_other_mails_are_no_reports(self):
        for name in [*named("none-"), *NOTHING]:
            with self.subTest(sample=name):
                report = read(name)
                self.assertIs(report.kind, Kind.NONE)
                self.assertFalse(report.recipients)

    def test_line_ends_make_no_difference(self):
        for path in sorted(SAMPLES.glob("*.eml")):
            source = path.read_bytes()
            expected = parse_report(source)
            for ends in (b"\r\n", b"\r"):
                with self.subTest(sample=path.stem, ends=ends):
                    self.assertEqual(parse_report(source.replace(b"\n", ends)), expected)

    def test_what_finds_the_sent_mail(self):
        report = read("postfix-failed")
        self.assertEqual(report.token, TOKEN)
        self.assertEqual(report.queue_ids, ("4Qx1kz0BzXyL",))
        self.assertEqual(report.reporting_mta, "mx.odoo.test")
        self.assertEqual(report.addressed_to, ("sales+bounce@odoo.test",))
        self.assertEqual(report.return_path, "")
        self.assertEqual(report.sender, "MAILER-DAEMON@mx.odoo.test (Mail Delivery System)")
        self.assertEqual((report.subject, report.result), ("Undelivered Mail Returned to Sender", Result.FAILED))
        self.assertEqual(report.date, "Mon, 2 Mar 2026 09:00:05 +0000")
        self.assertEqual(report.own_id, "<report.postfix-failed@mx.odoo.test>")
        [recipient] = report.recipients
        self.assertEqual(recipient.remote_mta, "mx.dest.test")
        self.assertEqual(recipient.reply_code, 550)
        self.assertEqual(recipient.original_recipient, "user@dest.test")
        self.assertTrue(recipient.diagnostic.startswith("550 5.1.1 <user@dest.test>: Recipient address rejected"))
        self.assertEqual(report.text, recipient.diagnostic)
        self.assertTrue(read("postfix-delayed").recipients[0].retry_until)

    def test_a_marshal_that_names_nobody(self):
        """Without its list of recipients it names none; a list may be the last thing that it says."""
        source = (SAMPLES / "mailmarshal.eml").read_bytes()
        begin, end = source.index(b"The following recipients"), source.index(b"--mm\nContent-Type: message/rfc822")
        nobody = parse_report(source[:begin] + source[end:])
        self.assertNotIn("mailmarshal", nobody.format)
        self.assertFalse({one.recipient for one in nobody.recipients} & {"a@dest.test", "b@dest.test"})
        last = parse_report(source[: source.index(b"Additional Information")] + source[end:])
        self.assertEqual([one.recipient for one in last.recipients], ["a@dest.test", "b@dest.test"])

    def test_an_alias_is_kept(self):
        for name, alias in (
            ("exim-text", "info@odoo.test"),
            ("postfix-text", "info@odoo.test"),
            ("sendmail-mixed", "info@odoo.test"),
        ):
            with self.subTest(sample=name):
                self.assertEqual(read(name).recipients[0].original_recipient, alias)
        self.assertEqual(read("exim-dsn").recipients[0].original_recipient, "user+orig@dest.test")

    def test_references_of_the_report(self):
        self.assertEqual(read("auto-vacation").references, (ID, "<1000.sale@odoo.test>"))
