from odoo import fields, models

from ..const import PROBLEM_MEANINGS
from ..tools.problem import split
from .mail_mail_words import moment
from .mail_recipient import problem_meaning


class IrMailServer(models.Model):
    """What whoever waits for a mail server is told of it."""

    _inherit = "ir.mail_server"

    def _waiting_words(self):
        """Why mails wait for this server, and until when, for everybody who may read one of the mails."""
        why, until = self._rest_words()
        if not why:
            return self.env._("The mail server “%s” takes mail again: it is sent soon.", self.sudo().name)
        next_try = until and self.env._("Next try: %s.", moment(self, until))
        return f"{why} {next_try}" if until else why

    def _rest_words(self):
        """Why this server takes no mail now ("" if it takes some), and until when, if that is known.

        :rtype: tuple[str, datetime | None]
        """
        server, now = self.sudo(), fields.Datetime.now()
        if server.is_paused:
            return self.env._("Sending over the mail server “%s” is paused.", server.name), None
        if server.suspended_until and server.suspended_until > now:
            why = self.env._(
                "The mail server “%(server)s” has had a fault since %(since)s: %(reason)s",
                server=server.name,
                since=moment(self, server.suspended_since or server.write_date),
                reason=server.with_env(self.env)._suspension_words() or "–",
            )
            return why, server.suspended_until
        if server.limited_until and server.limited_until > now:
            return self.env._("The limit of the mail server “%s” is reached.", server.name), server.limited_until
        return "", None

    def _suspension_words(self):
        """Why the server rests, in words; host and port, which may stand in the details, are for administrators."""
        reason = self.sudo().suspension_reason or ""
        if not self.env.user.has_group("base.group_system"):
            words, _detail = split(reason)
            reason = words if words in PROBLEM_MEANINGS else reason
        return problem_meaning(self.env, reason)
