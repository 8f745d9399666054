"""The detectors, in order: the RFC kinds by their structure, then the forms of single systems, then the rest.

Contract: a detector answers a `Report` or None ("not mine"). The most certain ones come first, so that a receipt,
a success, a complaint or an automatic reply is taken for what it is and cannot become a bounce later on.

>>> [detector.__name__ for detector in DETECTORS]  # doctest: +NORMALIZE_WHITESPACE
['feedback_report', 'disposition_notification', 'delivery_notification', 'wrapped_notification', 'system_form',
 'unknown_bounce', 'automatic_reply']
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from . import address as mail_address
from . import auto_reply, delivery_status, disposition, feedback, origin, unknown_form
from .classification import RawRecipient, classify, codes_in, one_line, rank
from .format import FORMATS, amazon
from .mime import Mail
from .model import Action, Kind, RecipientReport, Report
from .returned_message import Returned, clean_id, find, references
from .sanitize import clean
from .text_format import TextFormat, is_delay, scan

_WORDS = 60_000  # characters of the human text in which a form is looked for
_TOLD = 1_000  # characters of the human text that are added to what each of many recipients has


@dataclass(frozen=True, slots=True)
class DetectorInput:
    """One mail in the forms that the detectors read."""

    mail: Mail
    returned: Returned
    words: str  # the human text, lower case, on one line

    @classmethod
    def of(cls, mail: Mail) -> DetectorInput:
        """Find the returned header and the words of a mail."""
        returned = find(mail)
        return cls(mail, returned, " ".join(returned.human[:_WORDS].lower().split()))


Detector = Callable[[DetectorInput], Report | None]


def feedback_report(given: DetectorInput) -> Report | None:
    """RFC 5965."""
    fields = feedback.fields_of(given.mail)
    if fields is None:
        return None
    return _report(
        given,
        Kind.FEEDBACK,
        feedback.recipients(fields),
        reporting_mta=fields.get("reporting-mta"),
        format="rfc5965",
    )


def disposition_notification(given: DetectorInput) -> Report | None:
    """RFC 8098."""
    fields = disposition.fields_of(given.mail)
    if fields is None:
        return None
    parsed = disposition.parse(fields.get("disposition"))
    return _report(
        given,
        Kind.MDN,
        disposition.recipients(fields, parsed, given.returned.human),
        message_id=clean_id(fields.get("original-message-id")) or given.returned.message_id,
        disposition=parsed,
        format="rfc8098",
    )


def delivery_notification(given: DetectorInput) -> Report | None:
    """RFC 3464, in the multipart/report of RFC 6522 or, from a mail system, anywhere else."""
    mail = given.mail
    parts = [part for part in mail.parts if part.type in delivery_status.TYPES]
    is_report = mail.type == "multipart/report" and not (origin.is_reply(mail) and origin.return_path(mail))
    if not (is_report or origin.is_system(mail)):
        return None  # a person attached or pasted a report
    text = "\n\n".join(part.text for part in parts)
    if not any(delivery_status.parse(part.text).recipients for part in parts):
        text = delivery_status.in_text(given.returned.human) or delivery_status.in_text(mail.text)
    parsed = delivery_status.parse(text)
    raws = delivery_status.raw_recipients(parsed, given.returned.human)
    if not raws:
        return None
    known = _reasons(given)
    delayed = any(raw.action is None for raw in raws) and _is_delay(given)
    return _report(
        given,
        Kind.DSN,
        tuple(classify(_completed(raw, known, delayed)) for raw in raws),
        envelope_id=delivery_status.envelope_id(parsed.mail),
        queue_ids=delivery_status.queue_ids(parsed.mail),
        reporting_mta=delivery_status.reporting_mta(parsed.mail),
        format="rfc3464",
    )


def wrapped_notification(given: DetectorInput) -> Report | None:
    """A virus gateway (InterScan behind Mirapoint) sends the report on inside a message of its own, without a word."""
    part = given.mail.part("message/rfc822")
    if part is None or not origin.is_system(given.mail) or "x-failed-recipients" in given.mail.fields:
        return None
    if mail_address.first(given.returned.human):
        return None
    inner = Mail.read(part.body)
    if inner.type != "multipart/report" or not origin.is_system(inner):
        return None
    report = delivery_notification(DetectorInput(inner, find(inner), ""))
    return replace(report, **own_header(given.mail)) if report else None  # type: ignore[arg-type]


def _reasons(given: DetectorInput) -> dict[str, RawRecipient]:
    """What the human text says of each address."""
    form = _form(given)
    raws = form.read(given.mail, given.returned) if form else scan(given.returned.human)
    return {raw.recipient.lower(): raw for raw in raws}


def _is_delay(given: DetectorInput) -> bool:
    return is_delay(f"{given.mail.fields.text('subject')}\n{given.returned.human}")


def _completed(raw: RawRecipient, known: dict[str, RawRecipient], delayed: bool) -> RawRecipient:
    """OpenSMTPD and Exim leave out the diagnostic, others the action: the human text has it."""
    # Each is told once, however often a report repeats a recipient: so the texts cannot multiply.
    told = known.pop(raw.recipient.lower(), None) or known.pop(raw.original_recipient.lower(), None)
    diagnostic = raw.diagnostic
    if told and not diagnostic.strip():
        diagnostic = told.diagnostic[:_TOLD]
    elif told and _finest(diagnostic) in (-1, 2) and _finest(raw.status) < 3:
        diagnostic = f"{diagnostic} {told.diagnostic[:_TOLD]}"
    action = Action.DELAYED if raw.action is None and delayed else raw.action
    return replace(raw, action=action, diagnostic=diagnostic or _comment(raw.status))


def _finest(text: str) -> int:
    return max((rank(code) for code in codes_in(text)), default=-1)


def _comment(status: str) -> str:
    """Oracle Messaging Server gives the reason as a comment of the status: "5.4.4 (Illegal host/domain name)"."""
    return status.partition("(")[2].rstrip(") ")


def _form(given: DetectorInput) -> TextFormat | None:
    return next((form for form in FORMATS if form.matches(given.words)), None)


def system_form(given: DetectorInput) -> Report | None:
    """The bounces of single systems that follow no RFC."""
    if auto_reply.has_away_subject(given.mail) or origin.is_postmaster_notice(given.mail):
        return None
    for form in FORMATS:
        if not form.matches(given.words) or not form.accepts(given.mail, given.words):
            continue
        raws = form.read(given.mail, given.returned)
        if raws or not form.guesses:  # a failure, though nobody can tell whose
            note = amazon.notification(given.mail) if form.name == "amazon-sns" else {}
            identifier = clean_id(amazon.message_id(note)) if note else given.returned.message_id
            return _report(given, Kind.DSN, _classified(raws), message_id=identifier, format=form.name)
    return None


def _classified(raws: list[RawRecipient]) -> tuple[RecipientReport, ...]:
    return tuple(classify(raw) for raw in raws if raw.recipient)


def unknown_bounce(given: DetectorInput) -> Report | None:
    """A bounce whose form is not known."""
    raws = unknown_form.read(given.mail, given.returned)
    return _report(given, Kind.DSN, _classified(raws), format="plain") if raws else None


def automatic_reply(given: DetectorInput) -> Report | None:
    """RFC 3834."""
    if not auto_reply.is_auto_reply(given.mail):
        return None
    found = references(given.mail)
    return _report(given, Kind.AUTO_REPLY, (), message_id=found[0] if found else "", format="rfc3834")


def _report(given: DetectorInput, kind: Kind, recipients: tuple[RecipientReport, ...], **more: object) -> Report:
    """A report with what every kind of mail tells."""
    mail, returned = given.mail, given.returned
    values: dict[str, object] = {
        "message_id": returned.message_id,
        "token": returned.token,
        "text": next((one.diagnostic for one in recipients if one.diagnostic), "") or one_line(returned.human)[:1000],
        **own_header(mail),
        **more,
    }
    values["envelope_id"] = values.get("envelope_id") or returned.token
    values["queue_ids"] = tuple(dict.fromkeys((*values.get("queue_ids", ()), *returned.queue_ids)))  # type: ignore
    return Report(kind, recipients, **values)  # type: ignore[arg-type]


def own_header(mail: Mail) -> dict[str, object]:
    """What the header of the report itself tells: where it came from and went, its subject, date and id."""
    names = ("to", "delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-rcpt-to", "apparently-to", "cc")
    found = (one for name in names for value in mail.fields.all(name) for one in mail_address.find(value))
    return {
        "references": references(mail),
        "addressed_to": tuple(dict.fromkeys(found))[:50],
        "return_path": origin.return_path(mail),
        "subject": clean(mail.fields.text("subject")),
        "sender": clean(mail.fields.text("from")),
        "date": clean(mail.fields.get("date"), 100),
        "own_id": clean(mail.fields.get("message-id")),
    }


DETECTORS: tuple[Detector, ...] = (
    feedback_report,
    disposition_notification,
    delivery_notification,
    wrapped_notification,
    system_form,
    unknown_bounce,
    automatic_reply,
)
