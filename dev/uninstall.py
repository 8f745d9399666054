"""Uninstall the module for real, and compare what stays with a database that never had it."""

import json
import re

from cache import MODULE, REPO, say
from databases import QUIET, scratch, template
from odoo_install import Odoo
from postgres import postgres, sql

# What must be the same before and after, each as a query of one text column.
LOOK = {
    "columns": "select table_name || '.' || column_name from information_schema.columns where table_schema = 'public'",
    "indexes": "select indexname::text from pg_indexes where schemaname = 'public'",
    "constraints": "select conrelid::regclass || ' ' || conname from pg_constraint where conrelid != 0",
    "functions": "select proname::text from pg_proc where pronamespace = 'public'::regnamespace",
    "scheduled actions": "select cron_name || ' ' || active from ir_cron",
    "server actions": "select name::text from ir_act_server",
    "parameters": "select key from ir_config_parameter",
    "external ids": f"select name from ir_model_data where module = '{MODULE}'",
    "models": "select model from ir_model",
    "fields": "select model || '.' || name from ir_model_fields",
    "groups": "select name::text from res_groups",
    "rules": "select name from ir_rule",
    "views": "select name || ' ' || model from ir_ui_view",
    "menus": "select name::text from ir_ui_menu",
    "of models that are gone": " union all ".join(
        f"select '{table} ' || {model} from {table} where {model} not in (select model from ir_model)"
        for table, model in (
            ("ir_attachment", "res_model"),
            ("mail_activity", "res_model"),
            ("mail_followers", "res_model"),
            ("mail_message", "model"),
        )
    ),
    "sequences": "select sequencename::text from pg_sequences where schemaname = 'public'",
}
MAILS = (
    "select coalesce(json_object_agg(m.subject, mail.state), '{}') from mail_mail mail"
    " join mail_message m on m.id = mail.mail_message_id"
)
EXPECTED = {"free": "outgoing", "put off": "outgoing", "held": "cancel", "paused": "cancel", "partly sent": "cancel"}


def look(database: str) -> dict[str, set[str]]:
    return {name: set(sql(f"select * from ({query}) q(q)", database).splitlines()) for name, query in LOOK.items()}


def _own_actions() -> list[str]:
    """The scheduled actions that the module brings."""
    return re.findall(r'<record id="(\w+)" model="ir.cron"', (REPO / "data/ir_cron_data.xml").read_text())


def uninstall() -> int:
    """Use, uninstall and reinstall the module in a scratch database; say what stays that Odoo alone has not."""
    with postgres():
        odoo = Odoo()
        with scratch(odoo, template(odoo)) as database:
            before = look(database)
            odoo("server", "-d", database, "-i", MODULE, *QUIET)
            say("installed; uninstalling")
            odoo.script(database, "uninstall.py")
            after = look(database)
            mails = json.loads(sql(MAILS, database))
            say("uninstalled; installing again")
            odoo("server", "-d", database, "-i", MODULE, *QUIET)
            rows = sql("select count(*) from mail_recipient", database)
            extra = look(database)["scheduled actions"] - before["scheduled actions"]
    left = {name: sorted(after[name] - before[name]) for name in LOOK if after[name] - before[name]}
    lost = {name: sorted(before[name] - after[name]) for name in LOOK if before[name] - after[name]}
    print(json.dumps({"left": left, "lost": lost, "mails": mails, "new after reinstalling": sorted(extra)}, indent=1))
    good = not left and not lost and mails == EXPECTED and rows.strip() == "0" and len(extra) == len(_own_actions())
    print("nothing stays" if good else "NOT as it should be", flush=True)
    return int(not good)
