from collections import defaultdict

from odoo import api, fields, models
from odoo.tools import format_date, format_time
from odoo.tools.mail import email_split_tuples

from ..const import CURRENT_STATUSES, SENDING, STATE_MEANINGS
from ..const.causes import CAUSE_WORDS
from ..tools.address import address_key, typed_addresses
from ..tools.recipient_state import PARTIAL, PROBLEM, STATE_OF_MAIL_STATE, TO_SEND, URGENCY, WENT_WELL, State
from .mail_recipient import problem_meaning

# Of a mail to many, as many addresses are shown beside the subject; the Sent tab has them all.
MOST_SHOWN = 30
_ROW_FIELDS = ("cause", "email", "kind", "mail_mail_id", "partner_id", "problem", "smtp_receipt", "state")
_WAITING_FIELDS = ("is_held", "retry_date", "scheduled_date", "waits_for_server_id")
_MAIL_FIELDS = (
    *_WAITING_FIELDS,
    "accepted_date",
    "bounce_date",
    "cause",
    "delivery_status",
    "email_bcc",
    "email_cc",
    "email_to",
    "evidence_removed_date",
    "failure_reason",
    "is_older_than_module",
    "read_date",
    "state",
)


class MailMail(models.Model):
    """What people read of a mail at a glance: whom it is for, how it stands, why it waits or failed.

    All of it is the mail's *status* (readme/ACCESS.md), for everybody who may read the mail. So it is computed in
    superuser mode, and of what is stored alone, not of what a client says is in an unsaved record.
    """

    _inherit = "mail.mail"

    to_text = fields.Char("To whom", compute="_compute_addressees", search="_search_to_text")
    addressees = fields.Json(compute="_compute_addressees")
    document_name = fields.Char(
        "Document",
        compute="_compute_document_name",
        search="_search_document_name",
        help="What the mail was made from.",
    )
    current_status = fields.Selection(CURRENT_STATUSES, compute="_compute_current_status")
    status_text = fields.Text("How it stands", compute="_compute_status_text")
    reason = fields.Text(compute="_compute_reason", help="Why the mail waits, and until when; or why it failed.")

    # === WHOM IT IS FOR === #

    @api.depends("delivery_status", "email_to", "email_cc", "email_bcc", "recipient_ids")
    @api.depends_context("lang")
    def _compute_addressees(self):
        labels = dict(self._fields["current_status"]._description_selection(self.env))
        for mail, facts in self._with_facts():
            found = [{**one, "label": labels[one["state"]]} for one in facts._addressee_list()]
            first = next((one["name"] or one["email"] for one in found), "")
            mail.to_text = f"{first} +{len(found) - 1}" if len(found) > 1 else first
            mail.addressees = {"shown": found[:MOST_SHOWN], "more": max(len(found) - MOST_SHOWN, 0)}

    def _addressee_list(self):
        """Whom this mail is for: who is recorded, and whom it is still to be sent to. Those in To come first.

        :return: list of dict with ``email``, ``name`` (of the contact, or as it was typed; or ""), ``kind``, ``state``
        """
        found = {}
        for row in self.recipient_status_ids:
            one = {"email": row.email, "name": row.partner_id.name or "", "kind": row.kind or "to", "state": row.state}
            found[address_key(row.email)] = one
        state = STATE_OF_MAIL_STATE.get(self.state, State.QUEUED).value
        for kind, name, email in self._typed() if self.state == "outgoing" or not found else ():
            new = {"email": email, "name": name, "kind": kind, "state": state}
            known = found.setdefault(address_key(email or name), new)
            known["name"] = known["name"] or name
        return sorted(found.values(), key=lambda one: ("to", "cc", "bcc").index(one["kind"]))

    def _typed(self):
        """Whom this mail is addressed to, as (kind, name, address); what is no address is its own name."""
        for partner in self.recipient_ids:
            yield "to", partner.name or "", partner.email_normalized or partner.email or ""
        for kind, text in (("to", self.email_to), ("cc", self.email_cc), ("bcc", self.email_bcc)):
            for part in typed_addresses(text):
                found = email_split_tuples(part)
                yield from ((kind, name, email) for name, email in found or [(part, "")])

    @api.depends("model", "res_id")
    @api.depends_context("uid", "allowed_company_ids", "lang")
    def _compute_document_name(self):
        """The names of the documents that this person may read."""
        ids_by_model = defaultdict(set)
        readable = self.filtered("is_document_readable")
        for mail in readable.sudo():
            ids_by_model[mail.model].add(mail.res_id)
        names = {
            (model, document.id): document.display_name
            for model, ids in ids_by_model.items()
            for document in self.env[model].sudo(False).browse(ids)
        }
        for mail, mail_sudo in zip(self, self.sudo(), strict=True):
            mail.document_name = mail in readable and names[mail_sudo.model, mail_sudo.res_id]

    # === HOW IT STANDS === #

    @api.depends("delivery_status", "state")
    def _compute_current_status(self):
        being_sent = self._origin._being_sent() if self._origin else self
        for mail in self:
            mail.current_status = SENDING if mail._origin in being_sent else mail.delivery_status

    @api.depends("current_status", *_WAITING_FIELDS)
    @api.depends_context("lang", "tz", "uid")
    def _compute_status_text(self):
        for mail, facts in self._with_facts():
            if mail.current_status == SENDING:
                mail.status_text = self.env._("Is being sent right now.")
            else:
                mail.status_text = facts._status_sentence(facts._reason(meaning_of_failure))

    @api.depends("current_status", *_WAITING_FIELDS)
    @api.depends_context("lang", "tz", "uid")
    def _compute_reason(self):
        for mail, facts in self._with_facts():
            mail.reason = mail.current_status != SENDING and facts._reason(name_of_failure)

    def _with_facts(self):
        """These mails, each with its stored self in superuser mode: all that the words need is read at once."""
        for mail in self:
            mail.delivery_status  # noqa: B018  # an AccessError, if this person may not read the mail
        stored_mails = self._origin.sudo()
        stored_mails.fetch(_MAIL_FIELDS)
        stored_mails.recipient_status_ids.fetch(_ROW_FIELDS)
        none = stored_mails.browse()
        by_id = {mail.id: mail for mail in stored_mails}
        return [(mail, by_id.get(mail._origin.id, none)) for mail in self]

    def _reason(self, words_of):
        """Why this mail waits and until when, or why it failed; False if there is nothing to say.

        :param words_of: what to say of a row of ``mail.recipient``, or of none
        """
        if not self:
            return False
        rows = self.recipient_status_ids.sorted(lambda row: URGENCY.index(row.state))
        waiting, status = rows.filtered(lambda row: row.state in TO_SEND), self.delivery_status
        if self.state == "outgoing" or self.retry_date:
            return self._waiting_reason(waiting[:1], words_of)
        if status in (*PROBLEM, PARTIAL):
            words = words_of(rows[:1] or self) or problem_meaning(self.env, self.failure_reason)
            return f"{rows[0].email}: {words}" if len(rows) > 1 else words or False
        if status == State.CANCELED and (problem := rows.filtered("problem")[:1]):
            return problem.state_meaning
        return False

    def _waiting_reason(self, row, words_of):
        """Why this mail is still in the buffer.

        :param mail.recipient row: of those that wait, one that was put off if there is one; or none
        :param words_of: as of :meth:`_reason`
        """
        now = fields.Datetime.now()
        if self.is_held:
            return self.env._("Held until somebody releases it.")
        if self.waits_for_server_id:
            return self.waits_for_server_id._waiting_words()
        if self.scheduled_date and self.scheduled_date > now:
            return self.env._("Planned for %s.", moment(self, self.scheduled_date))
        why = words_of(row) if row.state == State.DEFERRED else problem_meaning(self.env, self.failure_reason)
        when = self.env._("Waits for its turn.")
        if self.retry_date and self.retry_date > now:
            when = self.env._("Next try: %s.", moment(self, self.retry_date))
        return f"{why.rstrip('.')}. {when}" if why else when

    def _status_sentence(self, reason):
        """How this mail stands, in a sentence or two.

        :param reason: as :meth:`_reason` tells it
        """
        rows = self.recipient_status_ids
        if self.state == "outgoing" or self.retry_date:
            return self._waiting_sentence(rows, reason)
        status = self.delivery_status
        if status == State.ACCEPTED and not self.accepted_date and not self.recipient_status_ids:
            if self.is_older_than_module:
                return self.env._("Sent before this module was installed: no receipt.")
            if self.evidence_removed_date:
                return self.env._("Odoo has sent it. What the mail server answered was removed with its age.")
        if status == State.ACCEPTED and not self.accepted_date:
            return self.env._("Odoo has sent it. What the mail server answered is not recorded.")
        if status == State.REFUSED:
            return self._with_advice(self.env._("It was not taken: %s", reason or ""), rows)
        if status == State.BOUNCED:
            words = self.env._(
                "It came back on %(date)s: %(reason)s", date=format_date(self.env, self.bounce_date), reason=reason
            )
            return self._with_advice(words, rows)
        if status == PARTIAL:
            good = rows.filtered(lambda row: row.state in WENT_WELL)
            return self.env._(
                "%(good)s of %(all)s addresses have it, as far as is known. %(reason)s",
                good=len(good),
                all=len(rows),
                reason=reason or "",
            )
        words = {
            State.UNKNOWN: reason and self._with_advice(reason, rows),
            State.CANCELED: reason,
            State.READ: self.read_date and self.env._("It was read at %s.", moment(self, self.read_date)),
        }.get(status) or (status in STATE_MEANINGS and status != State.ACCEPTED and self.env._(STATE_MEANINGS[status]))
        return " ".join(filter(None, [self._taken_sentence(rows), words])) or False

    def _waiting_sentence(self, rows, reason):
        """The same of a mail that is in the buffer, for some of its addresses perhaps only."""
        good = rows.filtered(lambda row: row.state in WENT_WELL)
        if not good:
            return self.env._("It waits. %s", reason) if reason else False
        return self.env._(
            "%(good)s of %(all)s addresses have it, for the others it waits. %(reason)s",
            good=len(good),
            all=len(rows),
            reason=reason,
        )

    def _taken_sentence(self, rows):
        """When a mail server took this mail, and its receipt if all addresses have the same."""
        if not self.accepted_date:
            return False
        words = self.env._("The mail server took it at %s.", moment(self, self.accepted_date))
        receipts = set(rows.mapped("smtp_receipt"))
        if len(receipts) == 1 and any(receipts):
            receipt = self.env._("Receipt %s.", receipts.pop())
            words = f"{words} {receipt}"
        return words

    def _with_advice(self, words, rows):
        """The words, and what to do: that of the address that needs it most."""
        cause = (rows.sorted(lambda row: URGENCY.index(row.state))[:1] or self).cause
        return f"{words} {self.env._(CAUSE_WORDS[cause].what_to_do)}" if cause else words


def meaning_of_failure(record):
    """What it means that a mail is not with an address, or not yet; False where there is nothing to say.

    :param record: a row of ``mail.recipient``, none, or a mail that has no rows
    """
    if record.cause:
        return record.env._(CAUSE_WORDS[record.cause].meaning)
    return record._name == "mail.recipient" and record.state in (*PROBLEM, State.CANCELED) and record.state_meaning


def name_of_failure(record):
    """The same in a few words, for lists."""
    if not record.cause:
        return meaning_of_failure(record)
    return dict(record._fields["cause"]._description_selection(record.env))[record.cause]


def moment(record, value):
    """A time of today as the time alone, else with its date: in the time zone and the language of who reads it.

    :param datetime value: UTC
    """
    time = format_time(record.env, value, tz=record.env.tz.zone, time_format="short")
    date, today = (fields.Datetime.context_timestamp(record, one).date() for one in (value, fields.Datetime.now()))
    return time if date == today else f"{format_date(record.env, value)} {time}"
