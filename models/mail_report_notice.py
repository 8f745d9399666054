import logging
from email import policy
from email.parser import BytesHeaderParser, BytesParser

import psycopg2
from markupsafe import Markup

from odoo import api, models
from odoo.tools.mail import email_normalize, plaintext2html

_logger = logging.getLogger(__name__)

# Of the report, for other add-ons that look into the mail itself. Parsing takes 0.4 ms a part; a report has three.
_HEAD = 200_000
_MOST_PARTS = 100
PARAMETER = "mail_delivery_status.bounce_notice"


class MailReportNotice(models.AbstractModel):
    """Tells people and the rest of Odoo what a report changed: the document, the author, core's own bookkeeping."""

    _name = "mail.report.notice"
    _description = "Notices about Returned Mails"

    @api.model
    def _tell(self, report, lines):
        """Tell of the lines that changed something, once per report.

        What was recorded stays recorded if nobody can be told. Of what an archive holds nobody is told: it is old.

        :param mail.report report: that matched
        :param mail.report.recipient lines: those that moved a recipient to another state
        """
        if report.origin == "import":
            return
        failed = lines.filtered(lambda line: line.result == "failed")
        complaints = report.line_ids.filtered(
            lambda line: line.result == "complaint" and line.state in ("applied", "known")
        )
        if not failed and not complaints:
            return
        try:
            with self.env.cr.savepoint():
                if failed:
                    self._tell_core(report, failed)
                self._tell_document(report, failed or complaints)
                if failed:
                    self._tell_author(report, failed)
        except psycopg2.Error:
            raise
        except Exception:
            _logger.exception("Nobody could be told of report %s", report.id)

    # === CORE === #

    def _tell_core(self, report, failed):
        """Let core, and whoever extends its hook, count the bounce: notification, partner, blacklist, mailing trace."""
        source = (report.source_id.raw or b"")[:_HEAD]
        parser = BytesParser if source.count(b"\n--") <= _MOST_PARTS else BytesHeaderParser
        message = parser(policy=policy.SMTP).parsebytes(source)
        thread = self.env["mail.thread"].sudo()
        mail_message = report.mail_message_id.sudo().exists()
        for line in failed:
            address = email_normalize(line.original_email) or line.original_email
            partner = line.recipient_id.partner_id.exists()
            if not partner:
                partner = self.env["res.partner"].sudo().search([("email_normalized", "=", address)])
            thread._routing_handle_bounce(
                message,
                {
                    "bounced_email": address,
                    "bounced_partner": partner.sudo(),
                    "bounced_message": mail_message,
                    "bounced_msg_ids": [report.message_id] if report.message_id else [],
                    "is_bounce": True,
                    "body": plaintext2html(self._words(line)),
                    "message_id": report.message_id or "",
                    "email_from": report.email_from or "",
                    "to": "",
                },
            )
        mail_message._notify_message_notification_update()

    # === PEOPLE === #

    def _tell_document(self, report, lines):
        """Put a note on the document: who and why. The report itself stays out: it holds the envelope's token."""
        document = report._document_with_chatter()
        if document is None:
            return
        note = self._in_language(report)
        subject = report.mail_mail_id.sudo().exists()._subject_on_document()
        if lines[0].result == "complaint":
            headline = note.env._("The recipient marked this e-mail as spam: %s", subject)
        else:
            headline = note.env._("This e-mail came back: %s", subject)
        items = Markup().join(Markup("<li>%s</li>") % self._in_two_parts(note, line) for line in lines)
        document.with_env(note.env)._message_log(
            body=Markup("<p>%s</p><ul>%s</ul>") % (headline, items),
            author_id=self.env.ref("base.partner_root").id,
        )

    def _in_two_parts(self, note, line):
        line = line.with_env(note.env)
        words = Markup("<b>%s</b>: %s") % (line.original_email or line.email, line.meaning or "")
        return words + (Markup("<br/><i>%s</i>") % line.diagnostic if line.diagnostic else Markup())

    def _words(self, line):
        """One recipient's trouble in plain text: the meaning, the code, the server's own words."""
        line = line.with_env(self._in_language(line.report_id).env)
        code = " ".join(filter(None, (line.status_code, line.diagnostic)))
        return "\n".join(filter(None, (line.meaning, code or line.report_id.reason)))

    def _in_language(self, report):
        """This model in the language of the mail's author."""
        author = report.author_id.sudo().exists()
        return self.sudo().with_context(lang=author.lang or report.company_id.sudo().exists().partner_id.lang)

    def _responsible(self, report, document):
        """The user who is told: the mail's author, else whoever the document belongs to."""
        users = report.author_id.sudo().exists().user_ids.filtered(lambda user: user.active and not user.share)
        for name in ("user_id", "invoice_user_id"):
            if not users and document is not None and document._fields.get(name, None) is not None:
                users = document[name].filtered(lambda user: user.active and not user.share)
        return users[:1]

    def _tell_author(self, report, failed):
        """Tell the author, by a notification or by an activity on the document, as the settings say."""
        how = self.env["ir.config_parameter"].sudo().get_param(PARAMETER, "notification")
        document = report._document_with_chatter()
        user = self._responsible(report, document)
        if how == "nothing" or not user or user._is_superuser():
            return
        note = self.sudo().with_context(lang=user.lang)
        emails = ", ".join(line.original_email or line.email for line in failed)
        title = note.env._("An e-mail came back: %s", emails)
        if how == "activity" and document is not None and hasattr(document, "activity_schedule"):
            document.with_env(note.env).with_context(mail_activity_quick_update=True).activity_schedule(
                "mail.mail_activity_data_todo",
                user_id=user.id,
                summary=title,
                note=plaintext2html("\n\n".join(self._words(line) for line in failed)),
            )
            return
        user.partner_id._bus_send(
            "simple_notification",
            {
                "type": "danger",
                "title": title,
                "message": "\n".join(filter(None, failed.with_env(note.env).mapped("meaning"))),
                "sticky": True,
            },
        )
