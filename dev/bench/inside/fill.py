"""Fill the tables with many mails, by copying one that Odoo made."""

from mails import SENDER, newest

EXCEPTIONS, OUTGOING = 1500, 500
STATE = "CASE WHEN g > {last} THEN 'outgoing' WHEN g % {step} = 0 THEN 'exception' ELSE 'sent' END"
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


def documents(env) -> tuple[int, int]:
    """The first of the documents that the mails belong to, and how many there are."""
    partners = env["res.partner"].search([("ref", "=", "bench")], order="id")
    if not partners:
        partners = partners.create([{"name": f"Document {number}", "ref": "bench"} for number in range(200)])
    return partners.ids[0], len(partners)


def fill(env, count: int, waiting: bool = False, body: int = 50) -> None:
    """Mails of all states as a company has them, or only such that wait. `body` times 32 letters each."""
    cr = env.cr
    first, many = documents(env)
    values = {"subject": "Invoice", "email_from": SENDER, "email_to": "customer@dest.test", "model": "res.partner"}
    mail = env["mail.mail"].create({**values, "res_id": first, "body_html": "<p>x</p>"})
    env.flush_all()
    base = max(newest(cr), newest(cr, "mail_message"))
    state = "'outgoing'" if waiting else STATE.format(last=count - OUTGOING, step=max(count // EXCEPTIONS, 2))
    ids = {"id": f"{base} + g", "create_date": f"now() - ({count} - g) * interval '1 minute'"}
    message = {"subject": "'Invoice ' || g", "message_id": "'<' || g || '@bench.test>'", "date": ids["create_date"]}
    message["body"] = f"repeat(md5(g::text), {body})"
    copy_row(cr, "mail_message", mail.mail_message_id.id, count, {**ids, **message, "res_id": f"{first} + g % {many}"})
    changes = {
        "mail_message_id": ids["id"],
        "state": state,
        "delivery_status": f"CASE {state} {STATUS} END",
        "failure_type": f"CASE {state} WHEN 'exception' THEN 'mail_smtp' END",
        "email_to": "'customer' || g || '@dest.test'",
        "body_html": f"repeat(md5(g::text), {body})",
    }
    if waiting:  # one of ten is due since a while, one is not yet due
        times = "WHEN 0 THEN now() - g * interval '1 second' WHEN 1 THEN now() + interval '1 day'"
        changes["scheduled_date"] = f"CASE g % 10 {times} END"
    else:
        changes["accepted_date"] = f"CASE {state} WHEN 'sent' THEN {ids['create_date']} END"
    copy_row(cr, "mail_mail", mail.id, count, {**ids, **changes})
    evidence(cr, base, count, state)
    cr.execute("DELETE FROM mail_mail WHERE id = %s", (mail.id,))
    cr.commit()
    env.invalidate_all()


def evidence(cr, base: int, count: int, state: str) -> None:
    """A transaction and a recipient for each mail that was sent, where the module has these tables."""
    mail = f"SELECT {base} + g AS id, g, {state} AS state FROM generate_series(1, {count}) g"
    for table, values in {
        "mail_transaction": {"outcome": "CASE state WHEN 'sent' THEN 'accepted' ELSE 'refused' END"},
        "mail_recipient": {
            "state": "CASE state WHEN 'sent' THEN 'accepted' ELSE 'refused' END",
            "email": "'customer' || g || '@dest.test'",
        },
    }.items():
        if columns(cr, table):
            values = {"mail_mail_id": "id", "mail_message_id": "id", "model": "'res.partner'", **values}
            cr.execute(
                f"INSERT INTO {table} ({', '.join(values)}) SELECT {', '.join(values.values())}"
                f" FROM ({mail}) mail WHERE state != 'outgoing'"
            )
