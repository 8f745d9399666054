"""Run in an Odoo shell on a new demo database: what the pictures of the documents need, in English and in Polish.

Users, a month for the statistics, and times that are the same whenever the pictures are taken. The last line that it
prints is one JSON object: for each language the ids of the records to be shown, by what they show.
"""

import base64
import itertools
import json
import os
import secrets
from datetime import datetime, timedelta

import freezegun

from odoo import Command

# The moment that it is in the pictures, in UTC, and when the first of the mails was made.
NOW = datetime.fromisoformat(os.environ["MOMENT"])
START, STEP = NOW - timedelta(hours=5, minutes=18, seconds=30), timedelta(minutes=11)
SERVER = "smtp.example.com:587"
EN, PL = "en_US", "pl_PL"
TIMEZONE = "Europe/Warsaw"
CLERK = ("base.group_user", "base.group_partner_manager", "account.group_account_invoice")
ADMINISTRATOR = ("base.group_system", "account.group_account_manager", "mail_delivery_status.group_manager")
MAILBOX = "alice@odoo.test"  # the demo's mail server knows it
# What is shown -> the address of the mail that shows it.
SHOWN = {
    EN: {
        "two": "old.address@harbour.test",
        "returned": "office@greenfield.test",
        "read": "julia.adams@meadow.test",
        "waiting": "grace.hall@bluebird.test",
        "unknown": "orders@lighthouse.test",
    },
    PL: {
        "two": "tomasz.stary@jablon.test",
        "returned": "pawel.zielinski@jesion.test",
        "read": "ewa@swierk.test",
        "waiting": "zofia@apteka-lew.test",
        "unknown": "orders@lighthouse.test",
    },
}
NAMES = {EN: ("Sophie Turner", "Mark Evans"), PL: ("Alicja Wiśniewska", "Marek Nowak")}


def user(login, name, lang, groups):
    values = {
        "name": name,
        "login": login,
        "password": login,
        "email": MAILBOX,
        "lang": lang,
        "tz": TIMEZONE,
        "odoobot_state": "disabled",
        "group_ids": [Command.set([env.ref(group).id for group in groups])],
    }
    return env["res.users"].with_context(no_reset_password=True).create(values)


def set_times():
    """Each mail a moment of its own, with all that became of it: the same each time, to the minute."""
    moment = dict(now=NOW, start=START, step=STEP)
    env.cr.execute(
        """CREATE TEMPORARY TABLE shift AS
           SELECT id, mail_message_id, %(start)s + row_number() OVER (ORDER BY id) * %(step)s - create_date AS by
             FROM mail_mail WHERE is_imported IS NOT TRUE""",
        moment,
    )
    env.cr.execute(
        """SELECT table_name, array_agg(column_name::text) FROM information_schema.columns c
            WHERE data_type = 'timestamp without time zone' AND table_schema = 'public'
              AND (table_name IN ('mail_mail', 'mail_message') OR EXISTS (
                   SELECT FROM information_schema.columns WHERE table_name = c.table_name
                      AND column_name = 'mail_mail_id'))
              AND table_name NOT IN (SELECT table_name FROM information_schema.views)
            GROUP BY table_name"""
    )
    own = {"mail_mail": "t.id = shift.id", "mail_message": "t.id = shift.mail_message_id"}
    for table, columns in env.cr.fetchall():
        changes = ", ".join(f"{column} = t.{column} + shift.by" for column in columns)
        link = own.get(table, "t.mail_mail_id = shift.id")
        env.cr.execute(f"UPDATE {table} t SET {changes} FROM shift WHERE {link}")
    env.cr.execute("UPDATE mail_mail SET retry_date = %(now)s + interval '6 min' WHERE retry_date IS NOT NULL", moment)
    env.cr.execute(
        "UPDATE mail_mail SET scheduled_date = date_trunc('day', %(now)s) + interval '4 days 7 hours'"
        " WHERE scheduled_date IS NOT NULL",
        moment,
    )
    env.cr.execute(
        "UPDATE ir_cron SET lastcall = %(now)s - interval '1 min', nextcall = %(now)s + interval '1 min'", moment
    )
    env.cr.execute(
        "UPDATE account_move SET invoice_date = %(now)s, date = %(now)s, invoice_date_due = %(now)s::date + 14"
        " WHERE move_type = 'out_invoice' AND create_date > now() AT TIME ZONE 'UTC' - interval '2 hours'",
        moment,
    )
    # The colour of a person without a picture comes of it.
    for table in ("res_users", "res_partner"):
        env.cr.execute(f"UPDATE {table} SET create_date = %(now)s", moment)
    env.cr.execute(
        "UPDATE ir_mail_server SET certificate_end = %(now)s + interval '300 days' WHERE certificate_end IS NOT NULL",
        moment,
    )
    env.cr.execute("UPDATE fetchmail_server SET date = %(now)s, report_run_date = %(now)s", moment)
    env.cr.execute(
        "UPDATE mail_import SET start_date = %(now)s - interval '1 day',"
        " end_date = %(now)s - interval '1 day' + interval '2 min'",
        moment,
    )


def set_names():
    """The scripted server that took the mails had another port each time, and each mail another Message-ID."""
    for table in ("mail_mail", "mail_recipient", "mail_transaction"):
        env.cr.execute(f"UPDATE {table} SET smtp_server_name = %s WHERE smtp_server_name LIKE '127.0.0.1:%%'", [SERVER])
    env.cr.execute("UPDATE mail_import SET path = '/srv/old/Thunderbird/' || name")
    for table in ("mail_message", "mail_recipient", "mail_transaction", "mail_report", "mail_report_recipient"):
        link = "t.id" if table == "mail_message" else "t.mail_message_id"
        env.cr.execute(
            f"UPDATE {table} t SET message_id = '<' || mail.id || '.invoice-' || mail.res_id || '@oakwood.example.com>'"
            f" FROM mail_message mail WHERE mail.id = {link} AND mail.model = 'account.move'"
        )


def fill_a_month(contact):
    """Addresses of the last 30 days, for the statistics: they belong to a contact that is shown nowhere."""
    env.cr.execute(
        """INSERT INTO mail_recipient (email, kind, state, state_date, accepted_date, bounce_date, smtp_code, cause,
                                       smtp_server_name, seconds_to_accept, mail_mail_id, model, res_id, company_id)
           SELECT 'customer' || g || '@example.com', 'to', state, made, CASE WHEN state != 'refused' THEN made END,
                  CASE state WHEN 'bounced' THEN made END, CASE state WHEN 'refused' THEN 550 ELSE 250 END,
                  CASE WHEN state IN ('bounced', 'refused') THEN 'user_unknown' END, %(server)s, 1 + g %% 3,
                  1000000 + g, 'res.partner', %(contact)s, %(company)s
             FROM (SELECT g,
                          date_trunc('day', %(now)s) - day * interval '1 day' + (8 + g %% 8) * interval '1 h' AS made,
                          CASE WHEN g %% 23 = 0 THEN 'bounced' WHEN g %% 37 = 0 THEN 'refused'
                               WHEN g %% 7 = 0 THEN 'read' WHEN g %% 3 = 0 THEN 'delivered' ELSE 'accepted' END AS state
                     FROM generate_series(1, 29) day,
                          generate_series(day * 40, day * 40 + 9 + (day * 5) %% 14
                              - 9 * (extract(isodow FROM %(now)s - day * interval '1 day') > 5)::int) g) mail""",
        dict(now=NOW, server=SERVER, contact=contact.id, company=env.company.id),
    )


def settings_file(administrator, lang):
    """The dialog of an import that changes one server and brings another one.

    :rtype: dict
    """
    office = {"name": "Office", "smtp_host": "old-relay.example.com", "smtp_port": 587, "smtp_encryption": "starttls"}
    server = env["ir.mail_server"].search([("name", "=", "Office")]) or env["ir.mail_server"].create(office)
    exports = env["mail.server.export"].with_user(administrator)
    exported = exports.create({"mail_server_ids": [Command.set(server.ids)], "is_with_settings": False})
    exported.action_export()
    content = json.loads(base64.b64decode(exported.content))
    [entry] = content["outgoing"]
    new = {**entry, "name": "Newsletter", "smtp_host": "news.example.com"}
    entry.update(smtp_host="smtp.example.com", smtp_port=465, smtp_encryption="ssl_strict", limit_day=2000)
    content["outgoing"].append(new)
    action = env["mail.server.import"].with_user(administrator).with_context(lang=lang).action_open()
    values = {"file": base64.b64encode(json.dumps(content).encode()), "file_name": "mail-settings.json"}
    env["mail.server.import"].with_user(administrator).browse(action["res_id"]).write(values)
    return action


def shown(lang):
    clerk = env["res.users"].search([("login", "=", f"clerk-{lang[:2]}")])
    administrator = env["res.users"].search([("login", "=", f"administrator-{lang[:2]}")])
    found = {}
    for what, address in SHOWN[lang].items():
        rows = env["mail.recipient"].search([("email", "=", address)], order="id")
        mail = rows.mail_mail_id or env["mail.mail"].search([("recipient_ids.email", "=", address)])
        found[what] = mail[0].id
        found[f"invoice_{what}"] = mail[0].res_id
    found["old"] = env["mail.mail"].search([("is_imported", "=", True), ("res_id", "!=", False)], limit=1).id
    certificates = env["mail.certificate"].with_user(clerk).with_context(lang=lang)
    scope = certificates._scope_of_mail(env["mail.mail"].with_user(clerk).browse(found["two"]))
    with freezegun.freeze_time(NOW):
        found["certificate"] = certificates._issue(scope, lang, False).id
    found["server"] = env["ir.mail_server"].search([("name", "=", "Demo Postfix")]).id
    found["import"] = settings_file(administrator, lang)
    found["archive"] = env["mail.import"].search([], limit=1).id
    return found


# The addresses that are printed on certificates.
counter = itertools.count(1)
secrets.token_urlsafe = lambda _bytes: f"Example-{next(counter):024}"
env.company.logo = False
env["ir.config_parameter"].set_param("web.base.url", "https://odoo.example.com")
env["ir.config_parameter"].set_param("web.base.url.freeze", True)  # else the login of an administrator changes it
for language in (EN, PL):
    clerk_name, administrator_name = NAMES[language]
    user(f"clerk-{language[:2]}", clerk_name, language, CLERK)
    user(f"administrator-{language[:2]}", administrator_name, language, ADMINISTRATOR)
env["res.users"].search([("login", "=", "demo-pl")]).active = False
env.flush_all()
set_names()
set_times()
fill_a_month(env["res.partner"].create({"name": "Statistics"}))
env.invalidate_all()
result = {language: shown(language) for language in (EN, PL)}
env.cr.commit()
print(json.dumps(result))
