"""Send what `mails.py` prepared and say what is stored of a mail: `exact.py JSON`.

It wants conf, database, port, connections. Prints one JSON object: core_bytes, what stock Odoo keeps; in ours also
kept_bytes, what the exact message takes.
"""

import json

from boot import arguments, environment, send_all, start, use_server
from measure import keep_exact, release

# Table → the rows of the mails
CORE = {
    "mail_mail": "mail_message_id >= %(since)s",
    "mail_message": "id >= %(since)s",
    "mail_notification": "mail_message_id >= %(since)s",
    "mail_message_res_partner_rel": "mail_message_id >= %(since)s",
    "mail_mail_res_partner_rel": "mail_mail_id IN (SELECT id FROM mail_mail WHERE mail_message_id >= %(since)s)",
    "message_attachment_rel": "message_id >= %(since)s",
    "ir_attachment": "id IN (SELECT attachment_id FROM message_attachment_rel WHERE message_id >= %(since)s)",
}
FILES = f"SELECT coalesce(sum(file_size), 0) FROM ir_attachment WHERE {CORE['ir_attachment']}"
ATTEMPTS = "mail_mail_id IN (SELECT id FROM mail_mail WHERE mail_message_id >= %(since)s)"
OWN_FILES = "res_model = 'mail.transaction.file'"


def size(cr, table: str, rows: str, since: int, *changes: str) -> int:
    """Bytes of these rows, with indexes and TOAST: of a copy that has nothing else, and none of its empty pages."""
    found = []
    for condition in ("false", rows):
        cr.execute(f"CREATE TABLE bench_copy (LIKE {table} INCLUDING ALL)")
        cr.execute(
            f"CREATE TEMP TABLE bench_rows ON COMMIT DROP AS SELECT * FROM {table} WHERE {condition}", {"since": since}
        )
        for change in changes:
            cr.execute(f"UPDATE bench_rows SET {change}")
        cr.execute("INSERT INTO bench_copy SELECT * FROM bench_rows")
        cr.execute("SELECT pg_total_relation_size('bench_copy')")
        found.append(cr.fetchone()[0])
        cr.execute("DROP TABLE bench_copy")
        cr.commit()
    return found[1] - found[0]


def kept(cr, since: int) -> int:
    whole = size(cr, "mail_transaction", ATTEMPTS, since)
    rest = size(cr, "mail_transaction", ATTEMPTS, since, "sent_message = NULL")
    cr.execute(f"SELECT coalesce(sum(file_size), 0) FROM ir_attachment WHERE {OWN_FILES}")
    return whole - rest + cr.fetchone()[0] + size(cr, "ir_attachment", OWN_FILES, since)


def main() -> None:
    given = arguments()
    registry = start(given["conf"], given["database"])
    with registry.cursor() as cr:
        env = environment(cr)
        cr.execute("SELECT min(mail_message_id), count(*) FROM mail_mail WHERE state = 'outgoing'")
        since, mails = cr.fetchone()
        use_server(env, given["port"], given["connections"])
        is_ours = "mail.transaction" in env
        if is_ours:
            keep_exact(env, True)
        release(env, given["database"])
        send_all(env)
        total = sum(size(cr, table, rows, since) for table, rows in CORE.items())
        cr.execute(FILES, {"since": since})
        found = {"core_bytes": round((total + cr.fetchone()[0]) / mails)}
        if is_ours:
            found["kept_bytes"] = round(kept(cr, since) / mails)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
