import contextlib
import logging
import math
import re
import time
from datetime import timedelta
from imaplib import IMAP4

import psycopg2

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from odoo.addons.mail.models import fetchmail as core

from ..tools import bounded_imap
from ..tools.bounded_connect import BoundedConnect, ShutdownTimer
from ..tools.bounded_imap import FETCHING, LOOKING_THROUGH
from ..tools.imap.answer import MailboxError
from ..tools.imap.refusal import Reason, Refusal
from ..tools.report import Kind
from ..tools.report.mailbox import ReportMailbox
from ..tools.report.prefilter import looks_like_report
from ..tools.smtp import trouble
from ..tools.smtp.reply import SmtpError
from ..tools.smtp.secret import Secrets
from .ir_mail_server import CONNECTING_TIME
from .mail_recipient import problem_meaning
from .secret_fields import secret_values

_logger = logging.getLogger(__name__)

# Core makes its connections with these classes. Ours are the same, but within a BoundedConnect.
for _name in ("OdooIMAP4", "OdooIMAP4_SSL", "OdooPOP3", "OdooPOP3_SSL"):
    setattr(core, _name, bounded_imap.bounded(getattr(core, _name)))
# Mails whose headers are looked at between two commits.
CHUNK = 200
# How far back a new watch looks.
NEW_WATCH_DAYS = 7
_LOGIN_REFUSED = re.compile(r"AUTHENTICATIONFAILED|AUTHORIZATIONFAILED|authenticat|login|credential", re.I)


class FetchmailServer(models.Model):
    """An incoming mail server whose mailbox is only looked through for returned mails.

    For accounts whose bounces go to a person's own mailbox: nothing in it is changed, moved, deleted or marked as read,
    and ordinary mail is not fetched.
    """

    _inherit = "fetchmail.server"

    is_report_watch = fields.Boolean(
        "Only look for returned mails",
        help="Bounces, delays and read receipts are read from this mailbox. Nothing in it is changed, and its other"
        " mails are not fetched.",
    )
    report_folder = fields.Char("Folder", default="INBOX")
    report_since = fields.Date(
        "From",
        default=lambda self: fields.Date.context_today(self) - timedelta(days=NEW_WATCH_DAYS),
        help="Mails that came in before this day are not looked at. Empty: all.",
    )
    is_report_foreign_kept = fields.Boolean(
        "Keep all returned mails",
        default=True,
        help="Also those that name no mail and no recent recipient of Odoo. Switch it off for the mailbox of a person"
        " who also writes mails elsewhere.",
    )
    report_company_id = fields.Many2one("res.company", "Company", help="Whose managers see what could not be matched.")
    report_position = fields.Json(
        readonly=True, copy=False, help="The last mail looked at: uid, and the uidvalidity that it belongs to."
    )
    report_run_date = fields.Datetime("Last Run", readonly=True, copy=False)
    report_seen_count = fields.Integer("Mails seen", readonly=True, copy=False)
    report_found_count = fields.Integer("Returned mails found", readonly=True, copy=False)
    report_error = fields.Text("Last Error", readonly=True, copy=False)

    @api.constrains("is_report_watch", "server_type")
    def _check_report_watch(self):
        for server in self:
            if server.is_report_watch and server._get_connection_type() != "imap":
                raise ValidationError(self.env._("Returned mails can be looked for in an IMAP mailbox only."))

    def _fetch_mail(self, batch_limit=50):
        """Leave out the mailboxes that are only looked through: core would mark, and import, their mails."""
        return super(FetchmailServer, self.filtered(lambda server: not server.is_report_watch))._fetch_mail(
            batch_limit=batch_limit
        )

    def _connect__(self, allow_archived=False):  # noqa: PLW3201
        """Connect within bounds of time and memory, and without telling anybody a password.

        :raise: whatever the connection raised, its texts scrubbed; TimeoutError if all of it took too long
        """
        secrets = Secrets(*secret_values(self.sudo()))
        with BoundedConnect(CONNECTING_TIME, time.monotonic, secrets):
            connection = super()._connect__(allow_archived=allow_archived)
        connection.bounds = LOOKING_THROUGH if self.is_report_watch else FETCHING
        return connection

    def fetch_mail(self):
        """Look through a watched mailbox now; fetch the mails of any other."""
        if not self.is_report_watch:
            return super().fetch_mail()
        self.check_access("write")
        self.sudo()._watch()
        if self.report_error:
            raise UserError(self.report_error)
        return None

    def action_open_reports(self):
        """Show what was found in this mailbox."""
        self.browse().check_access("read")
        action = self.env["ir.actions.act_window"]._for_xml_id("mail_delivery_status.mail_report_action")
        return {**action, "domain": [("watch_id", "in", self.ids)]}

    @api.model
    def _watch_all(self):
        """Look through all watched mailboxes (scheduled action)."""
        for server in self._report_watches():
            if not server._watch():
                break

    @api.model
    def _report_watches(self):
        """The mailboxes that are looked through for returned mails, in their order."""
        return self.search([("is_report_watch", "=", True), ("state", "=", "done")], order="priority, id")

    def _watch(self, seconds=None):
        """Look through this mailbox from where the last run ended. An error ends the run and is shown on the form.

        :param float seconds: at most, for a person who waits: then the connection is cut, the next run goes on there
        :return: whether there is time for another one; False also if the time was up before the end of this one
        """
        self.ensure_one()
        cron = self.env["ir.cron"]
        if not self.try_lock_for_update(allow_referencing=True):
            return True  # another worker is at it
        connection, timer, error, time_left = None, None, False, True
        end = time.monotonic() + (math.inf if seconds is None else seconds)
        try:
            connection, timer = self._connect_until(end)
            time_left = self._watch_mailbox(connection)
        except psycopg2.Error:
            raise
        except Exception as problem:
            if time.monotonic() >= end:  # a person's patience was at its end: no fault of the mailbox
                return False
            Secrets(*secret_values(self.sudo())).scrub_error(problem)
            _logger.info("Mailbox %s could not be looked through", self.display_name, exc_info=True)
            error = self._in_words(problem)
        finally:
            if timer:
                timer.release()
            if connection:
                with contextlib.suppress(OSError, IMAP4.error):
                    connection.logout()
        now = fields.Datetime.now()
        values = {"report_error": error, "report_run_date": now}
        # Core's fields, as core keeps them of a mailbox that it fetches: the last success, the first failure in a row.
        values |= {"error_date": self.error_date or now} if error else {"error_date": False, "date": now}
        self.with_context(fetchmail_cron_running=True).write(values)
        return bool(cron._commit_progress()) and time_left

    def _connect_until(self, end):
        """Connect, and have the connection cut when the time is up.

        :param float end: on the clock that only goes forward
        :return: the connection, and what cuts it, to be released; None for nothing
        """
        if end == math.inf:
            return self._connect__(), None
        with BoundedConnect(end - time.monotonic(), time.monotonic, Secrets()):
            connection = self._connect__()
        return connection, ShutdownTimer(connection.sock, max(end - time.monotonic(), 0))

    def _in_words(self, error):
        """What went wrong, for the person who set the mailbox up."""
        reason, text = self._failure(error)
        if reason is Reason.LOGIN:
            return self.env._("The mailbox did not accept the login: %s", text)
        if reason is Reason.REFUSED:
            return self.env._("The mail server answered: %s", text)
        return problem_meaning(self.env, text) or str(error)

    @staticmethod
    def _failure(error):
        """What an exception on the way to, or in, a mailbox means.

        :return: the reason, and words: the server's, Odoo's own, or problem words where there is no connection
        :rtype: tuple[Reason, str]
        """
        if isinstance(error, UserError):
            return Reason.SETTINGS, str(error.args[0])
        if isinstance(error, Refusal):
            return error.reason, str(error)
        if isinstance(error, MailboxError) and not isinstance(error, SmtpError):
            return Reason.REFUSED, str(error)
        if isinstance(error, IMAP4.error) and not isinstance(error, (IMAP4.abort, SmtpError)):
            text = str(error.args[0]) if error.args else ""
            text = text[2:-1] if text.startswith("b'") else text
            return (Reason.LOGIN if _LOGIN_REFUSED.search(text) else Reason.REFUSED), text
        is_cut = isinstance(error, IMAP4.abort) and not isinstance(error, SmtpError)
        return Reason.CONNECTION, "connection lost" if is_cut else trouble.from_exception(error).problem

    # === ONE RUN === #

    def _watch_mailbox(self, connection):
        """Go through the new mails in chunks and commit each.

        :return: whether it came to the end
        """
        cron = self.env["ir.cron"]
        server = self.with_context(fetchmail_cron_running=True)
        mailbox = ReportMailbox(connection, self.report_folder or "INBOX")
        position = self.report_position or {}
        last = position.get("uid", 0)
        if position.get("uidvalidity") != mailbox.uidvalidity:
            # The server numbers its mails anew: from the start; what is known already is not taken twice.
            last = 0
        since = self.report_since and self.report_since.timetuple()[:3]
        for uids in mailbox.chunks(last, since, CHUNK):
            wanted, shown = mailbox.select(uids, looks_like_report) if uids else ([], 0)
            found = sum(server._take_up(mailbox, uid) for uid in wanted)
            if shown:  # a mail that nobody has seen is no place to go on from
                server.write(
                    {
                        "report_position": {"uidvalidity": mailbox.uidvalidity, "uid": shown},
                        "report_seen_count": self.report_seen_count + len(uids),
                        "report_found_count": self.report_found_count + found,
                    }
                )
            if not cron._commit_progress(len(uids)):
                return False
            self.env.invalidate_all()  # else the cache would grow with the mailbox
            if not self.try_lock_for_update(allow_referencing=True):
                return False
        return True

    def _take_up(self, mailbox, uid):
        """Fetch one mail that may be a report and keep it if it is one.

        :return: 1 if it is, else 0
        """
        matcher, incoming, values = self.env["mail.report.matcher"], None, {"origin": "watch", "watch_id": self.id}
        try:
            with self.env.cr.savepoint():
                source, is_cut = mailbox.fetch(uid)
                values["is_source_cut"] = is_cut
                incoming = matcher._incoming(source)
                return self._keep(incoming, values)
        except (psycopg2.Error, IMAP4.abort, OSError):
            raise  # the database or the connection: the next run begins here again
        except Exception as error:
            _logger.warning("Mail %s in %s could not be read", uid, self.display_name, exc_info=True)
            values |= {"state": "unmatched", "problem": "error", "error": f"{type(error).__name__}: {error}"[:500]}
            values |= {"subject": self.env._("Mail %(uid)s in %(mailbox)s", uid=uid, mailbox=self.display_name)}
            incoming = incoming or matcher._incoming(f"Message-ID: <{self.id}.{uid}>\n\n".encode())
            self.env["mail.report"]._receive(incoming, **values)
            return 1

    def _keep(self, incoming, values):
        report, match = incoming.report, incoming.match
        if match.problem:
            if report.kind is Kind.AUTO_REPLY or not incoming.is_return:
                return 0
            if not self.is_report_foreign_kept and not self._may_be_ours(report, match):
                return 0
            values = {**values, "company_id": match.transaction.company_id.id or self.report_company_id.id}
            if report.kind is Kind.NONE:
                values["problem"] = "unreadable"
        self.env["mail.report"]._receive(incoming, **values)
        return 1

    def _may_be_ours(self, report, match):
        """Whether an unmatched report has anything to do with a mail from here."""
        emails = [email for one in report.recipients for email in (one.original_recipient, one.recipient)]
        ids = [report.message_id, *report.references]
        return bool(match.transaction or self.env["mail.report.matcher"].sudo()._candidates(emails, ids))
