"""No password, token or what was sent to log in stands anywhere but in its field, whatever a server says and wherever
Odoo writes: every table, every file, every log record, every message to a person.
"""

import base64
import contextlib
import logging
import re
from imaplib import IMAP4
from unittest.mock import patch
from urllib.parse import quote

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import SQL

from ..models.secret_fields import _SECRET
from .servers.raw import RawServer
from .servers.scripted import ScriptedServer
from .test_doctor import DoctorCase

USER = "sales@odoo.test"
PASSWORD, MAILBOX_PASSWORD, TOKEN = "Geheim+123456/=&", "Skrzynka?987654%$", "ya29.Zeton-0a1b2c3d4e5f6g7h"
EHLO = ("AUTH PLAIN LOGIN", "ENHANCEDSTATUSCODES", "DSN")
# Text, or what text can be in.
_TEXTS = ("text", "character varying", "json", "jsonb", "bytea")


def b64(text):
    return base64.b64encode(text.encode()).decode()


def forms(secret):
    """A secret as it is, and as it goes through the wire of SMTP and IMAP: list of str."""
    return [
        secret,
        b64(secret),  # AUTH LOGIN
        b64(f"\0{USER}\0{secret}"),  # AUTH PLAIN
        b64(f"user={USER}\1auth=Bearer {secret}\1\1"),  # AUTH XOAUTH2
        quote(secret, safe=""),
        secret.encode().hex(),
    ]


# What must be found nowhere: of each form the piece that holds the secret's end.
TRACES = {form[-14:-4] for secret in (PASSWORD, MAILBOX_PASSWORD, TOKEN) for form in forms(secret)}
_TRACE = re.compile("|".join(map(re.escape, sorted(TRACES))))


@tagged("post_install", "-at_install")
class TestNoPassword(DoctorCase):
    def setUp(self):
        super().setUp()
        self.patch(type(self.env["ir.cron"]), "_commit_progress", lambda *_args, **_values: 60)
        self.said = []  # to people: errors and notifications

    # === WHERE IT IS LOOKED FOR === #

    def traces_in(self, text):
        return sorted(set(_TRACE.findall(text)))

    def tables(self, cr):
        """All tables with columns that can hold text: list of (table, the columns where a secret may stand)."""
        cr.execute(
            SQL(
                """SELECT c.table_name, array_agg(c.column_name::text)
                     FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
                    WHERE c.table_schema = current_schema AND t.table_type = 'BASE TABLE' AND c.data_type IN %s
                    GROUP BY c.table_name ORDER BY c.table_name""",
                _TEXTS,
            )
        )
        return [(table, [name for name in columns if _SECRET.search(name)]) for table, columns in cr.fetchall()]

    def rows_with_traces(self, cr, beginning=""):
        """``{table: traces}`` of all rows of all tables, as one database session sees them."""
        found = {}
        for table, allowed in self.tables(cr):
            if not table.startswith(beginning):
                continue
            cr.execute(
                SQL(
                    "SELECT row FROM (SELECT (to_jsonb(t) - %s::text[])::text AS row FROM %s t) AS rows WHERE row ~ %s",
                    allowed,
                    SQL.identifier(table),
                    _TRACE.pattern,
                )
            )
            if rows := cr.fetchall():
                found[table] = self.traces_in(str(rows))
        return found

    def assertToldNowhere(self, logs):
        """Not in the logs, not to people, not in what is computed only when it is read, not in files."""
        self.env.flush_all()
        self.assertEqual(self.traces_in("\n".join(logs)), [], "logs")
        self.assertEqual(self.traces_in("\n".join(self.said)), [], "told to people")
        for model in ("mail.mail", "mail.recipient", "mail.transaction", "mail.report", "mail.server.doctor"):
            records = self.env[model].search([], limit=20, order="id desc")
            self.assertEqual(self.traces_in(str(records.read())), [], model)
        files = self.env["ir.attachment"].search([], limit=20, order="id desc")
        self.assertEqual(self.traces_in(b"".join(one.raw or b"" for one in files).decode("latin-1")), [], "files")

    def assertStoredNowhere(self):
        """Not in the database: what this test wrote, and what the transaction log has committed by itself."""
        self.env.flush_all()
        self.assertEqual(self.rows_with_traces(self.env.cr), {})
        with self.env.registry.cursor() as cr:
            self.assertEqual(self.rows_with_traces(cr, "mail_"), {})

    @contextlib.contextmanager
    def everything_is_watched(self):
        self.env.flush_all()
        with self.assertLogs(level=logging.DEBUG) as logs:
            yield
        self.assertToldNowhere(logs.output)

    def press(self, button, *args):
        """Press a button; what the person is told is kept."""
        try:
            self.said.append(str(button(*args)))
        except (UserError, IMAP4.error) as error:  # core lets an error of the mailbox through as it is
            self.said.append(str(error))

    # === THE WAYS === #

    def all_of_sending(self, server):
        """Whatever an administrator and a clerk do with an outgoing server."""
        self.press(server.test_smtp_connection)
        with contextlib.suppress(UserError):
            self.check(server, seconds=5)
            self.press(self.doctor.action_send_test)
            self.press(self.doctor.action_look_back)
        server._resume()
        self.create_mail("alice@odoo.test", server).send()
        server._resume()
        customer = self.env["res.partner"].create({"name": "Customer", "email": "customer@odoo.test"})
        customer.message_post(
            body="Your invoice", partner_ids=customer.ids, message_type="comment", mail_server_id=server.id
        )
        self.press(server.action_resume)

    def test_the_search_finds(self):
        """Else the others would prove nothing."""
        tables = dict(self.tables(self.env.cr))
        self.assertGreater(len(tables), 200)
        self.assertIn("smtp_pass", tables["ir_mail_server"])
        self.assertEqual([tables[name] for name in ("mail_transaction", "mail_recipient", "mail_report")], [[], [], []])
        server = self.create_mail_server(1, smtp_user=USER, smtp_pass=PASSWORD, name="no secret")
        self.env.flush_all()
        self.assertEqual(self.rows_with_traces(self.env.cr), {}, "in its own field it may stand")
        doctor = self.env["mail.server.doctor"].create({"mail_server_id": server.id})
        step = {"doctor_id": doctor.id, "step": "tls", "outcome": "ok"}
        self.env["mail.server.doctor.step"].create({**step, "raw": f"C: AUTH PLAIN {forms(PASSWORD)[2]}"})
        self.env["mail.report"]._with_evidence_token().create({"subject": f"x {MAILBOX_PASSWORD} x"})
        server.name = f"with {TOKEN}"
        self.env.flush_all()
        found = set(self.rows_with_traces(self.env.cr))
        self.assertEqual(found, {"mail_server_doctor_step", "mail_report", "ir_mail_server"})

    def test_a_server_that_echoes(self):
        """At every moment of a session, in every form."""
        for form in forms(PASSWORD)[:3]:
            said = f" 4.3.0 hello {form}".encode()
            for script in (
                {"CONNECT": [b"220" + said] * 20, "EHLO": [b"250-mx\r\n250-AUTH PLAIN LOGIN\r\n250 X" + said] * 20},
                {"AUTH": [b"334" + said, b"535" + said] * 20},
                {"MAIL": [b"451" + said] * 20},
                {"RCPT": [b"550" + said] * 20},
                {".": [b"250 2.0.0 Ok: queued as " + form.encode()] * 20},
            ):
                with (
                    self.subTest(form=form, script=list(script)),
                    ScriptedServer(script, extensions=EHLO) as scripted,
                ):
                    server = self.create_mail_server(scripted.port, smtp_user=USER, smtp_pass=PASSWORD, smtp_debug=True)
                    with self.everything_is_watched():
                        self.all_of_sending(server)
        self.assertStoredNowhere()

    def test_a_token(self):
        """As add-ons for OAuth log in: the token is what is sent."""

        def login(_self, connection, user, _password):
            connection.ehlo()
            code, text = connection.docmd("AUTH", "XOAUTH2 " + b64(f"user={user}\1auth=Bearer {TOKEN}\1\1"))
            if code != 235:
                raise UserError(text.decode())

        self.patch(type(self.env["ir.mail_server"]), "_smtp_login__", login)
        for form in (TOKEN, forms(TOKEN)[1], forms(TOKEN)[3]):
            said = f" 5.7.8 {form}".encode()
            for script in ({"AUTH": [b"535" + said] * 20}, {"MAIL": [b"530" + said] * 20}):
                with self.subTest(form=form, script=list(script)), ScriptedServer(script) as scripted:
                    server = self.create_mail_server(scripted.port, smtp_user=USER, smtp_debug=True)
                    with self.everything_is_watched():
                        self.all_of_sending(server)
        self.assertStoredNowhere()

    def test_a_mailbox_that_echoes(self):
        def echo(sock):
            sock.sendall(b"* OK ready\r\n")
            with sock.makefile("rb") as file:
                for line in file:
                    tag = line.split()[0]
                    if b"CAPABILITY" in line:
                        sock.sendall(b"* CAPABILITY IMAP4rev1\r\n" + tag + b" OK done\r\n")
                    else:
                        said = line.strip() + b" " + " ".join(forms(MAILBOX_PASSWORD)).encode()
                        sock.sendall(b"* OK " + said + b"\r\n" + tag + b" NO [AUTHENTICATIONFAILED] " + said + b"\r\n")

        with RawServer(echo) as raw, ScriptedServer() as scripted:
            values = {"server": "127.0.0.1", "port": raw.port, "user": USER, "password": MAILBOX_PASSWORD}
            for is_watch in (True, False):
                mailbox = self.env["fetchmail.server"].create(
                    {"name": "Mailbox", "is_report_watch": is_watch, "state": "done", **values}
                )
                server = self.create_mail_server(scripted.port)
                with self.everything_is_watched(), patch.object(self.env.cr, "commit", lambda: None):
                    self.press(mailbox.button_confirm_login)
                    mailbox.state = "done"
                    self.press(mailbox.fetch_mail)
                    self.check(server)
                    self.press(self.doctor.action_send_test)
                    self.press(self.doctor.action_look_back)
        self.assertStoredNowhere()

    def test_setting_up(self):
        """The dialog that fills a server in knows no password, and keeps none."""
        server = self.create_mail_server(1, smtp_user=USER, smtp_pass=PASSWORD)
        with self.everything_is_watched():
            wizard = self.env["mail.server.preset"].create({"address": "not-a-person@wp.pl", "server_id": server.id})
            self.press(wizard.action_apply)
            self.press(wizard.read)
        self.assertStoredNowhere()
