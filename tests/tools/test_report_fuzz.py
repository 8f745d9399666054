"""10 000 broken mails: no exception, bounded time, well-formed values. The seed is fixed: a failure comes again."""

import random
import time
from pathlib import Path

from ...tools.report import Kind, Report, parse_report
from ...tools.report import parser as parser_module
from ...tools.report.detectors import Incoming
from ...tools.report.mime import Mail
from ...tools.report.returned_message import find
from .common import PureCase

SAMPLES = Path(__file__).parent.parent / "samples" / "report"
MUTATIONS = 10_000
TOKENS = (
    b"\n", b"\n\n", b"\r\n", b"\r", b"\x00", b"\xff", b"--", b"--b1\n", b": ", b"<", b">", b"@", b"=?utf-8?B?", b"?=",
    b"Content-Type: message/delivery-status\n\n", b"Content-Transfer-Encoding: base64\n", b"Action: failed\n",
    b"Final-Recipient: rfc822; ", b"Status: 5.", b"=", b"+2B", b"\\x{", b"550 5.1.1 ", b"{", b'"', b"multipart/", b"; boundary=",
)  # fmt: skip


def mutated(source, others, rng):
    """Cut, copied, swapped, overwritten and crossed with another sample."""
    data = bytearray(source)
    for _ in range(rng.randint(1, 6)):
        at = rng.randrange(len(data) + 1)
        to = min(len(data), at + rng.randint(1, 200))
        match rng.randrange(7):
            case 0:
                del data[at:to]
            case 1:
                data[at:at] = rng.choice(TOKENS)
            case 2:
                data[at:at] = data[at:to]
            case 3 if data:
                data[rng.randrange(len(data))] = rng.randrange(256)
            case 4:
                other = rng.choice(others)
                start = rng.randrange(len(other) or 1)
                data[at:at] = other[start : start + rng.randint(1, 400)]
            case 5:
                data = data[:at]
            case _:
                data[at:to] = rng.choice(TOKENS) * rng.randint(1, 20)
    return bytes(data)


class TestReportFuzz(PureCase):
    def test_mutations(self):
        sources = [path.read_bytes() for path in sorted(SAMPLES.glob("*.eml"))]
        rng = random.Random(3464)
        slowest = 0.0
        for number in range(MUTATIONS):
            source = mutated(sources[number % len(sources)], sources, rng)
            start = time.perf_counter()
            report = self.strict(source, number)
            slowest = max(slowest, time.perf_counter() - start)
            self.assertWellFormed(report)
        self.assertLess(slowest, 1)

    def strict(self, source, number):
        """What parse_report does, without the net that catches exceptions: none may be hidden by it."""
        mail = Mail.read(source)
        returned = find(mail)
        incoming = Incoming(mail, returned, " ".join(returned.human.lower().split()))
        for detector in parser_module.DETECTORS:
            report = detector(incoming)
            if report is not None:
                if number % 20 == 0:
                    self.assertEqual(report, parse_report(source), f"mutation {number}")
                return report
        return parse_report(source)

    def assertWellFormed(self, report):
        self.assertIsInstance(report, Report)
        for one in report.recipients:
            self.assertTrue(one.recipient)
            self.assertNotIn("\n", one.recipient)
            self.assertNotIn("\n", one.diagnostic)
            if report.kind is Kind.DSN:
                self.assertIsNotNone(one.action)
                self.assertIsNotNone(one.status)
                self.assertEqual(one.hard is None, one.action.value not in ("failed", "delayed"))
        if report.kind is Kind.NONE:
            self.assertFalse(report.recipients)
        self.assertEqual(report.message_id[:1] + report.message_id[-1:], "<>" if report.message_id else "")
