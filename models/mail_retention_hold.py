from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL, format_date, ormcache

from .mail_retention import HOLD_LOCK

MANAGERS = "mail_delivery_status.group_manager"
# A hold of one mail, which belongs to no document.
OF_MAIL = "mail.mail"


class MailRetentionHold(models.Model):
    """A legal hold: nothing of a document's e-mails is removed, neither by age nor by hand, until it is lifted.

    It stays when it was lifted: who had it, and for how long. Nobody writes or deletes it but by its own methods.
    """

    _name = "mail.retention.hold"
    _description = "Legal Hold"
    _inherit = ["mail.document.access"]
    _order = "id desc"
    _rec_name = "reason"

    model = fields.Char("Document Model", readonly=True, required=True)
    res_id = fields.Many2oneReference("Document", model_field="model", readonly=True, required=True)
    document_name = fields.Char("Kept", compute="_compute_document_name", help="Whose e-mails are kept.")
    company_id = fields.Many2one("res.company", readonly=True, ondelete="set null")
    reason = fields.Char(readonly=True, required=True)
    user_id = fields.Many2one("res.users", "Set by", readonly=True, ondelete="set null")
    date_from = fields.Datetime("Since", readonly=True, required=True, default=fields.Datetime.now)
    date_until = fields.Date("Until", readonly=True, help="It ends by itself after this day; empty: when it is lifted.")
    lift_date = fields.Datetime("Lifted", readonly=True)
    lift_user_id = fields.Many2one("res.users", "Lifted by", readonly=True, ondelete="set null")
    is_current = fields.Boolean("In force", compute="_compute_is_current", search="_search_is_current")

    _by_document = models.Index("(model, res_id)")

    @api.depends("model", "res_id")
    @api.depends_context("uid", "allowed_company_ids", "lang")
    def _compute_document_name(self):
        """The name, if this person may read the document, or the mail."""
        for hold in self:
            document = self.env[hold.model].sudo(False).browse(hold.res_id) if hold.model in self.env else None
            readable = document is not None and document.exists()._filtered_access("read")
            hold.document_name = readable.display_name if readable else self.env._("Document %s", hold.res_id)

    @api.model
    def _in_force_on(self, day):
        """Which holds are in force on a day (UTC). All that asks for it, in whatever form, is derived from this.

        :param date day:
        :rtype: Domain
        """
        is_open = Domain("date_until", "=", False) | Domain("date_until", ">=", day)
        return Domain("lift_date", "=", False) & is_open

    @api.depends("lift_date", "date_until")
    def _compute_is_current(self):
        current = self.filtered_domain(self._in_force_on(fields.Date.today()))
        for hold in self:
            hold.is_current = hold in current

    def _search_is_current(self, operator, value):
        if operator != "in" or len(value) != 1:
            return NotImplemented
        domain = self._in_force_on(fields.Date.today())
        return domain if True in value else ~domain

    # === SETTING AND LIFTING === #

    @api.model
    def _check_manager(self):
        if not (self.env.su or self.env.user.has_group(MANAGERS)):
            raise AccessError(self.env._("Only a manager of e-mail sending may set or lift a legal hold."))

    @api.model
    def _set(self, model, ids, reason, date_until=False):
        """Keep all e-mails of documents, those that are there and those that come.

        :param str model: of the documents; ``mail.mail``: the e-mails themselves, which belong to none
        :param list[int] ids: of the documents
        :rtype: mail.retention.hold
        :raise AccessError: if this person is no manager, or sees neither one of the documents nor a mail of it
        """
        self._check_manager()
        reason = (reason or "").strip()
        if not reason:
            raise UserError(self.env._("Say why: whoever wants to lift the hold has to know."))
        if date_until and date_until < fields.Date.today():
            raise UserError(self.env._("The day until which the e-mails are kept is over already."))
        companies = self._companies_of(model, ids)
        # Whatever is just being removed is waited for: what is held is there, or was gone before.
        self.env.execute_query(SQL("SELECT pg_advisory_xact_lock(%s)", HOLD_LOCK))
        common = {"model": model, "reason": reason, "date_until": date_until, "user_id": self.env.uid}
        holds = (
            self.sudo()
            ._without_defaults()
            .create([{**common, "res_id": res_id, "company_id": companies[res_id]} for res_id in ids])
        )
        self._forget()
        return holds.with_env(self.env)

    @api.model
    def _companies_of(self, model, ids):
        """The company of each of these documents, which this person must see.

        :rtype: dict[int, int | bool]
        """
        mails, seen = self.env["mail.mail"], {}
        if model == OF_MAIL:
            mails = mails.browse(ids).exists()._filtered_access("read").sudo()
            seen = {mail.id: mail.access_company_id.id for mail in mails}
        elif model in mails._conversation_models():
            mails = mails.search([("access_model", "=", model), ("access_res_id", "in", ids)]).sudo()
            seen = {mail.access_res_id: mail.access_company_id.id for mail in mails}
            for document in self.env[model].browse(ids).exists()._filtered_access("read").sudo():
                company_id = document.company_id.id if "company_id" in document._fields else False
                seen[document.id] = company_id or seen.get(document.id) or self.env.company.id
        if missing := [res_id for res_id in ids if res_id not in seen]:
            raise AccessError(self.env._("You see no document and no e-mail with this number: %s", missing[0]))
        return seen

    def action_lift(self):
        """End these holds. What is too old goes with the next run of the scheduled action."""
        self.check_access("read")
        self._check_manager()
        holds = self.sudo().filtered(lambda hold: not hold.lift_date)
        holds.write({"lift_date": fields.Datetime.now(), "lift_user_id": self.env.uid})
        self._forget()

    @api.model
    def _extend_to(self, model, sources, target):
        """Documents become one: what was held of them is held of that one, too. Evidence still names the others.

        :param list[int] sources: the documents that go
        """
        domain = [("model", "=", model), ("res_id", "in", sources), ("is_current", "=", True)]
        for hold in self.sudo().search(domain):
            hold.copy({"res_id": target})
        self._forget()

    def action_open_document(self):
        """Show the document, or the mail, that this hold keeps."""
        self.ensure_one()
        self.check_access("read")
        return {"type": "ir.actions.act_window", "res_model": self.model, "res_id": self.res_id, "view_mode": "form"}

    @api.model
    def _forget(self):
        """What is held has changed, for all workers."""
        self.env.flush_all()
        self.env.invalidate_all()
        self.env.registry.clear_cache()

    # === WHAT IS HELD === #

    @api.model
    def _held_keys(self):
        """What is held just now.

        :return: (model, id) of documents, or of mails by themselves
        :rtype: frozenset[tuple[str, int]]
        """
        return self._keys_held_on(fields.Date.today())

    @api.model
    @ormcache("day")
    def _keys_held_on(self, day):
        """Kept in memory: core's own sending asks, and nearly always there is none."""
        holds = self.sudo().search_fetch(self._in_force_on(day), ["model", "res_id"])
        return frozenset((hold.model, hold.res_id) for hold in holds)

    @api.model
    def _sql_not_held(self, model, res_id, mail_id):
        """For queries: whether no legal hold keeps what belongs to a document, or to a mail.

        :param SQL model: and the others: columns
        """
        query = self.sudo()._search(self._in_force_on(fields.Date.today()))
        query.add_where(
            SQL(
                "(%(model_held)s, %(id_held)s) IN ((%(model)s, %(res_id)s), (%(of_mail)s, %(mail_id)s))",
                model_held=SQL.identifier(query.table, "model"),
                id_held=SQL.identifier(query.table, "res_id"),
                model=model,
                res_id=res_id,
                of_mail=OF_MAIL,
                mail_id=mail_id,
            )
        )
        return SQL("NOT EXISTS %s", query.subselect("1"))

    def _words(self):
        """Since when, by whom, and until when this hold is in force."""
        hold = self.sudo()
        words = self.env._(
            "Kept: legal hold since %(date)s by %(who)s. Nothing of this e-mail is removed.",
            date=format_date(self.env, hold.date_from),
            who=hold.user_id.name or "?",
        )
        if hold.date_until:
            end = self.env._("It ends on %s.", format_date(self.env, hold.date_until))
            words = f"{words} {end}"
        return words
