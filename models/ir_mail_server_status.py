from odoo import api, fields, models
from odoo.tools import SQL

from ..engine.log_session import session_name
from .ir_mail_server_gate import LIMITS
from .mail_mail_words import moment
from .mail_recipient import problem_meaning

LEVELS = [("ok", "In order"), ("warning", "Look at this"), ("danger", "Fault")]


class IrMailServer(models.Model):
    """What the form of a server says of its state, from top to bottom. For one form: each asks the database."""

    _inherit = "ir.mail_server"

    health_level = fields.Selection(LEVELS, "State", compute="_compute_health")
    health_text = fields.Text("State in Words", compute="_compute_health")
    health_advice = fields.Text("What to do", compute="_compute_health")
    last_accepted_date = fields.Datetime("Last E-mail taken", compute="_compute_health")
    last_fault_text = fields.Text("Last Error in Words", compute="_compute_health")
    waiting_text = fields.Char("E-mails that wait", compute="_compute_health")
    use_minute = fields.Char("Last Minute", compute="_compute_use")
    use_hour = fields.Char("Last Hour", compute="_compute_use")
    use_day = fields.Char("Last 24 Hours", compute="_compute_use")
    use_text = fields.Text("Use of the Limits", compute="_compute_use")
    use_connections = fields.Char(
        "Connections", compute="_compute_use", help="Over which the buffer is being sent at this moment."
    )

    @api.depends_context("lang", "tz")
    def _compute_health(self):
        servers = self._origin.sudo()
        last, queues = servers._last_accepted(), servers._queues()
        now = fields.Datetime.now()
        for record in self:
            server = record._origin
            findings = server.sudo()._findings(now, last.get(server.id)) if server else []
            record.health_level = findings[0].level if findings else False
            record.health_text = "\n".join(finding.text for finding in findings)
            advice = dict.fromkeys(finding.advice for finding in findings if finding.advice)
            record.health_advice = "\n".join(advice)
            record.last_accepted_date = last.get(server.id) or False
            record.last_fault_text = problem_meaning(record.env, server.last_fault or "")
            record.waiting_text = record._waiting_in_words(*queues.get(server.id, (0, None)))

    def _waiting_in_words(self, count, oldest):
        """How many mails wait, and since when the oldest does."""
        if not count:
            return self.env._("None")
        return self.env._("%(count)s, the oldest since %(time)s", count=count, time=moment(self, oldest))

    @api.depends_context("lang")
    def _compute_use(self):
        now = fields.Datetime.now()
        for record in self:
            server = record._origin.sudo()
            used = server._used(now, LIMITS) if server else {}
            for name in LIMITS:
                count = used.get(name, (0, None))[0]
                record[name.replace("limit", "use")] = record._use_in_words(count, server[name])
            record.use_text = record.env._(
                "E-mails handed over: last minute %(minute)s; last hour %(hour)s; last 24 hours %(day)s.",
                minute=record.use_minute,
                hour=record.use_hour,
                day=record.use_day,
            )
            record.use_connections = record.env._(
                "%(count)s of %(most)s", count=server._count_connections(), most=server._max_connections()
            )

    def _use_in_words(self, count, limit):
        """How much of a limit is used, and how much is left."""
        if not limit:
            return self.env._("%s (no limit)", count)
        return self.env._("%(count)s of %(limit)s, %(left)s left", count=count, limit=limit, left=max(limit - count, 0))

    def _count_connections(self):
        """How many connections to this server the buffer has open now, by the database sessions of their threads."""
        query = SQL(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = %s",
            session_name(self.id),
        )
        return self.env.execute_query(query)[0][0] if self else 0
