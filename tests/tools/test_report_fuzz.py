"""20 000 broken mails: no exception, bounded time, well-formed values. The seed is fixed: a failure comes again."""

import random
import time
from pathlib import Path

from ...tools.report import Kind, Report, parse_report
from ...tools.report import parser as parser_module
from ...tools.report.detectors import DetectorInput
from ...tools.report.mime import Mail
from .common import PureCase, tagged

SAMPLES = Path(__file__).parent.parent / "samples" / "report"
BOUNCES = Path(__file__).resolve().parents[3] / "shared" / "bounces"
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
        match rng.randrange(12):
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
            case 6:  # blocks again and again: recipients, parts, lines
                data[at:at] = data[at:to] * rng.choice((10, 100, 1_000))
            case 7:  # a very long line
                data[at:at] = rng.choice((b"a", b" ", b"<", b"@a.", b"550 ", b"=", b'"')) * rng.choice((2_000, 60_000))
            case 8:  # a whole mail spliced in, as it is or as a part
                data[at:at] = rng.choice((b"\n\n", b"\n--b1\nContent-Type: message/rfc822\n\n")) + rng.choice(others)
            case 9:  # without its header, or what is left of it
                del data[: rng.choice((at, data.find(b"\n\n") + 1))]
            case 10:  # 8 bits, NULs, folded lines
                data[at:to] = bytes(rng.randrange(256) for _ in range(to - at)) + rng.choice(
                    (b"\x00" * 9, b"\n        x" * 30)
                )
            case _:
                data[at:to] = rng.choice(TOKENS) * rng.randint(1, 20)
    return bytes(data)


class FuzzCase(PureCase):
    def mutate(self, sources, count, seed):
        rng = random.Random(seed)
        for number in range(count):
            source = mutated(sources[number % len(sources)], sources, rng)
            start = time.process_time()
            report = self.strict(source, number)
            if time.process_time() - start > 0.5:  # once more: the machine may be busy
                start = time.process_time()
                self.strict(source, number)
                self.assertLess(time.process_time() - start, 0.5, f"mutation {number} of seed {seed}")
            self.assertWellFormed(report)

    def strict(self, source, number):
        """What parse_report does, without the net that catches exceptions: none may be hidden by it."""
        given = DetectorInput.of(Mail.read(source))
        for detector in parser_module.DETECTORS:
            report = detector(given)
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


def samples():
    return [path.read_bytes() for path in sorted(SAMPLES.glob("*.eml"))]


class TestReportFuzz(FuzzCase):
    def test_mutations(self):
        self.mutate(samples(), 2_000, 3464)


@tagged("slow")
class TestReportFuzzLong(FuzzCase):
    def test_mutations(self):
        real = [path.read_bytes() for path in sorted(BOUNCES.rglob("*.eml"))]  # none where the folder is not there
        self.mutate(samples() + real, 20_000, 5965)
