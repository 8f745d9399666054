from odoo import api, models

from .mail_evidence import ADMINISTRATORS
from .mail_mail_live import CHANGED, CHANNEL


class MailImport(models.Model):
    """Tells those who look at an import how far it has come: by its id alone, with each commit."""

    _inherit = "mail.import"

    def write(self, vals):
        done = super().write(vals)
        for company, imports in self.grouped("company_id").items():
            payload = {"mails": [], "documents": {self._name: imports.ids}}
            self.env["bus.bus"]._sendone(self._news_channel(company), CHANGED, payload)
        return done

    @api.model
    def _news_channel(self, company):
        """Where those listen who may read a company's imports."""
        return (company, f"{CHANNEL}/import")

    @api.model
    def _news_channels(self):
        """The channels of this person: of the own companies, as the rule of imports has it; of administrators only."""
        user = self.env.user
        return [self._news_channel(company) for company in user.company_ids] if user.has_group(ADMINISTRATORS) else []
