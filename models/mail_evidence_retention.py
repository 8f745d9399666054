from odoo import api, models
from odoo.tools import SQL, ormcache


class MailRecipient(models.Model):
    """The evidence of a mail goes as a whole: recipients, attempts, what came back."""

    _inherit = "mail.recipient"

    @api.model
    def _find_old(self, table, company_id, before, after, limit):
        """The ids of mails, there or gone, whose evidence is too old: along the index on them, mail by mail.

        :param str table: of recipients, or of attempts: of a mail that could not be made there is no more
        :param company_id: None: of no company
        :param datetime before: nothing has become of them since
        :rtype: SQL
        """
        retention, holds = self.env["mail.retention"], self.env["mail.retention.hold"]
        return SQL(
            """SELECT DISTINCT old.mail_mail_id FROM %(table)s old
                WHERE %(of_company)s AND old.mail_mail_id > %(after)s AND old.create_date < %(before)s
                  AND %(is_settled)s
                  AND NOT EXISTS (SELECT FROM mail_report r WHERE r.mail_mail_id = old.mail_mail_id
                                     AND (r.state = 'pending' OR r.create_date >= %(before)s))
                  AND %(not_held)s
                ORDER BY old.mail_mail_id LIMIT %(limit)s""",
            table=SQL.identifier(table),
            of_company=retention._sql_of_company(SQL("old.company_id"), company_id),
            after=after,
            before=before,
            is_settled=retention._sql_is_settled(SQL("old.mail_mail_id"), before),
            not_held=holds._sql_not_held(SQL("old.model"), SQL("old.res_id"), SQL("old.mail_mail_id")),
            limit=limit,
        )

    @api.model
    @ormcache()
    def _models_of_evidence(self):
        """The models whose rows are evidence of a mail; the parts of a returned mail before the whole.

        :rtype: tuple[str]
        """
        evidence = self.env.registry["mail.evidence"]
        names = [
            name for name, model in self.env.registry.items() if issubclass(model, evidence) and not model._abstract
        ]
        return tuple(sorted(names, key=lambda name: (name == "mail.report", name)))

    @api.model
    def _remove_old(self, mail_ids):
        """Remove the evidence of mails, but for those that somebody is at work with."""
        mails = self.env["mail.mail"].browse(mail_ids).exists()
        busy = set((mails - mails.try_lock_for_update(allow_referencing=True)).ids)
        of_mails = [("mail_mail_id", "in", mail_ids)]
        found = [self.env[name].sudo().search(of_mails) for name in self._models_of_evidence()]
        for rows in found:
            locked = rows.try_lock_for_update()
            busy |= {mail_id for mail_id in (rows - locked)._stored_ids("mail_mail_id").values() if mail_id}
        for rows in found:
            ids = rows._stored_ids("mail_mail_id")
            rows.filtered(lambda row, ids=ids: ids[row.id] not in busy)._with_evidence_token().unlink()
        mails.filtered(lambda mail: mail.id not in busy)._remove_old_summary()


class MailReport(models.Model):
    """What came back, and is about no mail that is known here, goes by itself."""

    _inherit = "mail.report"

    @api.model
    def _find_old(self, company_id, before, after, limit):
        """Returned mails without a mail that are too old. As :meth:`mail.recipient._find_old`."""
        return self._find_before(company_id, before, after, limit, SQL("report.mail_mail_id IS NULL"))

    @api.model
    def _find_old_sources(self, company_id, before, after, limit):
        """Returned mails whose source is too old. As :meth:`mail.recipient._find_old`."""
        return self._find_before(company_id, before, after, limit, SQL("report.source_id IS NOT NULL"))

    @api.model
    def _find_before(self, company_id, before, after, limit, condition):
        retention, holds = self.env["mail.retention"], self.env["mail.retention.hold"]
        return SQL(
            """SELECT report.id FROM mail_report report
                WHERE %(of_company)s AND report.id > %(after)s AND report.create_date < %(before)s AND %(condition)s
                  AND report.state != 'pending' AND %(not_held)s
                ORDER BY report.id LIMIT %(limit)s""",
            of_company=retention._sql_of_company(SQL("report.company_id"), company_id),
            after=after,
            before=before,
            condition=condition,
            not_held=holds._sql_not_held(SQL("report.model"), SQL("report.res_id"), SQL("report.mail_mail_id")),
            limit=limit,
        )

    @api.model
    def _remove_old(self, ids):
        self.browse(ids)._with_evidence_token().unlink()

    @api.model
    def _remove_old_sources(self, ids):
        """Remove the source of returned mails; what they said stays."""
        reports = self.browse(ids)
        reports.source_id.try_lock_for_update().unlink()  # the database empties the field
        reports.invalidate_recordset(["source_id"])
