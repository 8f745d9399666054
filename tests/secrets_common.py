"""Mails of every kind that Odoo sends, in every state, people of every role, and every door to a mail's text."""

import contextlib
import itertools
import json
import re
from types import SimpleNamespace
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user
from odoo.tools import SQL

from odoo.addons.auth_signup.models import res_users as signup
from odoo.addons.base.models.ir_mail_server import MailDeliveryException

from .common import DeliveryCase
from .servers.scripted import ScriptedServer

# What must not be told: the text, and the token of a link in it or in the layout round it.
LINK = re.compile(r"(?:access_token|token|hash)=([\w%.-]{6,})")
CODE = re.compile(r">\s*(\d{6})\s*<")
SENDING = "mail_delivery_status.group_"
ROLES = ("portal", "plain", "billing", "sender", "manager", "manager_2", "admin")
STATES = ("queued", "held", "put_off", "failed", "no_mailbox", "sent")
# Core keeps what failed, but for an address that does not exist: that mail it deletes.
_REPLIES = {
    "put_off": b"451 4.3.0 later\r\n",
    "failed": b"554 5.7.1 not wanted\r\n",
    "no_mailbox": b"550 5.1.1 no such user\r\n",
}


class SecretsCase(DeliveryCase):
    _numbers = itertools.count(1000)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company_2 = cls.env["res.company"].create({"name": "Company 2"})
        cls.customer = new_test_user(cls.env, "matrix_portal", "base.group_portal", email="customer@dest.test")
        cls.users = {
            "portal": cls.customer,
            "plain": new_test_user(cls.env, "matrix_plain", "base.group_user"),
            "billing": new_test_user(cls.env, "matrix_billing", "base.group_user,account.group_account_invoice"),
            "sender": new_test_user(cls.env, "matrix_sender", f"base.group_user,{SENDING}user"),
            "manager": new_test_user(cls.env, "matrix_manager", f"base.group_user,{SENDING}manager"),
            "manager_2": new_test_user(
                cls.env,
                "matrix_manager_2",
                f"base.group_user,{SENDING}manager",
                company_id=cls.company_2.id,
                company_ids=[(6, 0, cls.company_2.ids)],
            ),
            "admin": new_test_user(cls.env, "matrix_admin", "base.group_user,base.group_system"),
        }
        cls.boss = new_test_user(cls.env, "boss", "base.group_user,base.group_system", email="boss@odoo.test")
        cls.boss.notification_type = "email"
        cls.journal = cls.env["account.journal"].create({"name": "Sales", "code": "MATRX", "type": "sale"})
        cls.invoice = cls.env["account.move"].create(
            {"move_type": "out_invoice", "journal_id": cls.journal.id, "partner_id": cls.customer.partner_id.id}
        )
        # Mails of these models were seen here before.
        rows = [{"model": model, "email": "a@dest.test"} for model in ("account.move", "res.partner", "res.users")]
        cls.env["mail.recipient"]._with_evidence_token().create(rows)
        # Sent to the customer, who reads it in the portal. (Posting it would take a chart of accounts.)
        cls.invoice.message_subscribe(cls.customer.partner_id.ids)
        cls.env.execute_query(
            SQL("UPDATE account_move SET state = 'posted' WHERE id = %s RETURNING id", cls.invoice.id)
        )
        cls.env.invalidate_all()

    def setUp(self):
        super().setUp()
        self.registry_enter_test_mode()
        self.smtp = self.enterContext(ScriptedServer(lifetime=600))
        self.server = self.create_mail_server(self.smtp.port)

    # === KINDS === #

    def kinds(self):
        """``{kind: method that makes a mail of it, not sent yet}``"""
        names = [name for name in dir(self) if name.startswith("make_")]
        return {name.removeprefix("make_"): getattr(self, name) for name in names}

    def make_login_code(self):
        with patch.object(type(self.boss), "_totp_rate_limit"):  # it counts web requests
            self.boss._send_totp_mail_code()

    def make_password_reset(self):
        self.boss._action_reset_password()

    def make_user_invitation(self):
        self.boss.with_context(create_user=True)._action_reset_password("signup")

    def make_portal_invitation(self):
        partner = self.env["res.partner"].create({"name": "New", "email": f"{self.text.lower()}@dest.test"})
        wizard = self.env["portal.wizard"].with_context(active_ids=partner.ids).create({})
        wizard.user_ids.action_grant_access()

    def make_link_on_a_document(self):
        """As surveys, requests to sign and the like: a template whose mail is to be deleted."""
        template = self.env["mail.template"].create(
            {
                "name": "Please sign",
                "model_id": self.env["ir.model"]._get_id("account.move"),
                "subject": f"Sign {self.text}",
                "body_html": f"<p>{self.text} <a href='/sign?access_token=abcdef1234'>Sign</a></p>",
                "email_to": "signer@dest.test",
                "auto_delete": True,
            }
        )
        template.send_mail(self.invoice.id, email_layout_xmlid="mail.mail_notification_layout")

    def make_no_document(self):
        """As digests."""
        self.env["mail.mail"].create(
            {
                "subject": self.text,
                "body_html": f"<p>{self.text}</p>",
                "email_to": "boss@odoo.test",
                "auto_delete": True,
            }
        )

    def make_private_channel(self):
        channel = self.env["discuss.channel"].create({"name": "Board", "channel_type": "group"})
        message = channel.message_post(
            body=self.text, subject=self.text, message_type="comment", subtype_xmlid="mail.mt_comment"
        )
        self._notify(message)

    def make_user_notification(self):
        self.invoice.message_notify(body=self.text, subject=self.text, partner_ids=self.boss.partner_id.ids)

    def make_invoice(self):
        self.invoice.message_post(
            body=self.text,
            subject=self.text,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            partner_ids=self.customer.partner_id.ids,
        )

    def make_internal_note(self):
        self.invoice.message_post(
            body=self.text, subject=self.text, message_type="comment", partner_ids=self.boss.partner_id.ids
        )

    def make_mass_mail(self):
        composer = self.env["mail.compose.message"].create(
            {
                "composition_mode": "mass_mail",
                "model": "res.partner",
                "res_ids": str(self.customer.partner_id.ids),
                "subject": self.text,
                "body": f"<p>{self.text}</p>",
                "auto_delete": True,
                "auto_delete_keep_log": False,
                "force_send": False,
            }
        )
        composer._action_send_mail()

    def _notify(self, message):
        """The mail of a notification, as core makes it."""
        layout = f"<p>{message.body}<a href='/mail/view?access_token=abcdef9876'>View</a></p>"
        self.env["mail.mail"].create(
            {
                "mail_message_id": message.id,
                "body_html": layout,
                "email_to": "member@dest.test",
                "auto_delete": True,
            }
        )

    def make(self, kind):
        """A mail of this kind as core makes it, before it is sent.

        :return: the mail, and what must not be told: texts, tokens
        :rtype: tuple[mail.mail, set[str], set[str]]
        """
        mails = self.env["mail.mail"]
        last = mails.search([], limit=1).id or 0
        # Core rolls back what it made when the mail cannot be sent.
        closing = SimpleNamespace(closing=lambda savepoint: contextlib.nullcontext())
        never = patch.object(type(mails), "send", lambda *args, **kwargs: True)
        self.text = f"Zebra{next(self._numbers)}x"
        with never, patch.object(signup, "contextlib", closing):
            self.kinds()[kind]()
        mail = mails.search([("id", ">", last)])
        mail.ensure_one()
        mail.mail_server_id = self.server
        texts = {self.text} if self.text in mail.body_html else set()
        tokens = {*LINK.findall(mail.body_html), *CODE.findall(mail.body_html)}
        self.assertTrue(texts | tokens, f"{kind}: there is something to tell")
        return mail, texts, tokens

    def bring_to(self, mail, state):
        """Let a mail that waits come to a state, by way of a mail server where one has a say."""
        if state == "held":
            mail.is_held = True
        elif state != "queued":
            self.smtp.script = {"RCPT": _REPLIES[state]} if state in _REPLIES else {}
            with contextlib.suppress(MailDeliveryException):  # a password link that fails is told
                mail.send()
        self.env.flush_all()
        self.env.invalidate_all()

    # === DOORS === #

    def told(self, user, mail):
        """Everything that RPC tells a person about a mail, as one text.

        :param mail.mail mail: in superuser mode
        """
        answers = []

        def knock(action):
            with contextlib.suppress(AccessError, UserError, ValueError):
                answers.append(json.dumps(action(), default=str))

        env = self.env(user=user, su=False)
        message = mail.mail_message_id
        evidence = {
            "mail.mail": mail.ids,
            "mail.message": message.ids,
            "mail.recipient": mail.recipient_status_ids.ids,
            "mail.transaction": mail.transaction_ids.ids,
            "mail.report": mail.report_ids.ids,
            "mail.report.recipient": mail.report_ids.line_ids.ids,
            "mail.notification": message.notification_ids.ids,
            "ir.attachment": (message.attachment_ids + mail.report_ids.source_id).ids,
        }
        for model, ids in evidence.items():
            records = env[model].browse(ids)
            names = list(records._fields)
            if not ids:
                continue
            knock(lambda records=records: records.read())
            if records.has_access("read"):
                open_names = set(records.fields_get(attributes=["type"]))
                for name in names:  # each by itself: what is refused must not hide the others
                    if name not in open_names:
                        knock(lambda records=records, name=name: records.read([name]))
            knock(lambda records=records, names=names: records.web_read(self._nested(records, names)))
            knock(lambda records=records, model=model: records.search_read([("id", "in", records.ids)]))
            knock(lambda records=records: records.export_data(["display_name", "mail_message_id/body"]))
            knock(
                lambda records=records: records.export_data(["mail_mail_id/body", "mail_mail_id/mail_message_id/body"])
            )
            knock(lambda records=records: records.name_search(self.text))
        if message.model in self.env:
            thread = env[message.model].browse(message.res_id)
            if "message_ids" in thread._fields:
                knock(lambda: thread.web_read({"message_ids": {"fields": {"body": {}, "subject": {}}}}))
        self.env.invalidate_all()
        return "\n".join(answers)

    def _nested(self, records, names):
        """A specification for ``web_read()`` with the text of everything that a record names."""
        specification = {}
        for name in names:
            field = records._fields[name]
            if field.relational and field.comodel_name in ("mail.mail", "mail.message"):
                specification[name] = {"fields": {"display_name": {}, "subject": {}, "body": {}}}
            elif field.relational:
                specification[name] = {"fields": {"display_name": {}}}
        return {
            name: value
            for name, value in specification.items()
            if records._has_field_access(records._fields[name], "read")
        }

    def sees(self, user, mail):
        """Whether a person finds the mail in the lists."""
        env = self.env(user=user, su=False)
        return env["mail.mail"].has_access("read") and bool(env["mail.mail"].search([("id", "=", mail.id)]))
