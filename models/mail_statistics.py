from datetime import datetime, time, timedelta

import pytz

from odoo import api, fields, models
from odoo.exceptions import MissingError
from odoo.tools import SQL

from ..const import RECIPIENT_KINDS, RECIPIENT_STATES
from ..const.causes import CAUSES
from ..tools.context_key import ALL_ROWS
from ..tools.recipient_state import HANDED_OVER, TO_SEND, State, stored
from .mail_evidence import LooseMany2one
from .mail_mail_notices import WAITS

# A server said yes, whatever came back later.
_TAKEN = HANDED_OVER - {State.UNKNOWN, State.IMPORTED}
_COUNTED = {
    "taken_count": _TAKEN,
    "returned_count": {State.BOUNCED},
    "refused_count": {State.REFUSED},
    "unknown_count": {State.UNKNOWN},
    "waiting_count": TO_SEND,
    "read_count": {State.READ},
}
# What the tiles show, and since how many days: today is one.
_TILES = ("taken_count", "returned_count", "refused_count", "unknown_count")
_PERIODS = {"today": 1, "week": 7, "month": 30}
# More mails that wait are told as "1000 or more".
_MOST_WAITING = 1000


class MailRecipient(models.Model):
    _inherit = "mail.recipient"

    seconds_to_accept = fields.Integer(
        "Seconds until taken",
        compute="_compute_seconds_to_accept",
        store=True,
        aggregator="avg",
        help="From when the mail was made, or was due if that is later, until a mail server took it.",
    )

    @api.depends("accepted_date", "smtp_code")
    def _compute_seconds_to_accept(self):
        for recipient in self:
            mail, accepted, code = recipient.mail_mail_id, recipient.accepted_date, recipient.smtp_code
            recipient.seconds_to_accept = _seconds_to_accept(mail, accepted, code)

    @api.model_create_multi
    def create(self, vals_list):
        """With the time that it took: a computed field is written by a statement more, for each address sent to."""
        mails = self.env["mail.mail"].browse({values.get("mail_mail_id") for values in vals_list} - {None, False})
        mails.fetch(["create_date", "scheduled_date"])  # by themselves the mails' texts would be read, too
        return super().create(
            [
                values
                | {
                    "seconds_to_accept": _seconds_to_accept(
                        mails.browse(values.get("mail_mail_id") or ()).with_prefetch(mails._ids),
                        values.get("accepted_date"),
                        values.get("smtp_code"),
                    )
                }
                for values in vals_list
            ]
        )


def _seconds_to_accept(mail, accepted_date, smtp_code):
    """Seconds from when a mail was made, or was due if that is later; 0 if no server said yes, or the mail is gone.

    Where a person says that it arrived, no time is known.
    """
    if not accepted_date or (smtp_code or 0) // 100 != 2:
        return 0
    try:
        since = mail.create_date and max(mail.create_date, mail.scheduled_date or mail.create_date)
    except MissingError:  # deleted while it was being sent
        return 0
    accepted_date = fields.Datetime.to_datetime(accepted_date)
    return max(round((accepted_date - since).total_seconds()), 0) if since else 0


class MailStatistics(models.Model):
    """The addresses of mails, to be counted: one row for each, of its recipient's own rights.

    Nothing is stored twice, and nothing is joined: all of it stands in the recipient's row. What another program has
    sent does not count.
    """

    _name = "mail.statistics"
    _description = "E-mail Statistics"
    _inherit = ["mail.document.access"]
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "email"
    _depends = {
        "mail.recipient": [
            "accepted_date",
            "author_id",
            "cause",
            "company_id",
            "email",
            "is_imported",
            "kind",
            "mail_mail_id",
            "model",
            "res_id",
            "seconds_to_accept",
            "smtp_code",
            "smtp_enhanced_code",
            "smtp_server_name",
            "state",
            "state_date",
        ]
    }

    date = fields.Datetime(readonly=True, help="When a mail server took the mail; where none did, when that was known.")
    email = fields.Char("Recipient", readonly=True)
    kind = fields.Selection(RECIPIENT_KINDS, "To, Cc or Bcc", readonly=True)
    state = fields.Selection(RECIPIENT_STATES, "Status", readonly=True)
    cause = fields.Selection(CAUSES, readonly=True)
    smtp_server_name = fields.Char("Mail server", readonly=True)
    smtp_enhanced_code = fields.Char("Enhanced Code", readonly=True)
    model = fields.Char("Document Model", readonly=True)
    res_id = fields.Many2oneReference("Document", model_field="model", readonly=True, aggregator=None)
    author_id = LooseMany2one("res.partner", "Author", readonly=True)
    company_id = LooseMany2one("res.company", "Company", readonly=True)

    mail_count = fields.Integer("E-mails", readonly=True, aggregator="count_distinct")
    address_count = fields.Integer("Recipients", readonly=True)
    taken_count = fields.Integer("Taken by a mail server", readonly=True)
    returned_count = fields.Integer("Came back undelivered", readonly=True)
    refused_count = fields.Integer("Refused for good", readonly=True)
    unknown_count = fields.Integer("Outcome unknown", readonly=True)
    waiting_count = fields.Integer("Not sent yet", readonly=True)
    read_count = fields.Integer("Read by the recipient", readonly=True)
    returned_share = fields.Float(
        "Came back (%)", readonly=True, aggregator="avg", help="How many of a hundred that a server took came back."
    )
    seconds_to_accept = fields.Integer(
        "Seconds until taken (average)",
        readonly=True,
        aggregator="avg",
        help="From when the mail was made, or was due if that is later, until a mail server took it.",
    )

    @property
    def _table_query(self):
        counted = [
            SQL("(r.state IN %s)::int AS %s", stored(states), SQL.identifier(name)) for name, states in _COUNTED.items()
        ]
        return SQL(
            """SELECT r.id, COALESCE(r.accepted_date, r.state_date) AS date, r.email, r.kind, r.state, r.cause,
                      r.smtp_server_name, r.smtp_enhanced_code, r.model, r.res_id, r.author_id,
                      company.id AS company_id,
                      r.mail_mail_id AS mail_count, 1 AS address_count, %(counted)s,
                      CASE WHEN r.state IN %(taken)s THEN 100.0 * (r.state = %(returned)s)::int END AS returned_share,
                      CASE WHEN r.accepted_date IS NOT NULL AND r.smtp_code / 100 = 2
                           THEN r.seconds_to_accept END AS seconds_to_accept
                 FROM mail_recipient r LEFT JOIN res_company company ON company.id = r.company_id
                WHERE r.is_imported IS NOT TRUE""",
            counted=SQL(", ").join(counted),
            taken=stored(_TAKEN),
            returned=State.BOUNCED.value,
        )

    def _document_models(self):
        return self.env["mail.recipient"]._document_models()

    @api.model
    @api.readonly
    def dashboard(self):
        """What the tiles above graph and pivot show, of the mails that this person may see.

        :return: ``{"periods": {name: {"since", "median", "taken_count", "returned_count", "refused_count",
            "unknown_count"}}, "waiting": mails to send, "most_waiting": where counting them ends}``; ``since`` in UTC,
            ``median`` in seconds or None
        """
        since = {name: self._start_of_period(days) for name, days in _PERIODS.items()}
        query = self.with_context(**ALL_ROWS.put(True))._search([("date", ">=", min(since.values()))])
        date, seconds = (self._field_to_sql(self._table, name, query) for name in ("date", "seconds_to_accept"))
        columns = []
        for start in since.values():
            within = SQL("FILTER (WHERE %s >= %s)", date, start)
            columns.append(SQL("percentile_disc(0.5) WITHIN GROUP (ORDER BY %s) %s", seconds, within))
            for name in _TILES:
                columns.append(SQL("COALESCE(sum(%s) %s, 0)", self._field_to_sql(self._table, name, query), within))
        [row] = self.env.execute_query(query.select(*columns))
        values, names = iter(row), ("median", *_TILES)
        return {
            "periods": {
                period: {"since": fields.Datetime.to_string(start), **{name: next(values) for name in names}}
                for period, start in since.items()
            },
            "waiting": self.env["mail.mail"].search_count(WAITS, limit=_MOST_WAITING),
            "most_waiting": _MOST_WAITING,
        }

    def _start_of_period(self, days):
        """Midnight where the person is, so many days ago; the day that runs counts as one.

        :rtype: datetime.datetime, in UTC, without a time zone
        """
        zone = pytz.timezone(self.env.user.tz or "UTC")
        day = fields.Datetime.context_timestamp(self.with_context(tz=zone.zone), fields.Datetime.now()).date()
        midnight = zone.localize(datetime.combine(day - timedelta(days=days - 1), time.min))
        return midnight.astimezone(pytz.utc).replace(tzinfo=None)

    def action_open(self):
        """Open the mail, or what is recorded of it where it is gone."""
        self.ensure_one()
        recipient = self.env["mail.recipient"].browse(self.id)
        recipient.check_access("read")
        record = recipient.mail_mail_id or recipient
        return {
            "type": "ir.actions.act_window",
            "res_model": record._name,
            "res_id": record.id,
            "views": [(False, "form")],
            "context": {"create": False},
        }
