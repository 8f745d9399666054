"""Every door to evidence is tried, by everybody: what is added later is found by itself.

A door is a public method, a field that is computed in superuser mode, or a key that the module reads in the context.
"""

import ast
import inspect
import json
import logging
import re
from itertools import cycle, repeat
from pathlib import Path

import psycopg2

from odoo.exceptions import AccessError, MissingError, UserError
from odoo.service.model import get_public_method
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import SQL, mute_logger

from ..tools.recipient_state import Event
from .common import OWN_KEYS, RpcMixin, forged_context
from .report_common import ReportCase, delivery_status, receipt, report
from .test_access import AccessMixin

_logger = logging.getLogger(__name__)
MODULE = "mail_delivery_status"
_DIFFERS = re.compile(r"date$|^id$|_ids?$|worker|duration|fingerprint|transcript|release_key")
ROOT = Path(__file__).resolve().parent.parent
OWN_MODELS = (
    "mail.recipient",
    "mail.transaction",
    "mail.report",
    "mail.report.recipient",
    "mail.report.assign",
    "mail.server.preset",
    "mail.server.export",
    "mail.server.import",
    "mail.mail.schedule",
    "mail.mail.edit",
    "mail.mail.preview",
    "mail.support.report",
    "mail.line.lookup",
    "mail.decision",
    "mail.certificate",
    "mail.certificate.issue",
    "mail.mail.resend",
    "mail.mail.resend.line",
    "mail.recipient.correct",
    "mail.statistics",
    "mail.component.status",
    "mail.component.status.line",
    "mail.server.doctor",
    "mail.server.doctor.step",
    "mail.retention.hold",
    "mail.retention.hold.set",
    "mail.sent.copy",
    "mail.import",
    "mail.import.line",
    "mail.mail.link",
)
GROUPS = {
    "portal": "base.group_portal",
    "plain": "base.group_user",
    "billing": "base.group_user,account.group_account_invoice",
    "sender": f"base.group_user,{MODULE}.group_user",
    "manager": f"base.group_user,{MODULE}.group_manager",
    "admin": "base.group_user,base.group_system",
}
# What is meant to change something, and for whom.
MEANT = {
    ("mail.recipient", "action_send_again"): {"billing", "admin"},
    ("mail.recipient", "action_settle"): {"billing", "admin"},
    ("mail.report", "action_dismiss"): {"manager"},
    ("mail.report", "action_reopen"): {"manager"},
    ("mail.mail", "mark_outgoing"): {"admin"},
    ("mail.mail", "cancel"): {"admin"},
    ("mail.mail", "write"): {"admin"},
    ("mail.mail", "create"): {"admin"},
    ("mail.mail", "unlink"): {"admin"},
    ("mail.mail", "send"): {"admin"},
    ("mail.mail", "action_send_and_close"): {"admin"},
    ("mail.mail", "action_send_now"): {"manager", "admin"},
    ("mail.mail", "process_email_queue"): {"admin"},
}
# Fields that tell something in superuser mode, and why that is right.
IN_SUPERUSER_MODE = {
    "mail.report.recipient.report_date": "a date, of a report whose line one reads",
    "mail.report.recipient.report_kind": "a kind, of a report whose line one reads",
    "mail.report.recipient.source_id": "for administrators",
}
# Keys of core that the module reads in a context. Its own are those of tools/context_key.py.
CORE_KEYS = {
    "active_id",
    "active_ids",
    "active_model",
    "domain_notifications_email",
    "filters",
    "password",
    "send_smtp_skip_to",
}
# What a client can send under a key: anything that JSON can say.
JSON_VALUES = (True, 1, "x", ["a@evil.test", "a@evil.test"], {"a": 1})


def public_methods(model):
    """The public methods that this module defines for a model."""
    names = set()
    for cls in type(model).mro():
        if getattr(cls, "_module", None) == MODULE:
            names |= {name for name, value in vars(cls).items() if inspect.isfunction(value) and name[0] != "_"}
    return sorted(name for name in names if not is_private(model, name))


def is_private(model, name):
    try:
        get_public_method(model, name)
        return False
    except (AccessError, AttributeError):
        return True


class DoorsCase(AccessMixin, ReportCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company_1 = cls.env.company
        cls.company_2 = cls.env["res.company"].create({"name": "Company 2"})
        cls.customer = cls.env["res.partner"].create({"name": "Customer", "email": "secret@company2.test"})
        cls.users = {role: new_test_user(cls.env, f"door_{role}", groups) for role, groups in GROUPS.items()}

    def setUp(self):
        super().setUp()
        self.own, self.other = (self.evidence_of(company) for company in (self.company_1, self.company_2))
        self.env.flush_all()

    def evidence_of(self, company):
        """A mail on a document of the company that came back, with all its evidence: ``{model: records}``."""
        mail = self.send_document(company, self.server)
        mail.filtered(lambda mail: mail.state == "outgoing").send()
        self.env.flush_all()
        self.env.invalidate_all()
        mail.with_user(self.env.ref("base.user_admin"))._log_decision("held")
        row = mail.recipient_status_ids
        found = self.take_in(
            report(delivery_status(row.email), envelope_id=row.envelope_id, own_id=f"{company.id}@far.test")
        )
        copy = self.env["mail.sent.copy"]._with_evidence_token()
        copy = copy.create({**row._evidence_values(), "transaction_id": row.transaction_id.id})
        certificates = self.env["mail.certificate"]
        certificate = certificates._issue(certificates._scope_of_mail(mail), "en_US")
        wizard = self.env["mail.report.assign"].new({}).browse()
        hold = self.env["mail.retention.hold"]._set(mail.access_model, [mail.access_res_id], "Dispute")
        hold.action_lift()
        archive = self.env["mail.import"].create({"name": "secret@company2.test", "company_id": company.id})
        line = self.env["mail.import.line"].create({"import_id": archive.id, "reason": "damaged"})
        return {
            "mail.mail": mail,
            "mail.recipient": row,
            "mail.statistics": self.env["mail.statistics"].browse(row.ids),
            "mail.transaction": mail.transaction_ids,
            "mail.decision": mail.decision_ids,
            "mail.certificate": certificate,
            "mail.report": found,
            "mail.sent.copy": copy,
            "mail.report.recipient": found.line_ids,
            "mail.report.assign": wizard,
            "mail.retention.hold": hold,
            "mail.import": archive,
            "mail.import.line": line,
        }

    # The documents and people of the mails: send_document() of AccessMixin is the one with a company.
    def send_document(self, company, server):
        return AccessMixin.send_document.__func__(type(self), company, server)

    def snapshot(self):
        """All evidence, as the database has it."""
        self.env.flush_all()
        rows = []
        for table in (
            "mail_recipient",
            "mail_transaction",
            "mail_report",
            "mail_report_recipient",
            "mail_decision",
            "mail_certificate",
            "mail_sent_copy",
            "mail_mail",
        ):
            rows += self.env.execute_query(
                SQL("SELECT row_to_json(t)::text FROM %s t ORDER BY id", SQL.identifier(table))
            )
        return rows


@tagged("post_install", "-at_install")
class TestDoors(DoorsCase):
    def test_public_methods(self):
        """Roles × methods × (nobody's record, one's own company's, the other's)."""
        count = 0
        for model in (*OWN_MODELS, "mail.mail", "mail.message", "account.move", "ir.mail_server", "fetchmail.server"):
            for name in public_methods(self.env[model]):
                for role, user in self.users.items():
                    for which in ("none", "own", "other"):
                        with self.subTest(model=model, method=name, role=role, record=which):
                            self.knock(model, name, role, user, which)
                            count += 1
        self.assertGreater(count, 300)

    def knock(self, model, name, role, user, which, context=None):
        records = {"own": self.own, "other": self.other}.get(which, {}).get(model, self.env[model])
        records = records.with_env(self.env(user=user, su=False, context=context or forged_context(True)))
        before = self.snapshot()
        savepoint = self.env.cr.savepoint()
        try:
            with mute_logger("odoo.addons.base.models.ir_rule", "odoo.addons.base.models.ir_model", "odoo.sql_db"):
                answer = getattr(records, name)(*self.arguments(model, name))
            said, outcome = json.dumps(answer, default=str), "done"
            after = self.snapshot()
        except (AccessError, UserError, ValueError, TypeError, KeyError, MissingError, psycopg2.Error) as error:
            said, outcome, after = str(error), type(error).__name__, before
        savepoint.close(rollback=True)
        self.env.invalidate_all()
        if context is None:
            _logger.info("TABLE %s.%s | %s | %s | %s", model, name, role, which, outcome)
        meant = name == "message_process" and role == "admin"  # as whom the gateway's script logs in
        meant = meant or role in MEANT.get((model, name), ()) and (which != "other" or role == "admin")
        if not meant:
            self.assertEqual(after, before, "evidence was changed")
        if which == "other" and role != "admin":
            self.assertNotIn("secret@company2.test", said)
        if after == before:  # as nearly always, and there may be thousands of rows of other tests
            return outcome, []
        known = set(map(without_dates, before))
        return outcome, [row for row in map(without_dates, after) if row not in known]

    @mute_logger("odoo.addons.mail_delivery_status.models.mail_sender")
    def test_public_methods_with_forged_keys(self):
        """Whatever is sent under the module's own keys, a method does what it does without them."""
        contexts = [{key.name: next(values) for key in OWN_KEYS} for values in (cycle(JSON_VALUES), repeat(True))]
        for model in (*OWN_MODELS, "mail.mail", "mail.message", "ir.mail_server"):
            for name in public_methods(self.env[model]):
                usual = self.knock(model, name, "admin", self.users["admin"], "own", {"lang": None})
                for context in contexts:
                    with self.subTest(model=model, method=name, context=context):
                        self.assertEqual(self.knock(model, name, "admin", self.users["admin"], "own", context), usual)

    def arguments(self, model, name):
        forged = {"smtp_receipt": "FORGED"} if model == "mail.mail" else {"state": "read"}
        return {
            "create": ([forged],),
            "write": (forged,),
            "copy": (),
            "default_get": (["state"],),
            "onchange": ({}, [], {}),
            "message_process": (False, report(delivery_status("secret@company2.test"))),
        }.get(name, ())

    def test_fields_in_superuser_mode(self):
        """What a user points at is not computed with more rights than the user has."""
        for model in OWN_MODELS:
            for name, field in self.env[model]._fields.items():
                if not field.compute or field.store and field.readonly or not getattr(field, "_modules", None):
                    continue
                if field.compute_sudo and field._modules == (MODULE,):
                    self.assertIn(f"{model}.{name}", IN_SUPERUSER_MODE)

    def test_keys_of_the_context(self):
        """What the code reads in a context by itself is core's; the module's own keys are sealed, and named alike."""
        found = set()
        for folder in ("models", "engine", "wizards"):
            for path in (ROOT / folder).glob("*.py"):
                found |= set(_context_keys(ast.parse(path.read_text())))
        self.assertEqual(found, CORE_KEYS)
        self.assertGreater(len(OWN_KEYS), 5)
        for key in OWN_KEYS:
            self.assertTrue(key.name.startswith("mail_delivery_"))
            for value in JSON_VALUES:
                self.assertIsNone(key.get({key.name: value}))

    def test_keys_have_no_effect(self):
        """What a client can send under them: no evidence changes, and nothing is deleted, sent or left out."""
        mail = self.own["mail.mail"]
        administrator = self.users["admin"]
        for value in JSON_VALUES:
            theirs = mail.with_env(self.env(user=administrator, su=False, context=forged_context(value)))
            before = self.snapshot()
            for values in ({"smtp_receipt": "FORGED"}, {"state": "outgoing"}, {"subject": "FORGED"}):
                with self.assertRaises(AccessError if "smtp_receipt" in values else UserError):
                    theirs.write(values)
            self.assertEqual(self.snapshot(), before)
            servers = self.server.with_env(theirs.env)
            self.assertEqual(servers._get_default_bounce_address(), self.server._get_default_bounce_address())
            with self.env.cr.savepoint() as savepoint:
                theirs.unlink()
                self.assertFalse(mail.exists(), "unlink() deletes")
                savepoint.rollback()
            self.env.invalidate_all()

    def test_default_values_forge_nothing(self):
        """``default_…`` in the context of create, copy, name_create, load, web_save and the commands of a message."""
        forged = {
            "delivery_status": "read",
            "smtp_receipt": "FORGED",
            "smtp_code": 250,
            "read_date": "2020-01-01 00:00:00",
            "accepted_date": "2020-01-01 00:00:00",
            "bounce_date": "2020-01-01 00:00:00",
            "attempt_count": 7,
            "text_removed_date": "2020-01-01 00:00:00",
        }
        context = {f"default_{name}": value for name, value in forged.items()}
        mails = self.env["mail.mail"].with_user(self.users["admin"]).with_context(**context)
        message = self.own["mail.mail"].mail_message_id.with_env(mails.env).sudo()
        last = self.env["mail.mail"].search([], limit=1).id
        mails.create({"subject": "x"}).copy()
        mails.name_create("x")
        mails.load(["subject"], [["x"]])
        mails.web_save({"subject": "x"}, {})
        message.write({"mail_ids": [(0, 0, {"email_to": "a@dest.test"})]})
        found = self.env["mail.mail"].search([("id", ">", last)])
        self.assertGreaterEqual(len(found), 6)
        for one in found:
            self.assertEqual(one.delivery_status, "queued")
            for name in forged.keys() - {"delivery_status"}:
                self.assertFalse(one[name], name)
        self.assertFalse(mails.default_get(list(forged)).keys() & (forged.keys() - {"delivery_status"}))

    # === WHAT HAS LEFT === #

    def test_what_has_left_is_not_edited(self):
        mail = self.send("gone@dest.test")
        theirs = mail.with_user(self.users["admin"])
        for values in (
            {"state": "outgoing"},
            {"state": "exception"},
            {"message_id": "<other@x>"},
            {"subject": "x"},
            {"body_html": "x"},
            {"email_to": "x@y.test"},
            {"recipient_ids": [(6, 0, self.customer.ids)]},
            {"headers": "{}"},
            {"attachment_ids": [(5,)]},
        ):
            with self.assertRaises(UserError, msg=values):
                theirs.write(values)
            with self.assertRaises(UserError, msg=values):
                theirs.web_save(values, {})
        with self.assertRaisesRegex(UserError, "cannot be cancelled"):
            theirs.cancel()
        self.assertEqual((mail.state, mail.delivery_status), ("sent", "accepted"))

    def test_status_is_not_written(self):
        """Of a mail that waits, too: it is retried and cancelled, not called sent."""
        mail = self.create_mail("a@dest.test", self.server)
        theirs = mail.with_user(self.users["admin"])
        for state in ("sent", "received", "exception"):
            with self.assertRaises(UserError):
                theirs.write({"state": state})
        theirs.write({"body_html": "corrected"})
        theirs.cancel()
        self.assertEqual((mail.state, mail.delivery_status), ("cancel", "canceled"))
        theirs.mark_outgoing()
        self.assertEqual((mail.state, mail.delivery_status), ("outgoing", "queued"))

    def test_a_mail_that_some_have_got(self):
        """The address that did not get it is corrected, or the rest is cancelled; it stays sent to the others."""
        self.smtp.script = {"RCPT later@dest.test": b"451 4.3.0 later"}
        mail = self.send("good@dest.test, later@dest.test")
        self.assertEqual(mail.state, "outgoing")
        theirs = mail.with_user(self.users["admin"])
        with self.assertRaises(UserError):
            theirs.write({"body_html": "x"})
        theirs.write({"email_to": "good@dest.test, right@dest.test"})
        theirs.cancel()
        self.assertEqual(mail.state, "sent")
        self.assertEqual(self.states(mail), {"good@dest.test": "accepted", "later@dest.test": "canceled"})

    # === THE ASSIGN DIALOG === #

    def test_ids_of_the_other_company(self):
        wizards = self.env["mail.report.assign"].with_user(self.users["manager"])
        ids = {
            "report_id": self.other["mail.report"].id,
            "line_id": self.other["mail.report.recipient"].id,
            "recipient_id": self.other["mail.recipient"].id,
        }
        mine = {"report_id": self.own["mail.report"].id, "recipient_id": self.own["mail.recipient"].id}
        wizard = wizards.create({**mine, "result": "failed"})
        specification = {name: {"fields": {"display_name": {}}} for name in (*ids, "candidate_ids")} | {"reason": {}}
        for name, foreign in ids.items():
            values = {**mine, "result": "read", name: foreign}
            for door in (
                lambda values=values: wizards.create(values),
                lambda name=name, foreign=foreign: wizard.write({name: foreign}),
                lambda name=name, foreign=foreign: wizard.web_save({name: foreign}, specification),
                lambda values=values: wizards.onchange(values, [], specification),
                lambda values=values: wizards.onchange(values, ["report_id"], specification),
                lambda name=name, foreign=foreign: wizards.with_context(**{f"default_{name}": foreign}).create(
                    {key: value for key, value in mine.items() if key != name} | {"result": "read"}
                ),
                lambda name=name, foreign=foreign: wizards.with_context(**{f"default_{name}": foreign}).default_get(
                    [name]
                ),
                lambda name=name, foreign=foreign: wizards.with_context(**{f"default_{name}": foreign}).onchange(
                    {}, [], specification
                ),
            ):
                with self.assertRaises(AccessError, msg=name):
                    door()

    def test_a_line_of_another_report(self):
        unmatched = self.take_in(report(delivery_status("who@far.test"), own_id="unmatched@far.test"))
        unmatched._with_evidence_token().company_id = self.company_1
        wizard = (
            self.env["mail.report.assign"]
            .with_user(self.users["manager"])
            .create(
                {
                    "report_id": unmatched.id,
                    "line_id": self.own["mail.report.recipient"].id,
                    "recipient_id": self.own["mail.recipient"].id,
                    "result": "read",
                }
            )
        )
        with self.assertRaises(UserError):
            wizard.action_assign()
        self.assertEqual(self.own["mail.report.recipient"].result, "failed")

    # === PROOF === #

    def test_one_recipient_speaks_for_another(self):
        """Who got the mail knows its Message-ID; that says nothing of a colleague who got it, too."""
        alice, bob = self.create_partners("alice@dest.test", "bob@dest.test")
        _document, mail = self.send_document_to(alice + bob)
        row = mail.recipient_status_ids.filtered(lambda row: row.partner_id == alice)
        for number, make in enumerate(
            (
                lambda: report(delivery_status("alice@dest.test"), message_id=mail.message_id, own_id="f1@x"),
                lambda: receipt("alice@dest.test", mail.message_id),
                lambda: report(delivery_status("alice@dest.test", "delivered", "2.0.0"), message_id=mail.message_id),
            )
        ):
            found = self.take_in(make())
            with self.subTest(number):
                self.assertEqual((found.state, found.problem), ("unmatched", "not_proved"))
                self.assertEqual(found.line_ids.state, "unproved")
                self.assertEqual(row.state, "accepted")
                self.assertEqual((alice.message_bounce, row.read_date, mail.bounce_date), (0, False, False))
                self.assertIn(found.line_ids, row.report_line_ids, "it is shown, as not proved")
                self.assertIn(found, mail.report_ids)
        proved = self.take_in(report(delivery_status("alice@dest.test"), token=row.envelope_id, own_id="true@x"))
        self.assertEqual((proved.state, row.state, alice.message_bounce), ("matched", "bounced", 1))

    def test_the_token_of_one_is_not_the_other(self):
        alice, bob = self.create_partners("alice@dest.test", "bob@dest.test")
        _document, mail = self.send_document_to(alice + bob)
        rows = {row.partner_id: row for row in mail.recipient_status_ids}
        found = self.take_in(report(delivery_status("alice@dest.test"), token=rows[bob].envelope_id))
        self.assertEqual((found.problem, rows[alice].state), ("foreign_address", "accepted"))

    def test_a_person_takes_what_is_not_proved_for_true(self):
        alice, bob = self.create_partners("alice@dest.test", "bob@dest.test")
        _document, mail = self.send_document_to(alice + bob)
        row = mail.recipient_status_ids.filtered(lambda row: row.partner_id == alice)
        found = self.take_in(report(delivery_status("alice@dest.test"), message_id=mail.message_id, own_id="f2@x"))
        found._assign(row, "failed", found.line_ids)
        self.assertEqual((found.state, row.state), ("matched", "bounced"))

    def send_document_to(self, partners):
        return ReportCase.send_document(self, partners)

    # === THE PORTAL === #

    def test_the_customer_does_not_read_who_got_the_internal_note(self):
        moves = self.env["account.move"].with_user(self.users["portal"])
        for name in ("mail_mail_count", "is_mail_returned", "mail_return_text"):
            self.assertNotIn(name, moves.fields_get())
            with self.assertRaises(AccessError):
                moves.search([(name, "!=", False)])

    def test_no_record_is_no_way_round(self):
        """A method that is called for no record asks for the rights on the model, too."""
        for model, name in (
            ("ir.mail_server", "action_resume"),
            ("ir.mail_server", "action_pause"),
            ("fetchmail.server", "action_open_reports"),
            ("mail.mail", "mark_outgoing"),
            ("mail.mail", "cancel"),
            ("mail.report", "action_dismiss"),
        ):
            with self.assertRaises(AccessError, msg=name):
                getattr(self.env[model].with_user(self.users["plain"]), name)()

    def test_settled_by_whom(self):
        row = self.own["mail.recipient"]
        with self.assertRaises(AccessError):
            row.with_user(self.users["manager"]).action_send_again()
        row.with_user(self.users["billing"]).action_send_again()
        self.assertEqual(row.state, "queued")
        self.assertFalse(row._apply_event(Event.SETTLE))


def without_dates(row):
    """A row of a snapshot without what differs each time: dates, and the unguessable tokens."""
    values = json.loads(row[0])
    return json.dumps({name: value for name, value in values.items() if not _DIFFERS.search(name)})


def _context_keys(tree):
    """The keys that code reads in a context, or puts there for its own code."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "get":
            owner, key = node.func.value, node.args[:1]
        elif isinstance(node, ast.Subscript):
            owner, key = node.value, [node.slice]
        else:
            continue
        is_context = isinstance(owner, ast.Attribute) and owner.attr == "context"
        if is_context and key and isinstance(key[0], ast.Constant):
            yield key[0].value
        elif is_context and key and isinstance(key[0], ast.Name):
            yield key[0].id


@tagged("post_install", "-at_install")
class TestReportsOverRpc(RpcMixin, HttpCase):
    """A report that a logged-in user hands in is no evidence."""

    @mute_logger("odoo.http", "odoo.addons.mail.models.mail_thread")
    def test_message_process(self):
        self.env.company.alias_domain_id = self.env["mail.alias.domain"].create({"name": "odoo.test"})
        mail = self.env["mail.mail"].create({"subject": "x", "email_to": "alice@dest.test"})
        token = "0123456789abcdef" * 2
        values = {**mail._evidence_values(), "message_id": mail.message_id}
        transaction = (
            self.env["mail.transaction"]
            ._with_evidence_token()
            .create(
                {**values, "outcome": "accepted", "envelope_id": token, "recipients": "alice@dest.test", "worker": 1}
            )
        )
        row = (
            self.env["mail.recipient"]
            ._with_evidence_token()
            .create({**values, "email": "alice@dest.test", "state": "accepted", "transaction_id": transaction.id})
        )
        source = report(delivery_status("alice@dest.test", "delivered", "2.0.0"), envelope_id=token).decode()
        for role in ("portal", "plain", "billing", "manager"):
            user = new_test_user(self.env, f"rpc_{role}", GROUPS[role])
            self.authenticate(user.login, user.login)
            for model in ("mail.thread", "res.partner", "account.move"):
                self.call(model, "message_process", False, source)
                self.call(model, "message_process", False, source, context=forged_context(True))
        self.env.invalidate_all()
        self.assertEqual(row.state, "accepted")
        self.assertFalse(self.env["mail.report"].search([("envelope_id", "=", token)]))
        administrator = new_test_user(self.env, "rpc_admin", GROUPS["admin"])
        self.authenticate(administrator.login, administrator.login)
        self.call("mail.thread", "message_process", False, source)
        self.env.invalidate_all()
        self.assertTrue(self.env["mail.report"].search([("envelope_id", "=", token)]), "the gateway's script")

    @mute_logger("odoo.http")
    def test_texts_over_http(self):
        """A login code that waits: in no answer to anybody but an administrator."""
        secret = "987654"
        mail = self.env["mail.mail"].create(
            {
                "subject": f"Your code {secret}",
                "body_html": f"<p>{secret}</p>",
                "body": f"<p>{secret}</p>",
                "email_to": "boss@odoo.test",
                "auto_delete": True,
                "model": "res.users",
                "res_id": self.env.user.id,
            }
        )
        names = ["display_name", "subject", "body", "body_html", "body_content", "readable_subject", "readable_body"]
        message = mail.mail_message_id
        for role in ("portal", "plain", "billing", "sender", "manager", "admin"):
            user = new_test_user(self.env, f"http_{role}", GROUPS[role])
            mail.author_id = user.partner_id
            self.env.flush_all()
            self.authenticate(user.login, user.login)
            answers = [self.call("mail.mail", "read", mail.ids, [name]) for name in names]
            answers += [
                self.call("mail.mail", "web_search_read", [], {name: {} for name in ("display_name", "readable_body")}),
                self.call("mail.mail", "export_data", mail.ids, ["subject", "mail_message_id/body"]),
                self.call("mail.mail", "formatted_read_group", [], ["subject"], ["__count"]),
                self.call("mail.mail", "name_search", secret),
                self.call("mail.mail", "search_read", [["body", "ilike", secret]], ["message_id"]),
                self.call("mail.message", "read", message.ids, ["subject", "body", "preview"]),
                self.call("mail.message", "search_read", [["id", "=", message.id]], ["body"]),
                self.call("res.users", "search_read", [["message_ids.body", "ilike", secret]], ["login"]),
            ]
            # An error tells the request; what counts is what comes back.
            told = json.dumps([answer.get("result") for answer in answers])
            with self.subTest(role):
                self.assertEqual(secret in told, role == "admin")
