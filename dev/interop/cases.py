"""What is tried with each server, and what is held against it afterwards."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

from servers.process import wait_until

from .client import Account, Client, Mail, in_thread
from .next_hop import Copy, NextHop
from .server import BAD, GOOD, Server
from .verdict import ACCEPTED, LOST, OK, OTHER_DOUBLE, OWN_DOUBLE, QUEUED, REFUSED, changed, in_short, verdict, whose

ALICE, BOB = GOOD
# The addresses of the mixed mails in turn.
KINDS = (
    {ALICE: ACCEPTED},
    {BAD: REFUSED},
    {ALICE: ACCEPTED, BAD: REFUSED, BOB: ACCEPTED},
    {BAD: REFUSED, BOB: ACCEPTED},
    {ALICE: ACCEPTED, BOB: ACCEPTED},
)
GIVE_UP_SECONDS = 90
ARRIVAL_SECONDS = 60  # a server that was killed takes a while to look into its queue
QUIET_SECONDS = 1.0  # a second copy would come about as soon as the first
KILLS = 4
MAILS_BETWEEN = (2, 12)
AT_MOST_MS = 15  # from when mails are marked to leave until the server is killed
numbers = count(1)


@dataclass
class Found:
    """What one case came to.

    :ivar faults: ours, or a server's that lost or doubled; `remarks`: what is worth knowing and no fault
    """

    faults: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "; ".join([*(f"**{fault}**" for fault in self.faults), *self.remarks]) or OK


def mails(count: int, *kinds: dict[str, str], size: int = 0) -> list[Mail]:
    """So many mails with these addresses in turn; numbers are never used twice."""
    return [Mail(next(numbers), kinds[position % len(kinds)], size) for position in range(count)]


def good(_limit: int) -> list[Mail]:
    return [*mails(20, KINDS[0], KINDS[4]), *mails(2, KINDS[0], size=150_000)]


def bad(_limit: int) -> list[Mail]:
    return mails(12, KINDS[1])


def mixed(_limit: int) -> list[Mail]:
    return mails(40, *KINDS)


def too_big(limit: int) -> list[Mail]:
    small, big = {ALICE: ACCEPTED}, {ALICE: REFUSED}
    return [mail for _ in range(3) for mail in (*mails(2, small), *mails(1, big, size=2 * limit))]


CASES: dict[str, Callable[[int], list[Mail]]] = {
    "good": good,
    "bad": bad,
    "mixed": mixed,
    "too big": too_big,
    "TLS": mixed,
}


class Trial:
    """One server in one mode, with the next hop behind it."""

    def __init__(self, server: Server, hop: NextHop, mode: str) -> None:
        self.server, self.hop, self.mode = server, hop, mode
        self.receipts: Counter[str] = Counter()

    def run(self, case: str) -> Found:
        if case == "killed":
            return self._killed()
        return self._send(CASES[case](self.server.size_limit), tls=case == "TLS")

    def _send(self, sent: list[Mail], tls: bool = False) -> Found:
        client = Client(self.server, self.mode, tls)
        account = client.send(sent, GIVE_UP_SECONDS)
        found = self._judge(sent, account)
        wrong = []
        for mail in sent:
            for address, expected in mail.expected.items():
                result = account.results[mail.message_id, address]
                if result.outcome.value != expected:
                    said = result.reply.code if result.reply else result.problem
                    wrong.append(f"{result.outcome.value} instead of {expected} at {result.phase.value}: {said}")
        found.faults += in_short(wrong)
        found.remarks += [f"{number} put off first ({why})" for why, number in account.put_off.items()]
        if account.connections > 1:
            found.remarks.append(f"{account.connections} connections")
        return found

    def _killed(self) -> Found:
        """kill -9 while mails are on their way; it comes back with what it had on its disk, and the engine goes on."""
        sent = mails(100, *KINDS)
        client = Client(self.server, self.mode)
        shots = Shots(KILLS)
        in_thread(lambda: client.send(sent, GIVE_UP_SECONDS, shots.on_leaving), lambda: shots.fire(self.server))
        found = self._judge(sent, client.account)
        states = Counter(result.outcome.value for result in client.account.results.values())
        if states["deferred"]:
            found.faults.append(f"{states['deferred']} still wait")
        found.remarks.append(f"{shots.fired} kills")
        if states["unknown"]:
            found.remarks.append(f"{states['unknown']} unknown")
        return found

    def _judge(self, sent: list[Mail], account: Account) -> Found:
        """Compare what the engine says with what came to the next hop, address by address."""
        ids = {mail.message_id for mail in sent}
        taken = [key for key, result in account.results.items() if result.outcome.value == ACCEPTED]
        wait_until(lambda: all(map(self.hop.copies().get, taken)), ARRIVAL_SECONDS, 0.1)
        time.sleep(QUIET_SECONDS)
        copies = {key: found for key, found in self.hop.copies().items() if key[0] in ids}
        found, faults = Found(), Counter()
        kept = self.server.kept([key[0] for key in taken if key not in copies])
        for key, result in account.results.items():
            what = verdict(result.outcome.value, copies.get(key, []))
            faults[QUEUED if what == LOST and key[0] in kept else what] += 1
        digests = {mail.message_id: mail.body_digest for mail in sent}
        for key, some in copies.items():
            faults += changed(digests[key[0]], some)
        faults["to an address it was not sent to"] = len(copies.keys() - account.results.keys())
        remarks = {name: faults.pop(name, 0) for name in (OWN_DOUBLE, OTHER_DOUBLE, QUEUED)}
        del faults[OK]
        found.faults = [f"{number} {name}" for name, number in faults.items() if number]
        found.remarks = [f"{number} {name}" for name, number in remarks.items() if number]
        self._note_receipts(account, copies)
        return found

    def _note_receipts(self, account: Account, copies: dict[tuple[str, str], list[Copy]]) -> None:
        log = self.server.log_text()
        for (message_id, address), result in account.results.items():
            if result.outcome.value == ACCEPTED:
                some = copies.get((message_id, address), [])
                self.receipts[whose(account.receipts.get(message_id, ""), some, log)] += 1


class Shots:
    """Kills a server while mails leave, at random moments.

    :ivar fired: how often it did
    """

    def __init__(self, kills: int) -> None:
        self._kills = kills
        self._countdown = random.randint(*MAILS_BETWEEN)
        self._due = threading.Event()
        self.fired = 0

    def on_leaving(self, mails: int) -> None:
        """Called in the sender's thread, just before it writes so many mails."""
        self._countdown -= mails
        if self._countdown <= 0 and self.fired < self._kills:
            self._due.set()

    def fire(self, server: Server) -> None:
        """Called in the main thread, again and again."""
        if self._due.wait(0.05):
            time.sleep(random.uniform(0, AT_MOST_MS) / 1000)
            server.restart()
            self.fired += 1
            self._countdown = random.randint(*MAILS_BETWEEN)
            self._due.clear()
