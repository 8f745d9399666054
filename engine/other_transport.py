"""Hands mails to the session of another add-on's transport. No ORM in here.

An add-on may let ``ir.mail_server._connect__()`` return what is no SMTP connection (a provider's HTTP interface): it
takes messages as ``smtplib.SMTP.send_message()`` does, and tells no reply. What it takes counts as *accepted*, without
a receipt; what it refuses with an exception of ``smtplib`` as that says; after any other exception nobody knows.
"""

import contextlib
from collections.abc import Callable
from email import policy
from email.parser import BytesParser
from smtplib import SMTPRecipientsRefused
from typing import Any

from ..tools.smtp.pipeline import Job
from ..tools.smtp.reply import Reply
from ..tools.smtp.transaction import Outcome, Phase, RecipientResult, TransactionResult
from ..tools.smtp.trouble import from_exception

_NO_REPLY = "another add-on's transport failed"


class OtherTransport:
    """Stands for ``Session`` and ``Pipeline`` alike.

    :param session: has ``send_message(message, sender, recipients)``, which returns a dict of those that were refused
    """

    tls_version = cipher = ""

    def __init__(self, session: Any) -> None:
        self._session = session

    def run(
        self,
        take: Callable[[int, bool], list[Job]],
        before_data: Callable[[list[Job]], None],
        done: Callable[[list[tuple[Job, TransactionResult | None]]], None],
    ) -> None:
        """Send what ``take`` gives, one by one; see ``Pipeline.run()``."""
        while jobs := take(1, True):
            before_data(jobs)
            done([(job, self._hand_over(job)) for job in jobs])

    def close(self) -> None:
        """Say goodbye, if it can be said."""
        with contextlib.suppress(Exception):
            self._session.quit()

    def _hand_over(self, job: Job) -> TransactionResult:
        envelope = job.envelope
        message = BytesParser(policy=policy.SMTP).parsebytes(job.message)
        refused, other = {}, (Outcome.ACCEPTED, Phase.CONTENT, None, "")
        try:
            refused = self._session.send_message(message, envelope.sender, list(envelope.recipients)) or {}
        except SMTPRecipientsRefused as error:
            refused, other = error.recipients, (Outcome.DEFERRED, Phase.RCPT, None, _NO_REPLY)
        except Exception as error:
            failure = from_exception(error)
            if failure.reply:
                other = (_outcome(failure.reply), failure.phase, failure.reply, failure.problem)
            else:
                other = (Outcome.UNKNOWN, Phase.CONTENT, None, _NO_REPLY)
        replies = {address: Reply.of(*said) for address, said in refused.items()}
        recipients = [
            RecipientResult(address, _outcome(replies[address]), Phase.RCPT, replies[address])
            if address in replies
            else RecipientResult(address, *other)
            for address in envelope.recipients
        ]
        return TransactionResult(tuple(recipients), other[2], "", "", True, len(job.message))


def _outcome(reply: Reply) -> Outcome:
    return Outcome.REFUSED if reply.is_permanent else Outcome.DEFERRED
