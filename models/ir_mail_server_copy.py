import contextlib

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ..tools.imap.own_copies import files_by_itself
from ..tools.smtp.secret import Secrets
from .mail_mail_words import moment
from .mail_sent_copy import first_capital
from .mail_sent_copy_making import Visit
from .notice import notice
from .secret_fields import secret_values


class IrMailServer(models.Model):
    """Where a copy of each mail that this server took is put: the Sent folder of an IMAP account."""

    _inherit = "ir.mail_server"

    is_sent_copy = fields.Boolean(
        "Copy in the Sent Folder",
        help="Of each e-mail that this server took a copy is put into the Sent folder of a mailbox, as a mail program"
        " does it. This happens in the background: sending does not wait for it.",
    )
    sent_copy_mailbox_id = fields.Many2one(
        "fetchmail.server",
        "Mailbox",
        ondelete="restrict",
        help="The incoming mail server (IMAP) of the account. It need not be confirmed: as long as it is not, Odoo"
        " fetches nothing from it.",
    )
    sent_copy_folder = fields.Char("Folder", help="Empty: the folder for sent mails is found by itself.")
    is_sent_filed_by_server = fields.Boolean("Files by Itself", compute="_compute_is_sent_filed_by_server")
    sent_copy_state = fields.Text("How it stands", compute="_compute_sent_copy_state")
    is_sent_copy_in_trouble = fields.Boolean("Has Trouble", compute="_compute_sent_copy_state")

    @api.constrains("is_sent_copy", "sent_copy_mailbox_id")
    def _check_sent_copy(self):
        for server in self.filtered("is_sent_copy"):
            mailbox = server.sent_copy_mailbox_id
            if not mailbox:
                raise ValidationError(self.env._("Choose the mailbox that the copies are put into."))
            if mailbox._get_connection_type() != "imap":
                raise ValidationError(self.env._("Copies can be put into an IMAP mailbox only."))

    @api.depends("smtp_host", "smtp_authentication")
    def _compute_is_sent_filed_by_server(self):
        for server in self:
            server.is_sent_filed_by_server = server._files_sent_by_itself()

    @api.depends("is_sent_copy")
    @api.depends_context("lang", "tz")
    def _compute_sent_copy_state(self):
        copies = self.env["mail.sent.copy"].sudo()
        for server in self:
            of_server = [("mail_server_id", "=", server._origin.id)]
            last = copies.search([*of_server, ("state", "in", ("made", "found"))], limit=1)
            waiting = copies.search_count([*of_server, ("state", "=", "waiting")])
            trouble = copies.search(
                [*of_server, ("state", "=", "waiting"), ("reason", "not in", (False, "not_found"))], limit=1
            )
            words = [
                last and self.env._("The last copy was made at %s.", moment(self, last.date)),
                waiting and self.env._("Copies to be made: %s.", waiting),
                trouble and first_capital(trouble.with_env(self.env).sudo()._in_words()),
            ]
            server.sent_copy_state = "\n".join(filter(None, words)) or self.env._("No copy has been made yet.")
            server.is_sent_copy_in_trouble = bool(trouble)

    def action_check_sent_folder(self):
        """Log in to the mailbox and say which folder the copies go to."""
        self.ensure_one()
        self.check_access("write")
        server = self.sudo()
        if not server.sent_copy_mailbox_id:
            raise UserError(self.env._("Choose the mailbox that the copies are put into."))
        with contextlib.closing(Visit(server)) as visit:
            try:
                folder = visit.mailbox().folder
            except Exception as error:
                Secrets(*secret_values(visit.account)).scrub_error(error)
                reason, answer = visit.account._failure(error)
                copy = self.env["mail.sent.copy"].new({"reason": reason.value, "answer": answer})
                raise UserError(copy._reason_words()) from error
        return notice(self.env._("The copies go to the folder “%s”.", folder))

    def action_make_sent_copies(self):
        """Try the copies that wait again, now."""
        self.check_access("write")
        copies = self.env["mail.sent.copy"].sudo()
        waiting = [("state", "=", "waiting"), ("mail_server_id", "in", self.ids), ("retry_date", "!=", False)]
        copies.search(waiting)._with_evidence_token().write({"retry_date": False})
        copies._wake()

    @api.model
    def _with_sent_copy(self):
        """The servers whose mails are copied."""
        # Of an archived one, too: what it has sent before is copied.
        return self.with_context(active_test=False).search([("is_sent_copy", "=", True)])

    def _keeps_sent(self):
        """Whether what leaves over this server is kept until there is a copy of it."""
        return self.is_sent_copy and not self._files_sent_by_itself()

    def _files_sent_by_itself(self):
        """Whether the server puts what it sends into the Sent folder by itself: Gmail and Microsoft do."""
        return files_by_itself(self.smtp_host or "", self.smtp_authentication or "")
