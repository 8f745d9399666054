"""Complaints of readers, "abuse reports" (ARF, RFC 5965), authentication failure reports (RFC 6591), SES complaints.

Contract: never a bounce. The recipient may be hidden by the provider; then only the returned header tells the mail.

>>> fields = Fields.parse("Feedback-Type: abuse\\nOriginal-Rcpt-To: <a@dest.test>\\n")
>>> [one.recipient for one in recipients(fields)]
['a@dest.test']
"""

from __future__ import annotations

from . import address
from .format import amazon
from .header import Fields
from .mime import Mail
from .model import RecipientReport
from .result import Result

# Types that complain of nothing (RFC 5965 §7.3, RFC 6591).
_NO_COMPLAINTS = frozenset({"not-spam", "auth-failure", "dmarc"})
TYPE = "message/feedback-report"
_ADDRESSES = ("original-rcpt-to", "removal-recipient", "x-hmxmroriginalrecipient", "x-hmxmroriginalrecipients")


def fields_of(mail: Mail) -> Fields | None:
    """The fields of the report, None if the mail is none."""
    part = mail.part(TYPE)
    if part is not None and mail.type.startswith(("multipart/", TYPE)):
        return Fields.parse(part.text.replace("\n\n", "\n"))
    if mail.parameters.get("report-type", "").lower() == "feedback-report":
        return Fields([("feedback-type", "other")])
    # Hotmail and Outlook.com forward the mail itself, with the address of the reader in a field of their own.
    if "x-hmxmroriginalrecipient" in mail.fields:
        value = mail.fields.get("x-hmxmroriginalrecipient")
        return Fields([("feedback-type", "abuse"), ("original-rcpt-to", value)])
    note = amazon.notification(mail)
    names = amazon.complained(note) if note else []
    if names:
        kind = str((note.get("complaint") or {}).get("complaintFeedbackType") or "abuse")
        return Fields([("feedback-type", kind), *(("original-rcpt-to", name) for name in names)])
    return None


def recipients(fields: Fields) -> tuple[RecipientReport, ...]:
    """The readers that complained, as far as they are told."""
    names = (address.of_field(value) for name in _ADDRESSES for value in fields.all(name))
    result = None if fields.get("feedback-type").lower() in _NO_COMPLAINTS else Result.COMPLAINT
    return tuple(RecipientReport(name, result=result) for name in dict.fromkeys(names) if "@" in name)
