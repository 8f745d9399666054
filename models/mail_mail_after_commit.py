import logging
from contextlib import contextmanager

from odoo import models

from ..engine.drain import CONFLICTS
from ..engine.news import News
from ..engine.request import MOST_STEP_BY_STEP
from ..tools.context_key import AFTER_COMMIT, NEWS, NOT_BEFORE_COMMIT

_logger = logging.getLogger(__name__)


class MailMail(models.Model):
    """Core sends when the database transaction that made the mail is over, while its user still waits for the answer.

    What goes wrong then is told to the user as if nothing had been done, and a person who does it again sends it twice.
    """

    _inherit = "mail.mail"

    def send_after_commit(self):
        """Send these mails after the commit; what meets a conflict then is left to the buffer.

        Core sends them in superuser mode, so whoever calls this must be allowed to: over RPC anybody can.
        """
        self.check_access("write")
        if not self._may_commit():
            return super().send_after_commit()
        context, news = AFTER_COMMIT.put(True), None
        if len(self) <= MOST_STEP_BY_STEP:  # they have left before anybody could see them wait
            news = News()
            context |= NEWS.put(news)
        result = super(MailMail, self.with_context(**context)).send_after_commit()
        if news:
            self._tell_after_sending(news)
        return result

    def _is_too_early(self, is_wanted_now):
        """Whether these mails have to wait for the commit of what makes them.

        :param bool is_wanted_now: the caller commits, or asks what becomes of the mails
        """
        context = self.env.context
        return bool(
            self
            and NOT_BEFORE_COMMIT.get(context)
            and not (is_wanted_now or AFTER_COMMIT.get(context))
            and self._may_commit()
        )

    @contextmanager
    def _conflicts_left_to_buffer(self):
        """Let the buffer go on where another process has these mails, or writes about their server.

        After the commit alone: before it the caller is told, and core does the whole request again. What has left is
        in the log, and is recorded from there, not sent again.
        """
        is_after_commit = AFTER_COMMIT.get(self.env.context)
        try:
            yield
            if is_after_commit:
                self.env.flush_all()  # a conflict shows when it is written
        except CONFLICTS as error:
            if not is_after_commit:
                raise
            _logger.info("%s are left to the buffer, another process was faster: %s", self, error)
            self.env.cr.rollback()
            self._wake_buffer()
