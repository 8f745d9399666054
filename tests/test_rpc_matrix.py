"""Every public method and every route of the module, called as programs call them, by everybody.

What comes of it stands in `rpc_matrix.py`. What is added later is found by itself, and fails until it has its row there.
"""

import inspect
import json
import logging
import re
from contextlib import contextmanager
from datetime import timedelta

import psycopg2

from odoo import fields, http
from odoo.service.model import call_kw
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import SQL, mute_logger

from ..tools.context_key import EVIDENCE_TOKEN
from .common import RpcMixin
from .report_common import delivery_status, report
from .rpc_matrix import KINDS, METHODS, ROLES, ROUTES, rows_of
from .test_doors import GROUPS, MODULE, OWN_MODELS, DoorsCase, is_private, public_methods

_logger = logging.getLogger(__name__)
SECRET = "secret@company2.test"  # in what belongs to the other company
# What a program makes of an error, and the letter of the table for it. All others are traces of a mistake of ours.
LETTERS = {
    "odoo.exceptions.AccessError": "A",
    "odoo.exceptions.AccessDenied": "A",
    "werkzeug.exceptions.Unauthorized": "L",
    "odoo.exceptions.MissingError": "M",
    "odoo.exceptions.UserError": "U",
    "odoo.exceptions.ValidationError": "U",
    "odoo.exceptions.RedirectWarning": "U",
    "werkzeug.exceptions.NotFound": "X",
    "werkzeug.exceptions.UnprocessableEntity": "X",
}
# What is looked at, besides the module's own tables. Dialogs are their owner's.
TABLES = (
    "account_move fetchmail_server ir_attachment ir_config_parameter ir_cron ir_mail_server mail_activity mail_mail"
    " mail_message mail_notification res_company res_groups_implied_rel res_partner"
).split()
MAGIC = ("id", "create_uid", "create_date", "write_uid", "write_date")
# Ids of nothing; and what are no ids. (0 and null are records that are not saved yet: for Odoo's forms.)
JUNK_IDS = ([-1], [2**31 - 1], [2**40], [2**80])
NO_IDS = (["x"], [[1]], [1.5], [True], "x", {"a": 1})
# What a client may send for a field of a type.
_TEXTS = ("", " ", "x" * 100_000, "%s %(a)s {0}", "a\r\nb: c", "<b>", "\u202e\ud7ff\x01")
JUNK = {
    "json": (None, True, -1, 1.5, 2**80, "x", [], ["x"], [[["x"]]], [True, None, 2**80, {}], {}, {"a": {"b": []}}),
    "char": _TEXTS,
    "text": _TEXTS,
    "html": (*_TEXTS, "<img src=x onerror=x>", "<" * 10_000),
    "integer": (-1, 0, 2**31 - 1, -(2**31)),
    "many2one": (-1, 0, 2**31 - 1),
    "many2one_reference": (-1, 0, 2**31 - 1),
    "binary": ("", "x", "====", "A" * 1001, "PD94bWw="),
    "boolean": (None, "x", 2),
    "datetime": (None, "0001-01-01 00:00:00", "9999-12-31 23:59:59"),
    "date": (None, "0001-01-01", "9999-12-31"),
}
# They commit as they go, which a test must not, but over HTTP.
COMMIT = ("fetch_mail",)
TOMORROW = fields.Datetime.now() + timedelta(days=1)
# For which methods the mail is one that waits, not the one that has left and come back.
OF_WAITING = (
    "action_cancel_sending action_edit action_hold action_release action_send_and_close action_send_later"
    " action_send_now cancel mark_outgoing send write"
).split()
ARGUMENTS = {
    "create": ([{"name": "Forged"}],),
    "write": ({"name": "Forged"},),
    "default_get": (["state"],),
    "onchange": ({}, [], {}),
    "message_process": (False, report(delivery_status(SECRET)).decode()),
}
ARGUMENTS_OF = {
    ("mail.mail", "create"): ([{"subject": "Forged"}],),
    ("mail.mail", "write"): ({"subject": "Forged"},),
    ("mail.message", "write"): ({"subject": "Forged"},),
}


def own_methods(env):
    """``(model, method)`` of each public method that this module defines, on the model that it defines it for."""
    for name in sorted(env.registry.models):
        model = env[name]
        if model._original_module == MODULE:
            names = public_methods(model)
        else:
            classes = [cls for cls in type(model)._base_classes__ if getattr(cls, "_module", None) == MODULE]
            found = {key for cls in classes for key, value in vars(cls).items() if inspect.isfunction(value)}
            names = sorted(key for key in found if key[0] != "_" and not is_private(model, key))
        yield from ((name, method) for method in names)


def letter_of(name, message):
    if name.rpartition(".")[2] == "ValueError" and message.startswith("Expected singleton"):
        return "S"  # Odoo's own ensure_one()
    return LETTERS.get(name, "E")


class MatrixCase(RpcMixin, DoorsCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        groups = [names for role, names in GROUPS.items() if role != "portal"]
        cls.users["bystander"] = new_test_user(cls.env, "door_bystander", ",".join(groups))

    def setUp(self):
        super().setUp()
        for evidence, company in ((self.own, self.company_1), (self.other, self.company_2)):
            evidence |= self.more_records(evidence, company)
        self.env.flush_all()
        self.baseline = self.fingerprint()

    def more_records(self, evidence, company):
        move = self.env["account.move"].browse(evidence["mail.mail"].access_res_id)
        document = {"model": move._name, "res_id": move.id, "record_company_id": company.id}
        mails = self.env["mail.mail"].with_context(**EVIDENCE_TOKEN.put(True))
        watch = {"name": "Watch", "server_type": "imap", "server": "127.0.0.1", "port": 9, "is_report_watch": True}
        return {
            "waiting": self.create_mail(SECRET, self.server, **document),
            "held": self.create_mail(SECRET, self.server, is_held=True, **document),
            "imported": mails.create({**document, "email_to": SECRET, "is_imported": True, "state": "sent"}),
            "mail.message": evidence["mail.mail"].mail_message_id,
            "account.move": move,
            "res.company": company,
            "ir.mail_server": self.server,
            "fetchmail.server": self.env["fetchmail.server"].create(watch),
        }

    def dialog_values(self, model, evidence):
        """With what a dialog is made, so that it is about this evidence."""
        mail, row = evidence["mail.mail"], evidence["mail.recipient"].id
        move = evidence["account.move"]
        return {
            "mail.certificate.issue": {"document_model": move._name, "document_id": move.id, "lang": "en_US"},
            "mail.line.lookup": {"text": mail.message_id},
            "mail.mail.edit": {"mail_id": evidence["waiting"].id},
            "mail.mail.link": {"mail_id": evidence["imported"].id},
            "mail.mail.preview": {"mail_id": mail.id},
            "mail.mail.resend": {"mail_id": mail.id},
            "mail.mail.schedule": {"mail_ids": evidence["waiting"].ids, "date": "2030-01-01 00:00:00"},
            "mail.recipient.correct": {"recipient_id": row},
            "mail.mail.resend.line": {"mail_id": mail.id},
            "mail.report.assign": {"report_id": evidence["mail.report"].id, "recipient_id": row, "result": "failed"},
            "mail.retention.hold.set": {"model": move._name, "res_ids": move.ids, "reason": "Dispute"},
            "mail.server.doctor": {"mail_server_id": self.server.id},
            "mail.support.report": {"mail_id": mail.id},
        }.get(model, {})

    # === CALLS === #

    @contextmanager
    def undone(self):
        """Nothing of what is done here stays."""
        savepoint = self.env.cr.savepoint()
        try:
            yield
        finally:
            savepoint.close(rollback=True)
            self.env.invalidate_all()

    def call_as(self, role, model, method, *args, **kwargs):
        """What Odoo does for a call of a program, without HTTP: nothing of it stays if it fails.

        :return: the letter of the table, what was answered
        """
        env = self.env(user=self.users[role], su=False, context={})
        savepoint = self.env.cr.savepoint()
        try:
            answer = call_kw(env[model], method, list(args), kwargs)
            env.flush_all()
            savepoint.close(rollback=False)
        except Exception as error:
            savepoint.close(rollback=True)
            self.env.invalidate_all()
            if isinstance(error, psycopg2.IntegrityError):
                return "U", str(error)  # Odoo puts it in words
            return letter_of(f"{type(error).__module__}.{type(error).__qualname__}", str(error)), str(error)
        self.env.invalidate_all()
        return ".", json.dumps(answer, default=str)

    def call_over_http(self, role, model, method, *args, **kwargs):
        """The same by a program with a key of the person, over ``/json/2``."""
        names = list(inspect.signature(getattr(self.env[model], method)).parameters)
        if not getattr(getattr(self.env[model], method), "_api_model", False):
            names.insert(0, "ids")
        headers = {"Content-Type": "application/json"}
        if role != "public":
            headers["Authorization"] = f"bearer {self.key_of(role)}"
        body = json.dumps(dict(zip(names, args, strict=False)) | kwargs)
        response = self.url_open(f"/json/2/{model}/{method}", data=body, headers=headers)
        self.env.invalidate_all()
        if response.status_code == 200:
            return ".", response.text
        error = response.json()
        return letter_of(error["name"], error["message"]), response.text

    def key_of(self, role):
        keys = self.env["res.users.apikeys"].with_user(self.users[role]).sudo()
        return keys._generate(None, "matrix", TOMORROW)

    def ids_for(self, role, model, method, kind):
        """What a method is called for.

        :return: the letter if there is nothing; ids
        """
        records = self.env[model]
        if kind == "none" or records._abstract:
            return "", []
        if kind == "gone":
            return "", [records.with_context(active_test=False).search([], order="id desc", limit=1).id + 1000]
        if records._transient:
            who, evidence = "bystander" if kind == "other" else role, self.other if kind == "aimed" else self.own
            return self.open_dialog(who, model, evidence)
        name = "waiting" if model == "mail.mail" and method in OF_WAITING else model
        name = {"action_link_document": "imported", "action_release": "held"}.get(method, name)
        found = (self.own if kind == "own" else self.other).get(name)
        return "" if found else "-", found.ids if found else []

    def open_dialog(self, role, model, evidence):
        """As a client opens it, and fills it in.

        :return: the letter, small, if somebody cannot; ids
        """
        dialog, method, arguments = model.removesuffix(".line"), "create", [[self.dialog_values(model, evidence)]]
        if dialog == "mail.component.status":  # its menu makes it
            method, arguments = "action_check", [[]]
        letter, answer = self.call_as(role, dialog, method, *arguments)
        if letter != ".":
            return letter.lower(), []
        found = json.loads(answer)
        found = self.env[dialog].browse(found["res_id"] if isinstance(found, dict) else found)
        if dialog == "mail.recipient.correct":  # nobody can say so before it is open
            found.new_address = "right@dest.test"
        self.env.flush_all()
        return "", (found.line_ids[:1] if model.endswith(".line") else found).ids

    def kinds_of(self, model, method):
        if getattr(getattr(self.env[model], method), "_api_model", False) or self.env[model]._abstract:
            return ("none",)
        return KINDS if self.env[model]._transient else KINDS[:-1]

    def outcome(self, role, model, method, kind):
        """The letter of the table for one call, of which nothing stays."""
        with self.undone():
            letter, ids = self.ids_for(role, model, method, kind)
            if letter:
                return letter
            arguments = self.arguments_of(model, method, ids)
            touched = self.touched()
            call = self.call_over_http if method in COMMIT else self.call_as
            letter, answer = call(role, model, method, *arguments)
            if kind in ("other", "aimed") and role != "admin":
                self.assertNotIn(SECRET, answer)
            if self.touched() != touched and self.fingerprint() != self.baseline:
                return "!" if letter == "." else f"{letter}!"
            return letter

    def arguments_of(self, model, method, ids):
        """With what a method is called, ids included."""
        arguments = ARGUMENTS_OF.get((model, method)) or ARGUMENTS.get(method, ())
        if model == "mail.notification":  # who gets one reads the message
            arguments = ([{"mail_message_id": self.other["mail.message"].id, "res_partner_id": self.customer.id}],)
        if self.env[model]._transient and method in ("create", "write"):
            arguments = ([{}],) if method == "create" else ({},)
        is_of_model = getattr(getattr(self.env[model], method), "_api_model", False)
        return arguments if is_of_model else (ids, *arguments)

    def touched(self):
        """How many rows were ever written in this database transaction, whether or not that was undone."""
        self.env.flush_all()
        return self.env.execute_query(
            SQL(
                "SELECT relname, n_tup_ins, n_tup_upd, n_tup_del FROM pg_stat_xact_user_tables WHERE relname = ANY(%s)"
                " ORDER BY 1",
                self.tables(),
            )
        )

    def tables(self):
        own = [self.env[name]._table for name in OWN_MODELS if not self.env[name]._transient and self.env[name]._auto]
        return [*own, *TABLES]

    def fingerprint(self):
        """What the database says, in a few numbers."""
        self.env.flush_all()
        parts = SQL(" UNION ALL ").join(
            SQL("SELECT %s, count(*), sum(hashtextextended(t::text, 0)) FROM %s t", table, SQL.identifier(table))
            for table in self.tables()
        )
        return self.env.execute_query(parts)


@tagged("post_install", "-at_install")
class TestRpcMatrix(MatrixCase):
    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model", "odoo.sql_db")
    def test_methods(self):
        """Roles × methods × (one's own record, another's, one that is gone, none; a dialog about another's)."""
        found = {}
        for model, method in own_methods(self.env):
            kinds = self.kinds_of(model, method)
            row = ["".join(self.outcome(role, model, method, kind) for kind in kinds) for role in ROLES]
            found[f"{model}.{method}"] = row
            _logger.info("TABLE %s | %s", f"{model}.{method}", " | ".join(row))
        expected = rows_of(METHODS)
        for name in sorted(found.keys() | expected.keys()):
            with self.subTest(name):
                self.assertEqual(found.get(name), expected.get(name))

    @mute_logger("odoo.http", "odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model", "odoo.sql_db")
    def test_over_http(self):
        """The same door as above, with all that HTTP adds: who has not logged in gets nothing at all."""
        expected = rows_of(METHODS)
        for model, method in own_methods(self.env):
            for role in ("public", "plain"):
                with self.subTest(model=model, method=method, role=role):
                    arguments = self.arguments_of(model, method, [])
                    letter, _answer = self.call_over_http(role, model, method, *arguments)
                    kind = self.kinds_of(model, method).index("none")
                    usual = expected[f"{model}.{method}"][ROLES.index("plain")].replace("!", ".")[kind]
                    self.assertEqual(letter, "L" if role == "public" else usual)


@tagged("post_install", "-at_install")
class TestRoutes(MatrixCase):
    @mute_logger("odoo.http", "odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model")
    def test_routes(self):
        """Roles × routes × (what is one's own, another's, gone, junk)."""
        found = {route for controller in own_controllers() for route in routes_of(controller)}
        self.assertEqual(found, set(ROUTES))
        for number, role in enumerate(("public", *ROLES)):
            self.authenticate(*[None if role == "public" else self.users[role].login] * 2)
            for route, rows in ROUTES.items():
                for kind, statuses in rows.items():
                    with self.subTest(route=route, role=role, kind=kind):
                        response = self.knock_at(role, route, kind)
                        # The status page says with 503 that something is not in order.
                        self.assertEqual({503: 200}.get(response.status_code, response.status_code), statuses[number])
                        self.assertNotIn(SECRET, response.text)
        self.assertEqual(self.fingerprint(), self.baseline)

    def knock_at(self, role, route, kind):
        transaction = {"own": self.own, "other": self.other}.get(kind, {}).get("mail.transaction")
        place = {
            "sent_message": str(transaction.id if transaction else 2**31 - 1 if kind == "gone" else 2**80),
            "verify": self.own["mail.certificate"].token if kind == "own" else "a" * 32 if kind == "gone" else "%27%00",
        }.get(route.split("/")[2], "")
        headers = {}
        if "status.json" in route and role != "public":
            headers["Authorization"] = f"bearer {self.key_of(role)}"
        path = re.sub(r"<.*>", place, route)
        return self.url_open(path, headers=headers, allow_redirects=False)


def own_controllers():
    """The controllers of this module."""
    return [cls for cls in http.Controller.__subclasses__() if cls.__module__.split(".")[2] == MODULE]


def routes_of(controller):
    for method in vars(controller).values():
        if routing := getattr(method, "original_routing", None):
            yield from routing["routes"]


@tagged("post_install", "-at_install")
class TestJunkOverRpc(MatrixCase):
    """Whatever a program sends in place of ids and values: it gets an answer, or an error in words.

    What is no id at all, or not of a field's type, is Odoo's to refuse, as for its own models.
    """

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model", "odoo.sql_db")
    def test_ids(self):
        for model, method in own_methods(self.env):
            if self.kinds_of(model, method) == ("none",) or method in COMMIT:
                continue
            _ids, *arguments = self.arguments_of(model, method, [])
            for ids in (*JUNK_IDS, *NO_IDS):
                with self.subTest(model=model, method=method, ids=ids), self.undone():
                    letter, answer = self.call_as("bystander", model, method, ids, *arguments)
                    self.assertTrue(letter != "E" or ids in NO_IDS, answer)
                    self.assertEqual(self.fingerprint(), self.baseline)

    @mute_logger("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model", "odoo.sql_db")
    def test_values_of_dialogs(self):
        count = 0
        for model in OWN_MODELS:
            records = self.env[model]
            if not records._transient or model.endswith((".line", ".step")) or model == "mail.component.status":
                continue
            actions = [name for name in public_methods(records) if name.startswith("action_") and name != "action_open"]
            for name, field in records._fields.items():
                for value in JUNK.get(field.type, ()) if field.store and name not in MAGIC else ():
                    values = {**self.dialog_values(model, self.own), name: value}
                    for action in actions or ["read"]:
                        with self.subTest(model=model, action=action, field=name, value=value), self.undone():
                            letter, answer = self.call_as("bystander", model, "create", [values])
                            if letter == ".":
                                letter, answer = self.call_as("bystander", model, action, json.loads(answer))
                            self.assertNotEqual(letter, "E", answer)
                            count += 1
        self.assertGreater(count, 100)
