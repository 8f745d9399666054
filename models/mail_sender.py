import logging
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

import psycopg2

from odoo import fields, models
from odoo.tools.mail import email_normalize_all, formataddr

from odoo.addons.base.models import ir_mail_server as core

from ..engine.capture import KnownFailure, MessageCapture
from ..engine.delivery import Delivery, Email, KeptMessage, new_envelope_id
from ..engine.route import Budget, Route
from ..tools.address import address_key, typed_addresses
from ..tools.compose.display_name import in_one_line
from ..tools.compose.flatten import pieces
from ..tools.compose.header_field import check_name
from ..tools.compose.policy import SmtpPolicy
from ..tools.context_key import ROUTE
from ..tools.kept_message import pack, parts_of
from ..tools.smtp.envelope import Envelope
from .attachment_check import check_attachments
from .ir_mail_server import is_of_core

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
    """Makes the emails of mails, ready to go: one for ``email_to`` and ``email_cc`` and one for each partner.

    ``engine/request.py`` and ``engine/drain.py`` send them, ``mail_sender_record.py`` records what became of them.
    """

    _name = "mail.sender"
    _description = "Sender of Mails"

    # === WHICH WAY, HOW MUCH === #

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

    def _budget(self, mail_server, size):
        """How much may be made ready now for a server.

        :param int size: bytes that the memory has room for
        :rtype: Budget
        """
        return Budget(mail_server._room(fields.Datetime.now())[0], size)

    def _wait_if_limited(self, mails, route):
        """Let mails of which something is left wait for the server, if it is its limit that stopped them."""
        server = route.mail_server
        room, free_at = server._room(fields.Datetime.now())
        if room <= 0:
            server._reach_limit(free_at)
            mails._wait_for_server(server, free_at)

    # === EMAILS === #

    def _prepare(self, mails, route, results, budget):
        """Make the emails of some mails, as many as the budget allows; the rest waits in the buffer.

        What cannot be made is noted in ``results`` and ends that mail alone.

        :param DeliveryResults results: of these mails
        :param Budget budget: is used up
        :rtype: list[Delivery]
        """
        unfollow = mails.filtered(lambda mail: mail.body_html and "/mail/unfollow" in mail.body_html)
        followers = self.env["mail.followers"]._get_mail_doc_to_followers(unfollow.ids)
        known = mails._known_recipients()
        deliveries = []
        while mails and not budget.is_used_up:
            most = int(min(budget.emails, len(mails)))
            group, mails = mails[:most], mails[most:]
            # First the texts of all: a step that is done for many, one right after the other, takes less time than in
            # between of all others (the caches of the processor).
            values_lists = {}
            for mail in group:
                with self._ending_alone(mail, results):
                    values_list = mail._prepare_outgoing_list(
                        mail_server=route.mail_server or mail.mail_server_id, doc_to_followers=followers
                    )
                    check_attachments(mail, values_list)
                    values_lists[mail] = values_list
            for mail, values_list in values_lists.items():
                if budget.is_used_up:
                    results.left.add(mail.id)
                    continue
                with self._ending_alone(mail, results):
                    if not values_list:
                        results.fail(mail.id, (), AssertionError(self.env["ir.mail_server"].NO_VALID_RECIPIENT))
                    deliveries += self._prepare_mail(mail, values_list, route, known, results, budget)
        results.left.update(mails.ids)
        return deliveries

    @contextmanager
    def _ending_alone(self, mail, results):
        """If something of this mail cannot be made, note that in ``results``; all others go on."""
        try:
            yield
        except (psycopg2.Error, MemoryError):
            raise
        except Exception as error:
            _logger.exception("mail.mail %s could not be prepared", mail.id)
            results.fail(mail.id, self._emails(mail), error)

    def _prepare_mail(self, mail, values_list, route, known, results, budget):
        """The emails of one mail; rows that wait for an address that none of them has are closed.

        :param values_list: what core's ``_prepare_outgoing_list()`` gives, a dict for each email
        :rtype: list[Delivery]
        """
        deliveries, current = [], set()
        for values in values_list:
            email = self._email(mail, values, route)
            partner = values["partner_id"] or self.env["res.partner"]
            place = mail.id, email.partner_id
            keys, served = set(map(address_key, email.kinds)), known.served.get(place, frozenset())
            if place in known.elsewhere:
                mail._take_over_rows(partner, known.elsewhere[place])
            has_it = bool(keys) and served >= keys
            if budget.is_used_up and not has_it:
                results.leave(email)
            else:
                delivery = None if has_it else self._prepare_email(mail, email, values, route, served, results)
                if delivery:
                    delivery = replace(delivery, known_transaction_id=known.last_transaction.get(place, 0))
                    budget.take(delivery.email)
                    deliveries.append(delivery)
                sent = delivery.email.kinds.keys() if delivery else keys
                keys = keys | sent | self._refuse_dropped(mail, email, keys, sent | served, results)
            current |= {(email.partner_id, key) for key in keys or map(address_key, self._in_place_of(values))}
        waiting = known.waiting.get(mail.id, {})
        mail._close_rows([row_id for row_id, place in waiting.items() if place not in current])
        return deliveries

    def _email(self, mail, values, route):
        """One email of a mail, by what core has made out about it: not built yet.

        :param dict values: of core's ``_prepare_outgoing_list()``
        :rtype: Email
        """
        cc = set(email_normalize_all(", ".join(values["email_cc"]))) if values["email_cc"] else ()
        kinds = {address: "cc" if address in cc else "to" for address in values["email_to_normalized"] or ()}
        kinds |= dict.fromkeys(values.get("email_bcc") or (), "bcc")
        server = route.mail_server
        partner_id = values["partner_id"].id if values["partner_id"] else 0
        return Email(mail.id, partner_id or 0, kinds, mail._evidence_values(), server.id or None, server._address())

    def _refuse_dropped(self, mail, email, keys, sent, results):
        """Refuse what was typed as an address and is in no envelope: core leaves it out without a word.

        :param set keys: of the addresses that core made out
        :param set sent: keys of the addresses that the email goes, or went, to
        :return: the keys of what was refused
        """
        partner = self.env["res.partner"].browse(email.partner_id or ())
        typed = partner.email if partner else f"{mail.email_to or ''}\n{mail.email_cc or ''}"
        if not keys or (len(typed_addresses(typed)) <= len(keys) and sent >= keys):
            return set()
        dropped = mail._dropped_addresses(typed, sent)
        results.refuse(replace(email, kinds=dict.fromkeys(dropped, "to")), DROPPED)
        return set(map(address_key, dropped))

    @staticmethod
    def _in_place_of(values):
        """What stands for the address of an email that has none: the field's text, else the contact's name."""
        typed = (values["email_to_raw"] or "").strip() or (values["partner_id"] and values["partner_id"].display_name)
        return [typed] if typed else []

    def _prepare_email(self, mail, email, values, route, served, results):
        """One email, built by core and by the add-ons that extend it.

        :param set served: keys of the addresses that have it
        :rtype: Delivery | None
        """
        capture = MessageCapture(route.from_filter, in_one_line(route.smtp_from), route.own_addresses)
        try:
            server = self._mail_server_in_context(mail, values, route, served)
            message = self._build_message(server, route.sender(mail.email_from), values)
            answer = server.send_email(message, mail_server_id=mail.mail_server_id.id, smtp_session=capture)
            if not answer:
                raise core.MailDeliveryException(NOT_HANDED_OVER)
            if answer != mail.message_id and isinstance(answer, str):  # as core: replies are found by it
                mail.message_id = answer
            if capture.message is None:  # another add-on has sent it its own way; it tells no reply
                results.accept(email)
                return None
            if self._is_followed():
                tell = partial(self._replay, mail.env, server.env.context, mail.mail_server_id.id, capture)
                email = replace(email, tell_failure=tell)
            return self._delivery(mail, email, values, capture, route)
        except (psycopg2.Error, MemoryError):
            raise
        except Exception as error:
            _logger.info("mail.mail %s: an email was not sent: %s", mail.id, error)
            kinds = email.kinds or dict.fromkeys(self._in_place_of(values), "to")
            results.fail(mail.id, [replace(email, kinds=kinds)], error)
            return None

    def _kinds_in(self, values, kinds, capture):
        """The kinds by the key of each address: a blind copy is who gets the email and stands in no header of it.

        Add-ons write the same To and Cc into the email of each recipient, the blind ones' too.
        """
        by_key = {address_key(address): kind for address, kind in kinds.items()}
        first, to = next(iter(capture.recipients), ""), values["email_to"] or ("",)
        if values["email_cc"] or len(capture.recipients) > 1 or len(to) > 1 or first.lower() not in to[0].lower():
            shown = {
                kind: set(map(address_key, email_normalize_all(str(capture.message[name] or ""))))
                for kind, name in (("cc", "Cc"), ("to", "To"))
            }
            for key in map(address_key, capture.recipients):
                by_key[key] = next((kind for kind, keys in shown.items() if key in keys), "bcc")
        return by_key

    def _mail_server_in_context(self, mail, values, route, served):
        """Core's ``ir.mail_server`` for one email, with what core tells it by the context.

        In the environment of the mail, as in core: add-ons hand things on in its context.
        """
        addresses = values["email_to_normalized"] or ()
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
                "domain_bounce_address": values["headers"].get("Return-Path") or route.alias_domain.bounce_email,
            }
        return mail.env["ir.mail_server"].with_context(**context)

    def _build_message(self, server, email_from, values):
        message = server._build_email__(
            email_from=email_from,
            subtype="html",
            subtype_alternative="plain",
            **{name: values[name] for name in _BUILD_ARGUMENTS},
        )
        if not isinstance(message.policy, SmtpPolicy):  # core's takes any name
            for name in message.keys():  # noqa: SIM118
                check_name(name)
        del message["X-Envelope-Id"]  # what a user has put there would pass for ours
        message["X-Envelope-Id"] = new_envelope_id()
        return message

    def _delivery(self, mail, email, values, capture, route):
        """The captured message as the transaction that hands it over."""
        message, server = capture.message, route.mail_server
        envelope_id = message["X-Envelope-Id"]
        envelope = Envelope(
            server._return_path(capture.sender, envelope_id),
            capture.recipients,
            envelope_id,
            notify=server._dsn_notify(),
        )
        found = pieces(message, utf8=envelope.needs_smtputf8)
        data = b"".join(found)
        if not data.endswith(b"\r\n"):  # the line with the final dot needs it (RFC 5321 §4.1.1.4)
            found.append(b"\r\n")
            data += b"\r\n"
        email = replace(
            email,
            kinds=self._kinds_in(values, email.kinds, capture),
            evidence={**email.evidence, "message_id": message["Message-Id"]},
            size=len(data),
        )
        return Delivery(
            email, envelope, data, kept=self._kept(mail, found, server, has_files=bool(values["attachments"]))
        )

    def _kept(self, mail, found, server, has_files):
        """The message as it is kept.

        :param list[bytes] found: pieces of it as it leaves, see ``tools/compose/flatten.py``
        :param bool has_files: whether core has put files into it
        :return: None if it is not kept
        :rtype: KeptMessage | None
        """
        is_copied = server._keeps_sent()
        if not (is_copied or mail._keeps_exact()) or mail._for_one_alone():
            return None
        files = mail.attachment_ids.sudo() if has_files else ()
        kept_elsewhere = {file.checksum: file.raw or None for file in files}
        return KeptMessage(partial(pack, parts_of(found), kept_elsewhere), is_copied)

    # === ADD-ONS THAT FOLLOW THE SENDING === #

    def _is_followed(self):
        """Whether an add-on extends ``send_email()``: it must hear of what fails after that has returned."""
        return not is_of_core(self.env.registry["ir.mail_server"].send_email)

    @staticmethod
    def _replay(env, context, mail_server_id, capture, error):
        """Let ``send_email()`` fail as the real connection has failed.

        :param context: what it was called with. The environment of each email, kept until then, would slow down the
            making of all that come after: Odoo looks through all environments that there are.
        """
        failure = KnownFailure(capture.from_filter, capture.smtp_from, capture.own_addresses, error)
        server = env(context=context)["ir.mail_server"]
        server.send_email(capture.message, mail_server_id=mail_server_id, smtp_session=failure)


def _forms(address):
    """An address as it was typed and as it goes over the wire, with an international domain in ASCII."""
    if address.isascii():
        return (address,)
    try:
        return (address, formataddr(("", address), "ascii"))
    except Exception:  # the domain cannot exist: its row says so
        return (address,)
