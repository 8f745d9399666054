from datetime import timedelta
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import make_msgid

from odoo import api, fields, models
from odoo.tools import SQL, config
from odoo.tools.mail import generate_tracking_message_id

from odoo.addons.base.models import ir_mail_server as core

from ..tools.smtp.diagnosis import Scope, diagnose
from ..tools.smtp.policy import POLICY

# Seconds a server is left alone after one, two, … failures in a row; then it is tried with one batch.
_SUSPENSIONS = (60, 120, 300, 600, 1800)
# Field of the limit, length of its window.
_LIMITS = {"limit_minute": timedelta(minutes=1), "limit_hour": timedelta(hours=1), "limit_day": timedelta(days=1)}


_NOT_SUSPENDED = {"suspended_until": False, "suspension_reason": False, "suspension_count": 0}


class IrMailServer(models.Model):
    _inherit = "ir.mail_server"

    max_connections = fields.Integer(
        default=3,
        help="How many connections may be open to this server at the same time while the buffer is being sent. "
        "Microsoft 365 allows 3.",
    )
    mails_per_connection = fields.Integer(
        "Mails per Connection",
        default=1000,  # as many as Exim takes over one; whoever takes fewer says so (421), which costs no mail
        help="After so many mails a new connection is made. 0: no limit.",
    )
    is_step_by_step = fields.Boolean(
        "Step by Step",
        help="Wait for each answer before saying the next thing. Slower; for a server that announces PIPELINING or "
        "CHUNKING and does not get along with it.",
    )
    limit_minute = fields.Integer("Mails per Minute", help="At most so many mails in a minute. 0: no limit.")
    limit_hour = fields.Integer("Mails per Hour", help="At most so many mails in an hour. 0: no limit.")
    limit_day = fields.Integer("Mails per Day", help="At most so many mails in 24 hours. 0: no limit.")
    give_up_hours = fields.Integer(
        "Give up after (hours)",
        help="A mail that is put off again and again is given up after so long. 0: as in the settings.",
    )
    is_paused = fields.Boolean("Paused", copy=False, help="Nothing is sent over this server until it is resumed.")
    suspended_until = fields.Datetime(
        readonly=True,
        copy=False,
        help="The server had a fault. Its mails wait; at this time it is tried again by itself.",
    )
    suspension_reason = fields.Char(readonly=True, copy=False)
    suspension_count = fields.Integer("Failures in a Row", readonly=True, copy=False)

    _not_negative = models.Constraint(
        "CHECK(max_connections > 0 AND mails_per_connection >= 0"
        " AND COALESCE(limit_minute, 0) >= 0 AND COALESCE(limit_hour, 0) >= 0 AND COALESCE(limit_day, 0) >= 0"
        " AND COALESCE(give_up_hours, 0) >= 0)",
        "At least one connection is needed, and a limit cannot be negative.",
    )

    def _connect__(self, *args, mail_server_id=None, **kwargs):  # noqa: PLW3201
        """Note why a connection failed, for ``mail.mail.send()``, which gets only the exception's text.

        :raise: whatever the connection raised
        """
        try:
            return super()._connect__(*args, mail_server_id=mail_server_id, **kwargs)
        except Exception as error:
            failures = self.env.context.get("mail_connect_failures")
            if failures is not None:
                failures.append(diagnose(error))
            raise

    def _address(self):
        """Host and port of this server, or of Odoo's configuration file where there is no record."""
        if self and self.smtp_authentication != "cli":
            return f"{self.smtp_host}:{self.smtp_port}"
        return f"{config.get('smtp_server')}:{config.get('smtp_port')}"

    @api.model
    def _get_default_from_address(self):
        """Core's address; within the engine as it was looked up for all mails of one route.

        The look-up takes the company of an environment that is made for one mail, and keeps that alive.
        (No client can put a tuple into a context: over RPC it is a list.)
        """
        known = self.env.context.get("mail_default_addresses")
        return known[0] if isinstance(known, tuple) else super()._get_default_from_address()

    @api.model
    def _get_default_bounce_address(self):
        """As :meth:`_get_default_from_address`."""
        known = self.env.context.get("mail_default_addresses")
        return known[1] if isinstance(known, tuple) else super()._get_default_bounce_address()

    def _build_email__(self, email_from, email_to, subject, body, **kwargs):  # noqa: PLW3201
        """Build the message; for the engine in a fraction of core's time, where no other add-on takes part in it.

        Core hands ``email.policy.SMTP`` to the message, which parses each header and encodes each body in pure Python.
        """
        build = super()._build_email__
        is_core = getattr(build, "__func__", None) is core.IrMail_Server._build_email__
        if is_core and self.env.context.get("mail_fast_build") and kwargs.get("body_alternative"):
            return self._build_fast(email_from, email_to, subject, body, **kwargs)
        return build(email_from, email_to, subject, body, **kwargs)

    def _build_fast(
        self,
        email_from,
        email_to,
        subject,
        body,
        *,
        body_alternative,
        email_cc=None,
        email_bcc=None,
        reply_to=False,
        attachments=None,
        message_id=None,
        references=None,
        object_id=False,
        subtype="plain",
        headers=None,
        subtype_alternative="plain",
    ):
        """The same message as core's ``_build_email__()`` makes, with our own policy.

        :rtype: email.message.EmailMessage
        """
        email_from = (
            email_from or self.env.context.get("domain_notifications_email") or self._get_default_from_address()
        )
        assert email_from, self.NO_FOUND_FROM
        if not message_id:
            message_id = generate_tracking_message_id(object_id) if object_id else make_msgid()
        message = EmailMessage(policy=POLICY)
        for name, value in (
            ("Message-Id", message_id),
            ("references", references),
            ("Subject", subject),
            ("From", email_from),
            ("Reply-To", reply_to or email_from),
            ("To", email_to),
            ("Cc", email_cc),
            ("Bcc", email_bcc),
            ("Date", fields.Datetime.now()),
            *(headers or {}).items(),
            ("MIME-Version", "1.0"),
        ):
            # Core sets these even when they are empty.
            if value or name in ("Subject", "To") or name in (headers or {}):
                message[name] = value
        message.add_alternative(body_alternative, subtype=subtype_alternative, charset="utf-8")
        message.add_alternative(body or "", subtype=subtype, charset="utf-8")
        for name, content, mimetype in attachments or ():
            maintype, subtype = mimetype.split("/") if mimetype and "/" in mimetype else ("application", "octet-stream")
            if (maintype, subtype) == ("message", "rfc822"):
                message.add_attachment(BytesParser().parsebytes(content), filename=name)
            else:
                message.add_attachment(content, maintype, subtype, filename=name)
        return message

    # === HOW MUCH AT A TIME === #

    def _max_connections(self):
        """How many connections may be open at once; 3 where there is no record."""
        return (self and self.max_connections) or 3

    def _mails_per_connection(self):
        """After how many mails a new connection is made."""
        return (self and self.mails_per_connection) or 10**9

    def _pipeline_mode(self):
        """The mode of ``tools.smtp.pipeline.Pipeline``; None: the fastest that the server offers."""
        return "plain" if self and self.is_step_by_step else None

    def _give_up_age(self):
        """Seconds after which a mail that is put off again and again is given up; RFC 5321 §4.5.4.1 asks for days."""
        hours = (self and self.give_up_hours) or float(
            self.env["ir.config_parameter"].sudo().get_param("mail_delivery_status.give_up_hours") or 48
        )
        return hours * 60 * 60

    def _admit(self, mails):
        """Let through the mails that may go over this server now; the others wait in the buffer.

        :param mail.mail mails: claimed, oldest first
        :rtype: mail.mail
        """
        now = fields.Datetime.now()
        if not self:
            return mails
        if self.is_paused:
            mails._wait_for_server(self, now + timedelta(days=3650))
            return mails.browse()
        if self.suspended_until and self.suspended_until > now:
            mails._wait_for_server(self, self.suspended_until)
            return mails.browse()
        room, free_at = self._room(now)
        if len(mails) > room:
            mails[room:]._wait_for_server(self, free_at)
            return mails[:room]
        return mails

    def _room(self, now):
        """How many mails the limits allow now, and when they allow more.

        :rtype: tuple[int, datetime]
        """
        room, free_at = 10**9, now
        for name, window in _LIMITS.items():
            limit = self[name]
            if not limit:
                continue
            [(count, oldest)] = self.env.execute_query(
                SQL(
                    "SELECT count(*), min(start_date) FROM mail_transaction"
                    " WHERE mail_server_id = %s AND start_date > %s AND outcome != 'aborted'",
                    self.id,
                    now - window,
                )
            )
            if limit - count < room:
                room = max(limit - count, 0)
            if count >= limit:
                free_at = max(free_at, oldest + window)
        return room, max(free_at, now + timedelta(seconds=1))

    # === FAULTS === #

    def _suspend_for(self, failure):
        """Leave the server alone for a while after a fault that is not the mail's.

        :param Failure failure: why no connection was to be had
        """
        if failure.scope is Scope.SERVER:
            self._suspend(0, str(failure.reply) if failure.reply else failure.problem)

    def _suspend(self, seconds, reason):
        """Leave the server alone; its mails wait, other servers go on.

        :param int seconds: how long the server asked for; longer after several failures in a row
        :param str reason: its words, or what went wrong
        """
        for server in self:
            delay = max(seconds, _SUSPENSIONS[min(server.suspension_count, len(_SUSPENSIONS) - 1)])
            until = fields.Datetime.now() + timedelta(seconds=delay)
            server.write(
                {
                    "suspended_until": until,
                    "suspension_reason": reason,
                    "suspension_count": server.suspension_count + 1,
                }
            )
            self.env["mail.mail"]._wake_buffer(until)

    def _resume(self):
        """The server works (again): the mails that waited for it are due."""
        troubled = self.filtered("suspension_count")
        if troubled:
            troubled.write(_NOT_SUSPENDED)
            self.env["mail.mail"].sudo()._stop_waiting_for(troubled)

    def action_pause(self):
        """Send nothing over this server until somebody resumes it."""
        self.browse().check_access("write")
        self.write({"is_paused": True})

    def action_resume(self):
        """Send again over this server, now."""
        self.browse().check_access("write")
        self.write({"is_paused": False, **_NOT_SUSPENDED})
        self.env["mail.mail"].sudo()._stop_waiting_for(self)

    @api.model
    def _server_of(self, server_id):
        """The server of this id, in superuser mode; none for None."""
        return self.sudo().browse(server_id or ()).exists()
