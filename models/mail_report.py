import logging
from datetime import timedelta

import psycopg2
from psycopg2.errors import UniqueViolation

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import mute_logger

from ..const import REPORT_KINDS, REPORT_PROBLEMS, REPORT_RESULTS, REPORT_SOURCES, REPORT_STATES
from ..tools.report.result import Result, worst_result
from ..tools.report.sanitize import clean
from .mail_evidence import ADMINISTRATORS, LooseMany2one

_logger = logging.getLogger(__name__)

# Of a longer mail the beginning is kept: a report stands before the mail that it returns.
MAX_SOURCE = 10_000_000


class MailReport(models.Model):
    """One thing that came back: a bounce, a delay, a receipt, a complaint.

    It is kept as it came, whatever becomes of it. It changes recipients only if it matched (``mail.report.matcher``),
    and through their own state table only, so that a late, repeated or contradicting report is harmless.
    """

    _name = "mail.report"
    _description = "Returned Mail"
    _inherit = ["mail.evidence"]
    _order = "date desc, id desc"
    _rec_name = "subject"

    date = fields.Datetime("Came back", readonly=True, required=True, index=True, default=fields.Datetime.now)
    subject = fields.Char(readonly=True)
    email_from = fields.Char("From", readonly=True)
    kind = fields.Selection(REPORT_KINDS, readonly=True, required=True, default="none")
    result = fields.Selection(REPORT_RESULTS, readonly=True, help="The worst that it says of any address.")
    state = fields.Selection(REPORT_STATES, "Status", readonly=True, required=True, default="unmatched", index=True)
    problem = fields.Selection(REPORT_PROBLEMS, "Why not", readonly=True)
    error = fields.Char(readonly=True, help="What went wrong while it was processed.")
    reason = fields.Text("In its words", readonly=True)
    # It holds the token, and often the mail itself.
    source_id = fields.Many2one("ir.attachment", readonly=True, ondelete="set null", copy=False, groups=ADMINISTRATORS)
    is_source_cut = fields.Boolean("Only its beginning is kept", readonly=True)
    line_ids = fields.One2many("mail.report.recipient", "report_id", "Addresses", readonly=True)
    emails = fields.Char("Recipients", compute="_compute_emails")
    transaction_id = LooseMany2one("mail.transaction", "Attempt", readonly=True, index="btree_not_null")
    origin = fields.Selection(REPORT_SOURCES, "Found In", readonly=True)
    watch_id = LooseMany2one("fetchmail.server", "Mailbox", readonly=True)
    assigned_by_id = LooseMany2one("res.users", "Assigned by", readonly=True)
    copy_count = fields.Integer("Further Copies", readonly=True, help="How often the same report came in once more.")
    format = fields.Char(readonly=True, help="The form it was recognised by.")
    reporting_mta = fields.Char("Reported by", readonly=True, help="The mail server that wrote it.")
    envelope_id = fields.Char("Envelope ID", readonly=True, groups=ADMINISTRATORS)
    queue_ids = fields.Char("Receipts in it", readonly=True)
    fingerprint = fields.Char(readonly=True, copy=False)
    candidate_ids = fields.Many2many("mail.recipient", string="Likely Mails", compute="_compute_candidate_ids")

    _once = models.UniqueIndex("(fingerprint)")

    @api.depends("line_ids.email", "line_ids.original_email")
    def _compute_emails(self):
        for report in self:
            lines = report.line_ids
            report.emails = ", ".join(dict.fromkeys(line.original_email or line.email or "" for line in lines))

    @api.depends("state", "line_ids", "message_id")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_candidate_ids(self):
        for report in self:
            lines = report.line_ids
            emails = [email for line in lines for email in (line.original_email, line.email)]
            found = self.env["mail.recipient"]
            if report.state == "unmatched":
                found = self.env["mail.report.matcher"]._candidates(emails, [report.message_id])
            report.candidate_ids = found

    # === TAKING UP === #

    @api.model
    def _receive(self, incoming, **values):
        """Keep a returned mail and record what it says. A second copy of the same report only counts.

        :param IncomingMail incoming: the mail as it came, parsed and matched
        :param values: more fields: ``origin``, ``watch_id``, ``state``, ``problem``, ``error`` …
        :return: the report, or the one that was there already
        :rtype: mail.report
        """
        reports = self.sudo()._with_evidence_token()
        fingerprint = reports._fingerprint(incoming)
        known = reports.search([("fingerprint", "=", fingerprint)])
        if known:
            known.copy_count += 1
            return known
        values = {**reports._report_values(incoming), "fingerprint": fingerprint, **values}
        try:
            # Another worker may be taking up another copy at this moment.
            with mute_logger("odoo.sql_db"), self.env.cr.savepoint():
                report = reports._create_with_lines(values, incoming)
        except UniqueViolation:
            _logger.info("Another copy of the report %s is being taken up", incoming.report.own_id)
            return reports
        _logger.info(
            "Report %s (%s, %s) about Message-Id %s: %s", report.id, report.kind, report.result, report.message_id,
            report.state,
        )  # fmt: skip
        report._process()
        if report.origin != "import":  # those of an archive when all of it was read
            report._match_with_imported()
        return report

    def _create_with_lines(self, values, incoming):
        source = incoming.source
        report = self.create({**values, "is_source_cut": values.get("is_source_cut") or len(source) > MAX_SOURCE})
        if source:
            report.source_id = report._attach(source[:MAX_SOURCE])
        lines = self._line_values(incoming, values)
        self.env["mail.report.recipient"]._with_evidence_token().create(
            [{**line, "report_id": report.id} for line in lines]
        )
        return report

    def _attach(self, source):
        values = {"name": f"return-{self.id}.eml", "raw": source, "res_model": self._name, "res_id": self.id}
        values["res_field"] = "source_id"  # who may not read the field may not read the file
        # Never text/html, and so never shown as a page.
        return self.env["ir.attachment"].sudo().create({**values, "mimetype": "message/rfc822"})

    # === RECORDING === #

    def _process(self):
        """Record what waiting reports say; one whose mail is just being sent goes on waiting.

        A report must not be lost because its mail is locked: the incoming gateway has no second try.
        """
        for report in self.filtered(lambda report: report.state == "pending")._with_evidence_token():
            try:
                with self.env.cr.savepoint():
                    done = report._apply()
            except psycopg2.OperationalError as error:  # the mail was changed by another transaction meanwhile
                _logger.info("Report %s waits: %s", report.id, type(error).__name__)
                done = False
            except Exception as error:
                _logger.exception("Report %s could not be recorded", report.id)
                report.write({"state": "unmatched", "problem": "error", "error": clean(str(error))})
                report.line_ids.write({"state": "unmatched"})
                continue
            if not done:
                cron = self.env.ref("mail_delivery_status.ir_cron_mail_report", raise_if_not_found=False)
                if cron:
                    cron.sudo()._trigger(fields.Datetime.now() + timedelta(minutes=1))

    def _apply(self):
        """Record what this report says.

        :return: whether that was possible now
        """
        self.ensure_one()
        lines = self.line_ids.filtered(lambda line: line.state == "pending")
        mail = lines.mail_mail_id.sudo().exists() or self.mail_mail_id.sudo().exists()
        if lines and mail and mail.try_lock_for_update(allow_referencing=True) != mail:
            return False
        for line in lines.filtered(lambda line: not line.recipient_id):
            line.recipient_id = self.env["mail.report.matcher"]._recipient_of(line, mail)
            if not line.recipient_id:
                return False
        self.state = "matched"
        changed = lines._apply()
        if changed:
            mail._update_settled()
        self.env["mail.report.notice"]._tell(self, changed)
        return True

    @api.model
    def _cron_process(self):
        """Record the reports that wait for their mail, then look into the watched mailboxes."""
        cron = self.env["ir.cron"]
        waiting = self.search([("state", "=", "pending")], order="id")
        for report in waiting:
            report._process()
            if not cron._commit_progress(1):
                return
        self.env["fetchmail.server"]._watch_all()

    # === BY HAND === #

    def _check_manager(self):
        if not (self.env.su or self.env.user.has_group("mail_delivery_status.group_manager")):
            raise AccessError(self.env._("Only a manager of e-mail sending may decide about a returned mail."))
        self.check_access("read")

    def _assign(self, recipient, result, line=None):
        """A person says which recipient an unmatched report is about, and what it says.

        :param mail.recipient recipient: that the user may read
        :param str result: ``const.REPORT_RESULTS``
        :param mail.report.recipient line: the line of the report; none where nothing could be read
        """
        self.ensure_one()
        self._check_manager()
        recipient.check_access("read")
        if line:
            line.check_access("read")
            if line.report_id != self or line.state not in ("unmatched", "unproved"):
                raise UserError(self.env._("This address is not one that waits in this returned mail."))
        report, recipient = self.sudo()._with_evidence_token(), recipient.sudo()
        transaction = recipient.transaction_id.exists()
        common = report._evidence_of(transaction) if transaction else {}
        values = {
            **common,
            "recipient_id": recipient.id,
            "original_email": recipient.email,
            "result": result,
            "bounce_type": (line and line.bounce_type or "soft") if result == "failed" else False,
            "state": "pending",
        }
        if line:
            line.sudo()._with_evidence_token().write(values)
        else:
            lines = self.env["mail.report.recipient"].sudo()._with_evidence_token()
            lines.create({"report_id": report.id, "email": recipient.email, **values})
        said = worst_result(Result(word) for word in report.line_ids.mapped("result") if word)
        state = {"state": "pending", "problem": False, "error": False, "assigned_by_id": self.env.uid}
        state["result"] = said.value
        report.write({**common, **state})
        report._process()
        recipient._log_decision("assigned")

    def action_assign(self):
        """Choose the mail that an unmatched report is about."""
        self.ensure_one()
        self._check_manager()
        action = self.env["ir.actions.act_window"]._for_xml_id("mail_delivery_status.mail_report_assign_action")
        return {**action, "context": {"default_report_id": self.id}}

    def action_dismiss(self):
        """Put unmatched reports out of the way; they stay."""
        self._check_manager()
        reports = self.sudo().filtered(lambda report: report.state == "unmatched")
        reports._with_evidence_token().write({"state": "dismissed"})

    def action_reopen(self):
        """Put reports that were set aside back among the unmatched."""
        self._check_manager()
        reports = self.sudo().filtered(lambda report: report.state == "dismissed")
        reports._with_evidence_token().write({"state": "unmatched"})

    def action_download_source(self):
        """The report as it came, as a file."""
        self.ensure_one()
        self.check_access("read")
        url = f"/web/content/{self.source_id.id}?download=true"
        return {"type": "ir.actions.act_url", "url": url, "target": "download"}
