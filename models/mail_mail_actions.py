import secrets

from odoo import fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_datetime

from .notice import CLOSE, notice

# So many mails are named where it is told that something was not done.
_MOST_NAMES = 5


class MailMail(models.Model):
    """What a person decides about mails that wait: now, later, held, released, cancelled.

    Whoever may read a mail has no right to write it: each of these methods asks who may decide, and works in superuser
    mode. Of many mails those are left out that cannot be decided about any more, and the person is told which, and why.
    """

    _inherit = "mail.mail"

    def action_send_now(self):
        """Send these mails: one at once, several through the buffer, before all others."""
        self._check_release_access()
        mails, left_out = self._lock_waiting()
        if not mails:
            return self._tell_decision("", mails, left_out)
        # An attempt that found no connection leaves core's state "exception" and a time for the next one.
        mails.filtered(lambda mail: mail.state == "exception").write({"state": "outgoing"})
        values = {"is_held": False, "sending_priority": 10, "scheduled_date": False}
        mails._update_summary(retry_date=False, waits_for_server_id=False)
        mails._log_decision("sent_now")
        if len(self) == 1:
            mails.write(values)
            mails._with_send_now().send()
            return None
        key = secrets.token_hex(8)
        mails.write({**values, "release_key": key, "release_user_id": self.env.uid})
        self._wake_buffer()
        params = {"release_key": key, "total": len(mails), "left_out": self._others_text(left_out)}
        return {"type": "ir.actions.client", "tag": "mail_delivery_status.progress", "params": params}

    def action_send_later(self):
        """Ask when these mails are to be sent."""
        mails, left_out = self._lock_decided_by_me()
        if not mails:
            return self._tell_decision("", mails, left_out)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Send later"),
            "res_model": "mail.mail.schedule",
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_mail_ids": self.ids, "dialog_size": "medium"},
        }

    def action_hold(self):
        """Keep these mails in the buffer until somebody releases them."""
        mails, left_out = self._lock_decided_by_me()
        held = mails.filtered("is_held")
        left_out.append((self.env._("Held already: %s"), held))
        mails -= held
        mails.filtered(lambda mail: mail.state == "exception").write({"state": "outgoing"})
        mails.write({"is_held": True})
        mails._log_decision("held")
        return self._tell_decision(self.env._("Held until somebody releases them: %s", len(mails)), mails, left_out)

    def action_release(self):
        """Let held mails go on as if they had not been held, in their turn."""
        mails, left_out = self._lock_decided_by_me(is_release=True)
        free = mails.filtered(lambda mail: not mail.is_held)
        left_out.append((self.env._("Not held: %s"), free))
        mails -= free
        mails.write({"is_held": False})
        mails._log_decision("released")
        if mails:
            self._wake_buffer()
        return self._tell_decision(self.env._("Released: %s", len(mails)), mails, left_out)

    def action_cancel_sending(self):
        """Take these mails out of the buffer. Those who have got one already keep it."""
        mails, left_out = self._lock_decided_by_me()
        if mails:
            mails.cancel()
        return self._tell_decision(self.env._("Cancelled: %s", len(mails)), mails, left_out)

    def _send_later(self, date):
        """Send these mails at a time. Held ones are released for it, by whoever may release them.

        :param datetime date: UTC
        :raise UserError: if it is not in the future
        """
        if not date or date <= fields.Datetime.now():
            raise UserError(self.env._("Choose a time in the future."))
        mails, left_out = self._lock_decided_by_me()
        mails.filtered(lambda mail: mail.state == "exception").write({"state": "outgoing"})
        mails.write({"scheduled_date": date})
        if self._may_release():
            mails.filtered("is_held").write({"is_held": False})
        mails._log_decision("planned", until=date)
        if mails:
            self._wake_buffer(date)
        text = self.env._(
            "To be sent at %(time)s: %(count)s",
            time=format_datetime(self.env, date, dt_format="short"),
            count=len(mails),
        )
        return self._tell_decision(text, mails, left_out)

    # === WHO MAY DECIDE === #

    def _check_release_access(self):
        """:raise AccessError: if this person may not decide when mails of this company are sent"""
        if not self.env.user.has_group("mail_delivery_status.group_manager"):
            self.check_access("write")
        self.check_access("read")

    def _may_release(self):
        """Whether this person may let mails go that are held: where all are held, that is for managers."""
        is_manager = self.env.user.has_group("mail_delivery_status.group_manager")
        return self._sending_mode() != "hold" or is_manager or self.browse().has_access("write")

    def _lock_decided_by_me(self, is_release=False):
        """Lock those of these mails that wait and that this person may decide about.

        :param bool is_release: held mails are let go
        :return: the mails, in superuser mode, and why the others were left out: list of (words with %s, mails)
        :raise AccessError: if one of the mails may not be read, or none may be decided about
        """
        self.check_access("read")
        mine = self._with_edit_rights() if self._may_release() or not is_release else self.browse()
        if self and not mine:
            raise AccessError(
                self.env._(
                    "About these e-mails decide those who wrote them, who may change their document, and the managers"
                    " of e-mail sending. Held e-mails are released by managers alone where all e-mails are held."
                )
            )
        mails, left_out = mine._lock_waiting()
        return mails, [*left_out, (self.env._("Not yours to decide about: %s"), self - mine)]

    def _lock_waiting(self):
        """Lock those of these mails that wait: no worker claims them until this database transaction ends.

        :return: as :meth:`_lock_decided_by_me`
        """
        mails = self.sudo()
        waiting = mails.filtered(
            lambda mail: mail.state == "outgoing" or mail.state == "exception" and bool(mail.retry_date)
        )
        free = waiting._lock_free()
        return free, [
            (self.env._("Being sent right now: %s"), waiting - free),
            (self.env._("Not waiting any more: %s"), mails - waiting),
        ]

    # === WHAT THE PERSON IS TOLD === #

    def _tell_decision(self, done_text, done, left_out):
        """What to show of a decision.

        :param str done_text: if something was done
        :param list left_out: as :meth:`_lock_decided_by_me` tells it
        :return: an action for the web client
        :raise UserError: if nothing could be done
        """
        left_out_text = self._left_out_text(left_out)
        if not done:
            raise UserError("\n".join([self.env._("Nothing was changed."), left_out_text]).strip())
        if not left_out_text:
            return notice(done_text, next=CLOSE)
        return notice(self._others_text(left_out), "warning", title=done_text, sticky=True, next=CLOSE)

    def _others_text(self, left_out):
        """The same, told where something was done about other mails."""
        text = self._left_out_text(left_out)
        return text and self.env._("The others were left as they are. %s", text)

    def _left_out_text(self, left_out):
        """Which mails nothing was done about, and why; "" if there are none."""
        lines = []
        for words, mails in left_out:
            if mails:
                names = ", ".join(self.browse(mails._ids[:_MOST_NAMES]).mapped("display_name"))
                more = ", …" if len(mails) > _MOST_NAMES else ""
                lines.append(words % f"{len(mails)} ({names}{more})")
        return "\n".join(lines)
