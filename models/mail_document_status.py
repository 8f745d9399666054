from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..const import DOCUMENT_STATUSES, STATE_MEANINGS
from ..tools.explanation.cause import Cause
from ..tools.explanation.problems import PROBLEMS
from ..tools.recipient_state import (
    NOT_ARRIVED_DOCUMENT,
    STATE_OF_MAIL_STATE,
    STATES_OF_DOCUMENT,
    SUCCESS,
    State,
    stored,
)
from .mail_mail_recipients import NO_LONGER
from .mail_mail_words import meaning_of_failure

# The states of a recipient that make the status of its document, the worst first.
_STATES = {status: stored(states) for status, states in STATES_OF_DOCUMENT.items()}
# The same of a mail that was never tried, by core's state.
_STATES_OF_MAIL = {
    status: core for status, states in _STATES.items() for core, state in STATE_OF_MAIL_STATE.items() if state in states
}
_STATUSES = list(_STATES)
_LEVELS = {status: level for level, status in enumerate(_STATUSES)}
# Those of which something is to be told.
_TOLD = _STATUSES[: _LEVELS["accepted"]]
_GOOD = stored(SUCCESS)
_GOOD_STATUSES = set(_STATUSES[_LEVELS["accepted"] :])
# The words for want of an address, without the detail behind.
_NO_ADDRESS = tuple(words for words, cause in PROBLEMS.items() if cause is Cause.NO_ADDRESS)


class MailDocumentStatus(models.AbstractModel):
    """Whether a document's e-mails arrived, for the form and the list of the document.

    Core's own marks ("sent") say that somebody pressed the button. These fields say what became of the e-mails: the
    worst of all addresses counts, unless a later mail of the document went well to the same contact or address. Notes
    and notifications to colleagues are not the document's e-mails and count for nothing.

    For the people of the house alone: what a server said of an address is not for a customer in the portal.
    """

    _name = "mail.document.status"
    _description = "What became of a document's e-mails"

    mail_delivery_status = fields.Selection(
        DOCUMENT_STATUSES,
        "E-mail",
        compute="_compute_mail_delivery_status",
        search="_search_mail_delivery_status",
        groups="base.group_user",
        help="What became of the e-mails with this document: the worst of all recipients, unless a later mail to the"
        " same one went well.",
    )
    is_mail_returned = fields.Boolean(
        "E-mail failed",
        compute="_compute_is_mail_returned",
        search="_search_is_mail_returned",
        groups="base.group_user",
        help="An e-mail with this document did not arrive, or nobody knows whether it did, and no later one went well"
        " to the same recipient.",
    )
    mail_return_text = fields.Text(
        "Why the e-mail did not arrive", compute="_compute_mail_return_text", groups="base.group_user"
    )

    def _compute_mail_delivery_status(self):
        statuses = {}
        if ids := self._origin.ids:
            lines = self._mail_lines(_STATUSES, ids)
            rows = self.env.execute_query(SQL("SELECT res_id, min(level) FROM (%s) lines GROUP BY res_id", lines))
            statuses = {res_id: _STATUSES[level] for res_id, level in rows}
        for document in self:
            document.mail_delivery_status = statuses.get(document._origin.id)

    @api.depends("mail_delivery_status")
    def _compute_is_mail_returned(self):
        for document in self:
            document.is_mail_returned = document.mail_delivery_status in NOT_ARRIVED_DOCUMENT

    @api.depends_context("lang")
    def _compute_mail_return_text(self):
        texts = {}
        if ids := self._origin.ids:
            lines = self._mail_lines(_TOLD, ids)
            rows = self.env.execute_query(
                SQL("SELECT res_id, recipient_id, mail_id FROM (%s) lines ORDER BY level, recipient_id, mail_id", lines)
            )
            recipients = self.env["mail.recipient"].sudo().browse(row[1] for row in rows if row[1])
            mails = self.env["mail.mail"].sudo().browse(row[2] for row in rows if not row[1])
            words = {("recipient", row.id): self._words_of_recipient(row) for row in recipients}
            words |= {("mail", mail.id): self._words_of_mail(mail) for mail in mails}
            for res_id, recipient_id, mail_id in rows:
                key = ("recipient", recipient_id) if recipient_id else ("mail", mail_id)
                texts.setdefault(res_id, []).append(words[key])
        for document in self:
            document.mail_return_text = "\n".join(texts.get(document._origin.id, ())) or False

    def _words_of_recipient(self, recipient):
        """The address, and why the mail is not with it; in a second line what that means and what to do."""
        if recipient.state == "bounced":
            words = (recipient.cause_meaning, recipient.bounce_code)
        elif recipient.state == "refused":
            words = (recipient._reply_code(), recipient.answer)
        else:
            words = (recipient.state_meaning, recipient.smtp_reply if recipient.state == "deferred" else "")
        is_told = recipient.state not in ("refused", "deferred")  # the words above say what it means
        advice = (not is_told and recipient.cause_meaning, recipient.what_to_do)
        lines = (f"{recipient.email}: {' '.join(filter(None, words))}", " ".join(filter(None, advice)))
        return "\n".join(filter(None, lines))

    def _words_of_mail(self, mail):
        """One line for a mail that was never tried: whom it is for, and what it waits for."""
        addresses = [partner.email or partner.display_name for partner in mail.recipient_ids]
        addresses = ", ".join(filter(None, [mail.email_to, *addresses]))
        words = mail._reason(meaning_of_failure)
        words = words or self.env._(STATE_MEANINGS[STATE_OF_MAIL_STATE[mail.state].value])
        return f"{addresses}: {words}"

    # === SEARCHING AND GROUPING === #

    def _search_mail_delivery_status(self, operator, value):
        self._check_field_access(self._fields["mail_delivery_status"], "read")  # searching would tell it, too
        if operator != "in":
            return NotImplemented
        wanted = [status for status in _STATUSES if status in value]
        domain = Domain.FALSE
        if wanted:
            levels = tuple(_LEVELS[status] for status in wanted)
            lines = self._mail_lines(_STATUSES[: max(levels) + 1])
            found = SQL("SELECT res_id FROM (%s) lines GROUP BY res_id HAVING min(level) IN %s", lines, levels)
            domain = Domain("id", "in", found)
        if False in value:
            domain |= Domain("id", "not in", SQL("SELECT res_id FROM (%s) lines", self._mail_lines(_STATUSES)))
        return domain

    def _search_is_mail_returned(self, operator, value):
        if operator != "in":
            return NotImplemented
        failed = Domain("mail_delivery_status", "in", NOT_ARRIVED_DOCUMENT)
        return Domain.OR([failed] * (True in value) + [~failed] * (False in value))

    def _field_to_sql(self, alias, field_expr, query=None):
        """The status, joined once for all documents of the query: so that lists can be grouped by it."""
        if field_expr != "mail_delivery_status" or query is None:
            return super()._field_to_sql(alias, field_expr, query)
        self._check_field_access(self._fields[field_expr], "read")
        joined = query.make_alias(alias, field_expr)
        statuses = SQL(
            "(SELECT res_id, (%s::varchar[])[min(level) + 1] AS status FROM (%s) lines GROUP BY res_id)",
            _STATUSES,
            self._mail_lines(_STATUSES),
        )
        condition = SQL("%s = %s", SQL.identifier(joined, "res_id"), SQL.identifier(alias, "id"))
        query.add_join("LEFT JOIN", joined, statuses, condition)
        return SQL.identifier(joined, "status")

    def _count_mail_statuses(self, domain, groupby, statuses):
        """How many of the documents that a person may read have which status, in one query.

        :param str groupby: a stored field
        :param statuses: of the failed and waiting ones: those that went well are by far the most
        :return: ``{(value of the field, status): count}``
        """
        self._check_field_access(self._fields["mail_delivery_status"], "read")
        query = self._search(domain)
        found = query.make_alias(self._table, "mail_statuses")
        lines = self._mail_lines(_STATUSES[: max(_LEVELS[status] for status in statuses) + 1])
        levels = SQL("(SELECT res_id, min(level) AS level FROM (%s) lines GROUP BY res_id)", lines)
        query.add_join(
            "JOIN", found, levels, SQL("%s = %s", SQL.identifier(found, "res_id"), SQL.identifier(self._table, "id"))
        )
        key, level = self._field_to_sql(self._table, groupby, query), SQL.identifier(found, "level")
        rows = self.env.execute_query(SQL("%s GROUP BY 1, 2", query.select(key, level, SQL("count(*)"))))
        return {(value, _STATUSES[level]): count for value, level, count in rows if _STATUSES[level] in statuses}

    # === WHAT COUNTS === #

    def _mail_lines(self, statuses, ids=None):
        """The addresses, and the mails never tried, that count for the status of documents of this model.

        :param statuses: of ``_STATES``: others are not looked for
        :param ids: of the documents; None: of all
        :return: a query that gives ``res_id, level`` (place in ``_STATES``), ``recipient_id`` or NULL, ``mail_id``
        :rtype: SQL
        """
        self.env["mail.recipient"].flush_model()
        self.env["mail.mail"].flush_model(["state", "failure_type", "mail_message_id", "recipient_ids", "email_to"])
        self.env["mail.message"].flush_model(["model", "res_id", "is_internal", "message_type", "subtype_id"])
        branches = [self._bad_lines(statuses, ids), self._untried_lines(statuses, ids)]
        if not _GOOD_STATUSES.isdisjoint(statuses):
            branches.append(self._good_lines(ids))
        return SQL(" UNION ALL ").join(branches)

    def _bad_lines(self, statuses, ids):
        """The addresses that have not got it, unless something later went well to the same contact or address."""
        states = {state for status in statuses for state in _STATES[status]} - set(_GOOD)
        states |= {State.REFUSED.value} if "no_address" in statuses else set()
        if not states:
            return SQL("SELECT NULL::int, NULL::int, NULL::int, NULL::int WHERE FALSE")
        return SQL(
            """SELECT r.res_id, %(level)s AS level, r.id AS recipient_id, r.mail_mail_id AS mail_id
                 FROM mail_recipient r LEFT JOIN res_partner p ON p.id = r.partner_id
                WHERE r.model = %(model)s AND %(which)s AND r.state IN %(states)s AND %(not_internal)s
                  AND r.problem IS DISTINCT FROM %(no_longer)s AND r.replaced_by_mail_id IS NULL
                  AND NOT EXISTS (
                      SELECT FROM mail_recipient good
                       WHERE good.model = r.model AND good.res_id = r.res_id AND good.state IN %(good)s
                         AND (good.partner_id = r.partner_id OR lower(good.email) = lower(r.email))
                         AND (r.state = %(canceled)s OR good.accepted_date > r.state_date
                              OR (COALESCE(good.mail_mail_id, 0), good.id) > (COALESCE(r.mail_mail_id, 0), r.id)))""",
            level=_level(states),
            model=self._name,
            which=self._which(SQL("r.res_id"), ids),
            states=tuple(sorted(states)),
            canceled=State.CANCELED.value,
            good=_GOOD,
            no_longer=NO_LONGER,
            not_internal=_NOT_INTERNAL_RECIPIENT,
        )

    def _good_lines(self, ids):
        """For each address that has got it the best that is known: who sent twice asks whether it was read."""
        return SQL(
            """SELECT r.res_id, max(%(level)s), NULL::int, NULL::int
                 FROM mail_recipient r LEFT JOIN res_partner p ON p.id = r.partner_id
                WHERE r.model = %(model)s AND %(which)s AND r.state IN %(good)s AND %(not_internal)s
                GROUP BY r.res_id, COALESCE(r.partner_id::text, lower(r.email))""",
            level=_level(_GOOD),
            model=self._name,
            which=self._which(SQL("r.res_id"), ids),
            good=_GOOD,
            not_internal=_NOT_INTERNAL_RECIPIENT,
        )

    def _untried_lines(self, statuses, ids):
        """A mail of which nothing was tried yet has no recipients: it is held, waits, or ended before."""
        states = {_STATES_OF_MAIL[status]: _LEVELS[status] for status in statuses if status in _STATES_OF_MAIL}
        if "no_address" in statuses:
            states.setdefault("exception", _LEVELS["refused"])
        level = SQL(" ").join(SQL("WHEN %s THEN %s", state, level) for state, level in states.items())
        if not states:
            return SQL("SELECT NULL::int, NULL::int, NULL::int, NULL::int WHERE FALSE")
        return SQL(
            """SELECT message.res_id,
                      CASE WHEN m.state = 'exception' AND m.failure_type = 'mail_email_missing' THEN %(no_address)s
                           ELSE CASE m.state %(level)s END END,
                      NULL, m.id
                 FROM mail_mail m JOIN mail_message message ON message.id = m.mail_message_id
                WHERE message.model = %(model)s AND %(which)s AND m.state IN %(states)s AND %(not_internal)s
                  AND NOT EXISTS (SELECT FROM mail_recipient r WHERE r.mail_mail_id = m.id)
                  AND (m.state = 'sent' OR NOT EXISTS (
                      SELECT FROM mail_recipient good
                       WHERE good.model = message.model AND good.res_id = message.res_id AND good.state IN %(good)s
                         AND (m.state = 'cancel' OR good.mail_mail_id > m.id)
                         AND (position(lower(good.email) IN lower(COALESCE(m.email_to, ''))) > 0
                              OR EXISTS (SELECT FROM mail_mail_res_partner_rel
                                          WHERE mail_mail_id = m.id AND res_partner_id = good.partner_id))))""",
            level=level,
            no_address=_LEVELS["no_address"],
            model=self._name,
            which=self._which(SQL("message.res_id"), ids),
            states=tuple(states),
            good=_GOOD,
            not_internal=_not_internal(
                SQL("m.mail_message_id"),
                SQL(
                    """(m.email_to > '' OR EXISTS (
                            SELECT FROM mail_mail_res_partner_rel JOIN res_partner p ON p.id = res_partner_id
                             WHERE mail_mail_id = m.id AND p.partner_share))"""
                ),
            ),
        )

    def _which(self, column, ids):
        return SQL("%s IS NOT NULL", column) if ids is None else SQL("%s IN %s", column, tuple(ids))


def _level(states):
    """The place of a recipient's status in ``_STATUSES``, for these states."""
    levels = {state: _LEVELS[status] for status, found in _STATES.items() for state in found if state in states}
    level = SQL("CASE r.state %s END", SQL(" ").join(SQL("WHEN %s THEN %s", *pair) for pair in sorted(levels.items())))
    if State.REFUSED.value not in states:
        return level
    no_address = SQL("r.state = %s AND split_part(r.problem, ' (', 1) IN %s", State.REFUSED.value, _NO_ADDRESS)
    return SQL("CASE WHEN %s THEN %s ELSE %s END", no_address, _LEVELS["no_address"], level)


def _not_internal(message_id, is_outside):
    """The condition that a mail is no note and no notification to a colleague.

    :param SQL is_outside: whether it goes to somebody outside: a note is sent to a customer who is named in it
    """
    return SQL(
        """(%s OR NOT EXISTS (SELECT FROM mail_message note
                         LEFT JOIN mail_message_subtype subtype ON subtype.id = note.subtype_id
                        WHERE note.id = %s AND (note.is_internal OR subtype.internal
                                                OR note.message_type = 'user_notification')))""",
        is_outside,
        message_id,
    )


_NOT_INTERNAL_RECIPIENT = _not_internal(SQL("r.mail_message_id"), SQL("COALESCE(p.partner_share, TRUE)"))
