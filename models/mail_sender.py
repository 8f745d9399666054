import logging
import random
import smtplib
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

import psycopg2

from odoo import fields, models
from odoo.tools.mail import email_normalize_all, email_split_and_format_normalize

from odoo.addons.base.models.ir_mail_server import MailDeliveryException

from ..tools.recipient_state import HANDED_OVER, Event, State
from ..tools.retry import delay_wish, is_given_up, retry_delay
from ..tools.smtp.diagnosis import Failure, diagnose
from ..tools.smtp.envelope import Envelope
from ..tools.smtp.message import flatten
from ..tools.smtp.session import Session
from .mail_transaction import new_envelope_id

_logger = logging.getLogger(__name__)

# States in which an address is sent to when its mail is sent.
_TO_SEND = ("queued", "sending", "deferred")
# Seconds to wait for the answer to a whole mail: who gives up earlier does not know whether it was taken
# (RFC 5321 §4.5.3.2.6 asks for 10 minutes). Less than limit_time_real, by which Odoo kills its own workers.
CONTENT_TIMEOUT = 100
GIVEN_UP = "given up after too many attempts"
_BUILD_ARGUMENTS = (
    "email_to",
    "subject",
    "body",
    "body_alternative",
    "email_cc",
    "reply_to",
    "attachments",
    "message_id",
    "references",
    "object_id",
    "headers",
)


@dataclass
class Channel:
    """Stands for the SMTP connection inside ``ir.mail_server.send_email()``.

    So core's method and every add-on that extends it (``_prepare_email_message__`` …) go on working, while the
    transaction is performed by our own session and its result is kept.
    """

    connection: smtplib.SMTP
    transact: Any  # callable(sender, recipients, message) -> dict of replies and facts, None if nothing was done
    result: dict | None = None
    error: Exception | None = None

    def __getattr__(self, name):
        return getattr(self.connection, name)

    def send_message(self, message, from_addr, to_addrs, mail_options=(), rcpt_options=()):
        """Perform the mail transaction. Like ``smtplib``, return a dict of refused recipients (here empty)."""
        try:
            self.result = self.transact(from_addr, to_addrs, message)
        except (ValueError, smtplib.SMTPException) as error:
            # send_email() would wrap it into a text that names the server 'None'.
            self.error = error
        return {}


@dataclass
class Run:
    """What one call of ``_send_mails()`` needs all the way down."""

    journal: Any
    mail_server: Any
    alias_domain: Any
    followers: dict
    raise_exception: bool
    connection: smtplib.SMTP
    session: Session
    opened: list = field(default_factory=list)  # connections that were opened here and must be closed here
    failure: Failure | None = None  # why no new connection was to be had
    attempts: int = 0  # transactions so far


class MailSender(models.AbstractModel):
    """Hands mails to a mail server and records what it answers, recipient by recipient."""

    _name = "mail.sender"
    _description = "Sender of Mails"

    def _send_mails(
        self, mails, connection, *, alias_domain, mail_server, auto_commit, raise_exception, post_send_callback
    ):
        """Send mails over one connection, one after the other.

        :param mail.mail mails: those in another state than ``outgoing`` are skipped
        :param smtplib.SMTP connection: connected and logged in; closed by the caller
        :param bool auto_commit: commit after each mail
        :raise MailDeliveryException: if ``raise_exception`` and a mail failed for all its recipients
        """
        unfollow = mails.filtered(lambda mail: mail.body_html and "/mail/unfollow" in mail.body_html)
        with self.env["mail.transaction"]._journal() as journal:
            run = Run(
                journal=journal,
                mail_server=mail_server,
                alias_domain=alias_domain,
                followers=self.env["mail.followers"]._get_mail_doc_to_followers(unfollow.ids),
                raise_exception=raise_exception,
                connection=connection,
                session=open_session(connection),
            )
            try:
                for mail in mails:
                    self._send_mail(mail, run)
                    if auto_commit:
                        if post_send_callback:
                            post_send_callback(mail.ids)
                        self.env.cr.commit()  # pylint: disable=invalid-commit
            finally:
                for opened in run.opened:
                    open_session(opened).close()
        if post_send_callback:
            post_send_callback(mails.ids)

    def _send_mail(self, mail, run):
        """Send one mail, as one email for ``email_to`` and ``email_cc`` and one for each partner."""
        # Whoever holds the lock is sending it. A lock that cannot be had because the row has changed raises now,
        # before anything leaves.
        if not mail.try_lock_for_update(allow_referencing=True) or mail.state != "outgoing":
            return
        self._notifications(mail).try_lock_for_update(allow_referencing=True)
        self._recover(mail, run)
        attempts = run.attempts
        errors = []
        try:
            emails = mail._prepare_outgoing_list(
                mail_server=run.mail_server or mail.mail_server_id, doc_to_followers=run.followers
            )
            if not emails:
                errors.append(AssertionError(self.env["ir.mail_server"].NO_VALID_RECIPIENT))
            for email in emails:
                self._send_email(mail, email, run, errors)
        except (psycopg2.Error, MemoryError):
            raise
        except Exception as error:
            _logger.exception("mail.mail %s could not be prepared", mail.id)
            errors.append(error)
            for partner, kinds in mail._recipients_by_email():
                self._refuse_locally(mail, partner, kinds, error)
        self._finish(mail, errors, attempted=run.attempts > attempts)
        if run.raise_exception and mail.state == "exception":
            raise MailDeliveryException(self.env._("Mail Delivery Failed"), mail.failure_reason)

    def _send_email(self, mail, email, run, errors):
        partner = email["partner_id"] or self.env["res.partner"]
        kinds = self._recipient_kinds(email)
        settled = mail.recipient_status_ids.filtered(
            lambda row: row.partner_id == partner and row.state not in _TO_SEND
        ).mapped("email")
        if kinds and set(kinds) <= set(settled):
            return
        if not self._connected(run):
            mail.recipient_status_ids._record_replies(mail, partner, deferred(kinds, run.failure), {}, kinds)
            return
        channel = Channel(run.connection, partial(self._transact, mail, partner, run))
        try:
            server = self._mail_server_in_context(email, run, settled)
            message = self._build_message(server, mail, email)
            server.send_email(message, mail_server_id=mail.mail_server_id.id, smtp_session=channel)
            if channel.error:
                raise channel.error
        except (psycopg2.Error, MemoryError):
            raise
        except Exception as error:
            _logger.info("mail.mail %s: an email was not sent: %s", mail.id, error)
            errors.append(error)
            typed = [(email["email_to_raw"] or "").strip() or partner.display_name]
            self._refuse_locally(mail, partner, kinds or dict.fromkeys(filter(None, typed), "to"), error)
            return
        if channel.result:
            mail.recipient_status_ids._record_replies(mail, partner, kinds=kinds, **channel.result)

    # === ONE EMAIL === #

    def _recipient_kinds(self, email):
        """The addresses of an email from ``_prepare_outgoing_list()`` with their kind: ``{address: "to" | "cc"}``."""
        addresses = email["email_to_normalized"] or []
        cc = set(email_normalize_all(", ".join(email["email_cc"] or [])))
        return {address: "cc" if address in cc else "to" for address in addresses}

    def _mail_server_in_context(self, email, run, skip):
        context = {
            "send_validated_to": email["email_to_normalized"],
            "send_smtp_skip_to": [*self.env.context.get("send_smtp_skip_to", []), *skip],
        }
        if run.alias_domain:
            context |= {
                "domain_notifications_email": run.alias_domain.default_from_email,
                "domain_bounce_address": email["headers"].get("Return-Path") or run.alias_domain.bounce_email,
            }
        return self.env["ir.mail_server"].with_context(**context)

    def _build_message(self, server, mail, email):
        senders = email_split_and_format_normalize(mail.email_from)
        message = server._build_email__(
            email_from=senders[0] if senders else mail.email_from,
            subtype="html",
            subtype_alternative="plain",
            **{name: email[name] for name in _BUILD_ARGUMENTS},
        )
        message["X-Envelope-Id"] = new_envelope_id()
        return message

    def _transact(self, mail, partner, run, sender, recipients, message):
        """Perform one mail transaction with its row in the journal, committed before the data leaves.

        :return: the replies and facts for ``mail.recipient._record_replies()``; None if another worker has it
        """
        session = run.session
        envelope = Envelope(sender, tuple(dict.fromkeys(recipients)), message["X-Envelope-Id"])
        utf8 = envelope.needs_smtputf8 and session.extensions.smtputf8
        data = flatten(message, utf8=utf8)
        transaction_id = run.journal.open(
            {
                **mail._evidence_values(),
                "message_id": message["Message-Id"],
                "partner_id": partner.id or None,
                "envelope_id": envelope.envelope_id,
                "sender": sender,
                "recipients": envelope.recipients,
                "mail_server_id": run.mail_server.id or None,
                "smtp_server_name": run.mail_server._address(),
                "tls_version": session.tls_version or None,
                "tls_cipher": session.cipher or None,
                "size": len(data),
            }
        )
        if transaction_id is None:
            _logger.info("mail.mail %s: another worker is sending it", mail.id)
            return None
        run.attempts += 1
        result = session.transact(envelope, data, before_data=lambda: run.journal.mark_data(transaction_id))
        values = transaction_values(result)
        run.journal.end(transaction_id, dict(values))
        return {
            "replies": values["recipient_replies"],
            "facts": {
                "transaction_id": transaction_id,
                "envelope_id": envelope.envelope_id,
                "smtp_receipt": values["smtp_receipt"],
                "smtp_server_name": run.mail_server._address(),
            },
        }

    def _connected(self, run):
        """Whether the run has a usable session; a new one if the last transaction left the old one unusable."""
        if run.session.usable or run.failure:
            return not run.failure
        old = run.connection
        try:
            run.connection = self.env["ir.mail_server"]._connect__(
                mail_server_id=run.mail_server.id, smtp_from=getattr(old, "smtp_from", None)
            )
        except psycopg2.Error:
            raise
        except Exception as error:
            _logger.info(
                "The connection to %s was lost and is not to be had again: %s", run.mail_server._address(), error
            )
            run.failure = diagnose(error)
            return False
        run.opened.append(run.connection)
        run.session = open_session(run.connection)
        return True

    # === RECORDING === #

    def _refuse_locally(self, mail, partner, kinds, error):
        """Record that an email could not be made or addressed; the server was not asked."""
        replies = [
            {"email": address, "outcome": "refused", "phase": "local", "problem": error_text(error)}
            for address in kinds
        ]
        mail.recipient_status_ids._record_replies(mail, partner, replies, {}, kinds)

    def _recover(self, mail, run):
        """Record what the journal knows and the mail does not.

        The transaction that sent it was rolled back, or its worker died: the addresses that a server has taken
        must not be sent to again.
        """
        known = max(mail.recipient_status_ids.mapped("transaction_id").ids, default=0)
        for row in run.journal.ended_since(mail.id, known):
            partner = self.env["res.partner"].browse(row["partner_id"] or ())
            facts = {name: row[name] for name in ("envelope_id", "smtp_receipt", "smtp_server_name")}
            facts["transaction_id"] = row["id"]
            mail.recipient_status_ids._record_replies(mail, partner, row["recipient_replies"] or [], facts, {})

    def _record_connect_failure(self, mails, failure):
        """Record that no connection was to be had: nobody was sent anything, and it is tried again."""
        for mail in mails:
            for partner, kinds in mail._recipients_by_email():
                mail.recipient_status_ids._record_replies(mail, partner, deferred(kinds, failure), {}, kinds)
            mail._update_summary(**self._put_off(mail))

    def _finish(self, mail, errors, attempted):
        """Derive the mail's own state from its recipients, as core would, and tell the notifications."""
        rows = mail.recipient_status_ids
        if not rows and not errors:
            return
        values = self._put_off(mail, attempted)
        waiting = rows.filtered(lambda row: row.state in _TO_SEND)
        good = rows.filtered(lambda row: State(row.state) in HANDED_OVER and row.state not in ("unknown", "bounced"))
        bad = rows - waiting - good
        reason = failure_text(bad) or "\n".join(map(error_text, errors))
        failure_type = self._failure_type(bad, errors) if bad or errors else False
        if waiting:
            mail._update_summary(state="outgoing", failure_type=False, failure_reason=failure_text(waiting), **values)
            return
        if good:
            mail._update_summary(state="sent", failure_type=False, failure_reason=False, **values)
        else:
            mail._update_summary(state="exception", failure_type=failure_type, failure_reason=reason, **values)
        mail.with_context(mail_delivery_keep=True)._postprocess_sent_message(
            success_pids=list(good.partner_id),
            success_emails=good.filtered(lambda row: not row.partner_id).mapped("email"),
            failure_type=failure_type or None,
            failure_reason=reason or False,
        )
        _logger.info("mail.mail %s, Message-Id %s: %s", mail.id, mail.message_id, mail.delivery_status)

    def _put_off(self, mail, attempted=True):
        """When the addresses that were put off are tried again, or that they are given up.

        :return: values for the mail: ``attempt_count``, ``first_attempt_date``, ``retry_date``
        """
        now = fields.Datetime.now()
        values = {
            "attempt_count": mail.attempt_count + attempted,
            "first_attempt_date": mail.first_attempt_date or now,
            "retry_date": False,
        }
        deferred = mail.recipient_status_ids.filtered(lambda row: row.state == "deferred")
        if not deferred:
            return values
        if is_given_up((now - values["first_attempt_date"]).total_seconds()):
            deferred._apply_event(Event.REFUSE, {"problem": GIVEN_UP})
            return values
        wishes = [wish for wish in map(delay_wish, filter(None, deferred.mapped("smtp_reply"))) if wish]
        delay = retry_delay(values["attempt_count"], max(wishes, default=None), random.random())
        values["retry_date"] = now + timedelta(seconds=delay)
        self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()._trigger(values["retry_date"])
        return values

    def _failure_type(self, bad, errors):
        """Core's word for why a mail failed."""
        server = self.env["ir.mail_server"]
        for error in errors:
            code = error.args[0] if error.args else ""
            if code == server.NO_VALID_FROM:
                return "mail_from_invalid"
            if code in (server.NO_FOUND_FROM, server.NO_FOUND_SMTP_FROM):
                return "mail_from_missing"
            if code == server.NO_VALID_RECIPIENT:
                return "mail_email_invalid" if bad else "mail_email_missing"
        if bad and all(row.phase == "rcpt" and (row.smtp_enhanced_code or "").startswith("5.1.") for row in bad):
            return "mail_email_invalid"
        return "unknown"

    def _notifications(self, mail):
        if not mail.is_notification:
            return self.env["mail.notification"]
        return (
            self.env["mail.notification"]
            .sudo()
            .search(
                [
                    ("notification_type", "=", "email"),
                    ("mail_mail_id", "in", mail.ids),
                    ("notification_status", "not in", ("sent", "canceled")),
                ]
            )
        )


def open_session(connection):
    """A session over a connection from ``_connect__()``.

    :rtype: Session
    """
    session = Session(connection)
    session.content_timeout = CONTENT_TIMEOUT
    return session


def transaction_values(result):
    """The columns of ``mail_transaction`` for what a transaction came to.

    :param TransactionResult result:
    :rtype: dict
    """
    outcomes = {recipient.outcome.value for recipient in result.recipients}
    return {
        "outcome": outcomes.pop() if len(outcomes) == 1 else "partial",
        "phase": result.recipients[-1].phase.value,
        **reply_values(result.reply, "smtp_"),
        "smtp_receipt": result.receipt or None,
        "problem": next((one.problem for one in result.recipients if one.problem), None),
        "transcript": result.transcript,
        "recipient_replies": [
            {
                "email": one.address,
                "outcome": one.outcome.value,
                "phase": one.phase.value,
                "problem": one.problem or None,
                **reply_values(one.reply),
            }
            for one in result.recipients
        ],
    }


def reply_values(reply, prefix=""):
    """A reply as plain values: code, enhanced_code and reply, each None where the server gave none."""
    return {
        f"{prefix}code": reply.code if reply else None,
        f"{prefix}enhanced_code": str(reply.enhanced) if reply and reply.enhanced else None,
        f"{prefix}reply": reply.text if reply else None,
    }


def deferred(addresses, failure):
    """The replies of addresses that could not be asked because there is no connection.

    :param Failure failure: why not
    :rtype: list[dict]
    """
    cause = {"phase": failure.phase.value, "problem": failure.problem or None, **reply_values(failure.reply)}
    return [{"email": address, "outcome": "deferred", **cause} for address in addresses]


def failure_text(recipients):
    """One line per recipient: the address and what the server said, or what went wrong."""
    return "\n".join(
        f"{row.email}: {' '.join(filter(None, (str(row.smtp_code or ''), row.smtp_reply or row.explanation)))}"
        for row in recipients
    )


def error_text(error):
    """The words of an exception; core puts the telling ones last."""
    return str(error.args[-1]) if error.args else str(error) or type(error).__name__
