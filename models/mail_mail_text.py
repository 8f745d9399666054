from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, OrderedSet, format_date

from .mail_evidence import ADMINISTRATORS


class _OfMessage:
    """A field that a mail inherits from its message, for administrators alone.

    Once core would have deleted the mail, administrators too read the message by the message's own rules only.
    """

    def __get__(self, record, owner=None):
        value = super().__get__(record, owner)
        if not record or record.env.su or not value or not record._is_message_closed():
            return value
        return self.convert_to_record(self.convert_to_cache(False, record), record)


class _Char(_OfMessage, fields.Char):
    pass


class _Html(_OfMessage, fields.Html):
    pass


class _Many2one(_OfMessage, fields.Many2one):
    pass


class _One2many(_OfMessage, fields.One2many):
    pass


class _Many2many(_OfMessage, fields.Many2many):
    pass


def _of_message(field_class, name):
    return field_class(
        related=f"mail_message_id.{name}",
        inherited=True,
        related_sudo=False,
        readonly=False,
        copy=True,
        groups=ADMINISTRATORS,
    )


class MailMail(models.Model):
    """What a mail says, who may read it, and its removal.

    A kept mail must not tell anybody what stock Odoo would not. There only administrators read mails, a message is read
    by its own rules, and a mail that is ``auto_delete`` is gone as soon as it was sent, with its message if that was
    made for the mail alone: login codes, invitations, links with a token rest on that.
    """

    _inherit = "mail.mail"
    _parent_name = ""  # the parent of a mail's message makes no tree of mails, and is not for everybody

    body_html = fields.Text(groups=ADMINISTRATORS)
    body_content = fields.Html(groups=ADMINISTRATORS)
    headers = fields.Text(groups=ADMINISTRATORS)
    references = fields.Text(groups=ADMINISTRATORS)
    subject = _of_message(_Char, "subject")
    body = _of_message(_Html, "body")
    preview = _of_message(_Char, "preview")
    record_name = _of_message(_Char, "record_name")
    attachment_ids = _of_message(_Many2many, "attachment_ids")
    linked_message_ids = _of_message(_Many2many, "linked_message_ids")
    parent_id = _of_message(_Many2one, "parent_id")
    child_ids = _of_message(_One2many, "child_ids")

    readable_subject = fields.Char(
        "Subject of the E-mail", compute="_compute_readable_text", search="_search_readable_subject"
    )
    readable_body = fields.Html(
        "Text", compute="_compute_readable_body", sanitize=True, help="The message as its document shows it."
    )
    text_note = fields.Char("Why there is no text", compute="_compute_readable_text")
    text_removed_date = fields.Datetime(
        "Text removed",
        readonly=True,
        copy=False,
        help="When the text was removed: at the moment at which Odoo would have deleted the mail.",
    )

    is_text_readable = fields.Boolean("May read the text", compute="_compute_is_text_readable")

    # === READING === #

    @api.depends("mail_message_id", "text_removed_date")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_is_text_readable(self):
        readable = self._with_readable_message()
        for mail in self:
            mail.is_text_readable = mail in readable

    @api.depends("subject", "text_removed_date", "content_removed_date", "is_notification", "is_text_readable")
    @api.depends_context("uid", "allowed_company_ids", "lang")
    def _compute_readable_text(self):
        for mail, mail_sudo in zip(self, self.sudo(), strict=True):
            removed = mail_sudo.text_removed_date and not mail_sudo.is_notification
            if removed:
                note = self.env._("The text was removed when the mail was sent, as Odoo deletes such mails.")
            elif not mail_sudo.is_text_readable:
                note = self.env._("The text is shown only to people who may read the message itself.")
            else:
                note = False
            mail.readable_subject = False if note else mail_sudo.subject
            if not note and mail_sudo.content_removed_date and mail_sudo._is_message_its_own():
                note = self.env._(
                    "Text and files were removed on %s: they were older than e-mails are kept (Settings). That it was"
                    " sent, to whom, when, and the receipt stay.",
                    format_date(self.env, mail_sudo.content_removed_date),
                )
            mail.text_note = note

    @api.depends("body", "text_note")
    @api.depends_context("uid", "allowed_company_ids", "lang")
    def _compute_readable_body(self):
        """By itself: a list shows subjects, and to sanitize a text takes as long as all the rest of its line."""
        for mail, mail_sudo in zip(self, self.sudo(), strict=True):
            mail.readable_body = False if mail.text_note else mail_sudo.body

    @api.depends("readable_subject", "text_note")
    @api.depends_context("uid", "allowed_company_ids", "lang")
    def _compute_display_name(self):
        for mail, mail_sudo in zip(self, self.sudo(), strict=True):
            number = self.env._("E-mail %s", mail.id or "")
            mail.display_name = mail_sudo.readable_subject or number

    def _with_readable_message(self):
        """Those of these mails whose message this person may read by the message's own rules.

        In superuser mode, too, it is the person who counts: names of records are made in it for everybody.
        """
        if self.env.user._is_superuser():
            return self
        open_mails = self.browse()
        if _is_administrator(self.env):
            open_mails = self.filtered(lambda mail: not mail.sudo().text_removed_date)
        closed = self - open_mails
        messages = closed.sudo().mail_message_id._origin.sudo(False)._filtered_access("read")
        return open_mails + closed.filtered(lambda mail: mail.sudo().mail_message_id._origin in messages)

    def _is_message_closed(self):
        """Whether this mail, if it was deleted as core does it, would not be there for this person to read."""
        mail = self.sudo()
        return bool(mail.text_removed_date) and not mail.is_text_readable

    def _search_readable_subject(self, operator, value):
        if operator in Domain.NEGATIVE_OPERATORS:
            return NotImplemented
        found = Domain("subject", operator, value)
        if self.env.su:
            return found
        of_mails = Domain.custom(to_sql=self.env["mail.message"]._sql_has_mail)
        by_message = Domain("mail_message_id", "in", self.env["mail.message"]._search(found & of_mails))
        if _is_administrator(self.env):
            by_message |= found & Domain("text_removed_date", "=", False)
        return by_message

    @api.model
    def _search_display_name(self, operator, value):
        return Domain("readable_subject", operator, value)

    # A field that comes from the message is searched, sorted and grouped by in the message's table, where nobody asks
    # whether the mail's field may be read: each yes or no would tell a letter of the text.

    @api.model
    def _search(self, domain, *args, **kwargs):
        if not self.env.su:
            domain = Domain(domain)
            if self._check_domain_access(domain):
                domain &= Domain("text_removed_date", "=", False)
        return super()._search(domain, *args, **kwargs)

    def _check_domain_access(self, domain, of_message=False):
        """Look at the fields of the mail, and of its message, that a domain names.

        :param bool of_message: the domain is one of the message; its name is its subject
        :return: whether one of them tells what the mail says
        :raise AccessError: if one of them is not for this user
        """
        tells = False
        for condition in domain.iter_conditions():
            name, _dot, rest = condition.field_expr.partition(".")
            field = self._fields.get("subject" if of_message and name == "display_name" else name)
            if field is None:
                continue  # super() tells what is wrong
            self._check_field_access(field, "read")
            tells |= isinstance(field, _OfMessage)
            if name not in ("id", "mail_message_id"):
                continue  # other models have doors of their own
            of_message, value = name == "mail_message_id", condition.value
            if rest:
                tells |= self._check_domain_access(Domain(rest, condition.operator, value), of_message)
            elif "any" in condition.operator and isinstance(value, (Domain, list, tuple)):
                tells |= self._check_domain_access(Domain(value), of_message)
            elif of_message and _is_by_name(value):
                tells |= self._check_domain_access(Domain("display_name", "ilike", ""), of_message)
        return tells

    def _field_to_sql(self, alias, field_expr, query=None):
        field = self._fields.get(field_expr.partition(".")[0])
        if field is None or not field.inherited:
            return super()._field_to_sql(alias, field_expr, query)
        self._check_field_access(field, "read")
        value = super()._field_to_sql(alias, field_expr, query)
        if self.env.su or not isinstance(field, _OfMessage):
            return value
        return SQL("CASE WHEN %s IS NULL THEN %s END", SQL.identifier(alias, "text_removed_date"), value)


def _is_by_name(value):
    """Whether a record is searched by its name: text, or text among ids."""
    values = value if isinstance(value, (list, tuple, set, frozenset, OrderedSet)) else [value]
    return any(isinstance(one, str) for one in values)


def _is_administrator(env):
    """Whether the person is an administrator, or nobody: the system itself."""
    return env.user._is_superuser() or env.user.has_group(ADMINISTRATORS)
