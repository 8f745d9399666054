from odoo import models
from odoo.fields import Domain

from ..tools.recipient_state import NOT_ARRIVED_DOCUMENT, WAITING_DOCUMENT


class AccountJournal(models.Model):
    """The journal's card on the dashboard says how many of its invoices did not arrive, and how many wait."""

    _inherit = "account.journal"

    def _fill_sale_purchase_dashboard_data(self, dashboard_data):
        super()._fill_sale_purchase_dashboard_data(dashboard_data)
        journals = self.filtered(lambda journal: journal.type == "sale")
        if not journals or not self.env.user._is_internal():
            return
        moves = self.env["account.move"]
        domain = Domain("journal_id", "in", journals.ids) & Domain("state", "=", "posted")
        domain &= Domain(moves._check_company_domain(self.env.companies))
        counts = moves._count_mail_statuses(domain, "journal_id", (*NOT_ARRIVED_DOCUMENT, *WAITING_DOCUMENT))
        for journal in journals:
            failed, waiting = (
                sum(counts.get((journal.id, status), 0) for status in statuses)
                for statuses in (NOT_ARRIVED_DOCUMENT, WAITING_DOCUMENT)
            )
            dashboard_data[journal.id] |= {
                "mail_failed_text": self._mail_failed_text(failed),
                "mail_waiting_text": self._mail_waiting_text(waiting),
            }

    def _mail_failed_text(self, count):
        if count == 1:
            return self.env._("1 invoice did not arrive")
        return count and self.env._("%s invoices did not arrive", count)

    def _mail_waiting_text(self, count):
        if count == 1:
            return self.env._("1 invoice waits to be e-mailed")
        return count and self.env._("%s invoices wait to be e-mailed", count)
