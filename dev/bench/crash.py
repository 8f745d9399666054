"""kill -9 at random moments: no mail may be lost, none may be sent twice."""

import json
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from cache import say
from postgres import sql

from .network import Program, program, recorded
from .setting import OURS, Setting

DELAY_MS = (1, 20)  # the server's pauses, so that kills hit every moment of a mail
LIMIT = 3600  # seconds
ACCEPTED = ("accepted", "relayed", "delivered", "read")
WAITING = (None, "queued", "deferred")
VERDICTS = ("lost", "doubled", "unknown", "left", "accepted")  # the worst first
# What became of every address of every mail.
FATE = """select coalesce(json_agg(json_build_array(e.message_id, e.address, m.state, r.state)), '[]')
            from bench_expected e left join mail_mail m on m.id = e.mail_id
            left join mail_recipient r on r.mail_mail_id = e.mail_id and lower(r.email) = e.address"""
STARTED = "select envelope_id from mail_transaction where data_date is not null"
# Shows that the kills hit different moments: aborted is before the content, unknown after.
OUTCOMES = """select json_object_agg(outcome, number) from
                (select outcome, count(*) as number from mail_transaction group by outcome) counted"""


def crash(at: Setting, mode: str, mails: int, kills: int, workers: int, connections: int) -> Iterator[dict]:
    at.install()
    begin = time.monotonic()
    options = ["--delay", *DELAY_MS, *([] if mode == "bdat" else ["--no-chunking"])]
    with tempfile.TemporaryDirectory() as folder, at.copied(at.base[OURS]) as database:
        record = Path(folder, "accepted")
        with program("sink.py", "--record", record, *options) as sink:
            say(f"{mails} mails, {kills} kills")
            arguments = {"mails": mails, "kills": kills, "workers": workers, "connections": connections}
            arguments |= {"port": sink.port, "record": str(record), "seconds": LIMIT}
            done = json.loads(at.run(OURS, database, "crash.py", **arguments))
            wait_for_quiet(sink)
        fates, copies = json.loads(sql(FATE, database)), recorded(record)
        started = set(sql(STARTED, database).split())
        outcomes = json.loads(sql(OUTCOMES, database) or "{}")
    counts = judge(fates, copies)
    ours = {fate[0] for fate in fates}
    # Its transaction log must say that a mail's content leaves before it does.
    counts["unannounced"] = sum(envelope not in started for message, envelope, _to in copies if message in ours)
    seconds = round(time.monotonic() - begin)
    extra = {"workers": workers, "mode": mode, "connections": connections, "errors": done["errors"], "seconds": seconds}
    extra["transactions"] = outcomes
    met = not counts["lost"] and not counts["doubled"] and done["kills"] >= kills
    yield {"bench": "crash", "kills": done["kills"], "mails": done["mails"], **counts, **extra, "met": met}


def wait_for_quiet(sink: Program) -> None:
    """The server may still work on what the last worker sent."""
    before, now = -1, sink.ask()["mails"]
    for _second in range(60):
        if now == before:
            return
        time.sleep(1)
        before, now = now, sink.ask()["mails"]


def judge(fates: list[list], copies: list[list]) -> dict[str, int]:
    """Compare what Odoo recorded with what the server has, address by address; count mails, each under its worst.

    A mail is lost if it is recorded as sent but the server never had it, or if it is neither sent, unknown nor
    waiting any more. It is doubled if the server has it twice, or has it while it waits to be sent.

    :param fates: [Message-ID, address, state of the mail or None, state of the recipient or None]
    :param copies: [Message-ID, X-Envelope-Id, addresses] of all that the server accepted
    """
    seen = Counter((message_id, address.lower()) for message_id, _envelope, to in copies for address in to)
    worst: dict[str, int] = {}
    taken = set()
    for message_id, address, mail_state, state in fates:
        count = seen[message_id, address]
        found = verdict(mail_state, state, count)
        if found in ("lost", "doubled"):
            say(f"{found}: {message_id} to {address}: mail {mail_state}, recipient {state}, copies {count}")
        elif found == "unknown" and count:
            taken.add(message_id)
        worst[message_id] = min(worst.get(message_id, len(VERDICTS)), VERDICTS.index(found))
    counts = Counter(VERDICTS[rank] for rank in worst.values())
    return {**{name: counts[name] for name in VERDICTS}, "unknown_taken": len(taken)}


def verdict(mail_state: str | None, state: str | None, copies: int) -> str:
    waits = state in WAITING and mail_state == "outgoing"
    if copies > 1 or waits and copies:
        return "doubled"
    if waits:
        return "left"
    if state == "unknown":
        return "unknown"
    return "accepted" if state in ACCEPTED and copies else "lost"
