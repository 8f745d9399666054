"""Start Odoo in this process as its command line does. For the other programs of this folder (Odoo's Python)."""

import itertools
import json
import os
import sys

import psycopg2

import odoo.init  # noqa: F401  (first, it prepares the libraries)
from odoo import api
from odoo.modules.registry import Registry
from odoo.service.server import load_server_wide_modules
from odoo.tools import config

CRON = "mail.ir_cron_mail_scheduler_action"


def arguments() -> dict:
    return json.loads(sys.argv[1])


def start(conf: str, database: str) -> Registry:
    config.parse_config(
        ["-c", conf, "-d", database, "--no-http", "--log-level=" + os.environ.get("BENCH_LOG", "error")],
        setup_logging=True,
    )
    load_server_wide_modules()
    return Registry(database)


def environment(cr) -> api.Environment:
    env = api.Environment(cr, api.SUPERUSER_ID, {})
    return env(context=dict(env["res.users"].context_get()))


def count_outgoing(cr) -> int:
    """Mails that are due."""
    cr.execute(
        "SELECT count(*) FROM mail_mail WHERE state = 'outgoing'"
        " AND (scheduled_date IS NULL OR scheduled_date <= now() AT TIME ZONE 'UTC')"
    )
    return cr.fetchone()[0]


def count_unsent(cr) -> int:
    """Mails that should have been sent and were not, whether they wait or have failed."""
    cr.execute("SELECT count(*) FROM mail_mail WHERE state NOT IN ('sent', 'cancel')")
    return cr.fetchone()[0]


def run_cron(env) -> None:
    """Run the scheduled action once, as its button does."""
    done = env.ref(CRON).method_direct_trigger()
    if isinstance(done, dict):  # the shape of an error message for the web client
        raise RuntimeError(done["params"]["data"]["debug"])


def send_all(env, count=count_outgoing) -> int:
    """Run it until nothing is due or it makes no progress. Returns how often."""
    runs, left = 0, count(env.cr)
    while left:
        run_cron(env)
        env.cr.commit()
        runs, before, left = runs + 1, left, count(env.cr)
        if left >= before:
            raise RuntimeError(f"{left} mails are not sent")
    return runs


def autocommit(database: str, *statements: str) -> None:
    """Statements that cannot run in a transaction, such as VACUUM."""
    connection = psycopg2.connect(dbname=database)
    connection.autocommit = True
    with connection.cursor() as cr:
        for statement in statements:
            cr.execute(statement)
    connection.close()


def use_server(env, port: int, connections: int) -> int:
    """The only outgoing server leads to this port. Returns how many connections it may get."""
    server = env["ir.mail_server"].search([])
    server.smtp_port = port
    if "max_connections" not in server._fields:
        return 1
    server.max_connections = connections
    return server.max_connections


class Statements:
    """Counts what all connections of this process execute, also those that do not come from Odoo's pool."""

    def __init__(self) -> None:
        self._counter = itertools.count()  # its next() is atomic, threads count too
        self._looks = 0
        self._classes = {}
        self._connect = psycopg2.connect
        psycopg2.connect = self.connect

    def value(self) -> int:
        self._looks += 1
        return next(self._counter) - self._looks + 1

    def connect(self, *args, **kwargs):
        connection = self._connect(*args, **kwargs)
        connection.cursor_factory = self.counting(connection.cursor_factory or psycopg2.extensions.cursor)
        return connection

    def counting(self, base: type) -> type:
        if base not in self._classes:
            tick = self._counter.__next__

            class Counting(base):
                def execute(self, *args, **kwargs):
                    tick()
                    return super().execute(*args, **kwargs)

                def executemany(self, statement, rows):
                    for row in rows:
                        self.execute(statement, row)

            self._classes[base] = Counting
        return self._classes[base]
