import secrets

from odoo import api, fields, models, modules
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..tools.recipient_state import Event
from .mail_transaction import LOCK_SPACE


class MailMail(models.Model):
    """The buffer: which mails wait, which are due, who takes them out."""

    _inherit = "mail.mail"

    # What a claim looks for, in its order; lists and counters by state.
    _buffer = models.Index(
        "(sending_priority DESC, id) WHERE state = 'outgoing' AND retry_date IS NULL AND scheduled_date IS NULL"
    )
    _buffer_timed = models.Index(
        "(GREATEST(retry_date, scheduled_date))"
        " WHERE state = 'outgoing' AND (retry_date IS NOT NULL OR scheduled_date IS NOT NULL)"
    )
    _by_state = models.Index("(state, id)")
    _by_delivery_status = models.Index("(delivery_status, id)")
    # The list of problems, newest first: few among many, and of several statuses.
    _problems = models.Index(
        "(id) WHERE delivery_status IN ('refused', 'bounced', 'unknown', 'partial', 'deferred', 'delayed')"
    )

    def mark_outgoing(self):
        """Put mails back into the buffer. Only the addresses that no server has taken will be sent to."""
        self.check_access("write")
        open_states = ("queued", "sending", "deferred", "refused", "canceled")
        recipients = self.sudo().recipient_status_ids
        sendable = recipients.filtered(lambda recipient: recipient.state in open_states)
        mails = self.filtered(
            lambda mail: not mail.sudo().recipient_status_ids or mail.sudo().recipient_status_ids & sendable
        )
        if self and not mails:
            raise UserError(
                self.env._(
                    "Each recipient's mail server has, or may have, this mail already, so it is not sent again."
                    " To send it all the same, open its Sent tab and use “Send again” beside the address."
                )
            )
        sendable.filtered(lambda recipient: recipient.state != "sending")._apply_event(Event.SEND_AGAIN)
        return super(MailMail, mails).mark_outgoing()

    def cancel(self):
        """Take mails out of the buffer.

        :raise UserError: if one of them is being sent right now
        """
        self.check_access("write")
        if self.sudo()._being_sent():
            raise UserError(self.env._("This mail is being sent right now. It is too late to cancel it."))
        self.recipient_status_ids.sudo()._apply_event(Event.CANCEL)
        return super().cancel()

    # === MODES === #

    @api.model
    def _sending_mode(self):
        """The mode of Settings → Emails: "now", "buffer" or "hold"."""
        return self.env["ir.config_parameter"].sudo().get_param("mail_delivery_status.sending_mode") or "now"

    @api.model_create_multi
    def create(self, vals_list):
        if self._sending_mode() == "hold":
            vals_list = [{"is_held": values.get("state", "outgoing") == "outgoing", **values} for values in vals_list]
        return super().create(vals_list)

    def send(self, auto_commit=False, raise_exception=False, post_send_callback=None):
        """Send, or leave it to the buffer as the mode says.

        Whoever asks for an exception wants to know at once what became of the mail, so that is sent in any mode.
        """
        if raise_exception or auto_commit or self.env.context.get("mail_send_now") or self._sending_mode() == "now":
            return super().send(
                auto_commit=auto_commit, raise_exception=raise_exception, post_send_callback=post_send_callback
            )
        if self.filtered(lambda mail: not mail.is_held):
            self._wake_buffer()
        return True

    def action_send_and_close(self):
        """Send this mail now, whatever the mode."""
        self.write({"is_held": False})
        return super(MailMail, self.with_context(mail_send_now=True)).action_send_and_close()

    def action_send_now(self):
        """Send these mails: one at once, several through the buffer, before all others."""
        self._check_release_access()
        # An attempt that found no connection leaves core's state "exception" and a time for the next one.
        mails = self.sudo().filtered(
            lambda mail: mail.state == "outgoing" or mail.state == "exception" and mail.retry_date
        )
        mails.filtered(lambda mail: mail.state == "exception").write({"state": "outgoing"})
        values = {"is_held": False, "sending_priority": 10}
        mails._update_summary(retry_date=False, waits_for_server_id=False)
        if len(mails) == 1:
            mails.write(values)
            mails.with_context(mail_send_now=True).send()
            return None
        key = secrets.token_hex(8)
        mails.write({**values, "release_key": key, "release_user_id": self.env.uid})
        self._wake_buffer()
        return {
            "type": "ir.actions.client",
            "tag": "mail_delivery_status.progress",
            "params": {"release_key": key, "total": len(mails)},
        }

    def _tell_progress(self):
        """Tell whoever released these mails how far the sending is."""
        for key, user in {mail.release_key: mail.release_user_id for mail in self if mail.release_key}.items():
            released = [("release_key", "=", key)]
            counts = dict(self._read_group(released, ["state"], ["__count"]))
            put_off = self.search_count([*released, ("state", "=", "outgoing"), ("retry_date", "!=", False)])
            self.env["bus.bus"]._sendone(
                user.partner_id,
                "mail_delivery_status/progress",
                {
                    "release_key": key,
                    "sent": counts.get("sent", 0),
                    "failed": counts.get("exception", 0),
                    "put_off": put_off,
                },
            )

    def _check_release_access(self):
        """:raise AccessError: if this person may not decide when mails of this company are sent"""
        if not self.env.user.has_group("mail_delivery_status.group_manager"):
            self.check_access("write")
        self.check_access("read")

    # === THE SCHEDULED ACTIONS === #

    @api.model
    def _buffer_crons(self):
        """The scheduled actions that empty the buffer: core's, and as many more as the settings ask for."""
        cron = self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()
        same = [("model_id", "=", cron.model_id.id), ("code", "=", cron.code)]
        return cron + cron.search([*same, ("id", "!=", cron.id)], order="id")

    @api.model
    def _set_buffer_crons(self, count):
        """Have so many scheduled actions empty the buffer, at least core's own."""
        crons = self._buffer_crons()
        crons[count:].unlink()
        for number in range(len(crons), count):
            crons[0].copy({"name": f"{crons[0].name} ({number + 1})"})

    @api.model
    def _wake_buffer(self, at=None):
        """Run the scheduled actions that empty the buffer.

        :param datetime at: when, UTC; as soon as possible if None
        """
        for cron in self._buffer_crons() if at is None else self._buffer_crons()[:1]:
            cron._trigger(at)

    def _being_sent(self):
        """Those of these mails that have an open transaction."""
        rows = self.env.execute_query(
            SQL("SELECT mail_mail_id FROM mail_transaction WHERE outcome = 'open' AND mail_mail_id = ANY(%s)", self.ids)
        )
        return self.browse(row_id for (row_id,) in rows)

    @api.model
    def process_email_queue(self, email_ids=(), batch_size=1000):
        """Send what waits in the buffer and is due: all of it, within the scheduled action's time.

        :param email_ids: only these mails (core's way: no more than the batch size times ten, over one connection)
        """
        self.check_access("write")
        now = fields.Datetime.now()
        # An attempt within a request that could not even connect leaves the mail in core's state "exception".
        self.sudo().search([("state", "=", "exception"), ("retry_date", "<=", now)]).write({"state": "outgoing"})
        if email_ids or self.env.context.get("filters") or modules.module.current_test:
            due = Domain("retry_date", "=", False) | Domain("retry_date", "<=", now)
            filters = [*self.env.context.get("filters", []), *due, ("is_held", "=", False)]
            due_mails = self.with_context(filters=filters, mail_send_now=True)
            return super(MailMail, due_mails).process_email_queue(email_ids, batch_size)
        return self.env["mail.sender"].sudo()._drain()

    @api.model
    def _claim(self, limit):
        """Lock the next mails that are due: those whose time has come, then the oldest of the others.

        A mail with an open transaction is being sent by another worker and is passed over.

        :rtype: mail.mail
        """
        ids = [row_id for (row_id,) in self.env.execute_query(self._claim_query(limit, timed=True))]
        if len(ids) < limit:
            rows = self.env.execute_query(self._claim_query(limit - len(ids), timed=False))
            ids += [row_id for (row_id,) in rows]
        return self.browse(ids)

    @api.model
    def _claim_query(self, limit, timed=False):
        """The query of :meth:`_claim`.

        :param bool timed: the mails that wait for a time (put off, scheduled), or those that do not
        :rtype: SQL
        """
        if timed:
            due = SQL(
                "(retry_date IS NOT NULL OR scheduled_date IS NOT NULL)"
                " AND GREATEST(retry_date, scheduled_date) <= %s ORDER BY GREATEST(retry_date, scheduled_date)",
                fields.Datetime.now(),
            )
        else:
            due = SQL("retry_date IS NULL AND scheduled_date IS NULL ORDER BY sending_priority DESC, id")
        # Another worker has a mail as long as one of its transactions is open, and until what it came to is recorded,
        # for which that worker must be alive (its advisory lock is taken).
        return SQL(
            """SELECT id FROM mail_mail m
                WHERE NOT EXISTS (
                          SELECT FROM mail_transaction t
                           WHERE t.mail_mail_id = m.id AND t.outcome != 'aborted'
                             AND (t.outcome = 'open'
                                  OR NOT EXISTS (SELECT FROM mail_recipient r
                                                  WHERE r.mail_mail_id = t.mail_mail_id AND r.transaction_id >= t.id
                                                    AND COALESCE(r.partner_id, 0) = COALESCE(t.partner_id, 0))
                                     AND NOT pg_try_advisory_xact_lock_shared(%s, t.worker)))
                  AND state = 'outgoing' AND is_held IS NOT TRUE AND %s
                LIMIT %s FOR UPDATE SKIP LOCKED""",
            LOCK_SPACE,
            due,
            limit,
        )

    @api.model
    def _count_due(self):
        """Whether mails are due that nobody has claimed: 0 or 1. Leaves them where they are."""
        queries = (self._claim_query(1, timed) for timed in (True, False))
        return int(any(self.env.execute_query(query) for query in queries))

    def _wait_for_server(self, server, until):
        """Leave mails in the buffer until the server takes mail (again).

        :param datetime until: UTC
        """
        self._write_multi([{"retry_date": until, "waits_for_server_id": server.id}] * len(self))
        self.invalidate_recordset(["retry_date", "waits_for_server_id"], flush=False)

    @api.model
    def _stop_waiting_for(self, servers):
        """What waited for these servers is due."""
        mails = self.search([("state", "=", "outgoing"), ("waits_for_server_id", "in", servers.ids)])
        mails._write_multi([{"retry_date": None, "waits_for_server_id": None}] * len(mails))
        mails.invalidate_recordset(["retry_date", "waits_for_server_id"], flush=False)
        self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger()
