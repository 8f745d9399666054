"""What the tests of the models share: a mail server of their own, real connections, and a look at the evidence."""

import json
from unittest.mock import patch

from odoo import api
from odoo.tests import TransactionCase

from odoo.addons.base.models.ir_mail_server import IrMail_Server

from ..tools import context_key
from .servers import site

OWN_KEYS = [key for key in vars(context_key).values() if isinstance(key, context_key.ContextKey)]


def forged_context(value):
    """What a client might send to pass for the module's own code: the value under every key of the module."""
    return {key.name: value for key in OWN_KEYS}


class MailServerMixin:
    """Lets tests really send, to the servers they name."""

    @classmethod
    def allow_sending(cls):
        patcher = patch.object(IrMail_Server, "_disable_send", lambda *args: False)
        patcher.start()
        cls.addClassCleanup(patcher.stop)

    @classmethod
    def create_mail_server(cls, port, **values):
        return cls.env["ir.mail_server"].create(
            {"name": f"port {port}", "smtp_host": "127.0.0.1", "smtp_port": port, "smtp_encryption": "none", **values}
        )

    @classmethod
    def require_site(cls):
        """Start the shared Postfix and Dovecot, or skip where they cannot run."""
        if reason := site.available():
            cls.skipTest(cls, reason)
        cls.site = site.shared_site()
        cls.postfix = cls.site.postfix


class RpcMixin:
    """Calls methods as a client does, over HTTP. For an ``HttpCase`` that has logged in."""

    FORGED = {"context": forged_context(True)}

    def call(self, model, method, *args, **kwargs):
        response = self.url_open(
            f"/web/dataset/call_kw/{model}/{method}",
            data=json.dumps({"params": {"model": model, "method": method, "args": args, "kwargs": kwargs}}),
            headers={"Content-Type": "application/json"},
        )
        return response.json()

    def evidence_doors(self, model, ids, values):
        """The methods by which evidence could be made or changed: list of (model, method, args, kwargs)."""
        return [
            (model, "create", [values], self.FORGED),
            (model, "write", [ids, values], self.FORGED),
            (model, "unlink", [ids], self.FORGED),
            (model, "copy", [ids], self.FORGED),
            (model, "web_save", [ids, values, {}], self.FORGED),
            (model, "_with_evidence_token", [ids], {}),
        ]


class DeliveryCase(MailServerMixin, TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.allow_sending()
        cls.env["ir.mail_server"].search([]).active = False
        cls.env.company.alias_domain_id = cls.env["mail.alias.domain"].create(
            {"name": "odoo.test", "bounce_alias": "bounce", "catchall_alias": "catchall", "default_from": "sales"}
        )

    def create_mail(self, email_to="sales@odoo.test", server=None, **values):
        return self.env["mail.mail"].create(
            {
                "subject": "Invoice INV/2026/0001",
                "body_html": "<p>Please find your invoice.</p>",
                "email_from": "sales@odoo.test",
                "email_to": email_to,
                "mail_server_id": server.id if server else False,
                "record_company_id": self.env.company.id,
                **values,
            }
        )

    def transactions(self, mail):
        """The evidence as another session sees it: list of dict, oldest first."""
        with self.env.registry.cursor() as cr:
            transactions = api.Environment(cr, self.env.uid, {})["mail.transaction"]
            return transactions.search([("mail_mail_id", "=", mail.id)], order="id").read()

    def states(self, mail):
        return {row.email: row.state for row in mail.recipient_status_ids}
