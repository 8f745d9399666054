"""Delivery status notifications (RFC 3464; in the multipart/report of RFC 6522; for UTF-8 addresses RFC 6533).

Contract: reads every recipient block of a message/delivery-status part, or of the same fields in running text.
Tolerant where known systems deviate, which is told beside each case; a block without any address is dropped.

>>> fields = "Reporting-MTA: dns; mx.odoo.test\\n\\nFinal-Recipient: rfc822; a@dest.test\\nStatus: 5.1.1\\n"
>>> parsed = parse(fields)
>>> parsed.mail.get("reporting-mta"), [block.get("status") for block in parsed.recipients]
('dns; mx.odoo.test', ['5.1.1'])
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from . import address
from .classification import RawRecipient
from .header import Fields
from .model import Action

TYPES = ("message/delivery-status", "message/global-delivery-status", "message/xdelivery-status")
MAX_RECIPIENTS = 2_000

_RECIPIENT_FIELDS = frozenset({
    "final-recipient", "original-recipient", "action", "status", "remote-mta", "diagnostic-code", "last-attempt-date",
    "final-log-id", "will-retry-until", "x-actual-recipient",
})  # fmt: skip
_ADDRESS_FIELDS = ("final-recipient", "x-actual-recipient", "original-recipient", "x-display-name")
_MAIL_FIELDS = frozenset({"reporting-mta", "original-envelope-id", "arrival-date", "received-from-mta", "dsn-gateway"})
_START = re.compile(
    r"^[ \t]*(?:Reporting-MTA|Final-Recipient|Original-Recipient|Action|Arrival-Date)[ \t]*:", re.I | re.M
)
_BLANKS = re.compile(r"\n[ \t]*\n")
# The words systems put into Action. Sendmail adds a comment: "relayed (to non-DSN-aware mailer)".
_ACTIONS: tuple[tuple[str, Action], ...] = (
    ("fail", Action.FAILED),
    ("error", Action.FAILED),  # OpenSMTPD
    ("expired", Action.FAILED),  # SendGrid
    ("bounce", Action.FAILED),
    ("undeliver", Action.FAILED),
    ("reject", Action.FAILED),
    ("delay", Action.DELAYED),
    ("defer", Action.DELAYED),
    ("deliver", Action.DELIVERED),
    ("relay", Action.RELAYED),
    ("expand", Action.EXPANDED),
)
# PowerMTA says what it made of the reply.
_CATEGORIES = {"bad-mailbox": True, "bad-domain": True}


@dataclass(frozen=True, slots=True)
class DeliveryStatus:
    """The per-message fields and one block of fields per recipient."""

    mail: Fields
    recipients: tuple[Fields, ...]


def parse(text: str) -> DeliveryStatus:
    """Read the fields of a delivery-status part.

    Blank lines should part the blocks, but some systems leave them out and some put one inside a block: a new
    block begins where a field of the same name has been seen, and a block without an address joins the one before.
    """
    mail: list[tuple[str, str]] = []
    blocks: list[list[tuple[str, str]]] = []
    for chunk in _BLANKS.split(text.replace("\r\n", "\n")):
        current: list[tuple[str, str]] | None = None
        for name, value in Fields.parse(chunk).items:
            if name not in _RECIPIENT_FIELDS and (current is None or name in _MAIL_FIELDS):
                mail.append((name, value))
                continue
            if current is None or any(name == known and name in _RECIPIENT_FIELDS for known, _ in current):
                current = []
                blocks.append(current)
            current.append((name, value))
        if len(blocks) > MAX_RECIPIENTS:
            break
    return DeliveryStatus(Fields(mail), tuple(Fields(block) for block in _joined(blocks)[:MAX_RECIPIENTS]))


def _has_address(block: list[tuple[str, str]]) -> bool:
    return any(name in _ADDRESS_FIELDS for name, _ in block)


def _joined(blocks: list[list[tuple[str, str]]]) -> list[list[tuple[str, str]]]:
    joined: list[list[tuple[str, str]]] = []
    for block in blocks:
        if joined and (not _has_address(block) or not _has_address(joined[-1])):
            known = {name for name, _ in joined[-1]}
            joined[-1].extend((name, value) for name, value in block if name not in known)
        else:
            joined.append(block)
    return joined


def in_text(text: str) -> str:
    """The delivery-status fields in running text, "" if there are none (Amazon WorkMail: no part of their own)."""
    start = _START.search(text)
    return text[start.start() :] if start else ""


def action_of(value: str, fields: Fields) -> Action | None:
    """RFC 3464 §2.3.3, or what the other fields say where it is missing."""
    word = value.strip().lower()
    found = next((action for prefix, action in _ACTIONS if word.startswith(prefix)), None)
    if found is None and "will-retry-until" in fields:
        return Action.DELAYED
    return found


def raw_recipients(parsed: DeliveryStatus, human: str) -> list[RawRecipient]:
    """What it says of each recipient."""
    found = (_raw_recipient(fields, human) for fields in parsed.recipients)
    return [raw for raw in found if raw]


def _raw_recipient(fields: Fields, human: str) -> RawRecipient | None:
    final = address.of_field(fields.get("final-recipient"))
    original = address.from_xtext(address.of_field(fields.get("original-recipient")))
    actual = address.of_field(fields.get("x-actual-recipient"))
    recipient = next((name for name in (final, actual, original) if "@" in name), final or actual or original)
    if not recipient:
        return None
    if actual and "@" in actual and not original:
        recipient, original = actual, final
    diagnostic = " ".join(fields.all("diagnostic-code"))
    kind, semicolon, words = diagnostic.partition(";")
    category = fields.get("x-powermta-bouncecategory").strip().lower()
    return RawRecipient(
        recipient,
        original_recipient=original,
        action=action_of(fields.get("action"), fields),
        status=fields.get("status"),
        diagnostic=words if semicolon and len(kind) < 40 and " " not in kind.strip() else diagnostic,
        context=human,
        remote_mta=_mta(fields.get("remote-mta")),
        retry_until=fields.get("will-retry-until"),
        hard_hint=_CATEGORIES.get(category),
    )


def _mta(value: str) -> str:
    """The host of a typed MTA name field."""
    return value.rpartition(";")[2].strip() if value.count(";") == 1 else value.partition(";")[2].strip() or value


def envelope_id(fields: Fields) -> str:
    """ENVID as the sender gave it."""
    return address.from_xtext(fields.get("original-envelope-id")).strip()


def reporting_mta(fields: Fields) -> str:
    """The host that wrote the report."""
    return _mta(fields.get("reporting-mta"))


def queue_ids(fields: Fields) -> tuple[str, ...]:
    """Queue ids of the reporting host: X-Postfix-Queue-ID, or the same field under the name of a brand."""
    return tuple(value for name, value in fields.items if name.startswith("x-") and name.endswith("queue-id") and value)
