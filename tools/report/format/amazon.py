"""Amazon SES by SNS (JSON in a mail) and Amazon WorkMail.

Contract: the JSON notification holds one record per recipient; "Complaint" is not a bounce (see `feedback`), and
"Delivery" is a success. WorkMail's fields in running text are read by `delivery_status`.

>>> [(b.recipient, b.status) for b in bounced({"notificationType": "Bounce", "bounce": {"bouncedRecipients":
...     [{"emailAddress": "a@dest.test", "status": "5.1.1"}]}})]
[('a@dest.test', '5.1.1')]
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from ..address import of_field
from ..classification import RawRecipient
from ..mime import Mail
from ..model import Action
from ..returned_message import Returned
from ..text_format import TextFormat

_WRAP = re.compile(r"!\n ")  # Sendmail breaks lines over 998 characters like this
MAX_JSON = 150_000


def notification(mail: Mail) -> dict[str, Any]:
    """The SES notification in the mail, {} if there is none."""
    text = _WRAP.sub("", mail.text[:MAX_JSON]).lstrip()
    if not text.startswith("{"):
        return {}
    try:
        outer, _ = json.JSONDecoder(strict=False).raw_decode(text)
        inner = outer.get("Message", outer)
        inner = json.loads(inner, strict=False) if isinstance(inner, str) else inner
    except (ValueError, AttributeError, RecursionError):
        return {}
    return inner if isinstance(inner, dict) and ("mail" in inner or "bounce" in inner or "complaint" in inner) else {}


def bounced(note: dict[str, Any]) -> Iterator[RawRecipient]:
    """The recipients of a Bounce or Delivery notification."""
    kind = str(note.get("notificationType") or note.get("eventType") or "").lower()
    bounce = _dict(note, "bounce")
    temporary = bounce.get("bounceType") == "Transient"
    for one in _list(bounce, "bouncedRecipients") if kind == "bounce" else ():
        if isinstance(one, dict):
            yield RawRecipient(
                of_field(str(one.get("emailAddress", ""))),
                status=str(one.get("status", "")),
                diagnostic=str(one.get("diagnosticCode", "")).partition(";")[2].strip()
                or f"{bounce.get('bounceType', '')} {bounce.get('bounceSubType', '')}",
                hard_hint=False if temporary else None,
            )
    for name in _list(_dict(note, "delivery"), "recipients") if kind == "delivery" else ():
        reply = str(_dict(note, "delivery").get("smtpResponse", ""))
        yield RawRecipient(of_field(str(name)), action=Action.DELIVERED, diagnostic=reply)


def complained(note: dict[str, Any]) -> list[str]:
    """The recipients of a Complaint notification."""
    rows = _list(_dict(note, "complaint"), "complainedRecipients")
    return [of_field(str(row.get("emailAddress", ""))) for row in rows if isinstance(row, dict)]


def message_id(note: dict[str, Any]) -> str:
    """The Message-ID of the sent mail: of its header, for SES's own messageId is another one."""
    mail = _dict(note, "mail")
    for one in _list(mail, "headers"):
        if isinstance(one, dict) and str(one.get("name", "")).lower() == "message-id":
            return str(one.get("value", ""))
    return str(_dict(mail, "commonHeaders").get("messageId", ""))


def _dict(of: dict[str, Any], key: str) -> dict[str, Any]:
    value = of.get(key)
    return value if isinstance(value, dict) else {}


def _list(of: dict[str, Any], key: str) -> list[Any]:
    value = of.get(key)
    return value[:500] if isinstance(value, list) else []


def _read(mail: Mail, returned: Returned) -> Iterator[RawRecipient]:
    return bounced(notification(mail))


FORMATS = (
    TextFormat(
        "amazon-sns",
        ("notificationtype", "eventtype"),
        evidence=(("x-amz-sns-message-id", ""), ("from", "sns.amazonaws.com")),
        reader=_read,
    ),
)
