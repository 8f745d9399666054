from odoo import api, fields, models
from odoo.exceptions import UserError

from ..models.notice import notice
from ..models.secret_fields import secret_names
from ..tools.presets import ask
from .mail_server_preset import LIMITS


class MailServerPreset(models.TransientModel):
    """What becomes of the settings: a new server, a changed one, a mailbox watch. Shown before it is done."""

    _inherit = "mail.server.preset"

    server_id = fields.Many2one("ir.mail_server", "Server to Change", help="Empty: a new server is made.")
    changes = fields.Text("What will change", compute="_compute_changes")
    same_server = fields.Char(compute="_compute_changes")
    is_watch = fields.Boolean(
        "Watch the mailbox for returned mails",
        help="Odoo looks for bounces, delays and read receipts in it and changes nothing.",
    )

    @api.model
    def default_get(self, fields):
        values = super().default_get(fields)
        if self.env.context.get("active_model") == "ir.mail_server" and "server_id" in fields:
            server = self.env["ir.mail_server"].browse(self.env.context.get("active_id")).exists()
            names = [server.from_filter, server.smtp_user]
            address = next((name for name in names if name and name.count("@") == 1 and "," not in name), False)
            values |= {"server_id": server.id, "address": values.get("address") or address}
        return values

    def _oauth_method(self):
        """What Odoo's add-on calls the way to log in; None: with a password."""
        if self.login != "oauth":
            return None
        preset = self._preset_or_none()
        return preset and self._oauth(preset)[1]

    def _server_values(self):
        """What is written on the outgoing server, all but its name."""
        method = self._oauth_method()
        values = {
            "smtp_authentication": method or "login",
            "smtp_host": (self.smtp_host or "").strip(),
            "smtp_port": self.smtp_port,
            # The add-ons insist on this name.
            "smtp_encryption": "starttls" if method else self.smtp_encryption,
            "smtp_user": self.smtp_user,
            "from_filter": self.from_filter,
        }
        return values | {name: self[name] for name in LIMITS if self[name]}

    def _changed_values(self):
        """What of it differs from the server that is to be changed.

        Its password and tokens are for the host and the account that they were made for: another one must not get them.
        """
        server = self.server_id
        values = {name: new for name, new in self._server_values().items() if (server[name] or False) != (new or False)}
        if values.keys() & {"smtp_host", "smtp_user", "smtp_authentication"}:
            values |= {name: False for name in secret_names(server) if server[name]}
        return values

    @api.depends("server_id", "smtp_host", "smtp_port", "smtp_encryption", "smtp_user", "login", "from_filter", *LIMITS)
    def _compute_changes(self):
        for wizard in self:
            server, lines = wizard.server_id, []
            if server and wizard.smtp_host:
                for name, new in wizard._changed_values().items():
                    label = server._fields[name]._description_string(self.env)
                    if name in secret_names(server):
                        lines.append(self.env._("%s: removed, it was for the account so far", label))
                    else:
                        old, new = wizard._shown(name, server[name]), wizard._shown(name, new)
                        lines.append(f"{label}: {old} → {new}")
            wizard.changes = "\n".join(lines)
            same = wizard._same_servers() if wizard.smtp_host and not server else server.browse()
            wizard.same_server = ", ".join(same.mapped("name"))

    def _shown(self, name, value):
        field = self.env["ir.mail_server"]._fields[name]
        if field.type == "selection":
            value = dict(field._description_selection(self.env)).get(value)
        return value or "–"

    def _same_servers(self):
        """Servers that send over the same account already, archived ones too."""
        domain = [("smtp_host", "=ilike", self.smtp_host.strip()), ("smtp_user", "=", self.smtp_user)]
        return self.env["ir.mail_server"].with_context(active_test=False).search(domain, limit=5)

    # === ACTIONS === #

    def _shown_again(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Set Up a Mail Server"),
            "res_model": self._name,
            "res_id": self.id,
            "views": [(False, "form")],
            "target": "new",
        }

    def action_ask_dns(self):
        """Ask DNS of the address's domain, and show what it says."""
        self.ensure_one()
        self.check_access("write")
        address = self._parsed()
        if not address:
            raise UserError(self.env._("This is no e-mail address."))
        answers = ask(address.ascii_domain)
        self.answers = {
            "domain": address.ascii_domain,
            "state": answers.state,
            "mx": answers.mx,
            "srv": {name: [list(one) for one in records] for name, records in answers.srv.items()},
        }
        return self._shown_again()

    def action_open_app(self):
        """Show the add-on for signing in with the provider."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Apps"),
            "res_model": "ir.module.module",
            "views": [(False, "kanban"), (False, "form")],
            "domain": [("name", "=", self.oauth_app)],
        }

    def action_apply(self):
        """Make the server, archived, or change the one that was chosen; make the watch. Then show the server."""
        self.ensure_one()
        self.check_access("write")
        if not (self.smtp_host or "").strip() or not self.smtp_encryption or not 0 < self.smtp_port < 65536:
            raise UserError(self.env._("A mail server needs a name, a port and an encryption."))
        server, said = self.server_id, []
        if server:
            if values := self._changed_values():
                server.write(values)
            said.append(self.env._("“%s” was changed.", server.name))
        else:
            values = {**self._server_values(), "name": self.name or self.smtp_host, "active": False}
            server = server.create(values)
            said.append(
                self.env._(
                    "The server is archived, so nothing is sent over it yet. Enter the password, or sign in with the"
                    " provider, and test the connection. Then press “Switch on”."
                )
            )
        if self.is_watch and self.imap_host:
            said.append(self._make_watch())
        shown = {
            "type": "ir.actions.act_window",
            "name": self.env._("Outgoing Mail Servers"),
            "res_model": "ir.mail_server",
            "res_id": server.id,
            "views": [(False, "form")],
        }
        return notice("\n".join(said), title=server.name, sticky=True, next=shown)

    def _make_watch(self):
        """Make the watch of the mailbox, not confirmed, unless there is one.

        :return: what was done, for the person
        """
        watches = self.env["fetchmail.server"].with_context(active_test=False)
        host = self.imap_host.strip()
        # Compared here: beside an add-on that reads these fields from a file they cannot be searched for.
        known = watches.search([("is_report_watch", "=", True)]).filtered(
            lambda watch: (watch.server or "").lower() == host.lower() and watch.user == self.imap_user
        )
        if known:
            return self.env._("The mailbox is watched by “%s” already.", known[0].name)
        method = self._oauth_method()
        types = dict(watches._fields["server_type"].selection)
        watch = watches.create(
            {
                "name": self.env._("Returned mails of %s", self._parsed() or self.imap_user),
                "server_type": method if method in types else "imap",
                "server": host,
                "port": self.imap_port,
                "is_ssl": True,
                "user": self.imap_user,
                "is_report_watch": True,
                "is_report_foreign_kept": False,  # a person may write from it elsewhere, too
            }
        )
        return self.env._("“%s” was made. It looks at nothing until you test and confirm it.", watch.name)
