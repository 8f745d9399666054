"""Message disposition notifications, "read receipts" (RFC 8098).

Contract: only a displayed mail was read. `deleted` is the opposite, and Sieve's reject (RFC 5429) sends it for a
refusal; neither is a bounce of this module's kind, for the mail did arrive at its server.

>>> parse("manual-action/MDN-sent-manually; displayed")
Disposition(type='displayed', automatic=False, sent_automatically=False, modifiers=())
>>> parse("automatic-action/MDN-sent-automatically; deleted/error, x").modifiers
('error', 'x')
"""

from __future__ import annotations

from . import address
from .header import Fields
from .mime import Mail
from .model import Action, Disposition, RecipientReport
from .verdict import one_line

TYPES = ("message/disposition-notification", "message/global-disposition-notification")


def fields_of(mail: Mail) -> Fields | None:
    """The fields of the notification, None if the mail is none."""
    part = mail.part(*TYPES)
    is_report = mail.parameters.get("report-type", "").lower() == "disposition-notification"
    if part is None or not (is_report or mail.type in ("multipart/report", *TYPES)):
        return None
    # Some mail programs leave a blank line between the fields.
    return Fields.parse(part.text.replace("\n\n", "\n"))


def parse(value: str) -> Disposition:
    """Read a Disposition field. An unknown or missing type is kept as written, or ""."""
    mode, _, rest = value.lower().partition(";")
    kind, _, modifiers = rest.partition("/")
    action, _, sending = mode.partition("/")
    return Disposition(
        type=kind.strip(),
        automatic=action.strip().startswith("automatic"),
        sent_automatically=sending.strip().startswith("mdn-sent-automatically"),
        modifiers=tuple(word.strip() for word in modifiers.split(",") if word.strip()),
    )


def recipients(fields: Fields, disposition: Disposition, text: str) -> tuple[RecipientReport, ...]:
    """The one reader the notification is about."""
    final = address.of_field(fields.get("final-recipient"))
    original = address.from_xtext(address.of_field(fields.get("original-recipient")))
    if not final and not original:
        return ()
    action = Action.DELIVERED if disposition.is_read else None
    words = " ".join(filter(None, (fields.get("failure"), fields.get("error"), fields.get("warning")))) or text
    return (
        RecipientReport(
            recipient=final or original, original_recipient=original, action=action, diagnostic=one_line(words)[:1000]
        ),
    )
