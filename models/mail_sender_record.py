import logging
from collections import defaultdict

import psycopg2

from odoo import api, models

from ..engine.delivery import DeliveryResult, DeliveryResults, Email, without_connection
from ..tools.address import address_key
from ..tools.smtp import trouble
from ..tools.smtp.transaction import Outcome
from ..tools.smtp.values import as_exception

_logger = logging.getLogger(__name__)


class MailSender(models.AbstractModel):
    """Records what mail servers answered: on recipients, mails, notifications and servers."""

    _inherit = "mail.sender"

    def _record(self, mails, results, finished=None):
        """Record what became of some mails, and derive the state of those that are finished (by default all).

        :param DeliveryResults results: of these mails
        """
        self.env["mail.recipient"]._record_results(results.results, mails)
        finished = mails if finished is None else finished
        finished._finish(results.errors, results.attempted)
        finished._tell_progress()
        mails.browse({result.email.mail_id for result in results.results})._postprocess_replies()
        self._tell_servers(results.results)

    def _tell_servers(self, results):
        """Let servers rest that had a fault or spoke of a limit; one that took a mail works (again)."""
        servers = self.env["ir.mail_server"]
        working, limits, failures = set(), {}, {}
        for result in results:
            server_id = result.email.server_id
            if result.failure:
                failures[server_id] = result.failure
            for one in result.recipients if result.transaction_id else ():
                if one.outcome is Outcome.ACCEPTED:
                    working.add(server_id)
                elif one.reply:
                    failure = trouble.from_reply(one.phase, one.reply, one.address)
                    if failure.scope.is_of_all_mails:
                        limits[server_id] = (failure.seconds, failure.text)
        for server_id in working - set(limits):
            servers._server_of(server_id)._resume()
        for server_id, (seconds, reason) in limits.items():
            servers._server_of(server_id)._suspend(seconds, reason)
        for server_id, failure in failures.items():
            servers._server_of(server_id)._suspend_for(failure)

    def _recover(self, mails, log):
        """Record what the log knows and the mails do not: what a server has taken must not be sent again.

        :param TransactionLog log: of this worker
        """
        results = log.unrecorded(mails.ids)
        if not results:
            return
        # The log sees what is committed; this transaction may have recorded more.
        recorded = defaultdict(dict)
        recipients = mails.recipient_status_ids
        partners, transactions = recipients._stored_ids("partner_id"), recipients._stored_ids("transaction_id")
        for recipient in recipients:
            place = recipient.mail_mail_id.id, partners[recipient.id] or 0
            recorded[place][address_key(recipient.email)] = transactions[recipient.id] or 0
        news = [one.not_shown(recorded[one.email.mail_id, one.email.partner_id]) for one in results]
        self.env["mail.recipient"]._record_results([one for one in news if one.recipients], mails)

    def _refuse_mails(self, mails, error):
        """End mails that may not leave, with the words of an exception."""
        results = DeliveryResults()
        for mail in mails:
            results.fail(mail.id, self._emails(mail), error)
        self._record(mails, results)

    @api.model
    def _record_connect_failure(self, mails, server_id, failure):
        """Record that no connection was to be had: nobody was sent anything, and it is tried again.

        The server is left alone for a while, so that the next person does not wait for it in vain.

        :param Failure failure: why not
        """
        known, results = mails._known_recipients(), []
        for mail in mails:
            for email in self._emails(mail):
                served = known.served.get((mail.id, email.partner_id), ())
                left = [address for address in email.kinds if address_key(address) not in served]
                results.append(DeliveryResult(email, without_connection(left, failure)))
        self.env["mail.recipient"]._record_results(results, mails)
        values_by_mail = {mail: mail._schedule_retry(attempted=True) for mail in mails}
        mails._write_summaries(values_by_mail)
        mails._plan_retry(values_by_mail.values())
        self.env["ir.mail_server"]._server_of(server_id)._suspend_for(failure)

    @staticmethod
    def _emails(mail):
        """The emails of a mail that is not made into messages: it cannot leave.

        :rtype: list[Email]
        """
        return [
            Email(mail.id, partner.id or 0, kinds, mail._evidence_values())
            for partner, kinds in mail._recipients_by_email()
        ]

    # === ADD-ONS THAT FOLLOW THE SENDING === #

    def _tell_add_ons(self, emails, results):
        """Let the add-ons that extend ``send_email()`` see what failed where they look for it: as its exception."""
        found = {}
        for email in emails:
            if email.tell_failure is None:
                continue
            found = found or results.of_email()
            error = as_exception(found.get((email.mail_id, email.partner_id), ()))
            if error is None:
                continue
            try:
                with self.env.cr.savepoint():
                    email.tell_failure(error)
            except psycopg2.Error:
                raise
            except Exception as told:
                _logger.debug("An email of mail.mail %s failed, and the add-ons were told: %s", email.mail_id, told)
