from datetime import datetime

from odoo import api, models
from odoo.tools import SQL
from odoo.tools.mail import email_normalize

from ..tools.address import address_key

# Returned mails that are matched, and committed, together.
_BATCH = 200


class MailReport(models.Model):
    """What came back of imported mails: among the mails of an archive, or by itself, now.

    Another program has sent them, so there is no attempt to match with: they are found by their Message-ID and address.
    """

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
        """Record what returned mails say of imported mails, whichever came first.

        :return: how many were matched
        """
        matched, last = 0, 0
        while reports := self._imported_candidates(last):
            matched += sum(report._match_with_imported() for report in reports)
            last = reports[-1].id
            self.env["ir.cron"]._commit_progress(0, remaining=1)
        return matched

    def _imported_candidates(self, last):
        """The returned mails behind an id that name an imported mail and are not matched."""
        self.flush_model(["message_id", "origin", "problem", "state"])
        self.env["mail.recipient"].flush_model(["is_imported", "message_id"])
        rows = self.env.execute_query(
            SQL(
                """SELECT id FROM mail_report r
                    WHERE state = CASE origin WHEN 'import' THEN 'dismissed' ELSE 'unmatched' END
                      AND problem = 'unknown_mail' AND id > %s
                      AND EXISTS (SELECT FROM mail_recipient WHERE message_id = r.message_id AND is_imported)
                    ORDER BY id LIMIT %s""",
                last,
                _BATCH,
            )
        )
        return self.sudo().browse(report_id for (report_id,) in rows)

    def _match_with_imported(self):
        """Record what this report says of the imported mail that it names.

        Of an archive an administrator answers for what is in it. What comes in by itself counts as with other mails: if
        one address alone got what has this Message-ID. Else it is shown with the mail, as not proved.

        :return: whether it is recorded
        """
        named = self._named_imported() if self.problem == "unknown_mail" else self.env["mail.recipient"]
        if not named:
            return False
        report, rows = self._with_evidence_token(), self._meant_of(named)
        is_reply = self.kind == "auto_reply"  # it concerns the mail, and says nothing of an address
        is_proved = self.origin == "import" or is_reply or len({address_key(row.email) for row in named}) == 1
        found = rows[:1] if is_reply else report.line_ids._find_among(rows, "pending" if is_proved else "unproved")
        if not found:
            if self.origin != "import":
                report.problem = "foreign_address"
            return False
        values = found[0]._evidence_values()
        said = {name: report[name] for name in ("kind", "reason", "subject")}
        values |= self._without_quotes_of(found[0].mail_mail_id.sudo().exists(), said)
        values |= {"state": "pending", "problem": False} if is_proved else {"problem": "not_proved"}
        report.write(values)
        report._process()
        return is_proved

    def _named_imported(self):
        """The addresses of all imported mails with the Message-ID that this report names.

        They are the company's, as far as that is known: a report may come to an address that is not its own.

        :rtype: mail.recipient
        """
        domain = [("is_imported", "=", True), ("message_id", "=", self.message_id)]
        rows = self.env["mail.recipient"].sudo().search(domain) if self.message_id else self.env["mail.recipient"]
        own = rows.filtered(lambda row: row.company_id == self.company_id)
        return own if own or self.origin == "import" else rows

    def _meant_of(self, rows):
        """Of imported mails with one Message-ID the addresses of the one that this report is about.

        That is the one that went to the report's addresses; of several the last one before the report; of copies, such
        as two companies may have of one mail, the one that was imported first.

        :param mail.recipient rows: of these mails
        :rtype: mail.recipient
        """
        keys = {key for line in self.line_ids for key in line._keys()} | {email_normalize(self.email_from)}
        mails = rows._stored_ids("mail_mail_id")

        def closeness(of_mail):
            date = of_mail.mail_mail_id.sudo().date or of_mail[0].state_date or datetime.min
            hits = sum(address_key(row.email) in keys for row in of_mail)
            return hits, date <= self.date, date, -mails[of_mail[0].id]

        return max(rows.grouped(lambda row: mails[row.id]).values(), key=closeness)


class MailReportRecipient(models.Model):
    _inherit = "mail.report.recipient"

    def _find_among(self, rows, state):
        """Let the lines that wait be about those of these addresses that they name.

        :param mail.recipient rows: of one mail
        :param str state: what the lines become, ``const.REPORT_LINE_STATES``
        :return: the addresses that are named
        :rtype: mail.recipient
        """
        by_address, found = {address_key(row.email): row for row in rows}, rows.browse()
        for line in self.filtered(lambda line: line.state == "unmatched"):
            row = next((by_address[key] for key in line._keys() if key in by_address), None)
            if row:
                values = {"recipient_id": row.id, "original_email": row.email, "state": state}
                line.write({**row._evidence_values(), **values})
                found |= row
        return found

    def _keys(self):
        """The addresses that this line may be about, the likelier first, in the form of ``address_key()``."""
        return [address_key(email) for email in (self.original_email, self.email) if email]
