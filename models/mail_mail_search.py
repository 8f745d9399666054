from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.sql import escape_psql

from ..tools.address import address_key
from ..tools.recipient_state import PROBLEM_STATUSES
from ..tools.trace import MOST_BYTES, names_in
from .mail_evidence import ADMINISTRATORS


class MailMail(models.Model):
    """Finding a mail by what somebody has of it: an address, a receipt, a whole line of a bounce or a log.

    A search method says which mails are meant, whoever reads them; the record rules are applied to all of it.
    """

    _inherit = "mail.mail"

    pasted_text = fields.Char(
        "Anything",
        compute="_compute_pasted_text",
        search="_search_pasted_text",
        help="A receipt, a Message-ID, an address, or a line of a bounce or a log with one of them; else words of the "
        "subject, or the document.",
    )

    is_problem = fields.Boolean(
        "Problem",
        compute="_compute_is_problem",
        search="_search_is_problem",
        help="It was refused, came back, is late, or its outcome is unknown, for one recipient at least.",
    )

    is_waiting = fields.Boolean(
        "Waits to be sent",
        compute="_compute_is_waiting",
        search="_search_is_waiting",
        help="It is in the buffer, or will be tried again.",
    )

    # The lists of problems and of what waits, newest first: few among many. "IS TRUE" keeps PostgreSQL from combining
    # them with the indexes on a status or a date, which find the same rows: it would think that hardly any are left.
    _problems = models.Index(f"(id) WHERE (delivery_status IN {PROBLEM_STATUSES}) IS TRUE")
    # After an attempt within a request core's state is "exception". With what the record rules ask: the counter of
    # each open browser asks again whenever something changes.
    _waiting = models.Index(
        "(id) INCLUDE (access_company_id, access_author_id, access_model, access_res_id)"
        " WHERE (state = 'outgoing' OR retry_date IS NOT NULL) IS TRUE"
    )

    @api.depends("delivery_status")
    def _compute_is_problem(self):
        for mail in self:
            mail.is_problem = mail.delivery_status in PROBLEM_STATUSES

    def _search_is_problem(self, operator, value):
        def condition(of_field):
            return SQL("%s IN %s", of_field("delivery_status"), PROBLEM_STATUSES)

        return self._search_as_indexed(operator, value, condition)

    @api.depends("state", "retry_date")
    def _compute_is_waiting(self):
        for mail in self:
            mail.is_waiting = mail.state == "outgoing" or bool(mail.retry_date)

    def _search_is_waiting(self, operator, value):
        def condition(of_field):
            return SQL("%s = 'outgoing' OR %s IS NOT NULL", of_field("state"), of_field("retry_date"))

        return self._search_as_indexed(operator, value, condition)

    @api.model
    def _search_as_indexed(self, operator, value, condition):
        """The search of a field for which an index says ``WHERE (condition) IS TRUE``.

        :param condition: makes the SQL, given what makes the SQL of a field by its name
        """
        if operator != "in" or len(value) != 1:
            return NotImplemented
        truth = SQL("IS TRUE") if True in value else SQL("IS NOT TRUE")

        def to_sql(model, alias, query):
            return SQL("(%s) %s", condition(lambda name: model._field_to_sql(alias, name, query)), truth)

        return Domain.custom(to_sql=to_sql)

    def _compute_pasted_text(self):
        self.pasted_text = False

    def _search_pasted_text(self, operator, value):
        """The mails that a text names: by receipt or Message-ID, else by address, else by words.

        The next kind counts only if this person finds nothing by the one before.
        """
        if operator in Domain.NEGATIVE_OPERATORS:
            return NotImplemented
        texts = [value] if isinstance(value, str) else value
        return Domain.OR(self._named_by(text) for text in texts if isinstance(text, str))

    def _named_by(self, text):
        """As :meth:`_search_pasted_text`, for one text."""
        text = text[:MOST_BYTES].replace("\0", " ").strip()
        names = names_in(text)
        numbers = [*names.receipts, *names.message_ids]
        for domain in (self._domain_of_numbers(numbers), self._domain_of_addresses(names.addresses)):
            if self.search_count(domain, limit=1):
                return domain
        return Domain("readable_subject", "ilike", text) | self._search_document_name("ilike", text)

    @api.model
    def _domain_of_numbers(self, numbers):
        """The mails with these receipts, Message-IDs, or, for administrators, envelope ids."""
        if not numbers:
            return Domain.FALSE
        self.env["mail.transaction"].flush_model(["envelope_id", "mail_mail_id", "smtp_receipt"])
        self.env["mail.message"].flush_model(["message_id"])
        self.flush_model(["mail_message_id", "smtp_receipt"])
        by_envelope = SQL()
        if self.env.user.has_group(ADMINISTRATORS):
            by_envelope = SQL("UNION SELECT mail_mail_id FROM mail_transaction WHERE envelope_id = ANY(%s)", numbers)
        return _is_in(
            SQL(
                """SELECT id FROM mail_mail WHERE smtp_receipt = ANY(%(numbers)s)
                    UNION SELECT mail_mail_id FROM mail_transaction WHERE smtp_receipt = ANY(%(numbers)s)
                    UNION SELECT m.id FROM mail_mail m JOIN mail_message s ON s.id = m.mail_message_id
                           WHERE s.message_id = ANY(%(numbers)s)
                    %(by_envelope)s""",
                numbers=numbers,
                by_envelope=by_envelope,
            ),
        )

    @api.model
    def _domain_of_addresses(self, keys):
        """The mails that went to these addresses, or are still to go there.

        :param keys: as ``tools.address.address_key`` makes them
        """
        if not keys:
            return Domain.FALSE
        self.env["mail.recipient"].flush_model(["email", "mail_mail_id"])
        self.env["res.partner"].flush_model(["email_normalized"])
        self.flush_model(["email_to", "email_cc", "email_bcc", "recipient_ids", "state"])
        patterns = [f"%{key}%" for key in map(escape_psql, keys)]
        return _is_in(
            SQL(
                """SELECT mail_mail_id FROM mail_recipient WHERE email = ANY(%(keys)s)
                    UNION SELECT m.id FROM mail_mail m
                           WHERE m.state = 'outgoing'
                             AND (m.email_to ILIKE ANY(%(like)s) OR m.email_cc ILIKE ANY(%(like)s)
                                  OR m.email_bcc ILIKE ANY(%(like)s))
                    UNION SELECT m.id FROM mail_mail m JOIN mail_mail_res_partner_rel r ON r.mail_mail_id = m.id
                            JOIN res_partner p ON p.id = r.res_partner_id
                           WHERE m.state = 'outgoing' AND p.email_normalized = ANY(%(keys)s)""",
                keys=list(keys),
                like=patterns,
            ),
        )

    def _search_to_text(self, operator, value):
        """Whom a mail is for: a whole address by an index, else a part of an address or of a contact's name."""
        if operator not in ("ilike", "like", "=", "=ilike") or not isinstance(value, str):
            return NotImplemented
        if "@" in value.strip("@ ") and " " not in value.strip():
            keys = names_in(value).addresses
            if keys and (domain := self._domain_of_addresses(keys)) and self.search_count(domain, limit=1):
                return domain
        rows = Domain("email", "ilike", address_key(value)) | Domain("partner_id.name", "ilike", value)
        found = self.env["mail.recipient"].sudo()._search(rows)
        waiting = Domain.OR(
            Domain(name, "ilike", value)
            for name in ("email_to", "email_cc", "email_bcc", "recipient_ids.name", "recipient_ids.email_normalized")
        )
        return Domain("id", "in", found.subselect("mail_mail_id")) | Domain("state", "=", "outgoing") & waiting

    def _search_document_name(self, operator, value):
        """The mails of those documents with such a name that this person may read."""
        if operator in Domain.NEGATIVE_OPERATORS:
            return NotImplemented
        domain = Domain.FALSE
        for model in self._document_models():
            documents = self.env[model].sudo(False)
            if documents.has_access("read"):
                named = documents._search(Domain("display_name", operator, value))
                domain |= Domain("model", "=", model) & Domain("res_id", "in", named)
        return domain


def _is_in(query):
    """The mails whose ids a query selects, by the index on their ids.

    :param SQL query:
    :rtype: Domain
    """
    return Domain.custom(to_sql=lambda _model, alias, _query: SQL("%s IN (%s)", SQL.identifier(alias, "id"), query))
