"""The goals on real returned mails, which belong to no repository: read where they lie beside the checkout."""

import importlib.util
import json
import tempfile
import unittest
import warnings
from pathlib import Path

from ...tools.report import Kind, parse_report
from .common import PureCase

BOUNCES = Path(__file__).resolve().parents[3] / "shared" / "bounces"
GOALS = {
    "recognised": 99.5,
    "rcpt_exact": 98.5,
    "status_exact": 98.0,
    "class": 99.0,
    "hard_soft": 95.0,
    "msgid": 99.0,
    "full": 97.0,
}


@unittest.skipUnless(BOUNCES.is_dir(), "the real returned mails are not beside this checkout (../shared/bounces)")
class TestReportBounces(PureCase):
    def test_goals(self):
        figures = self.scored()
        for name, goal in GOALS.items():
            with self.subTest(figure=name):
                self.assertGreaterEqual(figures[name], goal)
        self.assertEqual(figures["fp_files"], [])

    def scored(self):
        spec = importlib.util.spec_from_file_location("bounce_score", BOUNCES / "score.py")
        scorer = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(scorer)
        names = json.loads((BOUNCES / "truth.json").read_text())
        answers = {name: self.predictions(name) for name in names}
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump(answers, file)
            file.flush()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ResourceWarning)  # the scorer leaves its files to the collector
                return scorer.main([file.name, str(BOUNCES / "truth.json"), "-q"])

    def predictions(self, name):
        report = parse_report((BOUNCES / name).read_bytes())
        if report.kind is not Kind.DSN:
            return []
        return [
            {
                "recipient": one.recipient,
                "status": str(one.status),
                "action": one.action.value,
                "hard": one.hard,
                "message_id": report.message_id,
            }
            for one in report.recipients
        ]
