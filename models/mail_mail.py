import sys
from collections import defaultdict
from smtplib import SMTP

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..const import BOUNCE_TYPES, DELIVERY_STATUSES
from ..const.causes import CAUSES
from ..engine.request import send_mails
from ..tools.context_key import HANDED_ON, KEEP, STATE_TOKEN
from ..tools.recipient_state import (
    HANDED_OVER,
    STATE_OF_MAIL_STATE,
    TO_SEND,
    Event,
    State,
    summarize,
)
from .ir_mail_server import connect_failure
from .mail_mail_access import ACCESS_FIELDS
from .mail_mail_import import IMPORT_FIELDS
from .mail_mail_summary import SUMMARY_FIELDS
from .mail_mail_text_removal import REMOVAL_FIELDS
from .mail_recipient import MAIL_DELETED

# What nobody writes but the module's own code.
_PROTECTED = SUMMARY_FIELDS | ACCESS_FIELDS | IMPORT_FIELDS | REMOVAL_FIELDS
# What decides whether its message was made for it alone.
_OF_MAIL_ALONE = frozenset(("auto_delete", "is_notification", "mail_message_id"))
# The text, and what else those who got a mail have seen of it.
_AS_SENT = frozenset(
    {
        "attachment_ids",
        "author_id",
        "body",
        "body_content",
        "body_html",
        "date",
        "email_from",
        "headers",
        "is_notification",
        "mail_message_id",
        "message_id",
        "message_type",
        "model",
        "references",
        "reply_to",
        "res_id",
        "subject",
        "unrestricted_attachment_ids",
    }
)
_ADDRESSES = frozenset({"email_bcc", "email_cc", "email_to", "recipient_ids"})


class MailMail(models.Model):
    _name = "mail.mail"
    _inherit = ["mail.mail", "mail.document.access"]

    recipient_status_ids = fields.One2many("mail.recipient", "mail_mail_id", "Status by Recipient", readonly=True)
    transaction_ids = fields.One2many("mail.transaction", "mail_mail_id", "Attempts", readonly=True)
    delivery_status = fields.Selection(
        DELIVERY_STATUSES,
        readonly=True,
        copy=False,
        default="queued",
        help="What is known of all recipients together.",
    )
    smtp_code = fields.Integer("SMTP Code", readonly=True, copy=False)
    smtp_enhanced_code = fields.Char("Enhanced Code", readonly=True, copy=False)
    smtp_reply = fields.Text("Server's Words", readonly=True, copy=False)
    smtp_receipt = fields.Char("Receipt", readonly=True, copy=False, index="btree_not_null")
    smtp_server_name = fields.Char("Server", readonly=True, copy=False)
    accepted_date = fields.Datetime("Accepted", readonly=True, copy=False, index="btree_not_null")
    bounce_date = fields.Datetime("Bounced", readonly=True, copy=False, index="btree_not_null")
    bounce_type = fields.Selection(BOUNCE_TYPES, readonly=True, copy=False)
    bounce_code = fields.Char(readonly=True, copy=False)
    bounce_reason = fields.Text(readonly=True, copy=False)
    cause = fields.Selection(
        CAUSES, readonly=True, copy=False, help="Why the mail did not arrive, or not yet: of the most urgent address."
    )
    read_date = fields.Datetime("Read On", readonly=True, copy=False, index="btree_not_null")
    attempt_count = fields.Integer(readonly=True, copy=False)
    first_attempt_date = fields.Datetime("First Attempt", readonly=True, copy=False)
    retry_date = fields.Datetime("Next Attempt", readonly=True, copy=False, index="btree_not_null")
    waits_for_server_id = fields.Many2one(
        "ir.mail_server",
        "Waits for",
        readonly=True,
        copy=False,
        ondelete="set null",
        index="btree_not_null",
        help="The mail server is paused, had a fault, or has reached a limit.",
    )
    sending_priority = fields.Integer(
        "Priority", default=0, copy=False, help="The mail with the highest number is sent first; then the oldest."
    )
    release_key = fields.Char(
        readonly=True, copy=False, index="btree_not_null", help="The same for mails that were released together."
    )
    release_user_id = fields.Many2one("res.users", "Released by", readonly=True, copy=False, ondelete="set null")
    is_held = fields.Boolean("Held", copy=False, help="Waits in the buffer until somebody releases it.")

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = self._with_hold(vals_list)
        for values in vals_list:
            self._check_summary_is_untouched(values)
        self._set_company(vals_list)
        mails = super().create(vals_list)
        mails._forget_document_models()
        self.env["mail.message"]._ask_mails_again()
        mails._tell_changed()
        return mails

    @api.model
    def default_get(self, fields):
        """Leave out the default values by which a caller's context would forge what servers answered."""
        forged = {f"default_{name}" for name in _PROTECTED} & self.env.context.keys()
        if forged:
            context = {key: value for key, value in self.env.context.items() if key not in forged}
            self = self.with_context(context)  # pylint: disable=W8121
        return super().default_get(fields)

    def _set_company(self, vals_list):
        """Let a mail made for a document belong to the document's company, as a message on it does.

        Core leaves it out where a mail is made from a template; then no manager could release it.
        """
        by_model = defaultdict(list)
        for values in vals_list:
            if values.get("res_id") and "record_company_id" not in values and "mail_message_id" not in values:
                by_model[values.get("model")].append(values)
        for model in by_model.keys() & set(self._conversation_models()):  # no password, no login code
            documents = self.env[model].sudo().with_context(active_test=False)
            if "company_id" not in documents._fields:
                continue
            ids = [values["res_id"] for values in by_model[model]]
            companies = {
                row.id: row["company_id"].id for row in documents.search_fetch([("id", "in", ids)], ["company_id"])
            }
            for values in by_model[model]:
                if company_id := companies.get(values["res_id"]):
                    values["record_company_id"] = company_id

    def write(self, vals):
        self._check_summary_is_untouched(vals)
        if not self.env.su:
            self.check_access("write")
            self._check_may_be_edited(vals)
            if "state" not in vals:  # follows from what a method has decided, and logged
                self._log_decision("edited", field_names=vals)
        if vals.get("state", "sent") != "sent":
            self._check_not_imported()
        self._tell_changed()
        if not _OF_MAIL_ALONE.isdisjoint(vals):
            self.env["mail.message"]._ask_mails_again()
        status = STATE_OF_MAIL_STATE.get(vals.get("state"))
        if not status:
            return super().write(vals)
        if status is State.CANCELED:
            self.sudo().recipient_status_ids._cancel_waiting()
        # What servers have answered is not overridden by core's state.
        left = self.filtered("attempt_count").sudo().filtered(lambda mail: mail._has_left()).with_env(self.env)
        for mail in left:
            states = [State(row.state) for row in mail.sudo().recipient_status_ids]
            mail._write_core({**vals, "delivery_status": summarize(states)})
        others = self - left
        vals = {**vals, "delivery_status": status.value}
        if status in (State.QUEUED, State.CANCELED):
            vals |= {"retry_date": False, "waits_for_server_id": False}
        return others._write_core(vals)

    def _write_core(self, vals):
        """Write as stock Odoo does, past :meth:`write`."""
        return super().write(vals)

    def _check_may_be_edited(self, values):
        """:raise UserError: if somebody overrides what became of a mail, or edits what people have got"""
        if "state" in values and not STATE_TOKEN.get(self.env.context):
            raise UserError(
                self.env._("The status of an e-mail follows from what the mail servers answered: nobody writes it.")
            )
        if _AS_SENT.isdisjoint(values) and _ADDRESSES.isdisjoint(values):
            return
        mails = self.sudo()
        left = mails.filtered(lambda mail: mail._has_left()) | mails._being_sent()
        if _AS_SENT.isdisjoint(values):  # an address that did not get it may still be corrected
            left = left.filtered(lambda mail: not mail._rows_not_handed_over())
        if left:
            raise UserError(self.env._("This e-mail has left already: it cannot be edited any more."))

    def _has_left(self):
        """Whether somebody may have got this mail."""
        rows = self.recipient_status_ids
        if not rows:
            return self.state in ("sent", "received")
        return any(row.state in HANDED_OVER for row in rows)

    def _rows_not_handed_over(self):
        """The recipients that have not got this mail, and may still get it."""
        return self.recipient_status_ids.filtered(lambda row: row.state not in HANDED_OVER)

    def _with_state_token(self):
        """These mails, whose state may be written. For the methods that decide about it."""
        return self.with_context(**STATE_TOKEN.put(True))

    def mark_outgoing(self):
        """Put mails back into the buffer. Only the addresses that no server has taken will be sent to."""
        self.check_access("write")
        mails = self._put_back()
        mails._log_decision("put_back")
        return super(MailMail, mails._with_state_token()).mark_outgoing()

    def cancel(self):
        """Take mails out of the buffer, as far as they have not left; one that some have got counts as sent to those.

        :raise UserError: if one of them is being sent right now, or has left to everybody
        """
        self.check_access("write")
        if self.sudo()._being_sent():
            raise UserError(self.env._("This mail is being sent right now. It is too late to cancel it."))
        self.recipient_status_ids.sudo()._apply_event(Event.CANCEL)
        left = self.sudo().filtered(lambda mail: mail._has_left())
        if any(not mail._rows_not_handed_over() for mail in left):
            raise UserError(self.env._("This e-mail has left already: it cannot be cancelled."))
        for mail in left:
            mail._update_summary(state="sent")
        self._log_decision("canceled")
        return super(MailMail, (self - left.with_env(self.env))._with_state_token()).cancel()

    def unlink(self):
        # Core deletes a mail that was sent when it is marked auto_delete (all invoice mails are). What became of it
        # stays, so that the person who sent it can look at it; what it says goes.
        if KEEP.get(self.env.context):
            self._remove_texts()
            return True
        self.check_access("unlink")
        self._check_not_held()
        self._end_rows()
        if not self.env.su:  # a person, not Odoo itself, which deletes what it has sent
            self._log_decision("deleted")
        # Core's own loop leaves none: no statement for what it has just sent.
        tried = self.sudo().filtered("first_attempt_date").ids
        result = super().unlink()
        self.env["mail.message"]._ask_mails_again()
        if tried:
            self.env["mail.transaction"].sudo().search([("mail_mail_id", "in", tried)])._drop_sent_messages()
        return result

    def _end_rows(self):
        """These mails are being deleted: what still waits for them is closed.

        What becomes of a mail that is being sent right now only its server knows: its answer is recorded when it comes.
        """
        # Core's own loop leaves no rows: no statement for what it has just sent.
        mails = self.sudo().filtered(lambda mail: mail.first_attempt_date or mail.state != "sent")
        waiting = mails.recipient_status_ids.filtered(lambda row: row.state in TO_SEND)
        if waiting:
            being_sent = waiting.mail_mail_id._being_sent()
            waiting.filtered(lambda row: row.mail_mail_id not in being_sent)._cancel_waiting(MAIL_DELETED)

    def _check_summary_is_untouched(self, values):
        if not _PROTECTED.isdisjoint(values):
            self.env["mail.recipient"]._check_evidence_token()

    def _evidence_values(self):
        """The columns that evidence of this mail has in common, as ids: it outlives the mail."""
        return {"mail_mail_id": self.id, **self.mail_message_id._evidence_values()}

    # === SENDING === #

    def send(self, auto_commit=False, raise_exception=False, post_send_callback=None):
        """Send, or leave it to the buffer as the mode says.

        Whoever asks for an exception wants to know at once what became of the mail: that is not left to the buffer, and
        whatever was not handed over raises.

        :raise MailDeliveryException: if ``raise_exception``, and for a link to set a password in any case
        """
        if self._is_too_early(auto_commit or raise_exception):
            return self.send_after_commit()
        at_once = self._leave_to_buffer(is_wanted_now=raise_exception)
        if not at_once and self:
            return True
        wanted = at_once._must_be_handed_over(raise_exception)
        with at_once._conflicts_left_to_buffer():
            super(MailMail, at_once._with_state_token()).send(
                auto_commit=auto_commit, raise_exception=raise_exception, post_send_callback=post_send_callback
            )
            wanted.sudo().exists()._check_handed_over()
        return True

    def _send(
        self,
        auto_commit=False,
        raise_exception=False,
        smtp_session=None,
        alias_domain_id=False,
        mail_server=False,
        post_send_callback=None,
    ):
        """Send through the engine, which keeps every reply, wherever the session is a real SMTP connection.

        The session of another add-on's transport gives no replies: core's own loop serves it. Add-ons that extend this
        method do their work first; what they do not hand on, they have sent, or keep.
        """
        engine_options = {
            "auto_commit": auto_commit,
            "raise_exception": raise_exception,
            "post_send_callback": post_send_callback,
        }
        options = {**engine_options, "smtp_session": smtp_session, "alias_domain_id": alias_domain_id}
        options["mail_server"] = mail_server
        if not isinstance(smtp_session, SMTP) or self.env["ir.mail_server"]._disable_send():
            return super()._send(**options)
        self.check_access("write")  # before anything leaves
        mails, handed_on = self, []
        if self._is_extended("_send"):
            # Once a mail: they would write what they add to its text once more at each attempt.
            new = self.filtered(lambda mail: not mail.first_attempt_date)
            super(MailMail, new.with_context(**HANDED_ON.put(handed_on)))._send(**options)
            mails = (self - new) + self.browse(handed_on)
        alias_domain = self.env["mail.alias.domain"].sudo().browse(alias_domain_id)
        mail_server = mail_server or self.env["ir.mail_server"]
        send_mails(mails.sudo(), smtp_session, alias_domain=alias_domain, mail_server=mail_server, **engine_options)
        return True

    def _postprocess_sent_message(self, success_pids, success_emails, failure_reason=False, failure_type=None):
        # Core calls this while it handles the exception of the connection, and hands on no more than its text.
        found = connect_failure(sys.exc_info()[1]) if failure_type == "mail_smtp" else None
        if found:
            self.env["mail.sender"].sudo()._record_connect_failure(self.sudo(), found.mail_server_id, found.failure)
        return super()._postprocess_sent_message(
            success_pids, success_emails, failure_reason=failure_reason, failure_type=failure_type
        )
