from datetime import timedelta

from odoo import fields, models

from .mail_mail_words import moment

# So long after its time a scheduled action is late.
LATE = timedelta(minutes=15)


class IrCron(models.Model):
    """Whether scheduled actions run when they should."""

    _inherit = "ir.cron"

    def _due_date(self):
        """When the first of these should run next, or should have run: by its plan, or because somebody woke it.

        :rtype: datetime
        """
        triggers = self.env["ir.cron.trigger"].sudo()
        triggered = triggers.search([("cron_id", "in", self.ids)], order="call_at", limit=1)
        return min(filter(None, (*self.mapped("nextcall"), triggered.call_at)))

    def _late(self):
        """Those of these that should have run a while ago. While one runs its next time stays in the past, too."""
        late = fields.Datetime.now() - LATE
        return self.filtered(lambda cron: cron.active and cron._due_date() < late)

    def _failure_words(self):
        """That this one fails again and again; core keeps how often, not why."""
        return self.env._(
            "The scheduled action “%(name)s” has failed %(count)s times in a row since %(since)s.",
            name=self.name,
            count=self.failure_count,
            since=moment(self, self.first_failure_date) if self.first_failure_date else "–",
        )
