from odoo import api, models
from odoo.tools import SQL

from ..tools.address import address_key

# Returned mails that are matched, and committed, together.
_BATCH = 200


class MailReport(models.Model):
    """What came back, among the mails of an archive."""

    _inherit = "mail.report"

    @api.model
    def _receive_imported(self, incoming, company):
        """Keep a returned mail of an archive. One that is about no mail of Odoo is set aside: it is old.

        :param IncomingMail incoming: parsed
        :param res.company company: whose archive it is
        """
        values = {"origin": "import"}
        if incoming.match.problem:
            values |= {"state": "dismissed"}
            if not incoming.match.is_known:
                values["company_id"] = company.id
        return self._receive(incoming, **values)

    @api.model
    def _match_imported(self):
        """Record what returned mails of archives say of imported mails, whichever was imported first.

        :return: how many were matched
        """
        matched, last = 0, 0
        while reports := self._imported_candidates(last):
            matched += sum(report._match_with_imported() for report in reports)
            last = reports[-1].id
            self.env["ir.cron"]._commit_progress(0, remaining=1)
        return matched

    def _imported_candidates(self, last):
        """The returned mails of archives behind an id that name an imported mail and are not matched."""
        self.flush_model(["message_id", "origin", "problem", "state"])
        self.env["mail.recipient"].flush_model(["is_imported", "message_id"])
        rows = self.env.execute_query(
            SQL(
                """SELECT id FROM mail_report r
                    WHERE origin = 'import' AND state = 'dismissed' AND problem = 'unknown_mail' AND id > %s
                      AND EXISTS (SELECT FROM mail_recipient WHERE message_id = r.message_id AND is_imported)
                    ORDER BY id LIMIT %s""",
                last,
                _BATCH,
            )
        )
        return self.sudo().browse(report_id for (report_id,) in rows)

    def _match_with_imported(self):
        """Record what this report says of the imported mail that it names.

        :return: whether it names an address of that mail
        """
        report = self._with_evidence_token()
        domain = [("is_imported", "=", True), ("message_id", "=", report.message_id)]
        rows = self.env["mail.recipient"].sudo().search([*domain, ("company_id", "=", report.company_id.id)])
        by_address = {address_key(row.email): row for row in rows}
        found = self.env["mail.recipient"].sudo()
        for line in report.line_ids.filtered(lambda line: line.state == "unmatched"):
            keys = (address_key(email) for email in (line.original_email, line.email) if email)
            row = next((by_address[key] for key in keys if key in by_address), None)
            if row:
                values = {"recipient_id": row.id, "original_email": row.email, "state": "pending"}
                line.write({**row._evidence_values(), **values})
                found |= row
        if not found:
            return False
        report.write({**found[0]._evidence_values(), "state": "pending", "problem": False})
        report._process()
        return True
