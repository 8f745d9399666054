from collections import defaultdict
from dataclasses import dataclass, field

from odoo import fields, models
from odoo.tools import SQL
from odoo.tools.mail import email_normalize_all

from ..tools.address import address_key, typed_addresses
from ..tools.recipient_state import TO_SEND, State

NO_LONGER = "no longer a recipient of the mail"


@dataclass
class KnownRecipients:
    """What is recorded of some mails before an attempt. An *email* is (mail id, contact id or 0)."""

    served: dict = field(default_factory=lambda: defaultdict(set))  # email -> address keys that need nothing more
    waiting: dict = field(default_factory=lambda: defaultdict(dict))  # mail id -> {recipient id: (contact id, key)}
    elsewhere: dict = field(default_factory=lambda: defaultdict(set))  # email -> ids of other mails' rows that say so
    last_transaction: dict = field(default_factory=dict)  # email -> id of the last transaction that is recorded


class MailMail(models.Model):
    """Whom the emails of a mail are for, and who of them has it already.

    A person is known by the message and the address: contacts are merged and replaced, core splits a mail in two,
    spellings are corrected.
    """

    _inherit = "mail.mail"

    email_bcc = fields.Char("Bcc", help="Blind copies: these addresses get the e-mail, and nobody else sees that.")

    def _add_blind_copies(self, emails):
        """Let the first email of this mail go to the blind copies, too; see :meth:`_recipients_by_email`.

        :param list[dict] emails: as core's ``_prepare_outgoing_list()`` makes them
        """
        blind = emails and self._blind_addresses()
        if blind:
            # What core does not find among these it takes out of the envelope.
            known = [*(emails[0]["email_to_normalized"] or ()), *blind]
            # As a header, because core's own loop hands on no other blind copies; core takes it out before it sends.
            headers = {**emails[0]["headers"], "Bcc": ", ".join(blind)}
            emails[0].update(email_bcc=blind, email_to_normalized=known, headers=headers)

    def _blind_addresses(self):
        """Who gets a blind copy, without those that get the mail anyway: add-ons name their contacts in both places."""
        if not self.email_bcc:  # as nearly always: nothing is asked of each mail's addresses
            return []
        others = (self.email_to, self.email_cc, *self.recipient_ids.mapped("email"))
        keys = {address_key(address) for text in others for address in email_normalize_all(text)}
        return [address for address in email_normalize_all(self.email_bcc) if address_key(address) not in keys]

    def _recipients_by_email(self):
        """Whom the emails of this mail are for: one for ``email_to`` and ``email_cc``, one for each partner.

        The first of them goes to the blind copies, too.

        :return: list of (partner, ``{address: "to" | "cc" | "bcc"}``), without those that have no address
        """
        typed = dict.fromkeys(email_normalize_all(self.email_cc), "cc")
        typed |= dict.fromkeys(email_normalize_all(self.email_to), "to")
        groups = [(self.env["res.partner"], typed)]
        groups += [(partner, dict.fromkeys(email_normalize_all(partner.email), "to")) for partner in self.recipient_ids]
        groups = [(partner, kinds) for partner, kinds in groups if kinds]
        if groups:
            groups[0] = groups[0][0], {**dict.fromkeys(self._blind_addresses(), "bcc"), **groups[0][1]}
        return groups

    def _known_recipients(self):
        """Look up what is recorded of these mails, and of other mails with the same messages.

        :rtype: KnownRecipients
        """
        known = KnownRecipients()
        rows = self._recipient_rows()
        if not rows:  # as nearly always: the first attempt
            return known
        by_message = defaultdict(list)
        for row in rows:
            _id, mail_id, message_id, partner_id, email, state, transaction_id = row
            by_message[message_id].append(row)
            if mail_id in self._ids:
                place = mail_id, partner_id
                known.last_transaction[place] = max(known.last_transaction.get(place, 0), transaction_id)
                if state in TO_SEND:
                    known.waiting[mail_id][_id] = (partner_id, address_key(email))
        others = self.browse({row[1] for row in rows} - set(self._ids)).exists()
        emails = {
            (mail.id, partner.id or 0): set(map(address_key, kinds))
            for mail in self | others
            if mail.mail_message_id.id in by_message
            for partner, kinds in mail._recipients_by_email()
        }
        for mail in self:
            for row in by_message.get(mail.mail_message_id.id, ()):
                self._note_served(known, emails, mail.id, row)
        return known

    @staticmethod
    def _note_served(known, emails, mail_id, row):
        """Note to which emails of a mail one row speaks: to its own, or to each with the same address if it has none.

        A row has none when the contact was merged or replaced, or the mail is another one. A row that belongs to
        another email which is still there speaks for that alone: two contacts with one address get one email each.
        """
        _id, row_mail_id, _message_id, partner_id, email, state, _transaction_id = row
        if state in TO_SEND:
            return
        key, own = address_key(email), (row_mail_id, partner_id)
        if row_mail_id == mail_id:
            known.served[own].add(key)
        if key in emails.get(own, ()) or state == State.CANCELED:
            return
        for place, keys in emails.items():
            if place[0] == mail_id and key in keys:
                known.served[place].add(key)
                if row_mail_id != mail_id:
                    known.elsewhere[place].add(_id)

    def _recipient_rows(self):
        """The rows of these mails' recipients and of other mails' with the same message.

        In SQL: a contact that is gone still has its id there.

        :return: list of (id, mail id, message id, contact id or 0, address, state, transaction id or 0)
        """
        self.env["mail.recipient"].flush_model()
        messages = self.mail_message_id
        return self.env.execute_query(
            SQL(
                """SELECT id, mail_mail_id, mail_message_id, COALESCE(partner_id, 0), email, state,
                          COALESCE(transaction_id, 0)
                     FROM mail_recipient
                    WHERE mail_mail_id = ANY(%s) OR (message_id = ANY(%s) AND mail_message_id = ANY(%s))""",
                list(self._ids),
                [name for name in messages.mapped("message_id") if name],
                list(messages._ids),
            )
        )

    def _take_over_rows(self, partner, recipient_ids):
        """Show on this mail what is known of its addresses from another mail with the same message.

        :param res.partner partner: whom the email of this mail is made for
        :param recipient_ids: rows of the other mail
        """
        own = {**self._evidence_values(), "partner_id": partner.id or None}
        rows = self.env["mail.recipient"].sudo().browse(recipient_ids)
        kept = [
            name
            for name, column in rows._fields.items()
            if column.store and column.column_type and name != "id" and name not in own
        ]
        self.env.execute_query(
            SQL(
                "INSERT INTO mail_recipient (%(own)s, %(kept)s) SELECT %(values)s, %(kept)s FROM mail_recipient"
                " WHERE id = ANY(%(ids)s) ON CONFLICT DO NOTHING RETURNING id",
                own=SQL(", ").join(map(SQL.identifier, own)),
                kept=SQL(", ").join(map(SQL.identifier, kept)),
                values=SQL(", ").join(SQL("%s", value) for value in own.values()),
                ids=list(recipient_ids),
            )
        )
        self.env["mail.mail"].invalidate_model(["recipient_status_ids"], flush=False)

    def _close_rows(self, recipient_ids):
        """Close rows that wait for a mail to an address that the mail does not have any more."""
        if recipient_ids:
            self.env["mail.recipient"].sudo().browse(recipient_ids)._cancel_waiting(NO_LONGER)
            self.env["mail.mail"].invalidate_model(["recipient_status_ids"], flush=False)

    def _dropped_addresses(self, typed, used):
        """What was typed as an address and is in no envelope, in the words it was typed in.

        :param str typed: a field with addresses
        :param set used: keys of the addresses that were used, or are settled
        """
        dropped = []
        for part in typed_addresses(typed):
            found = email_normalize_all(part)
            if not found:
                dropped.append(part)
            dropped += [address for address in found if address_key(address) not in used]
        return dropped
