"""The command that tells the cause of one reply, or prints the table of all."""

import contextlib
import io
import subprocess
import sys
from pathlib import Path

from ...tools import explanation
from ...tools.explanation import Cause, __main__
from .common import DoctestCase

ROOT = Path(explanation.__path__[0]).parents[1]


class TestExplanationCommand(DoctestCase):
    def said(self, *arguments):
        with contextlib.redirect_stdout(io.StringIO()) as output:
            self.assertEqual(__main__.main(list(arguments)), 0)
        return output.getvalue()

    def test_doctests(self):
        self.assertDoctests(__main__)

    def test_one_reply(self):
        self.assertEqual(
            self.said("552", "5.2.2", "Over", "quota"), "mailbox_full, who acts: recipient, by: status x.2.2\n"
        )
        self.assertEqual(self.said("250", "2.0.0 Ok"), "nothing went wrong\n")
        self.assertEqual(self.said("", ""), "returned, who acts: sender, by: general\n")

    def test_table(self):
        lines = self.said().splitlines()
        self.assertIn("smtp wp pl, poczta wp pl", next(line for line in lines if line.startswith("| wp.pl, o2.pl | ")))
        lines = lines[: lines.index("")]
        self.assertEqual(len(lines), len(Cause) + 2)
        for line, cause in zip(lines[2:], Cause, strict=True):
            self.assertTrue(line.startswith(f"| {cause.value} | {cause.actor.value} | "))
            self.assertEqual(line.replace("\\|", "").count("|"), 4)
        self.assertIn(
            "https://support.google.com/a/answer/3726730, read 20", lines[2 + list(Cause).index(Cause.SENDING_LIMIT)]
        )

    def test_as_a_process(self):
        run = subprocess.run(
            [sys.executable, "-m", "tools.explanation", "421"], cwd=ROOT, capture_output=True, text=True, check=True
        )
        self.assertEqual(run.stdout, "service_unavailable, who acts: nobody, by: code 421\n")
