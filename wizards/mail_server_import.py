import logging

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..const.moving import ACTIONS, MISFITS, SECRET_CHANGES, SETTINGS_FILE_PROBLEMS
from ..const.presets import AUTOCONFIG_PROBLEMS
from ..models.notice import notice
from ..tools.presets import AutoconfigError
from ..tools.settings_file import MOST_BYTES, Action, Reason, SettingsFileError, is_autoconfig
from .dialog import opened
from .mail_server_export import typed_passphrase
from .settings_plan import make_plan
from .settings_records import MODELS, to_write
from .upload import UploadError, is_too_big, uploaded

_logger = logging.getLogger(__name__)
_DEPENDS = ("file", "address", "passphrase")
# If one of them changes, an incoming server is another one, or does something else with its mailbox.
_CONFIRMED_FOR = {"server", "user", "server_type", "is_report_watch"}


class MailServerImport(models.TransientModel):
    """Mail servers and settings from a file: shows what would change, and then does exactly that or nothing.

    For administrators. The passphrase is kept nowhere, as in :class:`MailServerExport`.
    """

    _name = "mail.server.import"
    _description = "Import of Mail Servers and Settings"

    file = fields.Binary(
        attachment=False,
        help="A file that “Export Settings” has made, the file prefs.js from the profile of Thunderbird, or the"
        " autoconfig file of a domain (config-v1.1.xml).",
    )
    file_name = fields.Char()
    address = fields.Char("E-mail Address", help="An autoconfig file is about all addresses of a domain.")
    passphrase = fields.Char(store=False, help="The one that the file was exported with. Odoo does not keep it.")
    # What the person has seen: another plan is not carried out. Filled with the preview, and sent along with it.
    shown = fields.Char(compute="_compute_shown", compute_sudo=False, store=True, readonly=False)

    problem = fields.Text(compute="_compute_preview", compute_sudo=False)
    needs_address = fields.Boolean(compute="_compute_preview", compute_sudo=False)
    is_sealed = fields.Boolean(compute="_compute_preview", compute_sudo=False)
    has_changes = fields.Boolean(compute="_compute_preview", compute_sudo=False)
    preview = fields.Html(compute="_compute_preview", compute_sudo=False)

    @api.model
    def action_open(self):
        """Open the dialog."""
        return opened(self.create({}), self.env._("Import Settings"))

    @api.constrains("file")
    def _check_file(self):
        for wizard in self:
            if is_too_big(wizard, "file", MOST_BYTES):
                raise ValidationError(self.env._(SETTINGS_FILE_PROBLEMS[Reason.TOO_BIG.value]))

    # === THE PREVIEW === #

    def _data(self):
        """The file's content. :raise SettingsFileError: it is too big, or not what a browser sends"""
        try:
            return uploaded(self, "file", MOST_BYTES)
        except UploadError as error:
            raise SettingsFileError(Reason.TOO_BIG if error.is_too_big else Reason.UNKNOWN) from error

    def _plan(self, passphrase):
        """What the file would change; None as long as something is missing.

        :rtype: Plan | None
        :raise SettingsFileError, AutoconfigError: it is of no use
        """
        return make_plan(self.env, self._data(), self.address, passphrase) if self.file else None

    @api.depends(*_DEPENDS)
    def _compute_shown(self):
        for wizard in self:
            try:
                plan = wizard._plan(wizard.passphrase or "")
            except (SettingsFileError, AutoconfigError):
                plan = None
            wizard.shown = plan and plan.fingerprint()

    @api.depends(*_DEPENDS)
    def _compute_preview(self):
        for wizard in self:
            values = dict.fromkeys(("problem", "needs_address", "is_sealed", "has_changes", "preview"), False)
            try:
                if plan := wizard._plan(wizard.passphrase or ""):
                    values |= {"is_sealed": plan.is_sealed, "has_changes": plan.has_changes}
                    values["preview"] = wizard._rendered(plan)
                values["needs_address"] = bool(wizard.file) and is_autoconfig(wizard._data())
            except (SettingsFileError, AutoconfigError) as error:
                reason = error.reason
                values["is_sealed"] = reason is Reason.WRONG_PASSPHRASE
                values["needs_address"] = reason is Reason.NO_ADDRESS
                values["problem"] = wizard._in_words(error)
            wizard.update(values)

    def _in_words(self, error):
        problems = AUTOCONFIG_PROBLEMS if isinstance(error, AutoconfigError) else SETTINGS_FILE_PROBLEMS
        words = self.env._(problems[error.reason.value])
        return words % error.detail if "%s" in words else words

    def _rendered(self, plan):
        """The plan for people, as HTML. What stands in the file is text in it."""
        parts = [
            (self.env._("Outgoing mail servers"), "ir.mail_server", plan.items["outgoing"]),
            (self.env._("Incoming mail servers"), "fetchmail.server", plan.items["incoming"]),
            (self.env._("Settings of e-mail sending"), "res.config.settings", [plan.settings] if plan.settings else []),
        ]
        values = {
            "parts": [
                (title, [self._shown_item(model, item) for item in items]) for title, model, items in parts if items
            ],
            "left_out": [(name, self.env._(SETTINGS_FILE_PROBLEMS[reason.value])) for name, reason in plan.left_out],
        }
        return self.env["ir.qweb"]._render("mail_delivery_status.settings_import_preview", values)

    def _shown_item(self, model, item):
        reason = ""
        if item.reason:
            misfit, name = item.reason
            reason = f"{self._label(model, name)}: {self.env._(MISFITS[misfit.value])}"
        return {
            "name": item.name,
            "action": item.action.value,
            "badge": self.env._(ACTIONS[item.action.value]),
            "reason": reason,
            "is_confirmed_again": _is_confirmed_again(model, item),
            "changes": [self._shown_change(model, change) for change in item.changes],
            "left_out": [
                (self._label(model, name), self.env._(MISFITS[misfit.value])) for name, misfit in item.left_out
            ],
        }

    def _shown_change(self, model, change):
        """(label, before, after)"""
        label = self._label(model, change.name)
        if change.secret:
            return label, "", self.env._(SECRET_CHANGES[change.secret.value])
        field = self.env[model]._fields[change.name]
        return label, self._shown_value(field, change.before), self._shown_value(field, change.after)

    def _label(self, model, name):
        field = self.env[model]._fields.get(name)
        return field._description_string(self.env) if field else name

    def _shown_value(self, field, value):
        if field.type == "boolean":
            return self.env._("Yes") if value else self.env._("No")
        if field.type == "selection":
            value = dict(field._description_selection(self.env)).get(value)
        elif field.type == "binary" and value:
            return self.env._("a file of %s characters", len(value))
        return "–" if value in (None, "") else str(value)

    # === DOING IT === #

    def action_import(self):
        """Do what the preview shows, all of it or nothing. If something has changed since, show the preview again."""
        self.ensure_one()
        self.check_access("write")
        passphrase = typed_passphrase(self.env)
        wizard = self.with_context(password=None)
        try:
            plan = wizard._plan(passphrase)
        except (SettingsFileError, AutoconfigError) as error:
            raise UserError(wizard._in_words(error)) from None
        if not plan or not plan.has_changes:
            raise UserError(self.env._("There is nothing to change."))
        if plan.fingerprint() != self.shown:
            return wizard._shown_anew()
        wizard._carry_out(plan)
        self.write({"file": False, "shown": False})
        return wizard._done(plan)

    def _shown_anew(self):
        """Open the dialog again, as it is without a passphrase, with the reason."""
        self.shown = self._plan("").fingerprint()
        text = self.env._(
            "What the file would change is no longer what was shown: the servers here are others now."
            " Look at the preview again."
        )
        again = opened(self, self.env._("Import Settings"))
        return notice(text, "warning", title=self.env._("Nothing was changed"), sticky=True, next=again)

    def _carry_out(self, plan):
        """Make and change everything, or nothing.

        :raise UserError: something does not go
        """
        name = ""
        try:
            with self.env.cr.savepoint():
                for kind, model in MODELS.items():
                    for item in plan.items[kind]:
                        name = item.name
                        self._carry_out_item(kind, model, item)
                name = self.env._("Settings of e-mail sending")
                if plan.settings and plan.settings.changes:
                    values = to_write(self.env, "res.config.settings", plan.settings)
                    self.env["res.config.settings"].create(values).set_values()
                self.env.flush_all()
        except UserError as error:
            text = error.args[0] if error.args else ""
            raise UserError(self.env._("Nothing was changed. %(name)s: %(text)s", name=name, text=text)) from None
        except psycopg2.IntegrityError as error:
            # Without the details, which show the whole row.
            text = error.diag.message_primary or ""
            raise UserError(self.env._("Nothing was changed. %(name)s: %(text)s", name=name, text=text)) from None

    def _carry_out_item(self, kind, model, item):
        if item.action not in (Action.NEW, Action.CHANGE):
            return
        values = to_write(self.env, model, item)
        if item.action is Action.NEW:
            # Nothing is sent over it until somebody has looked at it. An incoming one is not confirmed yet.
            self.env[model].create({**values, "active": False} if kind == "outgoing" else values)
            return
        server = self.env[model].browse(item.target)
        if _is_confirmed_again(model, item):
            server.set_draft()
        server.write(values)

    def _done(self, plan):
        new, changed = (sum(plan.count(kind, action) for kind in MODELS) for action in (Action.NEW, Action.CHANGE))
        _logger.info("Mail settings imported by %s: %d servers new, %d changed", self.env.user.login, new, changed)
        said = [self.env._("New servers: %(new)s, changed servers: %(changed)s.", new=new, changed=changed)]
        if plan.count("outgoing", Action.NEW):
            said.append(
                self.env._("New outgoing servers are archived: enter the password, test the connection, “Switch on”.")
            )
        if plan.count("incoming", Action.NEW):
            said.append(self.env._("New incoming servers do nothing until you test and confirm them."))
        action = self.env["ir.actions.act_window"]._for_xml_id("base.action_ir_mail_server_list")
        servers = {**action, "domain": ["|", ("active", "=", True), ("active", "=", False)]}
        return notice("\n".join(said), title=self.env._("Settings imported"), sticky=True, next=servers)


def _is_confirmed_again(model, item):
    """Whether somebody has to test and confirm an incoming server again before it does anything."""
    changed = {change.name for change in item.changes}
    return model == MODELS["incoming"] and item.action is Action.CHANGE and bool(changed & _CONFIRMED_FOR)
