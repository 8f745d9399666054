"""The detectors, in order: the RFC kinds by their structure, then the forms of single systems, then the rest.

Contract: a detector answers a `Report` or None ("not mine"). The most certain ones come first, so that a receipt,
a success, a complaint or an automatic reply is taken for what it is and cannot become a bounce later on.

>>> [detector.__name__ for detector in DETECTORS]  # doctest: +NORMALIZE_WHITESPACE
['feedback_report', 'disposition_notification', 'delivery_notification', 'wrapped_notification', 'system_form',
 'plain_bounce', 'automatic_reply']
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from . import address as mail_address
from . import auto_reply, delivery_status, disposition, feedback, origin, plain
from .format import FORMATS, amazon
from .mime import Mail
from .model import Action, Kind, RecipientReport, Report
from .returned_message import Returned, clean_id, find, references
from .text_format import TextFormat, is_delay, scan
from .verdict import Block, codes_in, judged, one_line, rank


@dataclass(frozen=True, slots=True)
class Incoming:
    """The mail in the forms that the detectors read."""

    mail: Mail
    returned: Returned
    words: str  # the human text, lower case, on one line


_TOLD = 1_000  # characters of the human text that are added to what each of many recipients has

Detector = Callable[[Incoming], Report | None]


def feedback_report(incoming: Incoming) -> Report | None:
    """RFC 5965."""
    fields = feedback.fields_of(incoming.mail)
    if fields is None:
        return None
    kind = fields.get("feedback-type").lower() or "other"
    return _report(
        incoming,
        Kind.FEEDBACK,
        feedback.recipients(fields),
        feedback_type=kind,
        reporting_mta=fields.get("reporting-mta"),
        arrival_date=fields.get("arrival-date") or fields.get("received-date"),
        format="rfc5965",
    )


def disposition_notification(incoming: Incoming) -> Report | None:
    """RFC 8098."""
    fields = disposition.fields_of(incoming.mail)
    if fields is None:
        return None
    parsed = disposition.parse(fields.get("disposition"))
    return _report(
        incoming,
        Kind.MDN,
        disposition.recipients(fields, parsed, incoming.returned.human),
        message_id=clean_id(fields.get("original-message-id")) or incoming.returned.message_id,
        disposition=parsed,
        format="rfc8098",
    )


def delivery_notification(incoming: Incoming) -> Report | None:
    """RFC 3464, in the multipart/report of RFC 6522 or, from a mail system, anywhere else."""
    mail = incoming.mail
    parts = [part for part in mail.parts if part.type in delivery_status.TYPES]
    is_report = mail.type == "multipart/report" and not (origin.is_reply(mail) and origin.return_path(mail))
    if not (is_report or origin.is_system(mail)):
        return None  # a person attached or pasted a report
    text = "\n\n".join(part.text for part in parts)
    if not any(delivery_status.parse(part.text).recipients for part in parts):
        text = delivery_status.in_text(incoming.returned.human) or delivery_status.in_text(mail.text)
    parsed = delivery_status.parse(text)
    blocks = delivery_status.blocks(parsed, incoming.returned.human)
    if not blocks:
        return None
    known = _reasons(incoming)
    delayed = any(block.action is None for block in blocks) and _is_delay(incoming)
    return _report(
        incoming,
        Kind.DSN,
        tuple(judged(_completed(block, known, delayed)) for block in blocks),
        envelope_id=delivery_status.envelope_id(parsed.mail),
        queue_ids=delivery_status.queue_ids(parsed.mail),
        reporting_mta=delivery_status.reporting_mta(parsed.mail),
        arrival_date=parsed.mail.get("arrival-date"),
        format="rfc3464",
    )


def wrapped_notification(incoming: Incoming) -> Report | None:
    """A virus gateway (InterScan behind Mirapoint) sends the report on inside a message of its own, without a word."""
    part = incoming.mail.part("message/rfc822")
    if part is None or not origin.is_system(incoming.mail) or "x-failed-recipients" in incoming.mail.fields:
        return None
    if mail_address.first(incoming.returned.human):
        return None
    inner = Mail.read(part.body)
    if inner.type != "multipart/report" or not origin.is_system(inner):
        return None
    report = delivery_notification(Incoming(inner, find(inner), ""))
    return replace(report, **envelope(incoming.mail)) if report else None  # type: ignore[arg-type]


def _reasons(incoming: Incoming) -> dict[str, Block]:
    """What the human text says of each address."""
    form = _form(incoming)
    blocks = form.read(incoming.mail, incoming.returned) if form else scan(incoming.returned.human)
    return {block.recipient.lower(): block for block in blocks}


def _is_delay(incoming: Incoming) -> bool:
    return is_delay(f"{incoming.mail.fields.text('subject')}\n{incoming.returned.human}")


def _completed(block: Block, known: dict[str, Block], delayed: bool) -> Block:
    """OpenSMTPD and Exim leave out the diagnostic, others the action: the human text has it."""
    # Each is told once, however often a report repeats a recipient: so the texts cannot multiply.
    told = known.pop(block.recipient.lower(), None) or known.pop(block.original_recipient.lower(), None)
    diagnostic = block.diagnostic
    if told and not diagnostic.strip():
        diagnostic = told.diagnostic[:_TOLD]
    elif told and _finest(diagnostic) in (-1, 2) and _finest(block.status) < 3:
        diagnostic = f"{diagnostic} {told.diagnostic[:_TOLD]}"
    action = Action.DELAYED if block.action is None and delayed else block.action
    return replace(block, action=action, diagnostic=diagnostic or _comment(block.status))


def _finest(text: str) -> int:
    return max((rank(code) for code in codes_in(text)), default=-1)


def _comment(status: str) -> str:
    """Oracle Messaging Server gives the reason as a comment of the status: "5.4.4 (Illegal host/domain name)"."""
    return status.partition("(")[2].rstrip(") ")


def _form(incoming: Incoming) -> TextFormat | None:
    return next((form for form in FORMATS if form.matches(incoming.words)), None)


def system_form(incoming: Incoming) -> Report | None:
    """The bounces of single systems that follow no RFC."""
    if auto_reply.has_away_subject(incoming.mail) or origin.is_postmaster_notice(incoming.mail):
        return None
    for form in FORMATS:
        if not form.matches(incoming.words) or not form.accepts(incoming.mail, incoming.words):
            continue
        blocks = form.read(incoming.mail, incoming.returned)
        if blocks or not form.guesses:  # a failure, though nobody can tell whose
            note = amazon.notification(incoming.mail) if form.name == "amazon-sns" else {}
            identifier = clean_id(amazon.message_id(note)) if note else incoming.returned.message_id
            return _report(incoming, Kind.DSN, _judged(blocks), message_id=identifier, format=form.name)
    return None


def _judged(blocks: list[Block]) -> tuple[RecipientReport, ...]:
    return tuple(judged(block) for block in blocks if block.recipient)


def plain_bounce(incoming: Incoming) -> Report | None:
    """A bounce whose form is not known."""
    blocks = plain.read(incoming.mail, incoming.returned)
    return _report(incoming, Kind.DSN, _judged(blocks), format="plain") if blocks else None


def automatic_reply(incoming: Incoming) -> Report | None:
    """RFC 3834."""
    if not auto_reply.is_auto_reply(incoming.mail):
        return None
    found = references(incoming.mail)
    return _report(incoming, Kind.AUTO_REPLY, (), message_id=found[0] if found else "", format="rfc3834")


def _report(incoming: Incoming, kind: Kind, recipients: tuple[RecipientReport, ...], **more: object) -> Report:
    """A report with what every kind of mail tells."""
    mail, returned = incoming.mail, incoming.returned
    values: dict[str, object] = {
        "message_id": returned.message_id,
        "token": returned.token,
        "text": next((one.diagnostic for one in recipients if one.diagnostic), "") or one_line(returned.human)[:1000],
        **envelope(mail),
        **more,
    }
    values["envelope_id"] = values.get("envelope_id") or returned.token
    values["queue_ids"] = tuple(dict.fromkeys((*values.get("queue_ids", ()), *returned.queue_ids)))  # type: ignore
    return Report(kind, recipients, **values)  # type: ignore[arg-type]


def envelope(mail: Mail) -> dict[str, object]:
    """Where the report came from and where it went."""
    names = ("to", "delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-rcpt-to", "apparently-to", "cc")
    found = (one for name in names for value in mail.fields.all(name) for one in mail_address.find(value))
    return {
        "references": references(mail),
        "addressed_to": tuple(dict.fromkeys(found))[:50],
        "return_path": origin.return_path(mail),
        "sender": origin.sender(mail),
        "auto_submitted": mail.fields.get("auto-submitted").lower(),
    }


DETECTORS: tuple[Detector, ...] = (
    feedback_report,
    disposition_notification,
    delivery_notification,
    wrapped_notification,
    system_form,
    plain_bounce,
    automatic_reply,
)
