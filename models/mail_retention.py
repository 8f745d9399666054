import logging
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import NamedTuple

from psycopg2 import OperationalError

from odoo import api, fields, models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

from ..tools.recipient_state import TO_SEND, State, stored

_logger = logging.getLogger(__name__)

# Mails, or reports, that are done and committed together: whoever wants to write one of them waits no longer than that.
BATCH = 200
# How often a batch is begun again that somebody else was faster with.
TRIES = 5
# More that is left is told as "10 000 or more".
MOST_COUNTED = 10_000
_UNSETTLED = stored(TO_SEND | {State.UNKNOWN})
# The advisory lock of a batch that is being removed; whoever sets a legal hold waits for it.
HOLD_LOCK = 0x6D6474


class Work(NamedTuple):
    """One kind of thing that gets too old, of one company."""

    find: Callable  # (id after which to look, how many) → SQL: the ids that are old, in order
    remove: Callable  # (ids) → None: removes what is not in use just now
    locked: str = ""  # what the query calls the table whose rows it may lock: nobody changes them from then on


class MailRetention(models.AbstractModel):
    """What is kept of mails for a time goes when it is over: small parts, each committed, that nobody waits for.

    *Content* is what a mail says: text, files of its own, the source of what came back. *Evidence* is what became of
    it. How long each is kept is a setting of the company. A mail of no company can be anybody's: it is kept as long as
    by the company that keeps longest.
    """

    _name = "mail.retention"
    _description = "Retention of E-mails"

    @api.model
    def _cron_run(self):
        """Remove what is too old, until the time of this run is over; the scheduled action then calls again."""
        cron, left = self.env["ir.cron"], self._count_left()
        cron._commit_progress(remaining=left)
        for work in self._works():
            for done in self._batches(work):
                left = max(left - done, 1)  # until all is through
                if not cron._commit_progress(done, remaining=left):
                    return
        cron._commit_progress(remaining=0)

    def _batches(self, work):
        """Do a work part by part; the caller commits each.

        What cannot be removed, because another add-on objects, is found one by one, and left.

        :return: how many were looked at, for each part
        """
        after, size, tries = 0, BATCH, 0
        while True:
            ids = []
            try:
                ids = self._begin(work, after, size)
                if not ids:
                    return
                work.remove(ids)
                self.env.flush_all()
            except Exception as error:
                self.env.cr.rollback()
                tries += 1
                is_race = isinstance(error, PG_CONCURRENCY_EXCEPTIONS_TO_RETRY)
                if is_race and tries < TRIES:
                    continue
                if not is_race and size > 1 and ids:
                    size = 1
                    continue
                _logger.warning("What is old stays for now: %s", ids, exc_info=not is_race)
                if not ids:
                    return
                size = BATCH
            after, tries = ids[-1], 0
            yield len(ids)

    def _begin(self, work, after, size):
        """The next ids of a work, while nobody sets a legal hold. What somebody is at work with is passed over.

        :rtype: list[int]
        """
        for _try in range(TRIES):
            [(is_free,)] = self.env.execute_query(SQL("SELECT pg_try_advisory_xact_lock_shared(%s)", HOLD_LOCK))
            if is_free:
                query = work.find(after, size)
                if work.locked:
                    query = SQL("%s FOR NO KEY UPDATE OF %s SKIP LOCKED", query, SQL.identifier(work.locked))
                self.env.cr.execute(query, log_exceptions=False)  # that somebody was faster is no error
                return [row_id for (row_id,) in self.env.cr.fetchall()]
            self.env.cr.rollback()
            try:  # until that is committed
                self.env.cr.execute("SET LOCAL lock_timeout TO '5s'")
                self.env.execute_query(SQL("SELECT pg_advisory_xact_lock_shared(%s)", HOLD_LOCK))
            except OperationalError:
                _logger.info("A legal hold is being set for long")
            self.env.cr.rollback()  # to see it
        return []

    @api.model
    def _works(self):
        """All that may be too old.

        :rtype: list[Work]
        """
        mails, reports = self.env["mail.mail"].sudo(), self.env["mail.report"].sudo()
        recipients = self.env["mail.recipient"].sudo()
        works = []
        for company_id, content_before, evidence_before in self._limits():
            if content_before:
                find = partial(mails._find_old_content, company_id, content_before)
                works.append(Work(find, mails._remove_old_content, "mail"))
                find = partial(mails._find_old_sent_messages, company_id, content_before)
                works.append(Work(find, mails._remove_old_sent_messages, "mail"))
                find = partial(reports._find_old_sources, company_id, content_before)
                works.append(Work(find, reports._remove_old_sources, "report"))
            if evidence_before:
                for table in ("mail_recipient", "mail_transaction"):
                    find = partial(recipients._find_old, table, company_id, evidence_before)
                    works.append(Work(find, recipients._remove_old))
                find = partial(reports._find_old, company_id, evidence_before)
                works.append(Work(find, reports._remove_old, "report"))
        return works

    @api.model
    def _limits(self):
        """What is old: for each company its id, and the times (UTC) before which content and evidence are; None: never.

        What belongs to no company comes last, with None as id.

        :rtype: list[tuple[int | None, datetime | None, datetime | None]]
        """
        companies = self.env["res.company"].sudo().with_context(active_test=False).search([("id", "!=", False)])
        found = [
            (company.id, company._old_before("mail_content_days"), company._old_before("mail_evidence_days"))
            for company in companies
        ]
        active = [limits for company, limits in zip(companies, found, strict=True) if company.active]
        longest = [None if None in times else min(times, default=None) for times in list(zip(*active, strict=True))[1:]]
        return [*found, (None, *longest)] if longest else found

    @api.model
    def _count_left(self):
        """How much is too old and still there; no more than ``MOST_COUNTED``."""
        left = 0
        for work in self._works():
            if left < MOST_COUNTED:
                query = SQL("SELECT count(*) FROM (%s) old", work.find(0, MOST_COUNTED - left))
                left += self.env.execute_query(query)[0][0]
        return left

    @api.model
    def _progress(self):
        """When the last run was (UTC, or False), how much it did, and how much is left.

        :rtype: tuple[datetime | bool, int, int]
        """
        cron = self.env.ref("mail_delivery_status.ir_cron_mail_retention", raise_if_not_found=False)
        if not cron:
            return False, 0, self._count_left()
        last = cron.sudo().lastcall
        since = (last or fields.Datetime.now()) - timedelta(days=1)
        runs = self.env["ir.cron.progress"].sudo().search([("cron_id", "=", cron.id), ("create_date", ">=", since)])
        return last, sum(runs.mapped("done")), self._count_left()

    # === FOR THE QUERIES === #

    @api.model
    def _sql_of_company(self, column, company_id):
        return SQL("%s IS NULL", column) if company_id is None else SQL("%s = %s", column, company_id)

    @api.model
    def _sql_is_settled(self, mail_id, before):
        """Whether nothing is to become of a mail, nor has become of it since a time.

        :param SQL mail_id: a column
        """
        return SQL(
            """NOT EXISTS (SELECT FROM mail_recipient row WHERE row.mail_mail_id = %(mail_id)s
                              AND (row.state IN %(unsettled)s OR row.state_date >= %(before)s))
               AND NOT EXISTS (SELECT FROM mail_transaction t WHERE t.mail_mail_id = %(mail_id)s
                                  AND (t.outcome = 'open' OR t.create_date >= %(before)s))""",
            mail_id=mail_id,
            unsettled=_UNSETTLED,
            before=before,
        )
