import re

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from .ir_cron import LATE
from .mail_evidence import ADMINISTRATORS
from .mail_mail_words import moment

# Mails are counted up to here, among so many that wait: nobody reads the exact number of a flood.
MOST_COUNTED = 100
_MOST_LOOKED_AT = 5000
# As in the list "To send".
WAITS = [("is_waiting", "=", True)]


class MailMail(models.Model):
    """What the top bar and the head of the buffer say: how many mails wait, and what keeps them waiting."""

    _inherit = "mail.mail"

    @api.model
    @api.readonly
    def waiting_count(self):
        """How many mails wait that this person sees, of the newest that wait.

        :return: ``{"count": int, "more": bool}``: ``more`` if it may be more than that
        :rtype: dict
        """
        if not self.env.user.has_group("mail_delivery_status.group_user"):
            return {"count": 0, "more": False}
        if not self.env.user.has_group(ADMINISTRATORS):  # no rule of a document is asked for them
            # Rules of documents ask which companies stand above these: alone that is a third of reading them whole.
            self.env.companies.sudo().fetch(["parent_path"])
        count = self._count_newest_that_wait()
        return {"count": min(count, MOST_COUNTED - 1), "more": count >= MOST_COUNTED}

    @api.model
    def _count_newest_that_wait(self):
        """Count what a search would find among the newest that wait, up to the limit.

        Somebody who sees few of a flood must not have all of it looked at.
        """
        query = self._search(Domain.TRUE, limit=MOST_COUNTED)
        newest = self.sudo()._search(WAITS, order="id desc", limit=_MOST_LOOKED_AT)
        # In the table's place, with no more of it than the record rules ask for: that much is in the index.
        asked = set(re.findall(rf'"{self._table}"\."(\w+)"', query.select().code))
        columns = [SQL.identifier(self._table, name) for name in sorted(asked)]
        query._tables[self._table] = newest.subselect(*columns)
        if query.is_empty():
            return 0
        # To start workers for some hundred rows, as PostgreSQL now and then does, takes ten times as long as to count.
        count = SQL("SET LOCAL max_parallel_workers_per_gather TO 0; SELECT count(*) FROM %s t", query.subselect())
        return self.env.execute_query(count)[0][0]

    @api.model
    def buffer_notices(self):
        """Why mails may wait longer than they should, for whoever sees the buffer.

        :return: list of ``{"level": "info" | "warning" | "danger", "text": str, "action": dict | False}``; the action
            is for administrators
        :rtype: list
        """
        if not self.env.user.has_group("mail_delivery_status.group_user"):
            return []
        is_admin = self.env.user.has_group("base.group_system")
        notices = [*self._switch_notices(), *self._server_notices(), *self._cron_notices()]
        return [
            {"level": level, "text": str(text), "action": is_admin and record and self._open_action(record)}
            for level, text, record in notices
        ]

    @api.model
    def _open_action(self, record):
        """The action that opens a record, or the list of several."""
        one = len(record) == 1
        return {
            "type": "ir.actions.act_window",
            "res_model": record._name,
            "views": [(False, "form")] if one else [(False, "list"), (False, "form")],
            "res_id": record.id if one else False,
            "domain": False if one else [("id", "in", record.ids)],
            "target": "current",
        }

    @api.model
    def _switch_notices(self):
        """Nothing leaves at all, or nothing by itself."""
        if self.env["ir.mail_server"]._disable_send():
            yield "danger", self.env._("This Odoo sends no e-mails: they are switched off here, as in a test."), None
        if self._sending_mode() == "hold":
            yield (
                "info",
                self.env._("New e-mails are held: they wait here until somebody releases them or sends them now."),
                None,
            )

    @api.model
    def _server_notices(self):
        """Servers that take no mail now."""
        servers = self.env["ir.mail_server"].sudo().search([("owner_user_id", "in", [False, self.env.uid])])
        paused = servers.filtered("is_paused")
        if paused and paused == servers:
            yield "warning", self.env._("Sending is paused: nothing leaves until it is resumed."), paused
        now = fields.Datetime.now()
        for server in servers:
            if server.is_paused:
                if paused != servers:
                    yield "warning", server._waiting_words(), server
            elif server.suspended_until and server.suspended_until > now:
                yield "warning", server._waiting_words(), server
            elif server.limited_until and server.limited_until > now:
                yield "info", server._waiting_words(), server

    @api.model
    def _cron_notices(self):
        """The scheduled action that sends the buffer is switched off, or does not run when it should."""
        crons = self._buffer_crons().with_context(active_test=False)
        active = crons.filtered("active")
        if not active:
            yield "danger", self.env._("The scheduled action that sends the buffer is switched off."), crons[:1]
            return
        due = min(active._due_dates().values())
        now = fields.Datetime.now()
        # While it runs its next time stays in the past; what is being sent shows that it runs.
        last = self.env["mail.transaction"].sudo().search([], order="id desc", limit=1).start_date
        if due > now - LATE or last and last > now - LATE:
            return
        ran = max(filter(None, active.mapped("lastcall")), default=None)
        if ran:
            text = self.env._(
                "The scheduled action that sends the buffer is late: it should have run at %(due)s, and ran last at"
                " %(last)s. Perhaps Odoo runs no scheduled actions.",
                due=moment(self, due),
                last=moment(self, ran),
            )
        else:
            text = self.env._(
                "The scheduled action that sends the buffer has never run. Perhaps Odoo runs no scheduled actions."
            )
        yield "danger", text, active[:1]
