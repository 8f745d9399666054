from odoo import api, fields, models, modules
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from ..engine.drain import drain
from ..tools.context_key import SEND_NOW
from ..tools.recipient_state import HANDED_OVER, Event

_WAITING_FIELDS = ("retry_date", "waits_for_server_id")
# Mails on these are for one person alone: passwords, codes, invitations.
_SENT_AT_ONCE = ("res.users", "res.users.identitycheck", "portal.wizard.user")
_SENT_AT_ONCE_FIELDS = ("model", "message_type", "is_notification")
# What is read of a mail's message to send the mail.
INHERITED = (
    "attachment_ids",
    "author_id",
    "email_from",
    "mail_server_id",
    "message_id",
    "message_type",
    "model",
    "record_alias_domain_id",
    "record_company_id",
    "reply_to",
    "res_id",
    "subject",
)
_SENDING = ("process_email_queue", "send", "_send")
# Core's, and this module's.
_OWN_MODULES = ("odoo.addons.mail.", f"{__name__.partition('.models.')[0]}.")


class MailMail(models.Model):
    """The buffer: which mails wait, what lets them go on, who releases them."""

    _inherit = "mail.mail"

    def _put_back(self):
        """Make those addresses wait again that no server has taken: only they will be sent to.

        :return: the mails that have such addresses, or none that is recorded
        :rtype: mail.mail
        :raise UserError: if there are none
        """
        recipients = self.sudo().recipient_status_ids
        sendable = recipients.filtered(lambda row: row.state not in HANDED_OVER)
        mails = self.filtered(
            lambda mail: not mail.sudo().recipient_status_ids or mail.sudo().recipient_status_ids & sendable
        )
        if self and not mails:
            raise UserError(
                self.env._(
                    "Each recipient's mail server has, or may have, this mail already, so it is not sent again."
                    " To send it all the same, open its Sent tab and use “Try again” beside the address."
                )
            )
        sendable._apply_event(Event.SEND_AGAIN)
        return mails

    # === MODES === #

    @api.model
    def _sending_mode(self):
        """The mode of Settings → Emails: "now", "buffer" or "hold"."""
        return self.env["ir.config_parameter"].sudo().get_param("mail_delivery_status.sending_mode") or "now"

    @api.model
    def _with_hold(self, vals_list):
        """The values of new mails, held where the mode says so."""
        if self._sending_mode() != "hold":
            return vals_list
        return [
            {**values, "is_held": values.get("state", "outgoing") == "outgoing" and not self._is_sent_at_once(values)}
            for values in vals_list
        ]

    def _stop_waiting(self):
        """These mails go another way now: they do not wait for the old server."""
        waiting = self.filtered(lambda mail: mail.waits_for_server_id and mail.state == "outgoing")
        if waiting:
            waiting._wait_for_server(self.env["ir.mail_server"], False)
            self._wake_buffer()

    @api.model
    def _is_sent_at_once(self, values):
        """Whether a mail goes out in any mode: codes and links for logging in, invitations.

        Odoo makes some of them inside a savepoint that it rolls back on purpose: what waited in the buffer would be
        gone, and the person was told that it was sent. All of them are of no use a quarter of an hour later.

        :param dict values: ``model``, ``message_type``, ``is_notification`` of the mail
        """
        if values.get("model") in _SENT_AT_ONCE:
            return True
        return values.get("message_type") == "user_notification" and not values.get("is_notification")

    def _for_one_alone(self):
        """Those of these mails that are for nobody but their recipient: codes, links to log in, invitations."""
        return self.filtered(lambda mail: self._is_sent_at_once({name: mail[name] for name in _SENT_AT_ONCE_FIELDS}))

    def _leave_to_buffer(self, is_wanted_now):
        """Leave mails to the buffer as the mode says.

        :param bool is_wanted_now: somebody asks what becomes of the mails: that is not left to the buffer
        :return: the others, which are sent now
        :rtype: mail.mail
        """
        if is_wanted_now or SEND_NOW.get(self.env.context) or self._sending_mode() == "now":
            return self
        at_once = self._for_one_alone()
        if (self - at_once).filtered(lambda mail: not mail.is_held):
            self._wake_buffer()
        return at_once

    def _must_be_handed_over(self, raise_exception):
        """Those of these mails whose caller is to be told if they are not handed over."""
        if self.env["ir.mail_server"]._disable_send():
            return self.browse()
        return self.filtered(
            lambda mail: mail.state == "outgoing" and (raise_exception or mail._is_made_in_a_savepoint())
        )

    def _is_made_in_a_savepoint(self):
        """Whether this is the mail that core makes to set a password: it rolls it back, whatever became of it.

        So its user is told that a link was sent, unless an exception says otherwise; then core tells of the failure.
        """
        return self.message_type == "user_notification" and not self.is_notification and not self.model

    def _with_send_now(self):
        """These mails, to be sent in any mode."""
        return self.with_context(**SEND_NOW.put(True))

    def _split_by_mail_configuration(self):
        """Core's groups, without what may not leave now: the one gate that all ways of sending go through.

        The buffer, core's ``send()`` within a request, after a commit, for a mailing: each of them groups by server.
        """
        if self.env["ir.mail_server"]._disable_send():
            yield from super()._split_by_mail_configuration()
            return
        # Core passes over what is not outgoing later; when there is no connection it would end even what was cancelled.
        free = self.filtered(lambda mail: mail.state == "outgoing" and not mail.is_held)
        for server_id, alias_domain_id, smtp_from, ids in super(MailMail, free)._split_by_mail_configuration():
            server = self.env["ir.mail_server"].sudo().browse(server_id)
            if passed := server._pass_gate(self.browse(ids), smtp_from):
                yield server_id, alias_domain_id, smtp_from, passed.ids

    def _fetch_inherited(self):
        """Read what is needed of the messages of these mails to send them, and let the mails have it.

        Each field that a mail inherits is a related one: by itself it is computed and assigned mail by mail. For mails
        of the buffer; those that were just made have nearly all of it, and would cost core's own sending a statement.
        """
        messages = self.sudo().mail_message_id
        messages.fetch([*INHERITED, "create_uid"])  # by it core tells whose server may send the mail
        ids = [mail.mail_message_id.id for mail in self.sudo()]
        for field in (self._fields[name] for name in INHERITED):
            if field.inherited:  # no other add-on has made it the mail's own
                values = messages._fields[field.name]._get_cache(messages.env)
                field._insert_cache(self, [values[message_id] for message_id in ids])

    def action_send_and_close(self):
        """Send this mail now, whatever the mode."""
        self.write({"is_held": False})
        return super(MailMail, self._with_send_now()).action_send_and_close()

    def _tell_progress(self):
        """Tell whoever released these mails how far the sending is."""
        for key, user in {mail.release_key: mail.release_user_id for mail in self if mail.release_key}.items():
            released = [("release_key", "=", key)]
            counts = dict(self._read_group(released, ["state"], ["__count"]))
            waits = Domain("retry_date", "!=", False) | Domain("waits_for_server_id", "!=", False)
            put_off = self.search_count(Domain(released) & Domain("state", "=", "outgoing") & waits)
            self.env["bus.bus"]._sendone(
                user.partner_id,
                "mail_delivery_status/progress",
                {
                    "release_key": key,
                    "sent": counts.get("sent", 0),
                    "failed": counts.get("exception", 0),
                    "put_off": put_off,
                },
            )

    # === THE SCHEDULED ACTIONS === #

    @api.model
    def _buffer_crons(self):
        """The scheduled actions that empty the buffer: core's, and as many more as the settings ask for."""
        cron = self.env.ref("mail.ir_cron_mail_scheduler_action").sudo()
        same = [("model_id", "=", cron.model_id.id), ("code", "=", cron.code)]
        return cron + cron.search([*same, ("id", "!=", cron.id)], order="id")

    @api.model
    def _set_buffer_crons(self, count):
        """Have so many scheduled actions empty the buffer, at least core's own."""
        crons = self._buffer_crons()
        spare, actions = crons[count:], crons[count:].ir_actions_server_id
        spare.unlink()
        actions.unlink()  # core leaves them behind
        for number in range(len(crons), count):
            crons[0].copy({"name": f"{crons[0].name} ({number + 1})"})

    @api.model
    def _wake_buffer(self, at=None):
        """Run the scheduled actions that empty the buffer.

        :param datetime at: when, UTC; as soon as possible if None
        """
        for cron in self._buffer_crons() if at is None else self._buffer_crons()[:1]:
            cron._trigger(at)

    def _being_sent(self):
        """Those of these mails that have an open transaction."""
        rows = self.env.execute_query(
            SQL("SELECT mail_mail_id FROM mail_transaction WHERE outcome = 'open' AND mail_mail_id = ANY(%s)", self.ids)
        )
        return self.browse(row_id for (row_id,) in rows)

    @api.model
    def process_email_queue(self, email_ids=(), batch_size=1000):
        """Send what waits in the buffer and is due: all of it, within the scheduled action's time.

        :param email_ids: only these mails (core's way: no more than the batch size times ten, over one connection)
        """
        self.check_access("write")
        now = fields.Datetime.now()
        # An attempt within a request that could not even connect leaves the mail in core's state "exception".
        self.sudo().search([("state", "=", "exception"), ("retry_date", "<=", now)]).write({"state": "outgoing"})
        # What other add-ons do in the methods of the sending, such as to forbid it, is met on core's way alone.
        is_core_way = email_ids or self.env.context.get("filters") or self._is_extended(*_SENDING)
        if is_core_way or not self._may_commit():
            due = Domain("retry_date", "=", False) | Domain("retry_date", "<=", now)
            filters = [*self.env.context.get("filters", []), *due, ("is_held", "=", False)]
            due_mails = self._with_send_now().with_context(filters=filters)
            return super(MailMail, due_mails).process_email_queue(email_ids, batch_size)
        drain(self.sudo().env)
        return None

    @api.model
    def _is_extended(self, *names):
        """Whether another add-on extends one of these methods.

        :param str names: of methods of mails
        """
        functions = [vars(cls)[name] for cls in type(self).__mro__ for name in names if name in vars(cls)]
        return not all(str(function.__module__).startswith(_OWN_MODULES) for function in functions)

    @api.model
    def _may_commit(self):
        """Whether whoever empties the buffer may commit as it goes. As in core: not within a test, which rolls back.

        ``tests/test_core_queue.py`` says yes, and runs core's own tests of the queue through the drain.
        """
        return not modules.module.current_test

    def _wait_for_server(self, server, until):
        """Leave mails in the buffer until the server takes mail (again).

        :param ir.mail_server server: empty for none
        :param until: UTC datetime when that is expected, to be shown; False if nobody knows
        """
        self.flush_recordset(_WAITING_FIELDS)  # what is dirty must not be forgotten with the cache
        self._write_multi([{"retry_date": until or None, "waits_for_server_id": server.id or None}] * len(self))
        self.invalidate_recordset(_WAITING_FIELDS, flush=False)
        self._tell_changed()

    @api.model
    def _choose_servers_again(self):
        """Servers were added or changed: what waits for one and was not told to use it may go over another one."""
        self.flush_model(["state", *_WAITING_FIELDS])
        self.env["mail.message"].flush_model(["mail_server_id"])
        freed = self.env.execute_query(
            SQL(
                """UPDATE mail_mail m SET waits_for_server_id = NULL, retry_date = NULL FROM mail_message s
                    WHERE s.id = m.mail_message_id AND s.mail_server_id IS NULL
                      AND m.state = 'outgoing' AND m.waits_for_server_id IS NOT NULL RETURNING m.id"""
            )
        )
        self.invalidate_model(_WAITING_FIELDS, flush=False)
        self.browse(mail_id for (mail_id,) in freed)._tell_changed()
        self._wake_buffer()
