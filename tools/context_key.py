"""What the module's own code hands on in an Odoo context, past methods of core: every key, by name.

A context comes with each request, and a client can put anything into it that JSON can say. So a value is sealed: it
counts only if :meth:`ContextKey.put` has made it, which no client can.

>>> SEND_NOW.get(SEND_NOW.put(True))
True
>>> SEND_NOW.get({"mail_delivery_send_now": True}) is None
True
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class _Sealed:
    """A value in a context. Two that are equal are the same to Odoo: no new environment is made for the second."""

    key: str
    value: Any

    def __hash__(self) -> int:
        return hash(self.key)


@dataclass(frozen=True)
class ContextKey(Generic[T]):
    """One key of a context, with the type of what it carries."""

    name: str

    def put(self, value: T) -> dict[str, Any]:
        """The value as keyword arguments of ``with_context()``."""
        return {self.name: _Sealed(self.name, value)}

    def get(self, context: Mapping[str, Any]) -> T | None:
        """What :meth:`put` has put there; None if nothing, or if somebody else did."""
        found = context.get(self.name)
        return found.value if isinstance(found, _Sealed) and found.key == self.name else None


# True: evidence may be written. Set by mail.evidence._with_evidence_token() alone.
EVIDENCE_TOKEN: ContextKey[bool] = ContextKey("mail_delivery_evidence_token")
# True: a method that decides about the state of mails is at work. Set by mail.mail._with_state_token() alone.
STATE_TOKEN: ContextKey[bool] = ContextKey("mail_delivery_state_token")
# True: core's "delete" of a mail that was sent removes what it says and keeps the rest. Set by mail.mail while it calls
# core's _postprocess_sent_message().
KEEP: ContextKey[bool] = ContextKey("mail_delivery_keep")
# True: all rows that a person may read are wanted, not the first page. Set by mail.document.access._read_group().
ALL_ROWS: ContextKey[bool] = ContextKey("mail_delivery_all_rows")
# True: send in any sending mode. Set by mail.mail._with_send_now() alone.
SEND_NOW: ContextKey[bool] = ContextKey("mail_delivery_send_now")
# A list: the ids of the mails that other add-ons hand on to core's _send() are wanted there. Set by mail.mail._send().
HANDED_ON: ContextKey[list[int]] = ContextKey("mail_delivery_handed_on")
# True: no caller's database transaction is at stake, so what meets a conflict may be undone. Set by
# mail.mail.send_after_commit() alone.
AFTER_COMMIT: ContextKey[bool] = ContextKey("mail_delivery_after_commit")
# True: mails leave after the commit of what makes them. Set by mail.compose.message for letters to several documents.
NOT_BEFORE_COMMIT: ContextKey[bool] = ContextKey("mail_delivery_not_before_commit")
# The Route of the email that is being made. Set by the engine while core's and other add-ons' methods make it.
ROUTE: ContextKey[Any] = ContextKey("mail_delivery_route")
# True: notifications are being made, and core asks whether their messages may be read. Set by
# mail.notification.create().
NOTIFYING: ContextKey[bool] = ContextKey("mail_delivery_notifying")
# The Incoming mail that the gateway is processing. Set by mail.thread.message_process().
INCOMING: ContextKey[Any] = ContextKey("mail_delivery_incoming")
# Whether a read receipt is asked for. Set by mail.thread._notify_thread_by_email() for the mails that it makes.
RECEIPT_REQUESTED: ContextKey[bool] = ContextKey("mail_delivery_receipt_requested")
# The News of those who send: which mails they have changed. Set by the engine, and by mail.mail.send_after_commit().
NEWS: ContextKey[Any] = ContextKey("mail_delivery_news")
