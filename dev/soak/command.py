"""The command: load, faults, peace, account."""

import argparse
import json
import random
import threading
import time
from collections import Counter

from cache import say

from . import account, facts
from .faults import CALM, Faults, schedule
from .log import unexplained
from .place import LOG, Place, keep_database, place, wait_for_empty_queue, wait_until
from .returns import Gateway
from .rpc import Client, again
from .traffic import WAITS, Administrator, Book, Clerk, Manager, Reader
from .watch import Watch

PORT = 8203
# What may become more: memory by a fifth and 40 MB, database sessions by a half and 8.
MEMORY = {"share": 0.2, "least": 40.0}
SESSIONS = {"share": 0.5, "least": 8}
ROUNDS = 3
PATIENCE = 120  # seconds
DUE = """select count(*) from mail_mail where state = 'outgoing' and is_held is not true
            and waits_for_server_id is null and (retry_date is null or retry_date <= now() at time zone 'UTC')
            and (scheduled_date is null or scheduled_date <= now() at time zone 'UTC')"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--minutes", type=float, default=30, help="how long there is load; 3 for CI")
    parser.add_argument("--seed", type=int, help="of all that is drawn; a new one each time, it is printed")
    parser.add_argument("--port", type=int, default=PORT)


def soak(minutes: float, seed: int | None, port: int) -> int:
    """Mixed load while the network, the workers and the database fail; prints one JSON line, fails on a fault."""
    seed = random.SystemRandom().randrange(10**6) if seed is None else seed
    say(f"seed {seed}, {minutes:g} minutes of load")
    with place(port, random.Random(seed)) as at:
        run = Run(at, seed, minutes * 60)
        run.load()
        run.settle()
        found = run.account()
        if not found["met"]:
            say(f"the database is kept: {keep_database()}")
    print(json.dumps(found), flush=True)
    return int(not found["met"])


class Run:
    def __init__(self, at: Place, seed: int, seconds: float) -> None:
        self.at, self.seed, self.seconds = at, seed, seconds
        self.begin = time.monotonic()
        self.book = Book(seed)
        self.mailboxes = facts.Mailboxes(at.site.dovecot)
        self.clients: list[Client] = []
        self.watch = Watch(at)
        self.faults = Faults(schedule(seed, seconds), seed, at)

    def client(self, login: str) -> Client:
        found = Client(self.at.odoo.address, self.at.database, login, login)
        self.clients.append(found)
        return found

    def load(self) -> None:
        stop = threading.Event()
        people = [
            kind(self.client(login), self.book, f"{self.seed} {number}", stop)
            for number, (kind, login) in enumerate(
                ((Clerk, "ada"), (Clerk, "bea"), (Manager, "mia"), (Reader, "ada"), (Administrator, "admin"))
            )
        ]
        people.append(Gateway(self.client("admin"), self.book, f"{self.seed} gateway", stop, mailboxes=self.mailboxes))
        self.gateway = people[-1]
        again(people[0].call, "res.users", "search_count", [])  # the registry is loaded
        self.began = time.monotonic()
        for thread in (*people, self.faults, self.watch):
            thread.start()
        for minute in range(int(self.seconds // 60)):
            time.sleep(60)
            say(f"minute {minute + 1}: {sum(self.book.actions.values())} actions, {len(self.book.promised)} addresses")
        time.sleep(max(0.0, self.began + self.seconds - time.monotonic()))
        self.faults.stop.set()
        stop.set()
        for thread in (*people, self.faults):
            thread.join(PATIENCE)
        self.ended = time.monotonic()
        for proxy in self.at.proxies:
            proxy.fault = ""

    def settle(self) -> None:
        """In peace: what waits is sent, what the mail server has is delivered, what came back is brought."""
        say("peace: all that waits is sent")
        self.watch.stop.set()
        manager, administrator = self.client("mia"), self.client("admin")
        for _round in range(ROUNDS):
            if servers := again(administrator, "ir.mail_server", "search", [("suspension_count", ">", 0)]):
                again(administrator, "ir.mail_server", "action_resume", servers)
            if waiting := again(manager, "mail.mail", "search", WAITS):
                again(manager, "mail.mail", "action_send_now", waiting)
            wait_until(lambda: not self._unfinished(), PATIENCE, 1)
        self.is_queue_empty = wait_for_empty_queue(self.at.site, PATIENCE)
        self.gateway.do("bring_bounces")
        wait_until(lambda: not self.open_sockets(), PATIENCE, 1)
        wait_until(lambda: not self.watch.database_sessions()[1], PATIENCE, 1)

    def _unfinished(self) -> int:
        return int(facts.sql(DUE, self.at.database)) + facts.transactions(self.at.database).get("open", 0)

    def open_sockets(self) -> int:
        return sum(proxy.open for proxy in self.at.proxies)

    def account(self) -> dict:
        rows, copies = facts.rows(self.at.database), self.mailboxes.copies()
        counts, lines = account.judge(rows, copies, self.book.promised)
        for line in lines[:50]:
            say(line)
        self.unexplained = list(unexplained(LOG.read_text(errors="replace")))
        for text in (*sorted(set(self.book.unexpected)), *self.unexplained)[:20]:
            say(f"not explained by what was done to it: {text}")
        found = {
            "soak": "mails",
            "minutes": round(self.seconds / 60, 2),
            "seed": self.seed,
            "addresses": len(rows),
            "copies": len(copies),
            **counts,
            **self._what_happened(),
            **self._what_grew(),
            "transactions": facts.transactions(self.at.database),
            "mail_queue_empty": self.is_queue_empty,
            "seconds": round(time.monotonic() - self.begin),
        }
        return {**found, "met": self._is_met(found)}

    def _what_happened(self) -> dict:
        network = sum((proxy.done for proxy in self.at.proxies), Counter())
        calls = sum((client.counts for client in self.clients), Counter())
        return {
            "faults": {**network, **self.faults.done, "odoo_restarts": self.at.odoo.restarts},
            "actions": dict(self.book.actions),
            "calls": dict(calls),
            "unexpected": len(self.book.unexpected),
            "unexplained": len(self.unexplained),
        }

    def _what_grew(self) -> dict:
        calm = self.ended - self.seconds * CALM
        memory, sessions = self.watch.since(calm)
        number, idle = self.watch.database_sessions()
        return {
            "memory_mb": [list(map(round, account.growth(values))) for values in memory.values()],
            "memory_grew": any(account.has_grown(values, **MEMORY) for values in memory.values()),
            "sessions": [*account.growth(sessions), number],
            "sessions_grew": account.has_grown(sessions, **SESSIONS),
            "idle_in_transaction": idle,
            "open_sockets": self.open_sockets(),
            "most_open_sockets": sum(proxy.most_open for proxy in self.at.proxies),
        }

    def _is_met(self, found: dict) -> bool:
        nothing = [*account.FAULTS, "memory_grew", "sessions_grew", "idle_in_transaction", "open_sockets"]
        nothing += ["unexpected", "unexplained"]
        return bool(
            found["handed_over"]
            and found["mail_queue_empty"]
            and not found["transactions"].get("open")
            and not any(found[name] for name in nothing)
        )
