"""The script that keeps services from starting while packages are installed: /usr/sbin/policy-rc.d of Debian."""

import os
import signal
import subprocess

from .common import DevCase, finish, wait_until

INSTALL = """
import subprocess, sys, programs
programs.POLICY = programs.Path(sys.argv[1] if len(sys.argv) > 1 else {policy!r})
with programs.no_service_starts() as pipe:
    {within}
"""
WAIT = "print(programs.POLICY.read_text().split('/proc/')[1].split('/')[0], flush=True); input()"


class TestPolicy(DevCase):
    def setUp(self):
        super().setUp()
        self.policy = self.new_cache() / "policy-rc.d"

    def install(self, within: str = WAIT) -> str:
        return INSTALL.format(policy=str(self.policy), within=within)

    def ask(self) -> int:
        return subprocess.run([self.policy, "postfix", "start"]).returncode

    def test_no_service_starts(self):
        with self.running(self.install()) as process:
            self.assertEqual(self.ask(), 101)
            finish(process)
            self.assertEqual(os.listdir(self.policy.parent), [])

    def test_killed(self):
        """kill -9 while packages are installed."""
        with self.running(self.install()) as process:
            process.kill()
            self.assertTrue(wait_until(lambda: not self.policy.exists()))

    def test_killed_with_its_guard(self):
        """Even then it says yes to the next who asks, and removes itself."""
        with self.running(self.install()) as process:
            os.kill(int(process.said), signal.SIGKILL)
            process.kill()
            process.wait()
            self.assertTrue(self.policy.exists())
            self.assertEqual(self.ask(), 0)
            self.assertFalse(self.policy.exists())

    def test_left_by_a_killed_run(self):
        """The next run does not take it for the machine's own."""
        with self.running(self.install()) as process:
            os.kill(int(process.said), signal.SIGKILL)
            process.kill()
            process.wait()
        with self.running(self.install()) as process:
            self.assertEqual(self.ask(), 101)
            finish(process)
            self.assertFalse(self.policy.exists())

    def test_apt_outlives_us(self):
        """apt-get goes on when we are killed: no service starts until it has ended."""
        within = "p = subprocess.Popen(['sleep', '30'], pass_fds=[pipe]); print(p.pid, flush=True); input()"
        with self.running(self.install(within)) as process:
            process.kill()
            process.wait()
            self.assertEqual(self.ask(), 101)
            os.kill(int(process.said), signal.SIGKILL)
            self.assertTrue(wait_until(lambda: not self.policy.exists()))

    def test_the_machine_has_its_own(self):
        self.policy.write_text("#!/bin/sh\nexit 104\n")
        self.policy.chmod(0o755)
        run = self.python(self.install("print(pipe)"))
        self.assertEqual(run.stdout.strip(), "None", run.stderr)
        self.assertEqual(self.ask(), 104)
