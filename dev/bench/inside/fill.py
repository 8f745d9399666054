"""Fill the tables with many mails, by copying one that Odoo made."""

from mails import SENDER, newest

from odoo import Command

EXCEPTIONS, OUTGOING = 1500, 500
BILLING = ["base.group_user", "account.group_account_invoice"]
STATE = "CASE WHEN g > {last} THEN 'outgoing' WHEN g % {step} = 0 THEN 'exception' ELSE 'sent' END"
MADE = "now() AT TIME ZONE 'UTC' - ({count} - g) * interval '1 minute'"
STATUS = "WHEN 'outgoing' THEN 'queued' WHEN 'exception' THEN 'refused' ELSE 'accepted'"


def columns(cr, table: str) -> list[str]:
    cr.execute("SELECT column_name FROM information_schema.columns WHERE table_name = %s", (table,))
    return [name for (name,) in cr.fetchall()]


def copy_row(cr, table: str, source: int, count: int, changes: dict[str, str]) -> None:
    """`count` copies of a row; `changes` are SQL expressions of `g`, the number of the copy."""
    names = columns(cr, table)
    values = [changes.get(name, f'"{name}"') for name in names]
    listed = ", ".join(f'"{name}"' for name in names)
    cr.execute(
        f"INSERT INTO {table} ({listed}) SELECT {', '.join(values)}"
        f" FROM {table}, generate_series(1, {count}) g WHERE {table}.id = {source}"
    )
    cr.execute(f"SELECT setval('{table}_id_seq', max(id)) FROM {table}")


class Documents:
    """What the mails belong to: an invoice each in two companies, contacts, nothing. Beside them what a person wrote.

    Of 20 mails 10 belong to invoices of the first company, 6 to those of the second one, 2 to contacts, one was written
    by the reader, and one, without a company, is Odoo's own (a digest, a password).
    """

    def __init__(self, env, count: int) -> None:
        self.company = env.company.id
        self.other_company, self.strange_company = (company_named(env, name) for name in ("Bench 2", "Bench 3"))
        self.contacts = env["res.partner"].search([("ref", "=", "bench")], order="id")
        if not self.contacts:
            values = [{"name": f"Document {number}", "ref": "bench"} for number in range(200)]
            self.contacts = self.contacts.create(values)
        self.reader = reader(env).partner_id.id
        made = [invoices(env, company, max(count // 2, 1)) for company in (self.company, self.other_company)]
        self.invoices, self.many = [first for first, _many in made], made[0][1]

    def values(self) -> dict[str, str]:
        """SQL expressions of `g` for the columns that say where a mail belongs."""
        first, second = (f"{start} + g % {self.many}" for start in self.invoices)
        contact = f"{self.contacts.ids[0]} + g % {len(self.contacts)}"
        return {
            "model": self._choose("'account.move'", "'account.move'", "'res.partner'", "NULL", "NULL"),
            "res_id": self._choose(first, second, contact, "NULL", "NULL"),
            "record_company_id": self._choose(self.company, self.other_company, *[self.company] * 2, "NULL"),
            "author_id": self._choose(*["NULL"] * 3, self.reader, "NULL"),
        }

    def _choose(self, first, second, contact, own, nothing) -> str:
        return (
            f"(CASE WHEN g % 20 < 10 THEN {first} WHEN g % 20 < 16 THEN {second} WHEN g % 20 < 18 THEN {contact}"
            f" WHEN g % 20 < 19 THEN {own} ELSE {nothing} END)"
        )


def company_named(env, name: str) -> int:
    companies = env["res.company"]
    return (companies.search([("name", "=", name)]) or companies.create({"name": name})).id


def user(env, login: str, groups: list[str], company: int):
    found = env["res.users"].search([("login", "=", login)])
    values = {
        "name": f"Bench {login}",
        "login": login,
        "group_ids": [Command.set([env.ref(name).id for name in groups])],
    }
    values |= {"company_id": company, "company_ids": [Command.set([company])]}
    return found or env["res.users"].with_context(no_reset_password=True).create(values)


def reader(env):
    """Somebody who makes the first company's invoices, and so reads their mails."""
    return user(env, "reader", BILLING, env.company.id)


def invoices(env, company: int, count: int) -> tuple[int, int]:
    """The first of a company's invoices, whose ids follow each other, and how many there are; made the first time."""
    moves = env["account.move"].with_company(company)
    bench = [("company_id", "=", company), ("ref", "=", "bench")]
    if found := moves.search(bench, order="id", limit=1):
        return found.id, moves.search_count(bench)
    journal = {"name": "Bench", "code": f"B{company}", "type": "sale", "company_id": company}
    journal = env["account.journal"].sudo().create(journal)
    move = moves.create({"move_type": "entry", "ref": "bench", "journal_id": journal.id, "company_id": company})
    env.flush_all()
    first = newest(env.cr, "account_move")
    values = {"id": f"{first} + g", "name": "'BENCH/' || g", "move_type": "'out_invoice'"}
    copy_row(env.cr, "account_move", move.id, count, values)
    return move.id, count + 1


def fill(env, count: int, waiting: bool = False, body: int = 50) -> None:
    """Mails of all states as a company has them, or only such that wait. `body` times 32 letters each."""
    cr = env.cr
    belongs = Documents(env, count).values()
    mail = env["mail.mail"].create({"subject": "Invoice", "email_from": SENDER, "body_html": "<p>x</p>"})
    env.flush_all()
    base = max(newest(cr), newest(cr, "mail_message"))
    state = "'outgoing'" if waiting else STATE.format(last=count - OUTGOING, step=max(count // EXCEPTIONS, 2))
    ids = {"id": f"{base} + g", "create_date": MADE.format(count=count)}
    message = {"subject": "'Invoice ' || g", "message_id": "'<' || g || '@bench.test>'", "date": ids["create_date"]}
    message["body"] = f"repeat(md5(g::text), {body})"
    copy_row(cr, "mail_message", mail.mail_message_id.id, count, {**ids, **message, **belongs})
    changes = {
        "mail_message_id": ids["id"],
        "state": state,
        "delivery_status": f"CASE {state} {STATUS} END",
        "failure_type": f"CASE {state} WHEN 'exception' THEN 'mail_smtp' END",
        "email_to": "'customer' || g || '@dest.test'",
        "body_html": f"repeat(md5(g::text), {body})",
        **{f"access_{name.removeprefix('record_')}": value for name, value in belongs.items()},
    }
    if waiting:  # one of ten is due since a while, one is not yet due
        times = "WHEN 0 THEN now() - g * interval '1 second' WHEN 1 THEN now() + interval '1 day'"
        changes["scheduled_date"] = f"CASE g % 10 {times} END"
    else:
        changes["accepted_date"] = f"CASE {state} WHEN 'sent' THEN {ids['create_date']} END"
        changes["retry_date"] = f"CASE {state} WHEN 'outgoing' THEN now() + g % 2 * interval '1 hour' END"
    copy_row(cr, "mail_mail", mail.id, count, {**ids, **changes})
    evidence(cr, base, count, state, belongs)
    cr.execute("DELETE FROM mail_mail WHERE id = %s", (mail.id,))
    cr.commit()
    env.invalidate_all()


def evidence(cr, base: int, count: int, state: str, belongs: dict[str, str]) -> None:
    """A transaction and a recipient for each mail that was sent, where the module has these tables."""
    made = MADE.format(count=count)
    common = {
        "mail_mail_id": f"{base} + g",
        "mail_message_id": f"{base} + g",
        **{name: belongs[name] for name in ("model", "res_id", "author_id")},
        "company_id": belongs["record_company_id"],
        "smtp_server_name": "'mail' || g % 3 || '.bench.test:587'",
        "create_date": made,
    }
    # Of 50 accepted ones one came back, one is delayed, two were read.
    states = "CASE state WHEN 'sent' THEN (ARRAY['bounced', 'delayed', 'read', 'read'])[g % 50 + 1] ELSE 'refused' END"
    for table, values in {
        "mail_transaction": {"outcome": "CASE state WHEN 'sent' THEN 'accepted' ELSE 'refused' END"},
        "mail_recipient": {
            "state": f"COALESCE({states}, 'accepted')",
            "state_date": made,
            "email": "'customer' || g || '@dest.test'",
            "kind": "'to'",
            "smtp_code": "CASE state WHEN 'sent' THEN 250 ELSE 550 END",
            "smtp_enhanced_code": "CASE state WHEN 'sent' THEN '2.0.0' ELSE '5.1.' || g % 9 END",
            "smtp_reply": "'Ok: queued as F11AB1C6006'",
            "accepted_date": f"CASE state WHEN 'sent' THEN {made} + g % 90 * interval '1 second' END",
            "bounce_date": f"CASE WHEN state = 'sent' AND g % 50 = 0 THEN {made} END",
            "seconds_to_accept": "CASE state WHEN 'sent' THEN g % 90 END",
            "cause": "CASE WHEN state != 'sent' THEN 'user_unknown' WHEN g % 50 = 0 THEN 'mailbox_full' END",
        },
    }.items():
        values = {name: value for name, value in (common | values).items() if name in columns(cr, table)}
        if values:
            cr.execute(
                f"INSERT INTO {table} ({', '.join(values)}) SELECT {', '.join(values.values())}"
                f" FROM (SELECT g, {state} AS state FROM generate_series(1, {count}) g) mail WHERE state != 'outgoing'"
            )
