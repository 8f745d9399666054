import logging
from collections import defaultdict
from dataclasses import dataclass
from functools import partial
from queue import SimpleQueue
from typing import Any

import psycopg2

from odoo import api, models
from odoo.tools.mail import email_normalize_all, email_split_and_format_normalize

from odoo.addons.base.models.ir_mail_server import MailDeliveryException

from ..tools.problem import describe
from ..tools.retry import server_rest
from ..tools.smtp.diagnosis import Failure
from ..tools.smtp.display_name import in_one_line
from ..tools.smtp.envelope import Envelope
from ..tools.smtp.header import check_name
from ..tools.smtp.message import flatten
from ..tools.smtp.plain import deferred, recipient_reply, transaction_values
from ..tools.smtp.policy import SmtpPolicy
from ..tools.smtp.remainder import is_too_many
from ..tools.smtp.scope import judge
from ..tools.smtp.transaction import TransactionResult
from .attachment_check import check_attachments
from .mail_transaction import new_envelope_id
from .sender_drain import BATCH, Batch, Drain
from .sender_thread import Parcel, Sender, Work

_logger = logging.getLogger(__name__)

# What a recipient and a transaction of a mail have in common.
EVIDENCE = ("mail_mail_id", "mail_message_id", "message_id", "model", "res_id", "author_id", "company_id")
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
    """Stands for the SMTP connection inside ``ir.mail_server.send_email()``: it only takes the message in.

    So core's method and every add-on that extends it (``_prepare_email_message__`` …) go on working, while the
    message leaves later, over a connection of the engine.
    """

    from_filter: Any
    smtp_from: Any
    sender: str = ""
    recipients: tuple = ()
    message: Any = None

    def send_message(self, message, from_addr, to_addrs, mail_options=(), rcpt_options=()):
        """Keep the message. Like ``smtplib``, return a dict of refused recipients (here empty)."""
        self.message, self.sender, self.recipients = message, from_addr, tuple(dict.fromkeys(to_addrs))
        return {}


class Route:
    """How the mails of one group go: the server, the login and the addresses that they have in common."""

    def __init__(self, mail_server, smtp_from, alias_domain, from_filter):
        self.mail_server = mail_server
        self.smtp_from = smtp_from
        self.alias_domain = alias_domain
        self.from_filter = from_filter
        # Core looks these up for each mail; see ir.mail_server._get_default_from_address().
        self.default_addresses = (mail_server._get_default_from_address(), mail_server._get_default_bounce_address())
        self._senders = {}

    def sender(self, email_from):
        """The one sender that core makes of ``email_from``; in a route it is the same for nearly all mails."""
        if email_from not in self._senders:
            self._senders[email_from] = next(iter(email_split_and_format_normalize(email_from)), email_from)
        return self._senders[email_from]


class MailSender(models.AbstractModel):
    """Hands mails to mail servers and records what they answer, recipient by recipient.

    Two ways in, one engine: ``_drain()`` empties the buffer with threads and commits as it goes; ``_send_mails()``
    sends within somebody's request over the connection it is given and leaves the commit to the caller. Both prepare
    the emails here, let ``sender_thread.Sender`` send them, and record here.
    """

    _name = "mail.sender"
    _description = "Sender of Mails"

    # === WITHIN A REQUEST === #

    def _send_mails(
        self, mails, connection, *, alias_domain, mail_server, auto_commit, raise_exception, post_send_callback
    ):
        """Send mails over one connection.

        :param mail.mail mails: those in another state than ``outgoing`` are skipped
        :param smtplib.SMTP connection: connected and logged in; closed by the caller
        :param bool auto_commit: commit after each batch
        :raise MailDeliveryException: if ``raise_exception`` and a mail failed for all its recipients
        """
        route = Route(mail_server, connection.smtp_from, alias_domain, connection.from_filter)
        connections = [connection]
        with self.env["mail.transaction"]._journal() as journal:
            for start in range(0, len(mails), BATCH):
                # Whoever holds the lock is sending it. A lock that cannot be had because the row has changed raises
                # now, before anything leaves.
                batch = mails[start : start + BATCH].try_lock_for_update(allow_referencing=True)
                batch = batch.filtered(lambda mail: mail.state == "outgoing")
                self._notifications(batch).try_lock_for_update(allow_referencing=True)
                self._send_batch(batch, route, journal, connections)
                if raise_exception and (failed := batch.filtered(lambda mail: mail.state == "exception")[:1]):
                    raise MailDeliveryException(self.env._("Mail Delivery Failed"), failed.failure_reason)
                if auto_commit:
                    if post_send_callback:
                        post_send_callback(batch.ids)
                    self.env.cr.commit()  # pylint: disable=invalid-commit
        if post_send_callback:
            post_send_callback(mails.ids)

    def _send_batch(self, mails, route, journal, connections):
        outcome = Batch()
        journal.end_abandoned(mails.ids)
        self._recover(mails, journal)
        work, results = Work(), SimpleQueue()
        parcels = self._prepare(mails, route, outcome)
        work.put(self._open(parcels, journal))
        work.close()
        connect = partial(self._next_connection, connections, route)
        # A mail or two go step by step: then a mail is marked as leaving only when its content really leaves.
        mode = "plain" if len(parcels) <= 2 else route.mail_server._pipeline_mode()
        per_connection = route.mail_server._mails_per_connection()
        Sender(work, connect, journal, results, transaction_values, per_connection, mode).run()
        while not results.empty():
            self._note(outcome, *results.get())
        self._record(mails, outcome)

    def _next_connection(self, connections, route):
        """The caller's connection first; when that is of no use any more, a new one."""
        if connections:
            return connections.pop()
        return self.env["ir.mail_server"]._connect__(mail_server_id=route.mail_server.id, smtp_from=route.smtp_from)

    # === THE BUFFER === #

    @api.model
    def _drain(self):
        """Send what waits in the buffer, oldest first, until it is empty or the scheduled action's time is up.

        Commits: a batch is claimed, built and opened in one database transaction, recorded in another.
        """
        drain = Drain(self.env)
        try:
            drain.run()
        finally:
            drain.close()

    def _routes(self, mails):
        """Group mails by the way they go, as core would.

        :return: list of (Route, mails)
        """
        mails._fetch_inherited()
        routes = []
        for server_id, alias_domain_id, smtp_from, ids in mails._split_by_mail_configuration():
            mail_server = self.env["ir.mail_server"].browse(server_id)
            group = mails.browse(ids)
            if mail_server.sudo().owner_user_id:
                group = group._split_by_delayed_batch(mail_server)
            alias_domain = self.env["mail.alias.domain"].sudo().browse(alias_domain_id)
            filters = mail_server.sudo().from_filter if mail_server else mail_server._get_default_from_filter()
            routes.append((Route(mail_server.sudo(), smtp_from, alias_domain, filters), group))
        return routes

    # === PREPARING === #

    def _prepare(self, mails, route, outcome):
        """Build the emails of some mails: one for ``email_to`` and ``email_cc`` and one for each partner.

        What cannot be built is noted in ``outcome`` and ends that mail alone.

        :rtype: list[Parcel]
        """
        unfollow = mails.filtered(lambda mail: mail.body_html and "/mail/unfollow" in mail.body_html)
        followers = self.env["mail.followers"]._get_mail_doc_to_followers(unfollow.ids)
        parcels = []
        for mail in mails:
            try:
                emails = mail._prepare_outgoing_list(
                    mail_server=route.mail_server or mail.mail_server_id, doc_to_followers=followers
                )
                check_attachments(mail, emails)
                if not emails:
                    self._refuse(mail, {}, AssertionError(self.env["ir.mail_server"].NO_VALID_RECIPIENT), outcome)
                for email in emails:
                    parcels += self._prepare_email(mail, email, route, outcome)
            except (psycopg2.Error, MemoryError):
                raise
            except Exception as error:
                _logger.exception("mail.mail %s could not be prepared", mail.id)
                for partner, kinds in mail._recipients_by_email():
                    self._refuse(mail, {partner.id: kinds}, error, outcome)
        return parcels

    def _prepare_email(self, mail, email, route, outcome):
        partner = email["partner_id"] or self.env["res.partner"]
        kinds = self._recipient_kinds(email)
        settled = mail._settled_addresses(partner)
        if kinds and settled.issuperset(kinds):
            return []
        channel = Channel(route.from_filter, in_one_line(route.smtp_from))
        try:
            server = self._mail_server_in_context(email, route, settled)
            message = self._build_message(server, route.sender(mail.email_from), email)
            server.send_email(message, mail_server_id=mail.mail_server_id.id, smtp_session=channel)
            if channel.message is None:  # another add-on has sent it its own way; it tells no reply
                self._accept(mail, partner, kinds, outcome)
                return []
            return [self._parcel(mail, partner, kinds, channel, route)]
        except (psycopg2.Error, MemoryError):
            raise
        except Exception as error:
            _logger.info("mail.mail %s: an email was not sent: %s", mail.id, error)
            typed = [(email["email_to_raw"] or "").strip() or partner.display_name]
            self._refuse(mail, {partner.id: kinds or dict.fromkeys(filter(None, typed), "to")}, error, outcome)
            return []

    def _recipient_kinds(self, email):
        """The addresses of an email from ``_prepare_outgoing_list()`` with their kind: ``{address: "to" | "cc"}``."""
        cc = set(email_normalize_all(", ".join(email["email_cc"]))) if email["email_cc"] else ()
        return {address: "cc" if address in cc else "to" for address in email["email_to_normalized"] or ()}

    def _mail_server_in_context(self, email, route, skip):
        context = {
            "mail_fast_build": True,
            "mail_default_addresses": route.default_addresses,
            "send_validated_to": email["email_to_normalized"],
            "send_smtp_skip_to": [*self.env.context.get("send_smtp_skip_to", ()), *skip],
        }
        if route.alias_domain:
            context |= {
                "domain_notifications_email": route.alias_domain.default_from_email,
                "domain_bounce_address": email["headers"].get("Return-Path") or route.alias_domain.bounce_email,
            }
        return self.env["ir.mail_server"].with_context(**context)

    def _build_message(self, server, email_from, email):
        message = server._build_email__(
            email_from=email_from,
            subtype="html",
            subtype_alternative="plain",
            **{name: email[name] for name in _BUILD_ARGUMENTS},
        )
        if not isinstance(message.policy, SmtpPolicy):  # core's takes any name
            for name in message.keys():  # noqa: SIM118
                check_name(name)
        del message["X-Envelope-Id"]  # what a user has put there would pass for ours
        message["X-Envelope-Id"] = new_envelope_id()
        return message

    def _parcel(self, mail, partner, kinds, channel, route):
        message = channel.message
        envelope_id = message["X-Envelope-Id"]
        envelope = Envelope(
            route.mail_server._return_path(channel.sender, envelope_id),
            channel.recipients,
            envelope_id,
            notify=route.mail_server._dsn_notify(),
        )
        data = flatten(message, utf8=envelope.needs_smtputf8)
        row = {
            **mail._evidence_values(),
            "id": mail._last_transaction_id(partner),
            "message_id": message["Message-Id"],
            "partner_id": partner.id or None,
            "envelope_id": envelope_id,
            "sender": envelope.sender,
            "recipients": envelope.recipients,
            "mail_server_id": route.mail_server.id or None,
            "smtp_server_name": route.mail_server._address(),
            "size": len(data),
        }
        return Parcel(mail.id, partner.id, kinds, envelope, data, row)

    def _open(self, parcels, journal):
        """Open a transaction for each parcel, committed before anything leaves.

        :return: the parcels, without those that another worker is sending
        """
        if not parcels:
            return []
        for parcel, transaction_id in zip(parcels, journal.open([parcel.row for parcel in parcels]), strict=True):
            parcel.transaction_id = transaction_id
        return [parcel for parcel in parcels if parcel.transaction_id]

    # === RECORDING === #

    def _refuse(self, mail, kinds_by_partner, error, outcome):
        """Note that an email could not be made or addressed; the server was not asked."""
        outcome.errors.setdefault(mail.id, []).append(error)
        cause = {"outcome": "refused", "phase": "local", "problem": error_text(error)}
        for partner_id, kinds in kinds_by_partner.items():
            replies = [{"email": address, **cause} for address in kinds]
            outcome.entries.append(
                {"mail_id": mail.id, "partner_id": partner_id, "replies": replies, "facts": {}, "kinds": kinds}
            )

    def _accept(self, mail, partner, kinds, outcome):
        """Note that an email left in a way that gives no reply."""
        replies = [{"email": address, "outcome": "accepted"} for address in kinds]
        outcome.attempted.add(mail.id)
        outcome.entries.append(
            {"mail_id": mail.id, "partner_id": partner.id, "replies": replies, "facts": {}, "kinds": kinds}
        )

    def _note(self, outcome, parcel, result):
        """Note what a sender handed back: the transactions of one email, of which nearly always there is one."""
        parts = [*parcel.earlier, (parcel, result)]
        later = set()
        for part, end in reversed(parts):
            if end is not None:  # else the open row tells it, to whoever comes next
                self._note_transaction(outcome, part, end, later)
            later.update(part.envelope.recipients)
        results = [end for _part, end in parts if isinstance(end, TransactionResult)]
        ends = {one.address: one for end in results for one in end.recipients}.values()
        if any(one.outcome.value == "accepted" for one in ends) and any(map(is_too_many, ends)):
            return  # somebody got it: that does not lengthen the delay of those that were too many
        if ends or result is not None:
            outcome.attempted.add(parcel.mail_id)

    def _note_transaction(self, outcome, parcel, result, later):
        """Note what one transaction came to, without the addresses that had another one later."""
        facts = {name: parcel.row[name] for name in ("envelope_id", "smtp_server_name")}
        if isinstance(result, Failure):
            outcome.failures[parcel.row["mail_server_id"]] = result
            replies = deferred(parcel.envelope.recipients, result)
        else:
            facts |= {"transaction_id": parcel.transaction_id, "smtp_receipt": result.receipt or None}
            replies = [self._recipient_reply(one, parcel, outcome) for one in result.recipients]
        if later:
            replies = [reply for reply in replies if reply["email"] not in later]
        outcome.entries.append(
            {
                "mail_id": parcel.mail_id,
                "partner_id": parcel.partner_id,
                "replies": replies,
                "facts": facts,
                "kinds": parcel.kinds,
                "evidence": {name: parcel.row[name] for name in EVIDENCE},
            }
        )

    def _recipient_reply(self, one, parcel, outcome):
        """What a transaction came to for one address. A reply that speaks of the account lets the server rest."""
        server_id = parcel.row["mail_server_id"]
        if one.outcome.value == "accepted":
            outcome.working.add(server_id)
        elif one.reply and (verdict := judge(one.phase, one.reply, one.address)).is_of_all:
            outcome.limits[server_id] = (server_rest(str(one.reply), verdict.seconds), str(one.reply))
        return recipient_reply(one)

    def _recover(self, mails, journal):
        """Record what the journal knows and the mails do not: what a server has taken must not be sent again."""
        rows = journal.unrecorded(mails.ids)
        if not rows:
            return
        # The journal sees what is committed; this transaction may have recorded more.
        recorded = defaultdict(int)
        for recipient in mails.recipient_status_ids:
            key = (recipient.mail_mail_id.id, recipient.partner_id.id or None)
            recorded[key] = max(recorded[key], recipient.transaction_id.id)
        entries = [
            {
                "mail_id": row["mail_mail_id"],
                "partner_id": row["partner_id"] or False,
                "replies": row["recipient_replies"] or [],
                "facts": {
                    "transaction_id": row["id"],
                    **{name: row[name] for name in ("envelope_id", "smtp_receipt", "smtp_server_name")},
                },
                "kinds": {},
            }
            for row in rows
            if row["id"] > recorded[row["mail_mail_id"], row["partner_id"]]
        ]
        self.env["mail.recipient"]._record_replies(entries, mails)

    def _record(self, mails, outcome, finished=None):
        """Record what was noted of some mails, and derive the state of those that are finished (by default all)."""
        self.env["mail.recipient"]._record_replies(outcome.entries, mails)
        finished = mails if finished is None else finished
        finished._finish(outcome.errors, outcome.attempted)
        finished._tell_progress()
        servers = self.env["ir.mail_server"]
        for server_id in outcome.working - set(outcome.limits):
            servers._server_of(server_id)._resume()
        for server_id, (seconds, reason) in outcome.limits.items():
            servers._server_of(server_id)._suspend(seconds, reason)
        for server_id, failure in outcome.failures.items():
            servers._server_of(server_id)._suspend_for(failure)

    @api.model
    def _record_connect_failure(self, mails, failure):
        """Record that no connection was to be had: nobody was sent anything, and it is tried again.

        :param Failure failure: why not
        """
        entries = [
            {
                "mail_id": mail.id,
                "partner_id": partner.id,
                "replies": deferred(kinds, failure),
                "facts": {},
                "kinds": kinds,
            }
            for mail in mails
            for partner, kinds in mail._recipients_by_email()
        ]
        self.env["mail.recipient"]._record_replies(entries, mails)
        values_by_mail = {mail: mail._put_off(attempted=True) for mail in mails}
        mails._write_summaries(values_by_mail)
        mails._plan_retry(values_by_mail.values())

    def _notifications(self, mails):
        mails = mails.filtered("is_notification")
        if not mails:
            return self.env["mail.notification"]
        return (
            self.env["mail.notification"]
            .sudo()
            .search(
                [
                    ("notification_type", "=", "email"),
                    ("mail_mail_id", "in", mails.ids),
                    ("notification_status", "not in", ("sent", "canceled")),
                ]
            )
        )


def error_text(error):
    """What an exception means for a mail, in plain words with the technical detail behind."""
    return describe(error)
