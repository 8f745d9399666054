from datetime import timedelta

from odoo import fields, models

from .mail_mail_words import moment

# So long after its time a scheduled action is late.
LATE = timedelta(minutes=15)


class IrCron(models.Model):
    """Whether scheduled actions run when they should."""

    _inherit = "ir.cron"

    def _due_dates(self):
        """When each of these should run next, or should have run: by its plan, or because somebody woke it.

        :rtype: dict[ir.cron, datetime]
        """
        triggers = self.env["ir.cron.trigger"].sudo()
        woken = dict(triggers._read_group([("cron_id", "in", self.ids)], ["cron_id"], ["call_at:min"]))
        return {cron: min(filter(None, (cron.nextcall, woken.get(cron)))) for cron in self}

    def _late(self):
        """Those of these that should have run a while ago, and since when.

        While one runs its next time stays in the past, too.

        :rtype: dict[ir.cron, datetime]
        """
        late = fields.Datetime.now() - LATE
        return {cron: due for cron, due in self._due_dates().items() if cron.active and due < late}

    def _failure_words(self):
        """That this one fails again and again; core keeps how often, not why."""
        return self.env._(
            "The scheduled action “%(name)s” has failed %(count)s times in a row since %(since)s.",
            name=self.name,
            count=self.failure_count,
            since=moment(self, self.first_failure_date) if self.first_failure_date else "–",
        )
