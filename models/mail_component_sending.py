from datetime import timedelta

from odoo import fields, models
from odoo.tools import SQL, config

from ..engine.transaction_log import LOCK_SPACE
from .finding import Finding
from .ir_cron import LATE
from .mail_component import MODULE
from .mail_mail_notices import WAITS
from .mail_mail_words import moment

# Scheduled actions of Odoo that mails depend on, beside those that empty the buffer.
_CRONS = (
    "mail.ir_cron_mail_gateway_action",
    "mail.ir_cron_post_scheduled_message",
    "mail.ir_cron_send_scheduled_message",
    "account.ir_cron_account_move_send",
)
# More are not counted: nobody reads the exact number of a flood.
_MOST_COUNTED = 10_000
# So many servers without a fault are named one by one.
_MOST_GOOD = 5


class MailComponent(models.AbstractModel):
    """Whether mails leave: switches, servers, scheduled actions, the buffer."""

    _inherit = "mail.component"

    def _check_sending(self):
        if self._is_neutralized():
            text = self.env._(
                "This database is a neutralized copy: it sends nothing, looks into no mailbox, and its scheduled"
                " actions are switched off."
            )
            yield Finding("warning", text, self.env._("That is right for a test; people must work in the real one."))
            return
        advice = self.env._("Check how Odoo was started, and whether this is the right database.")
        notices = list(self._from_notices(self.env["mail.mail"]._switch_notices(), advice))
        yield from notices or [Finding("ok", self.env._("Odoo sends e-mails."))]

    def _check_servers(self):
        if self._is_neutralized():
            return
        found = list(self._server_findings())
        if not self.env["ir.mail_server"].search_count([("owner_user_id", "=", False)], limit=1):
            address = f"{config.get('smtp_server')}:{config.get('smtp_port')}"
            text = self.env._("No outgoing mail server is set up: e-mails go to %s, of Odoo's configuration.", address)
            found.append(
                Finding("warning", text, self.env._("If that is not meant, use Configuration → Set Up a Mail Server."))
            )
        yield from found

    def _server_findings(self):
        """What is known of single servers; of many the good ones in one line."""
        health = self.env["ir.mail_server"]._health()
        good = [one for one in health if one.level == "ok"]
        shown = health if len(good) <= _MOST_GOOD else [one for one in health if one.level != "ok"]
        yield from shown
        if len(good) > _MOST_GOOD:
            servers = self.env["ir.mail_server"].browse(one.records.id for one in good)
            yield Finding("ok", self.env._("No fault of the other %s servers is known.", len(good)), records=servers)

    # === SCHEDULED ACTIONS === #

    def _check_crons(self):
        if self._is_neutralized():
            return
        buffer, others = self.env["mail.mail"]._buffer_crons().with_context(active_test=False), self._other_crons()
        advice = self.env._(
            "Switch it on. If it is on: is Odoo running with scheduled actions (--max-cron-threads above 0)?"
        )
        found = list(self._from_notices(self.env["mail.mail"]._cron_notices(), advice))
        if off := others.filtered(lambda cron: not cron.active):
            names = ", ".join(off.mapped("name"))
            text = self.env._("Scheduled actions that are switched off: %s", names)
            found.append(Finding("warning", text, self.env._("Switch them on."), off))
        if late := others._late():
            names = ", ".join(f"{cron.name} ({moment(self, due)})" for cron, due in late.items())
            text = self.env._("Scheduled actions that should have run: %s", names)
            level = "danger" if len(late) == len(others) else "warning"
            found.append(Finding(level, text, advice, others.browse(cron.id for cron in late)))
        for cron in (buffer + others).filtered(lambda cron: cron.active and cron.failure_count):
            level = "danger" if cron in buffer else "warning"
            found.append(Finding(level, cron._failure_words(), self.env._("Odoo's log says why."), cron))
        yield from found or [self._crons_in_order(buffer.filtered("active") + others)]

    def _other_crons(self):
        """The scheduled actions of this module, and those of Odoo that mails depend on, off or not."""
        own = [("module", "=", MODULE), ("model", "=", "ir.cron")]
        ids = self.env["ir.model.data"].search(own).mapped("res_id")
        crons = self.env["ir.cron"].with_context(active_test=False).browse(ids).exists()
        for xml_id in _CRONS:
            cron = self.env.ref(xml_id, raise_if_not_found=False)
            # Odoo itself switches fetching on and off as there are mailboxes.
            if cron and (cron.active or xml_id != _CRONS[0]):
                crons += cron
        return crons.sorted("name")

    def _crons_in_order(self, crons):
        last = max(filter(None, crons.mapped("lastcall")), default=None)
        if last:
            words = self.env._("All %(count)s run; the last at %(last)s.", count=len(crons), last=moment(self, last))
        else:
            words = self.env._("All %s are planned; none has run yet.", len(crons))
        return Finding("ok", words, records=crons)

    # === THE BUFFER === #

    def _check_buffer(self):
        self.env["mail.mail"].flush_model()
        count = self.env["mail.mail"].search_count(WAITS, limit=_MOST_COUNTED)
        since, now = self._due_since(), fields.Datetime.now()
        waiting = self.env._("%s e-mails wait.", f"{count}+" if count == _MOST_COUNTED else count)
        plan = max((_interval(cron) for cron in self.env["mail.mail"]._buffer_crons()), default=timedelta())
        if not since or since > now - plan - LATE or self._is_neutralized():
            yield Finding("ok", waiting if count else self.env._("No e-mail waits."))
            return
        text = self.env._("%(waiting)s One should have left at %(since)s.", waiting=waiting, since=moment(self, since))
        last = self.env["mail.transaction"].search([], order="id desc", limit=1).start_date
        if last and last > now - LATE:
            advice = self.env._("They are being sent, but slowly: more connections or more workers may help.")
            yield Finding("warning", text, advice)
        else:
            yield Finding("danger", text, self.env._("Look at the scheduled actions and at the mail servers."))

    def _due_since(self):
        """Since when the mail should have left that is due for longest; None if none is due.

        Of those that wait for nothing it is the first, as the buffer sends them in that order.

        :rtype: datetime | None
        """
        now = fields.Datetime.now()
        [(since,)] = self.env.execute_query(
            SQL(
                """SELECT min(since) FROM (
                       (SELECT COALESCE(write_date, create_date) since FROM mail_mail
                         WHERE state = 'outgoing' AND waits_for_server_id IS NULL AND retry_date IS NULL
                           AND scheduled_date IS NULL AND is_held IS NOT TRUE ORDER BY id LIMIT 1)
                     UNION ALL
                       (SELECT GREATEST(retry_date, scheduled_date) FROM mail_mail
                         WHERE state = 'outgoing' AND waits_for_server_id IS NULL AND is_held IS NOT TRUE
                           AND (retry_date IS NOT NULL OR scheduled_date IS NOT NULL)
                           AND GREATEST(retry_date, scheduled_date) <= %s
                         ORDER BY GREATEST(retry_date, scheduled_date) LIMIT 1)
                     UNION ALL
                       (SELECT min(GREATEST(write_date, suspended_until, limited_until)) FROM ir_mail_server
                         WHERE NOT (%s) AND EXISTS (
                               SELECT FROM mail_mail m
                                WHERE m.waits_for_server_id = ir_mail_server.id AND m.state = 'outgoing'
                                  AND m.is_held IS NOT TRUE AND (m.scheduled_date IS NULL OR m.scheduled_date <= %s)))
                   ) due""",
                now,
                self.env["ir.mail_server"]._is_blocked_sql(now),
                now,
            )
        )
        return since

    def _check_transactions(self):
        """Attempts that were begun by somebody who is gone; the next run of the buffer settles them."""
        [(count, since)] = self.env.execute_query(
            SQL(
                """SELECT count(*), min(start_date) FROM mail_transaction t
                    WHERE outcome = 'open' AND NOT EXISTS (
                          SELECT FROM pg_locks l
                           WHERE l.locktype = 'advisory' AND l.classid = %s AND l.objid = t.worker AND l.objsubid = 2
                             AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database()))""",
                LOCK_SPACE,
            )
        )
        if not count:
            yield Finding("ok", self.env._("No attempt was interrupted."))
            return
        text = self.env._(
            "Attempts that were interrupted, as when Odoo was stopped: %(count)s, the first at %(since)s.",
            count=count,
            since=moment(self, since),
        )
        level = "warning" if since < fields.Datetime.now() - LATE else "ok"
        yield Finding(
            level, text, self.env._("The next run of the scheduled action that sends the buffer settles them.")
        )


def _interval(cron):
    """How often a scheduled action runs, at least about."""
    days = {"days": 1, "weeks": 7, "months": 31}
    if cron.interval_type in days:
        return timedelta(days=cron.interval_number * days[cron.interval_type])
    return timedelta(**{cron.interval_type: cron.interval_number})
