import logging
from collections import defaultdict

import psycopg2

from odoo import models
from odoo.tools.mail import email_normalize_all, formataddr

from odoo.addons.base.models import ir_mail_server as core

from ..tools.address import address_key, typed_addresses
from ..tools.context_key import ROUTE
from ..tools.smtp.display_name import in_one_line
from ..tools.smtp.envelope import Envelope
from ..tools.smtp.header import check_name
from ..tools.smtp.message import flatten
from ..tools.smtp.plain import as_exception
from ..tools.smtp.policy import SmtpPolicy
from .attachment_check import check_attachments
from .mail_transaction import new_envelope_id
from .sender_route import Channel, FailedChannel
from .sender_thread import Parcel

_logger = logging.getLogger(__name__)

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
DROPPED = "not a valid address"
NOT_HANDED_OVER = "another add-on did not hand it over"


class MailSender(models.AbstractModel):
    """Makes the emails of a mail: one for ``email_to`` and ``email_cc`` and one for each partner."""

    _inherit = "mail.sender"

    def _prepare(self, mails, route, outcome, budget):
        """Build the emails of some mails, as many as the budget allows; the rest waits in the buffer.

        What cannot be built is noted in ``outcome`` and ends that mail alone.

        :param Budget budget: is used up
        :rtype: list[Parcel]
        """
        unfollow = mails.filtered(lambda mail: mail.body_html and "/mail/unfollow" in mail.body_html)
        followers = self.env["mail.followers"]._get_mail_doc_to_followers(unfollow.ids)
        known = mails._known_recipients()
        parcels = []
        for mail in mails:
            if budget.is_used_up:
                outcome.left.add(mail.id)
                continue
            try:
                emails = mail._prepare_outgoing_list(
                    mail_server=route.mail_server or mail.mail_server_id, doc_to_followers=followers
                )
                check_attachments(mail, emails)
                if not emails:
                    self._refuse(mail, {}, AssertionError(self.env["ir.mail_server"].NO_VALID_RECIPIENT), outcome)
                parcels += self._prepare_mail(mail, emails, route, known, outcome, budget)
            except (psycopg2.Error, MemoryError):
                raise
            except Exception as error:
                _logger.exception("mail.mail %s could not be prepared", mail.id)
                for partner, kinds in mail._recipients_by_email():
                    self._refuse(mail, {partner.id: kinds}, error, outcome)
        return parcels

    def _prepare_mail(self, mail, emails, route, known, outcome, budget):
        """The emails of one mail; rows that wait for an address that none of them has are closed."""
        parcels, current = [], set()
        for email in emails:
            partner = email["partner_id"] or self.env["res.partner"]
            kinds = self._recipient_kinds(email)
            place = mail.id, partner.id or 0
            keys, served = set(map(address_key, kinds)), known.served.get(place, frozenset())
            if place in known.elsewhere:
                mail._take_over_rows(partner, known.elsewhere[place])
            has_it = bool(keys) and served >= keys
            if budget.is_used_up and not has_it:
                outcome.left.add(mail.id)
                self._note_replies(mail, partner.id, kinds, {"outcome": "queued"}, outcome)
            else:
                parcel = None if has_it else self._prepare_email(mail, email, kinds, route, served, outcome)
                if parcel:
                    parcel.row["id"] = known.last_transaction.get(place, 0)
                    budget.take(parcel)
                    parcels.append(parcel)
                sent = parcel.kinds.keys() if parcel else keys
                keys = keys | sent | self._refuse_dropped(mail, email, keys, sent | served, outcome)
            current |= {(partner.id or 0, key) for key in keys or map(address_key, self._in_place_of(email))}
        waiting = known.waiting.get(mail.id, {})
        mail._close_rows([row_id for row_id, place in waiting.items() if place not in current])
        return parcels

    def _refuse_dropped(self, mail, email, keys, sent, outcome):
        """Refuse what was typed as an address and is in no envelope: core leaves it out without a word.

        :param set keys: of the addresses that core made out
        :param set sent: keys of the addresses that the email goes, or went, to
        :return: the keys of what was refused
        """
        partner = email["partner_id"]
        typed = partner.email if partner else f"{mail.email_to or ''}\n{mail.email_cc or ''}"
        if not keys or (len(typed_addresses(typed)) <= len(keys) and sent >= keys):
            return set()
        dropped = mail._dropped_addresses(typed, sent)
        cause = {"outcome": "refused", "phase": "local", "problem": DROPPED}
        self._note_replies(mail, partner.id if partner else False, dict.fromkeys(dropped, "to"), cause, outcome)
        return set(map(address_key, dropped))

    @staticmethod
    def _in_place_of(email):
        """What stands for the address of an email that has none: the field's text, else the contact's name."""
        typed = (email["email_to_raw"] or "").strip() or (email["partner_id"] and email["partner_id"].display_name)
        return [typed] if typed else []

    def _prepare_email(self, mail, email, kinds, route, served, outcome):
        """One email, built by core and by the add-ons that extend it.

        :param set served: keys of the addresses that have it
        :rtype: Parcel | None
        """
        partner = email["partner_id"] or self.env["res.partner"]
        channel = Channel(route.from_filter, in_one_line(route.smtp_from))
        try:
            server = self._mail_server_in_context(mail, email, route, served)
            message = self._build_message(server, route.sender(mail.email_from), email)
            answer = server.send_email(message, mail_server_id=mail.mail_server_id.id, smtp_session=channel)
            if not answer:
                raise core.MailDeliveryException(NOT_HANDED_OVER)
            if answer != mail.message_id and isinstance(answer, str):  # as core: replies are found by it
                mail.message_id = answer
            if channel.message is None:  # another add-on has sent it its own way; it tells no reply
                self._accept(mail, partner, kinds, outcome)
                return None
            parcel = self._parcel(mail, partner, self._kinds_in(email, kinds, channel), channel, route)
            if self._is_followed():
                parcel.replay = (server, mail.mail_server_id.id, channel)
            return parcel
        except (psycopg2.Error, MemoryError):
            raise
        except Exception as error:
            _logger.info("mail.mail %s: an email was not sent: %s", mail.id, error)
            self._refuse(mail, {partner.id: kinds or dict.fromkeys(self._in_place_of(email), "to")}, error, outcome)
            return None

    def _recipient_kinds(self, email):
        """The addresses of an email from ``_prepare_outgoing_list()`` with their kind: ``{address: "to" | "cc"}``."""
        cc = set(email_normalize_all(", ".join(email["email_cc"]))) if email["email_cc"] else ()
        return {address: "cc" if address in cc else "to" for address in email["email_to_normalized"] or ()}

    def _kinds_in(self, email, kinds, channel):
        """The kinds by the key of each address: a blind copy is who gets the email and stands in no header of it.

        Add-ons write the same To and Cc into the email of each recipient, the blind ones' too.
        """
        by_key = {address_key(address): kind for address, kind in kinds.items()}
        first, to = next(iter(channel.recipients), ""), email["email_to"] or ("",)
        if email["email_cc"] or len(channel.recipients) > 1 or len(to) > 1 or first.lower() not in to[0].lower():
            shown = {
                kind: set(map(address_key, email_normalize_all(str(channel.message[name] or ""))))
                for kind, name in (("cc", "Cc"), ("to", "To"))
            }
            for key in map(address_key, channel.recipients):
                by_key[key] = next((kind for kind, keys in shown.items() if key in keys), "bcc")
        return by_key

    def _mail_server_in_context(self, mail, email, route, served):
        """Core's ``ir.mail_server`` for one email, with what core tells it by the context.

        In the environment of the mail, as in core: add-ons hand things on in its context.
        """
        addresses = email["email_to_normalized"] or ()
        skip = [form for address in addresses if address_key(address) in served for form in _forms(address)]
        context = {
            **ROUTE.put(route),
            # Core compares what was typed with the addresses as they go over the wire: an international domain is
            # another text there.
            "send_validated_to": [form for address in addresses for form in _forms(address)],
            "send_smtp_skip_to": [*self.env.context.get("send_smtp_skip_to", ()), *skip],
        }
        if route.alias_domain:
            context |= {
                "domain_notifications_email": route.alias_domain.default_from_email,
                "domain_bounce_address": email["headers"].get("Return-Path") or route.alias_domain.bounce_email,
            }
        return mail.env["ir.mail_server"].with_context(**context)

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

    # === ADD-ONS THAT FOLLOW THE SENDING === #

    def _is_followed(self):
        """Whether an add-on extends ``send_email()``: it must hear of what fails after that has returned."""
        return self.env.registry["ir.mail_server"].send_email is not core.IrMail_Server.send_email

    def _tell_add_ons(self, parcels, outcome):
        """Let the add-ons that extend ``send_email()`` see what failed where they look for it: as its exception."""
        replies = defaultdict(list)
        for entry in outcome.entries:
            replies[entry["mail_id"], entry["partner_id"] or 0] += entry["replies"]
        for parcel in parcels:
            error = parcel.replay and as_exception(replies[parcel.mail_id, parcel.partner_id or 0])
            if error:
                self._replay(parcel, error)

    def _replay(self, parcel, error):
        server, mail_server_id, channel = parcel.replay
        failed = FailedChannel(channel.from_filter, channel.smtp_from, error)
        try:
            with self.env.cr.savepoint():
                server.send_email(channel.message, mail_server_id=mail_server_id, smtp_session=failed)
        except psycopg2.Error:
            raise
        except Exception as told:
            _logger.debug("An email of mail.mail %s failed, and the add-ons were told: %s", parcel.mail_id, told)


def _forms(address):
    """An address as it was typed and as it goes over the wire, with an international domain in ASCII."""
    if address.isascii():
        return (address,)
    try:
        return (address, formataddr(("", address), "ascii"))
    except Exception:  # the domain cannot exist: its row says so
        return (address,)
