"""The kinds of returned mail once read wrong, where they lie beside the checkout (they belong to no repository).

Samples of each kind that do belong to it are in tests/samples/report: test_report_samples.
"""

import json
import time
import unittest
from pathlib import Path

from ...tools.report import parse_report
from .common import PureCase

RETURNS = Path(__file__).resolve().parents[3] / "shared" / "returns"


@unittest.skipUnless(RETURNS.is_dir(), "the returned mails are not beside this checkout (../shared/returns)")
class TestReportReturns(PureCase):
    def test_every_kind(self):
        for line in (RETURNS / "expected.jsonl").read_text().splitlines():
            expected = json.loads(line)
            with self.subTest(file=expected["file"], why=expected["why"]):
                source = (RETURNS / expected["file"]).read_bytes()
                start = time.process_time()
                report = parse_report(source)
                self.assertLess(time.process_time() - start, 0.5)
                self.assertEqual(report.kind.value, expected["kind"])
                found = [
                    {
                        "recipient": one.recipient,
                        "status": str(one.status or ""),
                        "action": one.action.value if one.action else "",
                        "hard": one.hard,
                    }
                    for one in report.recipients
                ]
                total = expected.get("recipients_total", len(expected["recipients"]))
                self.assertEqual(len(found), total)
                self.assertEqual(found[: len(expected["recipients"])], expected["recipients"])
