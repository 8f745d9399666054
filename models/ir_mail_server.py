import sys
import time
from dataclasses import dataclass
from datetime import timedelta
from email.utils import make_msgid

import psycopg2

from odoo import api, fields, models
from odoo.tools import config
from odoo.tools.mail import generate_tracking_message_id

from odoo.addons.base.models import ir_mail_server as core
from odoo.addons.mail.models import mail_mail as core_mail

from ..tools import bounded_smtp
from ..tools.bounded_connect import BoundedConnect
from ..tools.compose.build import build_message, sanitized_arguments
from ..tools.compose.display_name import in_one_line
from ..tools.context_key import HANDED_ON, ROUTE
from ..tools.retry import GIVE_UP_HOURS, suspension_delay
from ..tools.smtp import trouble
from ..tools.smtp.secret import Secrets
from .secret_fields import secret_values

# Seconds in which a connection must be ready, from the first packet to the login.
CONNECTING_TIME = 55
# Core makes its connections with these classes; within a BoundedConnect it gets ours.
core.smtplib = bounded_smtp.for_core()
NOT_SUSPENDED = {
    "suspended_since": False,
    "suspended_until": False,
    "suspension_reason": False,
    "suspension_count": 0,
}
# After so many failures in a row the administrators are told: one often passes by itself.
TOLD_AFTER = 2
_LIMIT_HELP = "At most so many e-mails in this time; a mail to three contacts is three e-mails. 0: no limit."


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
    limit_minute = fields.Integer("E-mails per Minute", help=_LIMIT_HELP)
    limit_hour = fields.Integer("E-mails per Hour", help=_LIMIT_HELP)
    limit_day = fields.Integer("E-mails per Day", help=_LIMIT_HELP)
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
    suspended_since = fields.Datetime(readonly=True, copy=False, help="When the first of its failures in a row was.")
    suspension_reason = fields.Char(readonly=True, copy=False)
    limited_until = fields.Datetime(
        readonly=True, copy=False, help="A limit of this server is reached. Its mails wait until this time."
    )
    suspension_count = fields.Integer("Failures in a Row", readonly=True, copy=False)

    _not_negative = models.Constraint(
        "CHECK(max_connections > 0 AND mails_per_connection >= 0"
        " AND COALESCE(limit_minute, 0) >= 0 AND COALESCE(limit_hour, 0) >= 0 AND COALESCE(limit_day, 0) >= 0"
        " AND COALESCE(give_up_hours, 0) >= 0)",
        "At least one connection is needed, and a limit cannot be negative.",
    )

    def _disable_send(self):
        """Also keep core's ``mail.mail._send()`` from sending what other add-ons hand on to it: the engine does.

        Core asks for this first. Whoever else asks, such as an add-on that sends by itself, is not kept from it.
        """
        handed_on = HANDED_ON.get(self.env.context)
        if handed_on is not None:
            caller = sys._getframe(1)
            if caller.f_code.co_filename == core_mail.__file__ and caller.f_code.co_name == "_send":
                handed_on += caller.f_locals["self"]._ids
                return True
        return super()._disable_send()

    def _connect__(self, *args, mail_server_id=None, **kwargs):  # noqa: PLW3201
        """Connect within bounds of time and memory, and without telling anybody a password.

        :raise: whatever the connection raised, its texts scrubbed, with what :func:`connect_failure` tells of it;
            TimeoutError if all of it took too long
        """
        if self._disable_send():  # core does not connect then
            return super()._connect__(*args, mail_server_id=mail_server_id, **kwargs)
        secrets = Secrets(*self._secrets(mail_server_id))
        bounds = BoundedConnect(CONNECTING_TIME, time.monotonic, secrets)
        self._choose_while_connecting(bounds, mail_server_id)
        try:
            with bounds:
                connection = super()._connect__(*args, mail_server_id=mail_server_id, **kwargs)
        except Exception as error:
            failure = trouble.from_exception(error)
            if not isinstance(error, psycopg2.Error):  # after one the database cannot be asked
                failure = self._server_of(bounds.server_id)._login_failure(failure)
            error.connect_failure = ConnectFailure(mail_server_id, failure)
            raise
        server = self.sudo().browse(bounds.server_id or ())  # read while connecting: no statement more
        connection.own_addresses = server._own_addresses()
        server._note_certificate(connection)
        return connection

    def _secrets(self, mail_server_id=None):
        """What no server may make us show: passwords, tokens and keys of this server, of all if it is not known yet.

        :rtype: list[str | bytes]
        """
        servers = self.sudo().with_context(bin_size=False)
        servers = servers.browse(mail_server_id) if mail_server_id else servers.search([], limit=100)
        return [*secret_values(servers), config.get("smtp_password") or ""]

    def _address(self):
        """Host and port of this server, or of Odoo's configuration file where there is no record."""
        if self and self.smtp_authentication != "cli":
            return f"{self.smtp_host}:{self.smtp_port}"
        return f"{config.get('smtp_server')}:{config.get('smtp_port')}"

    def _route(self):
        """The route of the engine's email that is being made, None outside."""
        return ROUTE.get(self.env.context)

    @api.model
    def _get_default_from_address(self):
        """Core's address; within the engine as it was looked up for all mails of one route.

        The look-up takes the company of an environment that is made for one mail, and keeps that alive.
        """
        route = self._route()
        return route.default_from if route else super()._get_default_from_address()

    @api.model
    def _get_default_bounce_address(self):
        """As :meth:`_get_default_from_address`."""
        route = self._route()
        return route.default_bounce_address if route else super()._get_default_bounce_address()

    def _build_email__(self, email_from, email_to, subject, body, **kwargs):  # noqa: PLW3201
        """Build the message; for the engine in a fraction of core's time, where no other add-on takes part in it."""
        email_from, email_to = in_one_line(email_from), in_one_line(email_to)
        kwargs = sanitized_arguments(kwargs)
        build = super()._build_email__
        if is_of_core(build) and self._route() and kwargs.get("body_alternative"):
            return self._build_fast(email_from, email_to, subject, body, **kwargs)
        return build(email_from, email_to, subject, body, **kwargs)

    def _build_fast(self, email_from, email_to, subject, body, *, message_id=None, object_id=False, **kwargs):
        """The same message as core's ``_build_email__()`` makes, with our own policy.

        :rtype: email.message.EmailMessage
        """
        email_from = (
            email_from or self.env.context.get("domain_notifications_email") or self._get_default_from_address()
        )
        assert email_from, self.NO_FOUND_FROM
        if not message_id:
            message_id = generate_tracking_message_id(object_id) if object_id else make_msgid()
        return build_message(
            email_from, email_to, subject, body, message_id=message_id, date=fields.Datetime.now(), **kwargs
        )

    # === HOW MUCH AT A TIME === #

    def _max_connections(self):
        """How many connections may be open at once; 3 where there is no record."""
        return (self and self.max_connections) or 3

    def _mails_per_connection(self):
        """After how many mails a new connection is made."""
        return (self and self.mails_per_connection) or 10**9

    def _pipeline_mode(self):
        """The mode of ``tools.smtp.pipeline.Pipeline``; None: the fastest that the server offers."""
        return "step_by_step" if self and self.is_step_by_step else None

    def _give_up_age(self):
        """Seconds after which a mail that is put off again and again is given up; RFC 5321 §4.5.4.1 asks for days."""
        hours = (self and self.give_up_hours) or float(
            self.env["ir.config_parameter"].sudo().get_param("mail_delivery_status.give_up_hours") or GIVE_UP_HOURS
        )
        return hours * 60 * 60

    # === FAULTS === #

    def _suspend_for(self, failure):
        """Leave the server alone for a while after a fault that is not the mail's.

        :param Failure failure: why no connection was to be had
        """
        if failure.scope.is_of_all_mails:
            self._suspend(failure.seconds, failure.text)

    def _suspend(self, seconds, reason):
        """Leave the server alone; its mails wait, other servers go on.

        :param int seconds: how long the server asked for; longer after several failures in a row
        :param str reason: its reply, or what went wrong
        """
        for server in self:
            now = fields.Datetime.now()
            until = now + timedelta(seconds=suspension_delay(server.suspension_count, seconds))
            server.write(
                {
                    "suspended_since": server.suspended_since or now,
                    "suspended_until": until,
                    "suspension_reason": reason,
                    "suspension_count": server.suspension_count + 1,
                    "last_fault": reason,
                    "last_fault_date": now,
                }
            )
            self.env["mail.mail"]._wake_buffer(until)
            if server.suspension_count == TOLD_AFTER:
                self._wake_notices()

    def _resume(self):
        """The server works (again): the mails that waited for it are due."""
        troubled = self.filtered("suspension_count")
        if troubled:
            troubled.write(NOT_SUSPENDED)

    def action_pause(self):
        """Send nothing over this server until somebody resumes it."""
        self.browse().check_access("write")
        self.write({"is_paused": True})

    def action_resume(self):
        """Send again over this server, now."""
        self.browse().check_access("write")
        self.write({"is_paused": False, "limited_until": False, **NOT_SUSPENDED})

    @api.model
    def _server_of(self, server_id):
        """The server of this id, in superuser mode; none for None."""
        return self.sudo().browse(server_id or ()).exists()


def is_of_core(function):
    """Whether a method is stock Odoo's own: no add-on extends it, nor has put another one in its place at run time."""
    code = getattr(function, "__code__", None)
    return code is not None and code.co_filename == core.__file__


@dataclass(frozen=True)
class ConnectFailure:
    """Why a connection to a mail server was not to be had."""

    mail_server_id: int | None
    failure: trouble.Failure


def connect_failure(error):
    """What an exception tells of a connection, also if another add-on has raised one of its own instead.

    :param error: an exception, or None
    :rtype: ConnectFailure | None
    """
    while error is not None:
        if found := getattr(error, "connect_failure", None):
            return found
        error = error.__cause__ or error.__context__
    return None
