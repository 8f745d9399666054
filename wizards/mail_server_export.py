import base64
import logging

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const.moving import SETTINGS_FILE_PROBLEMS
from ..tools.settings_file import SettingsFileError, passphrase_fault, write_settings
from .dialog import opened
from .settings_records import MODELS, all_servers, entry_of, own_values, shape_of

_logger = logging.getLogger(__name__)


class MailServerExport(models.TransientModel):
    """Mail servers and settings as one file. Passwords are in it only if somebody wants that, under a passphrase.

    The passphrase is kept nowhere: its field has no column, and the button sends it in its context, as core's own
    dialog for passwords does. For administrators.
    """

    _name = "mail.server.export"
    _description = "Export of Mail Servers and Settings"

    mail_server_ids = fields.Many2many("ir.mail_server", string="Outgoing Mail Servers", context={"active_test": False})
    fetchmail_server_ids = fields.Many2many(
        "fetchmail.server", string="Incoming Mail Servers", context={"active_test": False}
    )
    is_with_settings = fields.Boolean("Settings of e-mail sending", default=True)
    is_with_secrets = fields.Boolean("With passwords", help="Also private keys. They are sealed with a passphrase.")
    passphrase = fields.Char(store=False)
    passphrase_again = fields.Char("Once more", store=False)
    passphrase_fault = fields.Char(compute="_compute_passphrase_fault", compute_sudo=False)
    content = fields.Binary(readonly=True, attachment=False)

    @api.model
    def action_open(self):
        """Open the dialog, for the servers that are chosen in a list, else for all."""
        chosen = self.env.context.get("active_ids") if self.env.context.get("active_model") in MODELS.values() else []
        values = {}
        for kind, name in (("outgoing", "mail_server_ids"), ("incoming", "fetchmail_server_ids")):
            servers = all_servers(self.env, kind)
            if chosen:
                is_here = self.env.context["active_model"] == MODELS[kind]
                servers = servers.filtered(lambda server: server.id in chosen) if is_here else servers.browse()  # noqa: B023
            values[name] = servers.ids
        wizard = self.create({**values, "is_with_settings": not chosen})
        return opened(wizard, self.env._("Export Settings"))

    @api.depends("is_with_secrets", "passphrase", "passphrase_again")
    def _compute_passphrase_fault(self):
        for wizard in self:
            problem = False
            if wizard.is_with_secrets and wizard.passphrase:
                if reason := passphrase_fault(wizard.passphrase):
                    problem = self.env._(SETTINGS_FILE_PROBLEMS[reason.value])
                elif wizard.passphrase_again and wizard.passphrase != wizard.passphrase_again:
                    problem = self.env._("The two passphrases differ.")
            wizard.passphrase_fault = problem

    def action_export(self):
        """Make the file and download it."""
        self.ensure_one()
        self.check_access("write")
        passphrase = typed_passphrase(self.env)
        if self.is_with_secrets and not passphrase:
            raise UserError(self.env._("Type a passphrase, or export without passwords."))
        parts = {"outgoing": self.mail_server_ids, "incoming": self.fetchmail_server_ids}
        entries = {}
        for kind, servers in parts.items():
            shape = shape_of(self.env, kind)
            ordered = servers.with_context(active_test=False).sorted(lambda one: (one.name, one.id))
            entries[kind] = [entry_of(shape, server, with_secrets=self.is_with_secrets) for server in ordered]
        try:
            content = write_settings(
                entries["outgoing"],
                entries["incoming"],
                own_values(self.env) if self.is_with_settings else {},
                passphrase if self.is_with_secrets else "",
            )
        except SettingsFileError as error:
            raise UserError(self.env._(SETTINGS_FILE_PROBLEMS[error.reason.value])) from error
        self.content = base64.b64encode(content)
        _logger.info(
            "Settings of %d outgoing and %d incoming mail servers exported by %s, %s passwords",
            len(entries["outgoing"]),
            len(entries["incoming"]),
            self.env.user.login,
            "with" if self.is_with_secrets else "without",
        )
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{self._name}/{self.id}/content/mail-settings.json?download=true",
            "target": "new",
            "close": True,
        }


def typed_passphrase(env):
    """The passphrase that a button has sent along: under the key that core's dialog for passwords uses."""
    found = env.context.get("password")
    return found if isinstance(found, str) else ""
