"""Figures that are kept belong to a commit."""

import subprocess
from pathlib import Path

from .common import DevCase

BENCH = """
import sys
from bench import command, results
def measure(fsync):
    sys.exit("dev: it is measured")
command.setting = measure
results.REPO = {folder!r}
command.bench("send", True, ["off"], {write})
"""


class TestKeptFigures(DevCase):
    def setUp(self):
        super().setUp()
        self.folder = self.new_cache()
        self.page = self.folder / "dev/bench/RESULTS.md"
        self.page.parent.mkdir(parents=True)
        for file in (self.page, self.folder / "code.py"):
            file.write_text("x")

    def git(self, *words: str) -> str:
        who = ("-c", "user.name=a", "-c", "user.email=a@b.test")
        return subprocess.run(
            ["git", *who, *words], cwd=self.folder, check=True, capture_output=True, text=True
        ).stdout.strip()

    def commit(self) -> None:
        self.git("init", "-q")
        self.git("add", ".")
        self.git("commit", "-qm", "x")

    def bench(self, write: bool = True) -> subprocess.CompletedProcess:
        return self.python(BENCH.format(folder=str(self.folder), write=write))

    def test_of_a_commit(self):
        self.commit()
        Path(self.folder, "note.txt").write_text("not followed by git")
        self.page.write_text("of another run")
        self.assertSays(self.bench(), "it is measured")
        code = f"from bench import results; results.REPO = {str(self.folder)!r}; print(results.commit())"
        self.assertEqual(self.python(code).stdout.strip(), self.git("rev-parse", "--short", "HEAD"))

    def test_of_changed_code(self):
        self.commit()
        Path(self.folder, "code.py").write_text("changed")
        self.assertSays(self.bench(), "-dirty", "commit your changes first")
        self.assertSays(self.bench(write=False), "it is measured")

    def test_without_git(self):
        self.assertSays(self.bench(), "unknown", "commit your changes first")

    def test_rows_carry_it(self):
        code = "from bench import results\nresults.commit = lambda: '1a2b3c4'\nresults.emit({'ms': 1})"
        self.assertEqual(self.python(code).stdout.strip(), '{"ms": 1, "commit": "1a2b3c4"}')
