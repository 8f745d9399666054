"""Time what people and workers read from a full table: `read.py JSON`, with conf, database, rows, waiting.

Prints a JSON list of {"rows", "what", "ms", "sql_ms", "goal", "statements", "plan"}.
"""

import json
import sys
import threading
import time
from statistics import median
from xml.etree import ElementTree

from boot import arguments, autocommit, environment, start
from fill import fill

from odoo import Command
from odoo.tools import SQL
from odoo.tools.safe_eval import safe_eval

MODULE = "mail_delivery_status"
PAGE, COUNT_LIMIT = 80, 10_001  # as the web client asks
TIMES = 7
GOAL_COUNT, GOAL_PAGE, GOAL_CLAIM = 1, 15, 1
CLAIM = """SELECT id FROM mail_mail
            WHERE state = 'outgoing' AND (scheduled_date IS NULL OR scheduled_date <= now() AT TIME ZONE 'UTC')
            ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED"""
STATES = ("outgoing", "exception", "sent")


class Statements:
    """Collects the SQL statements of this thread and how long each took."""

    def __enter__(self):
        self.seen: list[tuple] = []
        threading.current_thread().query_hooks = [lambda cr, *seen: self.seen.append(seen)]
        return self

    def __exit__(self, *_error) -> None:
        threading.current_thread().query_hooks = []


def explain(cr, query, params=None) -> tuple[float, str]:
    """The execution time in ms that PostgreSQL measures, and the plan."""
    if isinstance(query, SQL):
        query, params = query.code, query.params
    cr.execute("SAVEPOINT explain")
    cr.execute("EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) " + query, params or None)
    lines = [line for (line,) in cr.fetchall()]
    cr.execute("ROLLBACK TO SAVEPOINT explain")
    return float(lines[-1].split()[-2]), "\n".join(lines)


def timed(env, what: str, goal: float, read) -> dict:
    """How long `read()` takes as a user meets it: nothing in Odoo's cache, PostgreSQL warm."""
    times = []
    for _time in range(TIMES + 1):
        env.invalidate_all()
        begin = time.perf_counter()
        read()
        times.append(1000 * (time.perf_counter() - begin))
    in_database = []
    for _time in range(TIMES):
        env.invalidate_all()
        with Statements() as statements:
            read()
        in_database.append(1000 * sum(seen[3] for seen in statements.seen))
    slowest = max(statements.seen, key=lambda seen: seen[3])
    _ms, plan = explain(env.cr, *slowest[:2])
    figures = {"ms": round(median(times[1:]), 2), "sql_ms": round(median(in_database), 2)}
    return {"what": what, **figures, "goal": goal, "statements": len(statements.seen), "plan": plan}


def count(env, domain: list):
    return lambda: env["mail.mail"].search_count(domain)


def page(env, domain: list):
    """What the web client asks for a page of the list."""
    mails = env["mail.mail"]
    arch = ElementTree.fromstring(mails.get_view(view_type="list")["arch"])
    names = [field.get("name") for field in arch.iter("field") if field.get("optional") != "hide"]
    display = {"fields": {"display_name": {}}}
    wanted = {name: display if mails._fields[name].type in ("many2one", "many2many") else {} for name in names}
    return lambda: mails.web_search_read(domain, wanted, limit=PAGE, count_limit=COUNT_LIMIT)


def lists(env) -> dict[str, list]:
    """The lists people open: by core's states, and the module's own."""
    found = {state: [("state", "=", state)] for state in STATES}
    named = env["ir.model.data"].search([("module", "=", MODULE), ("model", "=", "ir.actions.act_window")])
    for name in named:
        action = env[name.model].browse(name.res_id)
        if action.res_model == "mail.mail" and "active_id" not in (action.domain or ""):
            found[name.name] = safe_eval(action.domain or "[]", {"uid": env.uid})
    return found


def claims(env) -> dict[str, SQL]:
    """The query that takes the next 50 mails, as the module says it or as it might be."""
    make = getattr(env["mail.mail"], "_claim_query", None)
    if make is None:
        return {"claim of 50 (a query of the benchmark)": SQL(CLAIM, 50)}
    return {f"claim of 50, {kind}": make(50, kind) for kind in ("timed", "freed", "plain")}


def claim_rows(env) -> list[dict]:
    rows = []
    for what, query in claims(env).items():
        measured = [explain(env.cr, query) for _time in range(TIMES + 1)][1:]
        ms = round(median(ms for ms, _plan in measured), 3)
        times = {"ms": ms, "sql_ms": ms}
        rows.append({"what": what, **times, "goal": GOAL_CLAIM, "statements": 1, "plan": measured[-1][1]})
    return rows


def person(env):
    """Somebody who sees the mails of documents that they can read, through the module's record rules."""
    group = env.ref(f"{MODULE}.group_user", raise_if_not_found=False)
    if not group:
        return None
    values = {"name": "Bench Reader", "login": "bench", "group_ids": [Command.set(group.ids)]}
    return env["res.users"].with_context(no_reset_password=True).create(values)


def vacuum(env, database: str) -> None:
    env.cr.commit()
    tables = ("mail_mail", "mail_message", "mail_recipient", "mail_transaction")
    env.cr.execute("SELECT relname FROM pg_class WHERE relname IN %s", (tables,))
    # Rows whose commit is not on the disk yet cannot be marked as visible to all.
    autocommit(database, "CHECKPOINT", *(f"VACUUM ANALYZE {name}" for (name,) in env.cr.fetchall()))


def people_rows(env) -> list[dict]:
    admin, user = env(user=env.ref("base.user_admin")), person(env)
    rows = [timed(admin, "count of the buffer", GOAL_COUNT, count(admin, [("state", "=", "outgoing")]))]
    for name, domain in lists(admin).items():
        rows.append(timed(admin, f"list page: {name}", GOAL_PAGE, page(admin, domain)))
    if user:
        theirs = env(user=user, context={"allowed_company_ids": user.company_ids.ids})
        for name, domain in lists(admin).items():
            rows.append(timed(theirs, f"list page for a user: {name}", GOAL_PAGE, page(theirs, domain)))
    return rows


def main() -> None:
    given = arguments()
    registry = start(given["conf"], given["database"])
    with registry.cursor() as cr:
        env = environment(cr)
        fill(env, given["rows"])
        vacuum(env, given["database"])
        rows = [{"rows": given["rows"], **row} for row in people_rows(env) + claim_rows(env)]
        cr.rollback()
        if given["waiting"]:
            print("filling up with mails that wait", file=sys.stderr, flush=True)
            fill(env, given["waiting"], waiting=True, body=2)
            vacuum(env, given["database"])
            rows += [{"rows": f"{given['waiting']} waiting", **row} for row in claim_rows(env)]
    print(json.dumps(rows))


if __name__ == "__main__":
    main()
