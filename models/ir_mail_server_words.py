from odoo import api, fields, models

from .mail_mail_words import moment
from .mail_recipient import problem_meaning


class IrMailServer(models.Model):
    """What whoever waits for a mail server is told of it."""

    _inherit = "ir.mail_server"

    suspended_since = fields.Datetime(
        compute="_compute_suspended_since",
        store=True,
        readonly=True,
        copy=False,
        help="When the first of the failures in a row was.",
    )

    @api.depends("suspension_count")
    def _compute_suspended_since(self):
        for server in self:
            server.suspended_since = server.suspension_count and (server.suspended_since or fields.Datetime.now())

    def _waiting_words(self):
        """Why mails wait for this server, and until when, for everybody who may read one of the mails."""
        server, now = self.sudo(), fields.Datetime.now()
        if server.is_paused:
            return self.env._("Sending over the mail server “%s” is paused.", server.name)
        if server.suspended_until and server.suspended_until > now:
            return self.env._(
                "The mail server “%(server)s” has had a fault since %(since)s: %(reason)s Next try: %(next)s.",
                server=server.name,
                since=moment(self, server.suspended_since or server.write_date),
                reason=problem_meaning(self.env, server.suspension_reason or "") or "–",
                next=moment(self, server.suspended_until),
            )
        if server.limited_until and server.limited_until > now:
            return self.env._(
                "The limit of the mail server “%(server)s” is reached. It goes on at %(next)s.",
                server=server.name,
                next=moment(self, server.limited_until),
            )
        return self.env._("The mail server “%s” takes mail again: it is sent soon.", server.name)
