"""Message disposition notifications, "read receipts" (RFC 8098).

Contract: only a displayed mail was read. `deleted` is the opposite; where a delivery agent sends it for a refusal
(RFC 5429), the mail failed: it did arrive at its server, and lies in no mailbox.

>>> parse("manual-action/MDN-sent-manually; displayed")
Disposition(type='displayed', automatic=False)
>>> parse("automatic-action/MDN-sent-automatically; deleted/error, x")
Disposition(type='deleted', automatic=True)
"""

from __future__ import annotations

import re

from . import address
from .classification import RawRecipient, classify, one_line
from .header import Fields
from .mime import Mail
from .model import Action, Disposition, RecipientReport
from .result import Result

# RFC 5429 §2.1 lets a delivery agent refuse a mail in the form of an MDN: it lies in no mailbox.
_REJECTED = re.compile(
    r"\b(?:rejected|refused|not accept|not delivered|odrzucon|abgelehnt|refus[ée]|rechazad|rifiutat)", re.I
)
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
    return Disposition(type=rest.partition("/")[0].strip(), automatic=mode.strip().startswith("automatic"))


def recipients(fields: Fields, disposition: Disposition, text: str) -> tuple[RecipientReport, ...]:
    """The one reader the notification is about."""
    final = address.of_field(fields.get("final-recipient"))
    original = address.from_xtext(address.of_field(fields.get("original-recipient")))
    if not final and not original:
        return ()
    action, result = (Action.DELIVERED, Result.READ) if disposition.is_read else (None, Result.NOT_READ)
    words = " ".join(filter(None, (fields.get("failure"), fields.get("error"), fields.get("warning")))) or text
    if disposition.type == "deleted" and disposition.automatic and _REJECTED.search(text[:4000]):
        return (classify(RawRecipient(final or original, original, diagnostic=words[:1000], hard_hint=False)),)
    return (
        RecipientReport(final or original, original, action=action, result=result, diagnostic=one_line(words)[:1000]),
    )
