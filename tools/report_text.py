"""What is shown of a returned mail beside what it reports: its subject, sender, date and own id.

Contract: bounded texts that a database takes (no NUL, no half characters), never an exception.

>>> describe(b"From: MAILER-DAEMON@mx.dest.test\\nMessage-ID: <1@mx.dest.test>\\nSubject: Undelivered\\n\\n")
Header(subject='Undelivered', sender='MAILER-DAEMON@mx.dest.test', date='', own_id='<1@mx.dest.test>')
>>> clean("a\\x00b \\udc80c", 4)
'ab ?'
"""

from __future__ import annotations

from dataclasses import dataclass

from .report.mime import Mail

_ENOUGH = 400_000  # bytes in which a header ends


@dataclass(frozen=True, slots=True)
class Header:
    """Fields of the report's own header; "" for what is not there."""

    subject: str = ""
    sender: str = ""
    date: str = ""  # as written
    own_id: str = ""  # its own Message-ID


def describe(source: bytes) -> Header:
    """The header of a returned mail."""
    try:
        fields = Mail.read(source[:_ENOUGH]).fields
        return Header(
            clean(fields.text("subject")),
            clean(fields.text("from")),
            clean(fields.get("date"), 100),
            clean(fields.get("message-id")),
        )
    except Exception:  # noqa: BLE001 (the contract)
        return Header()


def clean(text: str, limit: int = 500) -> str:
    """The text as a database takes it, cut to a length that a person reads."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")[:limit].strip()
