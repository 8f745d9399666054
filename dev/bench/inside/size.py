"""Sizes of mails before and after retention: `size.py JSON`, with conf, database, mails, role, and how
many bytes the body and the pdf of each have.

Role `fill` makes mails that were sent 300 days ago, in stock Odoo, too; `retention` fills, measures, removes content
and measures again, and prints one JSON object; `writer` writes a mail now and then until it is told to stop.
"""

import hashlib
import io
import json
import random
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

from boot import arguments, environment, start
from fill import copy_row, evidence
from mails import SENDER, newest
from psycopg2 import OperationalError

from odoo.tools import mute_logger

AGE = "now() AT TIME ZONE 'UTC' - interval '300 days'"
VOCABULARY, CHUNK, PAUSE, EVIDENCE_SECONDS = 3_000, 2_000, 0.02, 20
TABLES = (
    "mail_mail",
    "mail_message",
    "mail_recipient",
    "mail_transaction",
    "ir_attachment",
    "message_attachment_rel",
)
DIALOGUE = (
    "repeat('EHLO odoo.bench.test 250-mail.bench.test ', 4) || md5(id::text) || ' 250 2.0.0 Ok: queued as ' || id"
)


def fill(env, mails: int, body: int, pdf: int) -> int:
    """Mails that Odoo keeps, each with a text and, where wanted, a file of its own. Returns the id before the first."""
    cr, company = env.cr, env.company.id
    values = {"subject": "Invoice", "email_from": SENDER, "body_html": "<p>x</p>", "body": "<p>x</p>"}
    mail = env["mail.mail"].create({**values, "record_company_id": company})
    file = env["ir.attachment"].create({"name": "x", "raw": b"x", "res_model": "mail.message", "res_id": 1})
    env.flush_all()
    base = max(newest(cr), newest(cr, "mail_message"), newest(cr, "ir_attachment"))
    texts(cr, mails, body)
    own_id, made = f"{base} + g", {"create_date": AGE, "write_date": AGE}
    text = "(SELECT body FROM bench_text t WHERE t.g = g.g)"
    message = {"id": own_id, "message_id": "'<' || g || '@bench.test>'", "subject": "'Invoice ' || g", "body": text}
    copy_row(cr, "mail_message", mail.mail_message_id.id, mails, {**message, **made, "date": AGE})
    values = {"id": own_id, "mail_message_id": own_id, "state": "'sent'", "delivery_status": "'accepted'"}
    values |= {"body_html": text, "email_to": "'customer' || g || '@dest.test'", "accepted_date": AGE, **made}
    copy_row(cr, "mail_mail", mail.id, mails, {**values, "smtp_receipt": "md5(g::text)"})
    if pdf:
        files(env, file.id, base, mails, pdf)
    belongs = {"model": "NULL", "res_id": "NULL", "author_id": "NULL", "record_company_id": str(company)}
    evidence(cr, base, mails, "'sent'", belongs)
    cr.execute("DELETE FROM mail_mail WHERE id = %s", (mail.id,))
    cr.commit()
    env.invalidate_all()
    return base


def texts(cr, mails: int, body: int) -> None:
    cr.execute("CREATE TEMP TABLE bench_text (g int PRIMARY KEY, body text)")
    chance = random.Random(1)
    words = ["".join(chance.choices("aeioulnrstdkm", k=chance.randint(2, 11))) for _number in range(VOCABULARY)]
    style = "<p style='margin: 0 0 12px 0;'>"
    paragraphs = [f"{style}{' '.join(chance.choices(words, k=80))}</p>" for _number in range(VOCABULARY)]
    for first in range(1, mails + 1, CHUNK):
        numbers = range(first, min(first + CHUNK, mails + 1))
        rows = "".join(f"{number}\t{html(paragraphs, number, body)}\n" for number in numbers)
        cr._obj.copy_expert("COPY bench_text FROM STDIN", io.StringIO(rows))


def html(paragraphs: list[str], number: int, size: int) -> str:
    """A text of its own, with so many different words that it is compressed as a real one is: to a half."""
    chosen = random.Random(number).choices(paragraphs, k=size // len(paragraphs[0]) + 1)
    return f"<p>Dear customer {number},</p>{''.join(chosen)}"[:size]


def files(env, source: int, base: int, mails: int, pdf: int) -> None:
    """A file for each mail, in the filestore as Odoo would put it there."""
    cr, store = env.cr, Path(env["ir.attachment"]._filestore())
    cr.execute("CREATE TEMP TABLE bench_file (g int PRIMARY KEY, checksum text)")
    rows = []
    for number in range(1, mails + 1):
        content = b"%PDF-1.7\n" + random.Random(number).randbytes(pdf)
        checksum = hashlib.sha1(content).hexdigest()
        folder = store / checksum[:2]
        folder.mkdir(parents=True, exist_ok=True)
        (folder / checksum).write_bytes(content)
        rows.append(f"{number}\t{checksum}\n")
    cr._obj.copy_expert("COPY bench_file FROM STDIN", io.StringIO("".join(rows)))
    checksum = "(SELECT f.checksum FROM bench_file f WHERE f.g = g.g)"
    values = {"id": f"{base} + g", "res_id": f"{base} + g", "name": "'invoice' || g || '.pdf'"}
    values |= {"checksum": checksum, "store_fname": f"left({checksum}, 2) || '/' || {checksum}"}
    values |= {"file_size": str(pdf + 9), "mimetype": "'application/pdf'"}
    copy_row(cr, "ir_attachment", source, mails, values)
    cr.execute(
        f"INSERT INTO message_attachment_rel (message_id, attachment_id)"
        f" SELECT {base} + g, {base} + g FROM generate_series(1, {mails}) g"
    )


def age_evidence(cr) -> None:
    cr.execute(f"UPDATE mail_recipient SET create_date = {AGE}, state_date = {AGE}, accepted_date = {AGE}")
    cr.execute(
        f"UPDATE mail_transaction SET create_date = {AGE}, transcript = {DIALOGUE}, smtp_receipt = md5(id::text)"
    )
    cr.execute("UPDATE mail_recipient SET smtp_receipt = md5(id::text)")
    cr.execute("UPDATE mail_recipient SET state = 'accepted' WHERE state = 'refused'")
    cr.commit()


def in_use(env, mails: int) -> dict:
    """Kilobytes a mail: of each table with its indexes, and of the filestore.

    What is in use is what a copy of the table takes: a transaction of any database keeps PostgreSQL from giving space
    back.
    """
    found = {}
    for table in TABLES:
        env.cr.execute(f"CREATE TABLE bench_copy (LIKE {table} INCLUDING ALL)")
        env.cr.execute(f"INSERT INTO bench_copy SELECT * FROM {table}")
        env.cr.execute("SELECT pg_total_relation_size('bench_copy')")
        found[table] = round(env.cr.fetchone()[0] / mails / 1024, 2)
        env.cr.execute("DROP TABLE bench_copy")
        env.cr.commit()
    store = Path(env["ir.attachment"]._filestore())
    stored = sum(path.stat().st_size for path in store.glob("[0-9a-f][0-9a-f]/*"))
    env.cr.commit()
    return {**found, "filestore": round(stored / mails / 1024, 2)}


def writer(env) -> None:
    """Write a mail, commit, wait; repeat as Odoo repeats a request that met another. Prints the times in the end."""
    env.cr.execute("SELECT id FROM mail_mail ORDER BY id")
    ids = [mail_id for (mail_id,) in env.cr.fetchall()]
    env.cr.commit()
    print("ready", flush=True)
    times, met, chance = [], 0, random.Random(1)
    end = Path(sys.argv[2])
    while not end.exists():
        begin = time.perf_counter()
        for _try in range(5):
            try:
                env["mail.mail"].browse(chance.choice(ids)).write({"sending_priority": len(times)})
                env.flush_all()
                env.cr.commit()
                break
            except OperationalError:
                met += 1
                env.cr.rollback()
        times.append(1000 * (time.perf_counter() - begin))
        time.sleep(PAUSE)
    print(json.dumps({"writes": len(times), "median": median(times), "most": max(times), "met": met}))


def remove(env, given: dict, most_seconds: float = float("inf")) -> dict:
    """Remove what is old as the scheduled action does, for so long at most, while somebody writes."""
    end = Path(f"/tmp/{given['database']}.end")
    command = [sys.executable, __file__, json.dumps({**given, "role": "writer"}), str(end)]
    other = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    other.stdout.readline()
    begin = time.perf_counter()
    longest, last, removed = 0.0, begin, 0

    def commit_progress(_cron, processed=0, **_left):
        nonlocal longest, last, removed
        env.cr.commit()
        now = time.perf_counter()
        longest, last, removed = max(longest, now - last), now, removed + processed
        return max(most_seconds - (now - begin), 0)

    type(env["ir.cron"])._commit_progress = commit_progress
    try:
        env["mail.retention"]._cron_run()
        seconds = time.perf_counter() - begin
    finally:
        end.touch()
        written = json.loads(other.communicate()[0].splitlines()[-1])
        end.unlink()
    found = {"seconds": round(seconds, 1), "longest_batch_ms": round(1000 * longest)}
    return {**found, "mails_per_s": round(removed / seconds), "written": written}


def main() -> None:
    given = arguments()
    registry = start(given["conf"], given["database"])
    with registry.cursor() as cr:
        env = environment(cr)
        mails = given["mails"]
        if given["role"] == "writer":
            with mute_logger("odoo.sql_db"):
                writer(env)
            return
        already = 0 if given["role"] == "fill" else in_use(env, mails)["filestore"]
        fill(env, mails, given["body"], given["pdf"])
        if given["role"] == "fill":
            return
        age_evidence(cr)
        before = in_use(env, mails)
        env.company.write({"mail_content_days": 180})
        cr.commit()
        found = remove(env, given)
        cr.execute("SELECT count(*) FROM mail_mail WHERE content_removed_date IS NULL")
        [left] = cr.fetchone()
        env["ir.attachment"]._gc_file_store()
        after = in_use(env, mails)
        env.company.write({"mail_evidence_days": 200})
        cr.commit()
        evidence_removed = remove(env, given, EVIDENCE_SECONDS)
    written = found.pop("written")
    for sizes in (before, after):
        sizes["filestore"] = round(sizes["filestore"] - already, 2)
    total = {"kb_before": round(sum(before.values()), 1), "kb_after": round(sum(after.values()), 1)}
    parts = {f"{name}_{when}": sizes[name] for name in before for when, sizes in (("before", before), ("after", after))}
    rate = {**found, "left": left, "evidence_per_s": evidence_removed["mails_per_s"]}
    rate["evidence_batch_ms"] = evidence_removed["longest_batch_ms"]
    writes = {"writes": written["writes"], "write_ms_median": round(written["median"], 1)}
    print(
        json.dumps(
            {**total, **rate, **writes, "write_ms": round(written["most"]), "met_batch": written["met"], **parts}
        )
    )


if __name__ == "__main__":
    main()
