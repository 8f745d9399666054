"""Fill a database with mails of one shape: `mails.py JSON`, with conf, database, shape, warmup, mails.

The mails after the first `warmup` are held back (scheduled far in the future) until the measurement begins.
"""

import random

from boot import arguments, environment, start
from markupsafe import Markup

from odoo import Command

WORDS = "order invoice delivery thank you regards payment reference amount number date customer service łódź".split()
LATER = "2099-01-01"
SENDER = '"Bench Sales" <sales@bench.test>'
DOCUMENTS = 50
BATCH = 100


def html(number: int, size: int = 10_000) -> str:
    """A different text for each number, the same each time."""
    chance = random.Random(number)
    parts, length = [f"<p>Dear customer {number},</p>"], 0
    while length < size:
        part = f"<p style='margin: 0 0 12px 0;'>{' '.join(chance.choices(WORDS, k=60))}</p>"
        parts.append(part)
        length += len(part)
    return "".join(parts)


def address(number: int) -> str:
    return f"customer{number}@dest.test"


def plain(env, numbers: range, **values):
    return env["mail.mail"].create(
        [
            {
                "subject": f"Your order {number}",
                "body_html": html(number),
                "email_from": SENDER,
                "email_to": f'"Customer {number}" <{address(number)}>',
                **values,
            }
            for number in numbers
        ]
    )


def pdf(env, numbers: range):
    mails = plain(env, numbers)
    for mail, number in zip(mails, numbers, strict=True):
        content = b"%PDF-1.7\n" + random.Random(number).randbytes(60_000)
        values = {"name": f"order{number}.pdf", "raw": content, "mimetype": "application/pdf"}
        values |= {"res_model": "mail.message", "res_id": mail.mail_message_id.id}
        mail.attachment_ids = [Command.create(values)]
    return mails


def chatter(env, numbers: range):
    """Notifications that message_post() makes: one recipient partner each, deleted when sent."""
    env = env(user=env.ref("base.user_admin"), context={"mail_notify_force_send": False, "tracking_disable": True})
    documents = env["res.partner"].search([("ref", "=", "bench")])
    if not documents:
        documents = documents.create([{"name": f"Document {k}", "ref": "bench"} for k in range(DOCUMENTS)])
    customers = env["res.partner"].create([{"name": f"Customer {n}", "email": address(n)} for n in numbers])
    for number, customer in zip(numbers, customers, strict=True):
        documents[number % DOCUMENTS].message_post(
            body=Markup(html(number)),
            subject=f"Your order {number}",
            partner_ids=customer.ids,
            subtype_xmlid="mail.mt_comment",
            message_type="comment",
        )


SHAPES = {"plain": plain, "pdf": pdf, "chatter": chatter}


def create(env, shape: str, numbers: range) -> None:
    for first in range(numbers.start, numbers.stop, BATCH):
        SHAPES[shape](env, range(first, min(first + BATCH, numbers.stop)))
        env.cr.commit()
        env.invalidate_all()


def settings(env) -> None:
    """One mail server, one alias domain, nothing else in the queue."""
    servers = env["ir.mail_server"]
    servers.search([]).active = False
    values = {"name": "Bench", "smtp_host": "127.0.0.1", "smtp_port": 9, "smtp_encryption": "none"}
    servers.create({**values, "smtp_authentication": "login", "from_filter": False})
    names = {"name": "bench.test", "bounce_alias": "bounce", "catchall_alias": "catchall", "default_from": "sales"}
    domain = env["mail.alias.domain"].search([], limit=1) or env["mail.alias.domain"].create(names)
    domain.write(names)
    env["res.company"].search([]).write({"alias_domain_id": domain.id, "email": "sales@bench.test"})
    env.ref("base.user_admin").email = "admin@bench.test"
    env.cr.execute("UPDATE mail_mail SET state = 'cancel' WHERE state != 'sent'")
    env.cr.commit()


def hold(cr, after: int) -> None:
    cr.execute("UPDATE mail_mail SET scheduled_date = %s WHERE id > %s", (LATER, after))


def newest(cr, table: str = "mail_mail") -> int:
    cr.execute(f"SELECT coalesce(max(id), 0) FROM {table}")
    return cr.fetchone()[0]


def main() -> None:
    given = arguments()
    registry = start(given["conf"], given["database"])
    with registry.cursor() as cr:
        env = environment(cr)
        settings(env)
        first, mails = given["warmup"], given["mails"]
        create(env, given["shape"], range(first))
        last = newest(cr)
        create(env, given["shape"], range(first, first + mails))
        hold(cr, last)
        cr.commit()


if __name__ == "__main__":
    main()
