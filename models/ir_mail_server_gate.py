from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .ir_mail_server import NOT_SUSPENDED

# Field of the limit, length of its window.
LIMITS = {"limit_minute": timedelta(minutes=1), "limit_hour": timedelta(hours=1), "limit_day": timedelta(days=1)}
# What decides which server a mail goes over, and how a server is reached.
_ROUTING_FIELDS = {"active", "from_filter", "owner_user_id", "sequence"}
_CONNECTION_FIELDS = {
    "least_tls",
    "smtp_authentication",
    "smtp_encryption",
    "smtp_host",
    "smtp_pass",
    "smtp_port",
    "smtp_ssl_certificate",
    "smtp_ssl_private_key",
    "smtp_user",
}


class IrMailServer(models.Model):
    """Which mails may leave over a server now, and what lets those go on that wait for it."""

    _inherit = "ir.mail_server"

    def _pass_gate(self, mails, smtp_from):
        """The mails that may go over this server now: for each way of sending the same questions.

        May they go over it at all? If not they end, in Odoo's words. Is it paused, suspended, or at its limit? Then
        they wait in the buffer. In superuser mode.

        :param mail.mail mails: outgoing
        :param str smtp_from: the sender that core chose for them
        :rtype: mail.mail
        """
        if not self:
            return mails
        strangers, error = self._refused_by_core(mails, smtp_from)
        if strangers:
            self.env["mail.sender"].sudo()._refuse_mails(strangers.sudo(), error)
        mails -= strangers
        is_blocked, until = self._blocked(fields.Datetime.now())
        if is_blocked:
            mails.sudo()._wait_for_server(self, until)
            return mails.browse()
        return mails

    def _refused_by_core(self, mails, smtp_from):
        """The mails that core does not let go over this server, and its words.

        The checks of its ``_send()`` and ``_connect__()``, made for each mail: others go on.

        :rtype: tuple[mail.mail, Exception | None]
        """
        try:
            self._check_forced_mail_server(self, False, smtp_from)
        except UserError as error:
            return mails, error
        if mails._filter_mail_mail_servers(self):
            return mails.browse(), None
        strangers = mails.filtered(lambda mail: not mail._filter_mail_mail_servers(self))
        return strangers, UserError(
            self.env._(
                "Unauthorized server for some of the sending mails: “%s” is somebody's own,"
                " or such servers are not allowed.",
                self.display_name,
            )
        )

    def _blocked(self, now):
        """Whether nothing leaves over this server for now, and until when, as far as that is known.

        :param datetime now: UTC
        :rtype: tuple[bool, datetime | bool]
        """
        if self.is_paused:
            return True, False
        times = [time for time in (self.suspended_until, self.limited_until) if time and time > now]
        if times:
            return True, max(times)
        room, free_at = self._room(now)
        if room <= 0:
            self._reach_limit(free_at)
            return True, free_at
        return False, False

    @api.model
    def _is_blocked_sql(self, now):
        """The same as :meth:`_blocked`, for a query on ``ir_mail_server``. A limit is known once it was reached."""
        return SQL(
            "active AND (is_paused IS TRUE OR COALESCE(suspended_until > %s, FALSE)"
            " OR COALESCE(limited_until > %s, FALSE))",
            now,
            now,
        )

    def _reach_limit(self, free_at):
        """Note until when a limit holds.

        :param datetime free_at: UTC, as :meth:`_room` tells it
        """
        self.flush_recordset()
        # Workers that share the server find its limit at the same time. Whoever is slower begins again: no fault.
        query = SQL("UPDATE ir_mail_server SET limited_until = %s WHERE id = %s", free_at, self.id)
        self.env.cr.execute(query, log_exceptions=False)
        self.invalidate_recordset(["limited_until"], flush=False)
        self.env["mail.mail"].sudo()._wake_buffer(free_at)

    def _has_limits(self):
        return any(self[name] for name in LIMITS)

    def _room(self, now):
        """How many emails the limits allow now, and when they allow more.

        :rtype: tuple[int, datetime]
        """
        limits = [name for name in LIMITS if self[name]]
        room, free_at = 10**9, now + timedelta(seconds=1)
        for name, (count, oldest) in self._used(now, limits).items():
            room = min(room, max(self[name] - count, 0))
            if count >= self[name]:
                free_at = max(free_at, oldest + LIMITS[name])
        return room, free_at

    def _used(self, now, limits):
        """How many emails were handed over in the windows of these limits, and when the first of them was begun.

        Counted by a look of its own: what other workers have opened since this database transaction began counts, too.

        :param limits: names of fields
        :rtype: dict[str, tuple[int, datetime | None]]
        """
        found = {}
        if not limits:
            return found
        with self.env.registry.cursor(readonly=self.env.cr.readonly) as cr:
            for name in limits:
                query = SQL(
                    "SELECT count(*), min(start_date) FROM mail_transaction"
                    " WHERE mail_server_id = %s AND start_date > %s AND outcome != 'aborted'",
                    self.id,
                    now - LIMITS[name],
                )
                cr.execute(query)
                found[name] = cr.fetchone()
        return found

    # === WHAT LETS MAILS GO ON === #

    @api.model_create_multi
    def create(self, vals_list):
        servers = super().create(vals_list)
        servers._forget_receipt_wishes({"receipt_default": any(servers.mapped("receipt_default"))})
        self.env["mail.mail"].sudo()._choose_servers_again()
        return servers

    def write(self, vals):
        """Let the mails that wait for a server go on as soon as what they wait for has changed."""
        if not LIMITS.keys().isdisjoint(vals):
            vals = {"limited_until": False, **vals}
        if not _CONNECTION_FIELDS.isdisjoint(vals):
            vals = {**NOT_SUSPENDED, **vals}
        result = super().write(vals)
        self._forget_receipt_wishes(vals)
        mails = self.env["mail.mail"].sudo()
        if not _ROUTING_FIELDS.isdisjoint(vals):
            mails._choose_servers_again()
        elif any(name in vals and not vals[name] for name in ("is_paused", "suspended_until", "limited_until")):
            mails._wake_buffer()
        return result

    def unlink(self):
        result = super().unlink()
        self.env["mail.mail"].sudo()._wake_buffer()
        return result
