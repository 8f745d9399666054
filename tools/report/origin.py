"""Who wrote a mail: a mail system or a person (RFC 5321 §4.5.5, RFC 3834 §2, RFC 3464 §2).

Contract: structure only, no body text. Text forms of bounces are read only where the mail comes from a mail
system, so that a reply, a forwarded or a quoted bounce, or a newsletter is never one.

>>> is_system(Mail.read(b"From: MAILER-DAEMON@mx.dest.test\\nReturn-Path: <>\\n\\n"))
True
>>> is_system(Mail.read(b"From: Postmaster <postmaster@dest.test>\\nSubject: Re: Your raw\\n\\n"))
False
>>> is_system(Mail.read(b'From: "Mail Delivery Subsystem" <help@parcel.test>\\n\\n'))
False
"""

from __future__ import annotations

import re

from . import address
from .mime import Mail
from .wording import any_of

_NAMES = any_of(
    r"(?:bounce|mmdf|uucp|mx|smtp)[-_.]?(?:daemon|demon)|daemon|mail-?(?:system|delivery|delivery-system|notification)",
    r"post_?master|poostmaster|mail\.administrator",
)
# Names that shops and services have too: only with the null sender.
_WEAK_NAMES = re.compile(r"no-?reply|sysadmin|bounces?|(?:system[-_. ]?)?administrator|mail-?admin|root|support", re.I)
_LIKELY_NAME = re.compile(
    r"smtp|mailer|daemon|post-?master|anti-?virus|mail[-_. ]?(?:gateway|guard|marshal|service|system|server|admin"
    r"|deliver)"
    r"|^(?:system[-_. ]?)?admin(?:istrator)?$",
    re.I,
)
_PERSON_TOO = re.compile(r"post-?master|(?:system[-_. ]?)?admin(?:istrator)?", re.I)
_SURE_NAME = any_of(
    r"(?:mailer|mail|mails?erver)[-_.]?(?:daemon|demon)|mdaemon|mail\.delivery\.system|double-bounce",
    r"microsoftexchange[0-9a-f]{8,}",
)
_TYPES = (
    "multipart/report", "message/delivery-status", "message/global-delivery-status",
    "message/disposition-notification", "message/feedback-report", "text/rfc822-headers",
)  # fmt: skip
# Reports of other kinds: about a whole day (TLS), not about one mail.
_OTHER_REPORTS = frozenset({"tlsrpt"})
_NOTICE = re.compile(r"\s{0,9}Postfix (?:SMTP|LMTP|QMQP) (?:server|client): ", re.I)
_REPLY = re.compile(r"\s*(?:re|aw|odp|antw|sv|rv|fwd?|wg|pd|tr|i|enc)\s*(?:\[\d{1,6}\]\s*)?:", re.I)
# Words that a mailing list's or a newsletter's header has, and a bounce has not (its own list id aside: fml, ezmlm).
_BULK = ("list-unsubscribe", "list-unsubscribe-post", "feedback-id", "list-post")
FAILURE_SUBJECT = any_of(
    r"undeliver|(?:un|not |non[- ]?)deliver|could not be (?:delivered|sent)|returned? (?:mail|message|to sender)",
    r"deliver\w{0,10} (?:status|fail|report|notif|problem|err|has|of)|(?:failure|failed) (?:notice|deliver)",
    r"user unknown|unknown user|no such user|processing error",
    r"mail(?:er)? (?:system )?(?:error|fail|deliver|returned|undeliver)|message status|message (?:deliver|you sent)",
    r"warning: (?:message|could not)|fail(?:ure|ed)|rejected|bounce|non remis|nicht zugestellt|unzustellbar",
    r"niedostarcz|nie (?:można|mogła|została)|zwrot|zwr[oó]c|no se pudo|non recapitat|mancat[ao] (?:consegna|recapito)",
    r"échec|[ée]chou|devuelt|undelivrable|fehler|недостав|не доставлено|退信|エラー|送信できません|delayed",
)


def sender(mail: Mail) -> str:
    """The address in From, in lower case; "" for none or an empty one."""
    return address.of_field(_plain(mail.fields.text("from"))).lower()


def _plain(value: str) -> str:
    # "MAILER-DAEMON@host (Mail Delivery System)", "Mail Deliver System" <MAILER-DAEMON@host>, Mail Delivery System <>
    start = value.find("<")
    if start < 0:
        return value.partition("(")[0]
    return "" if value[start + 1 :].lstrip().startswith(">") else value


def return_path(mail: Mail) -> str | None:
    """The envelope sender of the report: "" for the null sender, None when no field tells it."""
    if "return-path" not in mail.fields:
        return None
    value = mail.fields.get("return-path").strip().strip("<>").strip()
    return "" if value.lower() in ("", "mailer-daemon", "null") else value


def is_null_sender(mail: Mail) -> bool:
    """True when the report was sent with MAIL FROM:<>, as a notification must be."""
    return return_path(mail) == ""


def is_reply(mail: Mail) -> bool:
    """True when a person answers or forwards, as the subject says."""
    return bool(_REPLY.match(mail.fields.text("subject")))


def is_bulk(mail: Mail) -> bool:
    """True for a newsletter or the posting of a mailing list."""
    return any(name in mail.fields for name in _BULK)


def has_sure_name(mail: Mail) -> bool:
    """True when From, Sender or Return-Path is the name only mail systems have, such as MAILER-DAEMON."""
    path = mail.fields.get("return-path")
    names = (sender(mail), address.of_field(mail.fields.get("sender")), address.of_field(path))
    shown = mail.fields.text("from").partition("<")[0].strip(' "')  # MAILER-DAEMON <>
    return any(_SURE_NAME.fullmatch(name.partition("@")[0]) for name in (*names, shown) if name)


def is_system(mail: Mail) -> bool:
    """True when a mail system, not a person, wrote this mail."""
    name = sender(mail).partition("@")[0]
    if "x-failed-recipients" in mail.fields or has_sure_name(mail):
        return True
    if is_reply(mail) and not is_null_sender(mail):  # James gives its bounces the subject "Re: …"
        return False
    if is_null_sender(mail):
        return not name or bool(_NAMES.fullmatch(name) or _WEAK_NAMES.fullmatch(name))
    if is_bulk(mail):  # a bounce that came by way of a list's owner has the fields of the list
        return bool(_NAMES.fullmatch(name) and FAILURE_SUBJECT.search(mail.fields.text("subject")))
    return not name or bool(_NAMES.fullmatch(name))


def may_be_notification(mail: Mail) -> bool:
    """True when the null sender, or none, is told, and no person's name or subject speaks against it."""
    path, told = return_path(mail), mail.fields.text("from")
    if is_reply(mail):
        return False
    return path == "" or (path is None and '"' not in told and not told.partition("<")[0].strip())


def is_postmaster_notice(mail: Mail) -> bool:
    """True for Postfix's notice to its own postmaster (notify_classes): of a client's session, and of no mail sent."""
    return bool(_NOTICE.match(mail.fields.text("subject")))


def has_weak_name(mail: Mail) -> bool:
    """True when From is a name that shops and services have, too."""
    return bool(_WEAK_NAMES.fullmatch(sender(mail).partition("@")[0]))


def is_likely_system(mail: Mail) -> bool:
    """True when the name sounds like a mail system, a failure is the subject, and no other sender is told.

    Gateways use names of their own ("SMTP_Mail_Service@", "Antivirus_for_SMTP_Gateways@"); only with an SMTP code or
    the sentence of a bounce is that enough.
    """
    name = sender(mail).rpartition("@")[0].strip('"')
    path = return_path(mail)
    if is_reply(mail) or is_bulk(mail) or "in-reply-to" in mail.fields:
        return False
    if path and (path.lower() != sender(mail) or _PERSON_TOO.fullmatch(name)):
        return False
    return bool(_LIKELY_NAME.search(name) and FAILURE_SUBJECT.search(mail.fields.text("subject")))


def is_notification(mail: Mail) -> bool:
    """True when it was surely sent as a notification: with the null sender, or by a name only mail systems have."""
    return is_system(mail) and (is_null_sender(mail) or has_sure_name(mail) or "x-failed-recipients" in mail.fields)


def was_sent_back(mail: Mail) -> bool:
    """True when the header alone tells that a mail system sent it about another mail, in whatever form."""
    report_type = mail.parameters.get("report-type", "").lower()
    if report_type in _OTHER_REPORTS:
        return False
    return mail.type in _TYPES or bool(report_type) or is_notification(mail)
