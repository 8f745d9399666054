import logging
from datetime import timedelta

import psycopg2
from psycopg2.extensions import TransactionRollbackError

from odoo import api, fields, models
from odoo.tools.mail import email_normalize

from ..tools.smtp import trouble
from ..tools.smtp.reply import Reply
from ..tools.smtp.transaction import Phase
from .ir_mail_server import TOLD_AFTER
from .ir_mail_server_health import CERTIFICATE, FAULT, MOST_SERVERS

_logger = logging.getLogger(__name__)
# A server with OAuth over which no e-mail went for so long is tried, before somebody needs it.
_QUIET = timedelta(days=1)


class IrMailServer(models.Model):
    """Tells the administrators what stops, or will stop, mail over a server: once, until that changes."""

    _inherit = "ir.mail_server"

    told_keys = fields.Json(readonly=True, copy=False, help="Which findings the administrators were told of.")
    login_check_date = fields.Datetime(
        readonly=True, copy=False, help="When the login was tried last without an e-mail."
    )

    @api.model
    def _wake_notices(self):
        """Look soon whether there is something to tell."""
        if cron := self.env.ref("mail_delivery_status.ir_cron_mail_server_health", raise_if_not_found=False):
            cron.sudo()._trigger()

    @api.model
    def _cron_health(self):
        """Tell what is new: run by a scheduled action."""
        servers = self.search([], limit=MOST_SERVERS)
        servers._check_logins()
        for server in servers:
            try:
                with self.env.cr.savepoint():
                    server._tell_news()
            except TransactionRollbackError:  # the server was written meanwhile: what is told is asked again
                self._wake_notices()
            except psycopg2.Error:
                raise
            except Exception:
                _logger.exception("The administrators could not be told of the mail server %s", server.name)

    def _tell_news(self):
        """Tell the administrators which findings are new, and that a fault is over."""
        told = set(self.told_keys or ())
        keys = {finding.key for finding in self._health() if self._is_told(finding)}
        if self.suspension_count and FAULT in told:
            keys.add(FAULT)
        if keys == told:
            return
        if keys - told or FAULT in told - keys:
            for (lang, zone), partners in self._administrators().items():
                self.with_context(lang=lang, tz=zone)._tell_administrators(partners, keys - told, FAULT in told - keys)
        self.told_keys = sorted(keys)

    @staticmethod
    def _is_told(finding):
        """Whether people must hear of it: what they did themselves, or what passes by itself, is only shown."""
        if finding.key == FAULT:
            return finding.records.suspension_count >= TOLD_AFTER
        return finding.key.startswith(CERTIFICATE)

    @api.model
    def _administrators(self):
        """The contacts of the people who look after mail servers, by their language and time zone.

        :rtype: dict[tuple[str, str], res.partner]
        """
        partners = self.env["mail.component"]._administrators().partner_id
        return partners.grouped(lambda partner: (partner.lang, partner.tz))

    def _tell_administrators(self, partners, keys, is_over):
        """Tell people within Odoo: an e-mail about a mail server that does not work might not leave.

        :param set[str] keys: of the findings
        :param bool is_over: a fault is over
        """
        findings = [finding for finding in self._health() if finding.key in keys]
        lines = [(finding.text, finding.advice) for finding in findings]
        if is_over:
            lines.append((self.env._("The mail server “%s” works again.", self.name), ""))
        title = self.env._("Outgoing mail server “%s”", self.name)
        for partner in partners:
            self.env["mail.component"]._write_to(partner, title, [("", *line) for line in lines])

    # === IS THE ACCESS STILL GIVEN? === #

    def _check_logins(self):
        """Try the servers that need a token of OAuth and were quiet: it may have been withdrawn.

        At most one in a run, each at most once a day: each may take as long as a connection may.
        """
        if self._disable_send():
            return
        now = fields.Datetime.now()
        quiet = self.filtered(
            lambda server: (
                server._is_oauth()
                and not (server.is_paused or server.suspension_count)
                and (server.login_check_date or now - 2 * _QUIET) < now - _QUIET
            )
        )
        last = quiet._last_accepted()
        for server in quiet.filtered(lambda one: (last.get(one.id) or now - 2 * _QUIET) < now - _QUIET)[:1]:
            server.login_check_date = now
            if failure := server._try_login():
                server._suspend_for(failure)

    def _try_login(self):
        """Connect, log in and name a sender; nothing is sent.

        :return: what all mails over this server would meet; None if nothing
        :rtype: Failure | None
        """
        sender = email_normalize(self._get_test_email_from())
        try:
            connection = self.browse()._connect__(mail_server_id=self.id, smtp_from=sender)
            try:
                # Some add-ons do not look at the reply to their login: then this is refused.
                code, text = connection.mail(sender)
            finally:
                connection.close()
        except psycopg2.Error:
            raise
        except Exception as error:
            return self._login_failure(trouble.from_exception(error))
        if not 400 <= code <= 599:
            return None
        failure = trouble.from_reply(Phase.MAIL, Reply.of(code, text))
        return failure if failure.scope.is_of_all_mails else None
