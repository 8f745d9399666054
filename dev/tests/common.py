"""How the tests of dev/ run its code: in a process of its own, with a cache folder of its own."""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

DEV = Path(__file__).resolve().parent.parent


class DevCase(unittest.TestCase):
    def setUp(self):
        self.cache = self.new_cache()

    def new_cache(self) -> Path:
        """An empty folder that others may enter; mktemp makes it so that they may not."""
        folder = Path(tempfile.mkdtemp(prefix="dev-"))
        folder.chmod(0o755)
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        return folder

    def environment(self, **more: str) -> dict[str, str]:
        own = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "ODOO_", "DEV_"))}
        return {**own, "ODOO_DEV_CACHE": str(self.cache), "PYTHONPATH": str(DEV), **more}

    def python(self, code: str, **environment: str) -> subprocess.CompletedProcess:
        """Run Python code to which the files of dev/ are modules."""
        return self._run(sys.executable, "-B", "-c", code, **environment)

    def command(self, *words: str, **environment: str) -> subprocess.CompletedProcess:
        """Run a command of dev.py."""
        return self._run(sys.executable, DEV / "dev.py", *words, **environment)

    def _run(self, *command, **environment: str) -> subprocess.CompletedProcess:
        options = {"capture_output": True, "text": True, "timeout": 120, "stdin": subprocess.DEVNULL}
        return subprocess.run([str(word) for word in command], env=self.environment(**environment), **options)

    @contextlib.contextmanager
    def running(self, code: str, **environment: str):
        """A process that runs the code, has printed a line, and waits; it is killed at the end."""
        process = subprocess.Popen(
            [sys.executable, "-B", "-c", code],
            env=self.environment(**environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            process.said = process.stdout.readline().strip()
            yield process
        finally:
            process.kill()
            process.wait()
            process.stdout.close()
            with contextlib.suppress(OSError):
                process.stdin.close()

    def assertSays(self, run: subprocess.CompletedProcess, *words: str) -> None:
        """It ended with a sentence, and not with a traceback."""
        self.assertTrue(run.returncode, run.stdout + run.stderr)
        self.assertNotIn("Traceback", run.stderr)
        for word in ("dev: ", *words):
            self.assertIn(word, run.stderr)


def wait_until(condition, seconds: float = 10):
    end = time.monotonic() + seconds
    while not (result := condition()) and time.monotonic() < end:
        time.sleep(0.02)
    return result


def finish(process: subprocess.Popen) -> None:
    """Let a process that waits for a line of input go on to its end."""
    process.stdin.write("\n")
    process.stdin.close()
    process.wait(10)


def runs(pid: int) -> bool:
    """Whether a process has not ended; one whose parent is gone may stay in the table."""
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] not in "ZX"
    return False
