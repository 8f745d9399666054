"""The receipt: the id that a server names when it accepts a mail (RFC 5321 §4.2.5 leaves the text to the server).

"Queue id" is no term of an RFC: every server writes its own free text, some write no id at all. The id returned is the
one that the server's own support can search for:

* Exchange, also as Microsoft 365: the Message-ID with its angle brackets, as "Message trace" wants it; on submission
  Microsoft 365 replaces the Message-ID that was sent, so the reply is the only place that names the new one. The
  InternalId counts only where no Message-ID is told.
* A relay behind a content filter (amavis) passes on the reply of the next server: the last id is the mail's, the
  first one the filter's.

>>> find_receipt("2.0.0 Ok: queued as 8EF88268011")
'8EF88268011'
>>> find_receipt("2.6.0 Ok, id=04497-01, from MTA([127.0.0.1]:10025): 250 Ok: queued as EFD4020904")
'EFD4020904'
>>> find_receipt("Great success")
''
"""

from __future__ import annotations

import re

_HEAD = re.compile(r"\A#?[245]\.\d{1,3}\.\d{1,3}[:;,.]?(?:\s+|\Z)")
_MESSAGE_ID = r"<[^<>\s]{1,250}>"
# A bare word is an id only if it has a digit: "Ok Message accepted for delivery" names none.
_WORD_WITH_DIGIT = r"(?=[^\s\d]*\d)[\w.+/-]{6,250}"

# Ordered: the unmistakable first. Of several places the last one counts (see amavis above).
_FORMS = tuple(
    (name, re.compile(pattern, re.IGNORECASE | re.MULTILINE))
    for name, pattern in (
        # "<x@y> [InternalId=9599, Hostname=…] 13478 bytes in 0.277, 47.373 KB/sec Queued mail for delivery"
        ("Exchange", rf"^({_MESSAGE_ID}) .*Queued mail for delivery"),
        ("Exchange without Message-ID", r"\[InternalId=(\d+).*Queued mail for delivery"),
        # "OK <x@y> [Hostname=….prod.outlook.com]"
        ("Microsoft 365 submission", rf"^OK ({_MESSAGE_ID}) \[Hostname="),
        # "Ok: queued on smtp3m.mail.yandex.net as 1430081058-6ltgNFKSir-iHEKdOrm"
        ("Yandex", r"\bqueued on \S+ as (\S+)"),
        # Postfix; also Brevo ("as <x@y>"), SendGrid, Mailjet, ZoneMTA, nodemailer's smtp-server, amavis before Postfix
        ("Postfix", r"\bqueued as (\S+)"),
        ("Haraka", r"\bMessage Queued \(([^()\s]+)\)"),
        ("Stalwart", r"\bqueued with id ([\w.-]+)"),
        # "OK id=1xVaWQ-0004RC-3C"; also IONOS, GMX ("… okay, completed: id=1MKsaz-…"), amavis before Exim or alone
        ("Exim", r"(?<![\w-])id=([\w.-]+)"),
        # "22976b7d Message accepted for delivery"
        ("Sendmail, OpenSMTPD", rf"(?:^|\s)({_WORD_WITH_DIGIT}) Message accepted for delivery"),
        # "OK  1571601091 d44si1315748ede.149 - gsmtp": a time, then the id of Gmail's Received field
        ("Gmail", r"(\S+) - gsmtp$"),
        # LMTP: "<sales@odoo.test> 50xlCU6cBGsCWQAAg+zDdQ Saved"
        ("Dovecot", r"^<[^>]*> (\S+) Saved"),
        ("Oracle Messaging Server", r"\benvelope id (\S+)"),
        ("IronPort", r"\bMessage (\d+) accepted"),
        ("qmail", r"^ok (\d+ qp \d+)"),
        # The id alone: SES "Ok 01000154dc729264-…", Courier "Ok. 000000006B04AA68.00001A77", CampaignMonitor "OK:5f…"
        ("Ok and an id", rf"^OK[.:]?\s*(?<![a-z])({_WORD_WITH_DIGIT})$"),
    )
)


def find_receipt(text: str) -> str:
    """Find the id in the text of a positive reply to the content; "" if the server told none.

    :param text: a reply's text, with or without the enhanced status code in front
    """
    text = _HEAD.sub("", text.strip())
    for _name, form in _FORMS:
        found = form.findall(text)
        if found:
            return str(found[-1]).rstrip(".,;:")
    return ""
