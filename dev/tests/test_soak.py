"""The account of a soak is strict, and what breaks is drawn from the seed alone. The soak itself is for releases."""

import doctest
import json
import os
import random
import subprocess
import sys
import unittest

from cache import REPO
from soak import account, faults, log, proxy
from soak.account import FAULTS, Copy, Row, growth, has_grown, judge
from soak.faults import CALM, schedule

SLOW = os.environ.get("DEV_TEST_RELEASE")
ADDRESS, OTHER = "alice+1@dest.test", "bob+2@dest.test"


def row(state="accepted", mail_state="sent", reason="", address=ADDRESS, mail_id=1, message_id="<1@x>"):
    return Row(mail_id, message_id, address, mail_state, state, reason)


def copy(address=ADDRESS, message_id="<1@x>"):
    return Copy(message_id, address)


# What Odoo says, what the server has, what must be counted.
CASES = {
    "sent and there": ([row()], [copy()], "handed_over"),
    "spelled otherwise": ([row(address="Alice+1@Dest.test")], [copy()], "handed_over"),
    "came back": ([row("bounced")], [copy()], "handed_over"),
    "sent and not there": ([row()], [], "lost"),
    "read and not there": ([row("read")], [], "lost"),
    "of another mail": ([row()], [copy(message_id="<2@x>")], "lost"),
    "twice": ([row()], [copy(), copy()], "doubled"),
    "unknown and twice": ([row("unknown")], [copy(), copy()], "doubled"),
    "unknown": ([row("unknown", "exception")], [], "unknown"),
    "unknown and there": ([row("unknown", "exception")], [copy()], "unknown"),
    "waits and is there": ([row("queued", "outgoing", "put off")], [copy()], "denied"),
    "refused and there": ([row("refused", "exception", "550 No")], [copy()], "denied"),
    "cancelled and there": ([row("canceled", "cancel")], [copy()], "denied"),
    "never tried and there": ([row(None, "outgoing", "held")], [copy()], "denied"),
    "waits": ([row("deferred", "outgoing", "450 Later")], [], "waiting"),
    "waits, and why": ([row("queued", "outgoing")], [], "silent"),
    "never tried": ([row(None, "outgoing", "held")], [], "waiting"),
    "refused": ([row("refused", "exception", "550 No")], [], "refused"),
    "refused, and why": ([row("refused", "exception")], [], "silent"),
    "cancelled": ([row("canceled", "cancel")], [], "canceled"),
    "waits, its mail is gone": ([row("deferred", None, "450 Later")], [], "lost"),
    "undone, and there": ([row("accepted", account.ROLLED_BACK)], [copy()], "rolled_back"),
    "undone, nobody knows": ([row("unknown", account.ROLLED_BACK)], [], "rolled_back"),
    "undone, and not there": ([row("accepted", account.ROLLED_BACK)], [], "lost"),
    "nobody's": ([], [copy()], "stranger"),
    "its mail waits on": ([row(mail_state="outgoing")], [copy()], "stuck"),
}


class TestAccount(unittest.TestCase):
    def test_cases(self):
        for words, (rows, copies, expected) in CASES.items():
            with self.subTest(words):
                counts, lines = judge(rows, copies)
                self.assertTrue(counts[expected], counts)
                faults_found = sum(counts[name] for name in FAULTS)
                self.assertEqual(bool(faults_found), expected in FAULTS, counts)
                self.assertEqual(bool(lines), expected in FAULTS)

    def test_unknown_is_counted_apart(self):
        rows = [row("unknown"), row("unknown", address=OTHER)]
        counts, _lines = judge(rows, [copy()])
        self.assertEqual((counts["unknown"], counts["unknown_taken"]), (2, 1))

    def test_some_of_a_mail_wait(self):
        """A mail that still waits for one address is not stuck."""
        rows = [row(mail_state="outgoing"), row("deferred", "outgoing", "450 Later", address=OTHER)]
        counts, _lines = judge(rows, [copy()])
        self.assertEqual((counts["stuck"], counts["handed_over"], counts["waiting"]), (0, 1, 1))

    def test_forgotten(self):
        counts, lines = judge([row()], [copy()], [ADDRESS, OTHER])
        self.assertEqual(counts["forgotten"], 1)
        self.assertIn(OTHER, lines[0])

    def test_growth(self):
        falling, rising = list(range(100, 60, -1)), list(range(60, 100))
        self.assertFalse(has_grown(falling, 0.1, 5))
        self.assertTrue(has_grown(rising, 0.1, 5))
        self.assertFalse(has_grown(rising, 0.1, 50), "fewer than what is let go")
        self.assertFalse(has_grown([1, 100], 0.1, 5), "too few to tell")
        self.assertEqual(growth([0] * 10 + [5] * 10 + [9] * 20), (5, 9))


class TestFaults(unittest.TestCase):
    def test_by_the_seed_alone(self):
        self.assertEqual(schedule(7, 600), schedule(7, 600))
        self.assertNotEqual(schedule(7, 600), schedule(8, 600))

    def test_all_of_them(self):
        """Even the short form has each fault, and every network fault ends."""
        for seconds in (180, 1800):
            moments = schedule(3, seconds)
            kinds = {moment.what for moment in moments}
            self.assertEqual(kinds - {""}, {*proxy.FAULTS, "kill_cron", "kill_http", "restart", "crash"})
            network = [moment.what for moment in moments if moment.what in ("", *proxy.FAULTS)]
            self.assertFalse(network[-1])
            self.assertTrue(all(bool(what) != bool(number % 2) for number, what in enumerate(network)))

    def test_calm_at_the_end(self):
        late = [moment.what for moment in schedule(3, 600) if moment.at > 600 * (1 - CALM)]
        self.assertTrue(late)
        self.assertLessEqual(set(late), {"", *proxy.FAULTS})

    def test_garbled(self):
        """Whatever the chance: as long as before, lines end where they did, and no octet has become another letter."""
        before = b"250 2.1.0 Ok\r\n354 End data\r\n"
        for number in range(200):
            after = proxy.garbled(before, random.Random(number))
            self.assertEqual(len(after), len(before))
            changed = [(a, b) for a, b in zip(before, after, strict=True) if a != b]
            self.assertTrue(changed)
            self.assertTrue(all(a not in b"\r\n" and b >= 0x80 for a, b in changed))
        self.assertEqual(proxy.garbled(b"\r\n", random.Random(1)), b"\r\n")

    def test_examples(self):
        for module in (account, faults, log, proxy):
            self.assertFalse(doctest.testmod(module).failed)


@unittest.skipUnless(SLOW, "DEV_TEST_RELEASE=1 sends, kills and counts for minutes")
class TestSoak(unittest.TestCase):
    def test_three_minutes(self):
        command = [sys.executable, str(REPO / "dev/dev.py"), "soak", "--minutes", "3"]
        run = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        self.assertTrue(json.loads(run.stdout)["met"])
