"""Builds the message of Odoo's `ir.mail_server._build_email__()` in a fraction of its time (RFC 5322, RFC 2045).

Core hands `email.policy.SMTP` to the message, which parses each header and encodes each body in pure Python. Here the
same fields and parts come in the same order, under our own policy. What the caller has to look up (who sends, when,
under which Message-ID) is an argument.

>>> from datetime import datetime
>>> mail = build_message(
...     "sales@example.com", ["jan@example.com"], "Invoice", "<p>Hello</p>", body_alternative="Hello", subtype="html",
...     message_id="<1@example.com>", date=datetime(2026, 11, 27, 12, 0),
... )
>>> mail["Reply-To"], [part.get_content_type() for part in mail.walk()]
('sales@example.com', ['multipart/alternative', 'text/plain', 'text/html'])
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Any, Final

from .display_name import NAME_HEADERS, in_one_line, plain_name
from .policy import POLICY

# Name, content and MIME type of a file.
Attachment = tuple[str, bytes, str]

_MIME_TYPE: Final = re.compile(r"([\w!#$&^.+-]{1,127})/([\w!#$&^.+-]{1,127})", re.ASCII)
# Core sets these even when they are empty.
_ALWAYS_SET: Final = ("Subject", "To")


def build_message(
    email_from: str,
    email_to: list[str] | str,
    subject: str,
    body: str,
    *,
    body_alternative: str,
    message_id: str,
    date: datetime,
    email_cc: list[str] | None = None,
    email_bcc: list[str] | None = None,
    reply_to: str | bool | None = None,
    attachments: Iterable[Attachment] | None = None,
    references: str | bool | None = None,
    subtype: str = "plain",
    headers: Mapping[str, Any] | None = None,
    subtype_alternative: str = "plain",
) -> EmailMessage:
    """Return the message; the arguments are those of core's method, see there, as `sanitized_arguments` leaves them.

    :param date: in UTC, without a time zone
    :raise ValueError: a header's name or value is none, see `policy.SmtpPolicy.header_store_parse`
    """
    message = EmailMessage(policy=POLICY)
    for name, value in (
        ("Message-Id", message_id),
        ("references", references),
        ("Subject", subject),
        ("From", email_from),
        ("Reply-To", reply_to or email_from),
        ("To", email_to),
        ("Cc", email_cc),
        ("Bcc", email_bcc),
        ("Date", date),
    ):
        if value or name in _ALWAYS_SET:
            message[name] = value
    for name, value in (*(headers or {}).items(), ("MIME-Version", "1.0")):
        message[name] = value
    message.add_alternative(body_alternative, subtype=subtype_alternative, charset="utf-8")
    message.add_alternative(body or "", subtype=subtype, charset="utf-8")
    for filename, content, mimetype in attachments or ():
        maintype, file_subtype = mimetype.split("/")
        if (maintype, file_subtype) == ("message", "rfc822"):
            message.add_attachment(BytesParser().parsebytes(content), filename=filename)
        else:
            message.add_attachment(content, maintype, file_subtype, filename=filename)
    return message


def sanitized_arguments(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return keyword arguments of `_build_email__()` without what is no reason to refuse a mail, but would break it.

    A line break in somebody's name or in a file's name becomes a blank; a file of a type that cannot be attached, or of
    none, becomes a plain one.
    """
    clean = dict(arguments)
    for name in ("email_cc", "email_bcc", "reply_to"):
        if clean.get(name):
            clean[name] = in_one_line(clean[name])
    if headers := clean.get("headers"):
        names = [name for name in headers if name.lower() in NAME_HEADERS]
        clean["headers"] = {**headers, **{name: in_one_line(headers[name]) for name in names}} if names else headers
    if attachments := clean.get("attachments"):
        clean["attachments"] = [
            (name and plain_name(name), content, "/".join(attachment_type(mimetype)))
            for name, content, mimetype in attachments
        ]
    return clean


def attachment_type(mimetype: str | None) -> tuple[str, str]:
    """Return the main type and the subtype that a file is attached as (RFC 2045 §5.1).

    What is no type, and what may not be encoded in base64 (RFC 2046 §5.1, §5.2: multipart/*, message/* but a mail that
    is parsed and put in as it is), becomes a plain file: its bytes arrive as they are, under their name.

    >>> attachment_type("application/pdf"), attachment_type("message/partial"), attachment_type("a/b/c")
    (('application', 'pdf'), ('application', 'octet-stream'), ('application', 'octet-stream'))
    """
    found = _MIME_TYPE.fullmatch(mimetype or "")
    if not found:
        return "application", "octet-stream"
    maintype, subtype = found.group(1).lower(), found.group(2)
    if maintype == "multipart" or (maintype == "message" and subtype.lower() != "rfc822"):
        return "application", "octet-stream"
    return (maintype, subtype.lower()) if maintype == "message" else (found.group(1), subtype)
