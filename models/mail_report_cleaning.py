from datetime import timedelta

from odoo import api, fields, models

PARAMETER = "mail_delivery_status.source_days"
DEFAULT_DAYS = 180
BATCH = 200  # of up to 10 MB each


class MailReport(models.Model):
    """What came back is kept for a while in full, and for ever in its meaning."""

    _inherit = "mail.report"

    @api.model
    def _source_days(self):
        """For how many days the source of a returned mail is kept; 0: for ever."""
        return int(self.env["ir.config_parameter"].sudo().get_param(PARAMETER, DEFAULT_DAYS))

    @api.autovacuum
    def _gc_sources(self):
        """Remove the source of returned mails that are older than the settings say; what they said stays.

        :return: how many were removed now, and whether there are more
        """
        days = self._source_days()
        if not days:
            return 0, 0
        old = fields.Datetime.now() - timedelta(days=days)
        found = self.sudo().search([("source_id", "!=", False), ("create_date", "<", old)], limit=BATCH, order="id")
        found.source_id.unlink()  # the database empties the field
        found.invalidate_recordset(["source_id"])
        return len(found), len(found) == BATCH
