"""`python3 -m tools.report`: one JSON object a line per mail."""

import contextlib
import io
import json
import subprocess
import sys
from pathlib import Path
from unittest import mock

from ...tools.report import __main__ as command
from .common import PureCase

REPO = Path(__file__).resolve().parents[2]
SAMPLE = REPO / "tests" / "samples" / "report" / "postfix-failed.eml"


class TestReportCommand(PureCase):
    def run_main(self, *names, stdin=b""):
        out, err = io.StringIO(), io.StringIO()
        fake = mock.Mock(buffer=io.BytesIO(stdin))
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), mock.patch.object(sys, "stdin", fake):
            code = command.main(list(names))
        return code, [json.loads(line) for line in out.getvalue().splitlines()], err.getvalue()

    def test_one_line_per_mail(self):
        code, [one, two], err = self.run_main(str(SAMPLE), "-", stdin=b"From: a@b.test\n\nhi")
        self.assertEqual((code, err), (0, ""))
        self.assertEqual(one["file"], str(SAMPLE))
        self.assertEqual(one["kind"], "dsn")
        self.assertEqual(one["message_id"], "<1001.sale@odoo.test>")
        self.assertEqual(one["envelope_id"], "Zt3kQ9-token-1")
        [recipient] = one["recipients"]
        self.assertEqual(sorted(recipient), ["action", "diagnostic", "hard", "recipient", "status"])
        self.assertEqual((recipient["status"], recipient["action"], recipient["hard"]), ("5.1.1", "failed", True))
        self.assertEqual((two["file"], two["kind"], two["recipients"]), ("-", "none", []))

    def test_a_missing_file_does_not_stop_the_rest(self):
        code, lines, err = self.run_main("/nonexistent.eml", str(SAMPLE))
        self.assertEqual(code, 1)
        self.assertEqual(len(lines), 1)
        self.assertIn("/nonexistent.eml", err)

    def test_a_receipt_without_action(self):
        _, [line], _ = self.run_main(str(SAMPLE.with_name("mdn-deleted.eml")))
        self.assertEqual(line["recipients"][0]["action"], "")
        self.assertEqual(line["recipients"][0]["status"], "")

    def test_runs_from_the_root(self):
        done = subprocess.run(
            [sys.executable, "-m", "tools.report", str(SAMPLE)], cwd=REPO, capture_output=True, text=True, timeout=30
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(json.loads(done.stdout)["kind"], "dsn")
