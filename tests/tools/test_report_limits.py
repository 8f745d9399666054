"""Mails made to be slow: bounded time and memory, whatever comes in (at most 2 s and 5 times the mail)."""

import time
import tracemalloc

from ...tools.report import parse_report
from .common import PureCase

HEAD = b"From: MAILER-DAEMON@mx.test\nReturn-Path: <>\nTo: x@odoo.test\nSubject: Undelivered Mail\n"
STATUS = (
    b"Content-Type: message/delivery-status\n\nFinal-Recipient: rfc822; a@dest.test\nAction: failed\nStatus: 5.1.1\n\n"
)
REPORT = (
    HEAD
    + b'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n--b\n\nSorry\n--b\n'
    + STATUS
    + b"--b\nContent-Type: message/rfc822\n\nMessage-ID: <1@odoo.test>\n\n"
)
MIXED = HEAD + b'Content-Type: multipart/mixed; boundary="b"\n\n'
HTML = HEAD + b"Content-Type: text/html\n\n"
MB = 1_000_000


def nested(depth):
    return HEAD + b"".join(b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (i, i) for i in range(depth))


class TestReportLimits(PureCase):
    def assertBounded(self, name, source, least=4 * MB):
        with self.subTest(case=name):
            start = time.perf_counter()
            report = parse_report(source)
            self.assertLess(time.perf_counter() - start, 2)
            tracemalloc.start()
            self.addCleanup(tracemalloc.stop)
            parse_report(source)
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            self.assertLess(peak, max(5 * len(source), least))
        return report

    def test_30_mb(self):
        line = b"<a@dest.test>: 550 5.1.1 user unknown\n"
        report = self.assertBounded("returned", REPORT + line * (30 * MB // len(line)) + b"\n--b--\n")
        self.assertEqual([str(one.status) for one in report.recipients], ["5.1.1"])
        self.assertEqual(report.message_id, "<1@odoo.test>")
        self.assertBounded("text", HEAD + b"\n" + line * (30 * MB // len(line)))
        self.assertBounded("one line", HEAD + b"\n" + b"a" * 30 * MB)
        self.assertBounded("base64", MIXED + b"--b\nContent-Transfer-Encoding: base64\n\n" + b"QUJD\n" * (6 * MB))
        self.assertBounded("old Mac line ends", REPORT.replace(b"\n", b"\r") + b"abcdefg\r" * (30 * MB // 8))

    def test_many_and_deep_parts(self):
        self.assertBounded("10 000 parts", MIXED + b"--b\nContent-Type: text/plain\n\nhello\n" * 10_000 + b"--b--\n")
        for name, part in (
            ("texts", b"--b\nContent-Type: text/plain\n\nhello\n"),
            ("mails", b"--b\nContent-Type: message/rfc822\n\nTo: a@dest.test\n\nhello\n"),
            ("multiparts", b'--b\nContent-Type: multipart/mixed; boundary="c"\n\n--c\n\nx\n--c--\n'),
            ("without a delimiter of their own", b"--b\nContent-Type: multipart/mixed\n\n"),
        ):
            self.assertBounded(f"100 000 {name}", MIXED + part * 100_000 + b"--b--\n")
        report = self.assertBounded("parts that tell", MIXED + (b"--b\n" + STATUS) * 100_000 + b"--b--\n")
        self.assertEqual(len(report.recipients), 60)  # the rest is not looked at
        self.assertBounded("10 000 empty parts", MIXED + b"--b\n" * 10_000)
        self.assertBounded("1 000 deep", nested(1_000) + b"\nhello\n")
        self.assertBounded("1 000 mails in mails", HEAD + b"Content-Type: message/rfc822\n\n" * 1_000)
        self.assertBounded("delimiters that are none", MIXED + b"\n--bX" * MB)
        self.assertBounded("delimiters in a line", MIXED + b"--b" * (2 * MB))

    def test_5_mb_header(self):
        report = self.assertBounded("one field", b"X-Big: " + b"a" * 5 * MB + b"\n" + REPORT)
        self.assertEqual(len(report.recipients), 1)
        self.assertBounded("folded", HEAD + b"X-Big: a\n" + b" aaaa bbbb\n" * 500_000 + b"\nhello")
        self.assertBounded("fields", HEAD + b"".join(b"X-%d: a\n" % i for i in range(400_000)) + b"\nhello")
        self.assertBounded("no end", HEAD + b"x" * 5 * MB)
        self.assertBounded("encoded words", b"Subject: " + b"=?utf-8?q?a?= " * 400_000 + b"\n\nhi")
        self.assertBounded("parameters", HEAD + b"Content-Type: multipart/report; " + b"a=b; " * 500_000 + b"\n\nhi")

    def test_texts_against_the_patterns(self):
        for name, source in (
            ("at signs", b"\n" + b"@a" * MB),
            ("dots", b"\n" + b"a@" + b"a." * MB),
            ("spaces", b"\n" + b" " * 2 * MB),
            ("blank lines", b"\n" + b" \n" * MB),
            ("dashes", b"\n" + b"-" * 2 * MB),
            ("phrases", b"\n" + b"could not be delivered to user " * 100_000),
            ("codes", b"\n" + b"550 5.1.1 " * 200_000),
            ("ids", b"\n" + b"Message-ID: <" * 200_000),
            ("fields", b"\n" + b"Received: a\n" * 200_000),
            ("quotes", b"\n" + b'"' * MB),
            ("addresses", b"\n" + b"a@b.test: 550 no\n" * 100_000),
            ("json", b"x-amz-sns-message-id: x\n\n" + b'{"a":' * 200_000),
        ):
            self.assertBounded(name, HEAD + source)
        for name, text in (
            ("open tags", b"<" * MB),
            ("styles", b"<style " * 300_000),
            ("text", b"<p>a</p>&amp;" * 100_000),
        ):
            self.assertBounded(name, HTML + text)

    def test_many_recipients(self):
        block = b"Final-Recipient: rfc822; a%05d@dest.test\nStatus: 5.1.1\n\n"
        blocks = b"".join(block % number for number in range(2_000))
        told = b"".join(b"<a%05d@dest.test>: it failed\n" % number for number in range(2_000))
        source = REPORT.replace(b"Sorry", b"It failed.\n" * 5_000 + told).replace(
            STATUS[STATUS.index(b"Final") :], blocks
        )
        self.assertEqual(len(self.assertBounded("2 000 without an action", source, 5 * MB).recipients), 2_000)
        same = b"".join(
            b"Final-Recipient: rfc822; a@dest.test\nDiagnostic-Code: smtp; 550 x%d\n\n" % number
            for number in range(2_000)
        )
        long = b"<a@dest.test>: " + b"user of the mailbox of the account " * 1_000
        self.assertBounded(
            "one recipient 2 000 times", REPORT.replace(b"Sorry", long).replace(STATUS[STATUS.index(b"Final") :], same)
        )
        report = self.assertBounded(
            "100 000", REPORT.replace(STATUS, STATUS + STATUS[STATUS.index(b"Final") :] * 100_000)
        )
        self.assertEqual(len(report.recipients), 2_000)
