"""Time what people and workers read from a full table: `read.py JSON`, with conf, database, rows, waiting.

Prints a JSON list of {"rows", "what", "ms", "sql_ms", "goal", "met", "statements", "plan"}. The goal is one of the
statements' time, but for the form: there it is one of the whole answer's.
"""

import json
import sys
import threading
import time
from statistics import median
from xml.etree import ElementTree

from boot import arguments, autocommit, environment, start
from fill import BILLING, company_named, fill, reader, user

from odoo.tools import SQL
from odoo.tools.safe_eval import safe_eval

MODULE = "mail_delivery_status"
PAGE, COUNT_LIMIT = 80, 10_000  # as the web client asks
TIMES = 7
COUNTER_LIMIT = 1_000  # of what waits, as the top bar shows it
GOAL_COUNT, GOAL_PAGE, GOAL_CLAIM, GOAL_FORM, GOAL_GROUPS, GOAL_STATISTICS = 1, 15, 1, 60, 150, 300
MOST_OF_FORM, MOST_OF_COLUMN = 40, 1  # statements
CLAIM = """SELECT id FROM mail_mail
            WHERE state = 'outgoing' AND (scheduled_date IS NULL OR scheduled_date <= now() AT TIME ZONE 'UTC')
            ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED"""
STATES = ("outgoing", "exception", "sent")
INVOICES = [("move_type", "=", "out_invoice")]


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
    settings, _semicolon, query = query.rpartition("; ")
    cr.execute(f"{settings or 'SELECT'}; EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) {query}", params or None)
    lines = [line for (line,) in cr.fetchall()]
    cr.execute("ROLLBACK TO SAVEPOINT explain")
    return float(lines[-1].split()[-2]), "\n".join(lines)


def timed(env, what: str, goal: float, read, most: int | None = None) -> dict:
    """How long `read()` takes as a user meets it: nothing in Odoo's cache, PostgreSQL warm.

    `most` statements are allowed; then the goal is one of the whole answer.
    """
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
    ms, sql_ms, count = round(median(times[1:]), 2), round(median(in_database), 2), len(statements.seen)
    met = sql_ms <= goal if most is None else ms <= goal and count <= most
    figures = {"what": what, "ms": ms, "sql_ms": sql_ms, "goal": goal, "met": met, "statements": count}
    slowest = max(statements.seen, key=lambda seen: seen[3], default=None)
    return {**figures, "plan": explain(env.cr, *slowest[:2])[1] if slowest else ""}


def count(env, domain: list):
    return lambda: env["mail.mail"].search_count(domain)


def counter(env):
    """The counter in the top bar; in stock Odoo there is none, so what it might count."""
    mails = env["mail.mail"]
    if hasattr(mails, "waiting_count"):
        return mails.waiting_count
    return lambda: mails.search_count([("state", "=", "outgoing")], limit=COUNTER_LIMIT)


def specification(env, model: str, node) -> dict:
    """What the web client asks of each field in a view, and in the lists that stand in it."""
    fields, wanted = env[model]._fields, {}
    for child in node:
        name = child.get("name")
        if child.tag != "field" or name not in fields or child.get("optional") == "hide":
            if child.tag != "field":
                wanted |= specification(env, model, child)
            continue
        kind, sublist = fields[name].type, child.find("list")
        if kind in ("one2many", "many2many") and sublist is not None:
            wanted[name] = {"fields": specification(env, fields[name].comodel_name, sublist), "limit": 40, "order": ""}
        else:
            wanted[name] = {"fields": {"display_name": {}}} if kind in ("many2one", "many2many") else {}
    return wanted


def view_of(env, model: str, view_type: str, view: str | None = None):
    view_id = env.ref(view).id if view else None
    return ElementTree.fromstring(env[model].get_view(view_id=view_id, view_type=view_type)["arch"])


def page(env, domain: list, model: str = "mail.mail", view: str | None = None, without: str = ""):
    """What the web client asks for a page of the list, but for a column."""
    arch = view_of(env, model, "list", view)
    wanted = {name: what for name, what in specification(env, model, arch).items() if name != without}
    most = int(arch.get("count_limit") or COUNT_LIMIT) + 1
    return lambda: env[model].web_search_read(domain, wanted, limit=PAGE, count_limit=most)


def form(env):
    """What it asks for the form of a mail that this person reads; None without one."""
    mail = env["mail.mail"].search([("state", "=", "sent")], limit=1)
    wanted = specification(env, "mail.mail", view_of(env, "mail.mail", "form"))
    return mail and (lambda: mail.web_read(wanted))


def by_status(env):
    """The list grouped by status."""
    mails = env["mail.mail"]
    name = "delivery_status" if "delivery_status" in mails._fields else "state"
    return lambda: mails.formatted_read_group([], [name], ["__count"])


def statistics(env) -> dict:
    """What graph, pivot and tiles ask, of all that is recorded; nothing in stock Odoo."""
    if "mail.statistics" not in env:
        return {}
    records = env["mail.statistics"]
    pivot = view_of(env, "mail.statistics", "pivot")
    measured = [field.get("name") for field in pivot if field.get("type") == "measure"]
    measures = ["__count", *(f"{name}:{records._fields[name].aggregator}" for name in measured)]
    groups = {
        "graph": (["date:day", "state"], ["__count", "address_count:sum"]),
        "graph of e-mails": (["date:day"], ["__count", "mail_count:count_distinct"]),
        "pivot by server": (["smtp_server_name"], measures),
        "pivot by cause and month": (["cause", "date:month"], measures),
    }
    found = {}
    for what, names in groups.items():
        found[f"statistics, {what}"] = lambda names=names: records.formatted_read_group([], *names)
    return {**found, "statistics, tiles": records.dashboard}


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
        figures = {"ms": ms, "sql_ms": ms, "goal": GOAL_CLAIM, "met": ms <= GOAL_CLAIM, "statements": 1}
        rows.append({"what": what, **figures, "plan": measured[-1][1]})
    return rows


def people(env) -> dict:
    """Who reads, in their companies: `{who: environment}`. In stock Odoo only administrators read mails."""
    found = {"administrator": env(user=env.ref("base.user_admin"))}
    manager = f"{MODULE}.group_manager"
    if not env.ref(manager, raise_if_not_found=False):
        return found
    users = {
        "manager": user(env, "manager", ["base.group_user", manager], env.company.id),
        "user": reader(env),
        # Somebody whose company has no mails at all.
        "stranger": user(env, "stranger", BILLING, company_named(env, "Bench 3")),
    }
    for who, person in users.items():
        found[who] = env(user=person, context={"allowed_company_ids": person.company_ids.ids})
    return found


def vacuum(env, database: str) -> None:
    env.cr.commit()
    tables = ("mail_mail", "mail_message", "mail_recipient", "mail_transaction")
    env.cr.execute("SELECT relname FROM pg_class WHERE relname IN %s", (tables,))
    # Rows whose commit is not on the disk yet cannot be marked as visible to all.
    autocommit(database, "CHECKPOINT", *(f"VACUUM ANALYZE {name}" for (name,) in env.cr.fetchall()))


def invoice_rows(env, who: str) -> list[dict]:
    """A page of the invoices, with the column that tells of the e-mails and without, and what it costs."""
    name = "mail_delivery_status"
    if name not in env["account.move"]._fields or not env["account.move"].has_access("read"):
        return []
    rows = {}
    for how, without in {"with": "", "without": name}.items():
        read = page(env, INVOICES, "account.move", "account.view_invoice_tree", without)
        rows[how] = timed(env, f"invoices {how} their e-mail, {who}", GOAL_PAGE, read)
    more = rows["with"]["statements"] - rows["without"]["statements"]
    rows["with"] |= {"met": more <= MOST_OF_COLUMN}
    return [rows["without"] | {"goal": None, "met": True}, rows["with"] | {"goal": None}]


def people_rows(env) -> list[dict]:
    rows = []
    named = lists(env)
    for who, theirs in people(env).items():
        reads = [
            ("count of the buffer", GOAL_COUNT, count(theirs, [("state", "=", "outgoing")])),
            ("counter of what waits", GOAL_COUNT, counter(theirs)),
            *((f"list page: {name}", GOAL_PAGE, page(theirs, domain)) for name, domain in named.items()),
            ("list by status", GOAL_GROUPS, by_status(theirs)),
            ("form", GOAL_FORM, form(theirs), MOST_OF_FORM),
            *((what, GOAL_STATISTICS, read) for what, read in statistics(theirs).items()),
        ]
        rows += [timed(theirs, f"{what}, {who}", *how) for what, *how in reads if how[1]]
        rows += invoice_rows(theirs, who)
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
