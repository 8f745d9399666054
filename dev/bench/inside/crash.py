"""Send with processes that are killed at random moments: `crash.py JSON`.

Needs conf, database, port, connections, mails, kills, workers, record (the file in which the server notes what it
accepted) and seconds (the limit). Odoo is loaded once; each worker is a fork of it.
Prints {"kills", "mails", "errors"}.
"""

import ctypes
import json
import os
import random
import signal
import sys
import time
import traceback
from pathlib import Path

from boot import arguments, environment, run_cron, start, use_server
from mails import SENDER, settings
from psycopg2 import OperationalError

from odoo import Command, sql_db
from odoo.exceptions import UserError

PR_SET_PDEATHSIG = 1
SHORTEST, LONGEST = 0.03, 10.0  # bounds of the longest life, seconds
STALLED = 30.0  # seconds without progress
ERRORS = 50  # workers that end by an exception before we give up
UNFINISHED = """SELECT (SELECT count(*) FROM mail_mail WHERE state = 'outgoing' OR retry_date IS NOT NULL)
                     + (SELECT count(*) FROM mail_transaction WHERE outcome = 'open')"""
# A mail that was put off need not wait here. Only when nothing else is left: it must not get in a worker's way.
HURRY = "UPDATE mail_mail SET retry_date = now() AT TIME ZONE 'UTC' WHERE retry_date > now() AT TIME ZONE 'UTC'"


def make_mails(env, numbers: range) -> None:
    """Mails with one address, with two in one envelope, and with two envelopes; half of them auto_delete."""
    mails = env["mail.mail"]
    for number in numbers:
        addresses, partner = [f"c{number}@dest.test"], env["res.partner"]
        if number % 10 in (7, 8):
            addresses.append(f"d{number}@dest.test")
        elif number % 10 == 9:
            partner = partner.create({"name": f"P{number}", "email": f"p{number}@dest.test"})
        values = {"subject": f"Mail {number}", "body_html": f"<p>Mail {number}</p>" * 20, "email_from": SENDER}
        values |= {"email_to": ", ".join(addresses), "auto_delete": bool(number % 2)}
        mail = mails.create({**values, "recipient_ids": [Command.set(partner.ids)]})
        expect(env.cr, mail, [*addresses, *partner.mapped("email")])
    env.cr.commit()


def expect(cr, mail, addresses: list[str]) -> None:
    for address in addresses:
        cr.execute("INSERT INTO bench_expected VALUES (%s, %s, %s)", (mail.id, mail.message_id, address))


def work(registry, number: int) -> None:
    """What a worker does: send until nothing is left. The second and later ones cannot run the same job."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    random.seed()  # a fork would draw its parent's numbers
    with registry.cursor() as cr:
        env = environment(cr)
        left, progress = None, time.monotonic()
        while True:
            cr.execute(UNFINISHED)
            before, [left] = left, cr.fetchone()
            if not left:
                return
            if left != before:
                progress = time.monotonic()
            elif time.monotonic() - progress > STALLED:
                raise RuntimeError(f"{left} mails and transactions do not end")
            else:
                hurry(cr)
            cr.commit()
            attempt(env, number)
            cr.commit()


def attempt(env, number: int) -> None:
    if number:
        env["mail.mail"].process_email_queue()
        return
    try:
        # Odoo leaves out a run of a job that did not end three times; we kill it two hundred times.
        env.cr.execute("DELETE FROM ir_cron_progress")
        env.cr.commit()
        run_cron(env)
    except (UserError, OperationalError):  # the database has not noticed yet that the last worker is dead
        env.cr.rollback()
        time.sleep(0.01)


def hurry(cr) -> None:
    time.sleep(0.02)
    cr.execute("SELECT 1 FROM mail_mail WHERE state = 'outgoing' AND retry_date IS NULL LIMIT 1")
    if not cr.fetchone():
        cr.execute(HURRY)


class Nursery:
    """Starts the workers and ends them."""

    def __init__(self, registry, given: dict) -> None:
        self.registry, self.given = registry, given
        self.record = Path(given["record"])
        self.ends: dict[int, float] = {}  # process -> when it is killed
        self.numbers: dict[int, int] = {}
        self.kills = self.errors = self.mails = self.seen = 0
        self.life, self.average = 0.3, 0.0
        self.limit = time.monotonic() + given["seconds"]

    def more_mails(self, count: int) -> None:
        with self.registry.cursor() as cr:
            make_mails(environment(cr), range(self.mails, self.mails + count))
        self.mails += count

    def fork(self, number: int, life: float) -> None:
        sql_db.close_all()  # no connection may be used by two processes
        pid = os.fork()
        if not pid:
            try:
                work(self.registry, number)
                os._exit(0)
            except BaseException:
                traceback.print_exc()
                os._exit(3)
        self.ends[pid], self.numbers[pid] = time.monotonic() + life, number

    def run(self) -> None:
        for number in range(self.given["workers"]):
            self.fork(number, self.random_life())
        while self.kills < self.given["kills"] and self.errors < ERRORS and time.monotonic() < self.limit:
            for pid in [pid for pid, end in self.ends.items() if end <= time.monotonic()]:
                os.kill(pid, signal.SIGKILL)
            self.reap(again=True)
            time.sleep(0.001)
        self.finish()

    def random_life(self) -> float:
        return random.uniform(0, self.life)

    def reap(self, again: bool) -> None:
        while self.ends:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            self.ends.pop(pid)
            number = self.numbers.pop(pid)
            if os.WIFSIGNALED(status):
                self.kills += 1
                self.adapt()
            elif os.WEXITSTATUS(status):
                self.errors += 1
            elif again:  # all mails are sent, but not all kills are done
                self.more_mails(max(10, self.given["mails"] // 20))
            if again:
                self.fork(number, self.random_life())

    def adapt(self) -> None:
        """Let the mails last for the kills: a worker lives longer when too few mails were sent, and the reverse."""
        seen = self.record.read_bytes().count(b"\n") if self.record.exists() else 0
        self.average += 0.2 * (seen - self.seen - self.average)
        wanted = max(self.mails - seen, 1) / max(self.given["kills"] - self.kills, 1)
        self.seen = seen
        if self.average > 1.2 * wanted:
            self.life = max(SHORTEST, self.life * 0.9)
        elif self.average < 0.8 * wanted:
            self.life = min(LONGEST, self.life * 1.1)
        if self.kills % 20 == 0:
            print(f"{self.kills} kills, {seen} mails accepted, lives up to {self.life:.2f} s", file=sys.stderr)

    def finish(self) -> None:
        """Let the workers that are alive end the work in peace."""
        end = time.monotonic() + 2 * STALLED + 0.2 * self.mails
        if not self.ends:
            self.fork(0, 0)
        while self.ends and time.monotonic() < end:
            self.reap(again=False)
            time.sleep(0.01)
        for pid in self.ends:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def main() -> None:
    given = arguments()
    registry = start(given["conf"], given["database"])
    nursery = Nursery(registry, given)
    with registry.cursor() as cr:
        env = environment(cr)
        settings(env)
        use_server(env, given["port"], given["connections"])
        cr.execute("CREATE TABLE bench_expected (mail_id integer, message_id varchar, address varchar)")
        cr.commit()
        env["mail.mail"].create({"subject": "Warm-up", "email_from": SENDER, "email_to": "warm@dest.test"})
        cr.commit()
        run_cron(env)  # the workers need not load what is loaded late
    nursery.more_mails(given["mails"])
    nursery.run()
    print(json.dumps({"kills": nursery.kills, "mails": nursery.mails, "errors": nursery.errors}))


if __name__ == "__main__":
    main()
