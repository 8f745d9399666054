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

_HEAD = re.compile(r"\A#?[245]\.\d{1,3}\.\d{1,3}[:;,.]?(?:\s{1,20}|\Z)")
_MESSAGE_ID = r"<[^<>\s]{1,250}>"
_ID = r"(?<!\S)([^\s()\[\]]{1,250})"
# A bare word is an id only if it has a digit: "Ok Message accepted for delivery" names none.
_WORD_WITH_DIGIT = r"(?=[^\s\d]{0,250}\d)[\w.+/-]{6,250}"
# Addresses and dates have digits, too.
_NO_ID = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}|\d{4}-\d\d-\d\d\S*|\d{1,2}:\d\d(?::\d\d)?")

# Ordered: the unmistakable first. Of several places the last one counts (see amavis above).
_FORMS = tuple(
    (name, re.compile(pattern, re.IGNORECASE | re.MULTILINE))
    for name, pattern in (
        # "<x@y> [InternalId=9599, Hostname=…] 13478 bytes in 0.277, 47.373 KB/sec Queued mail for delivery"
        ("Exchange", rf"^({_MESSAGE_ID}) .{{0,300}}Queued mail for delivery"),
        ("Exchange without Message-ID", r"\[InternalId=(\d{1,30}).{0,300}Queued mail for delivery"),
        # "OK <x@y> [Hostname=….prod.outlook.com]"
        ("Microsoft 365 submission", rf"^OK ({_MESSAGE_ID}) \[Hostname="),
        # "ok 1446233056 qp 26062 server-4.tower-221.messagelabs.com!1446233056!7679409!1"
        ("Symantec Email Security.cloud", r"\bqp \d{1,20} ([\w.-]{1,100}![\d!]{3,60})"),
        # "Ok: queued on smtp3m.mail.yandex.net as 1430081058-6ltgNFKSir-iHEKdOrm"; since 2022 without "as"
        ("Yandex", r"\bqueued on [^\s()]{1,200} (?:as )?([^\s()]{6,250})"),
        # "Data Ok: queued as freedom ### envid=148316944": always "freedom"
        ("Aliyun", r"\benvid=([\w.-]{1,100})"),
        # Postfix; also Brevo ("as <x@y>"), SendGrid, Mailjet, ZoneMTA, nodemailer's smtp-server, NetEase, amavis
        ("Postfix", r"\bqueued as ([^\s()]{1,250})"),
        ("Haraka", r"\bMessage Queued \(([^()\s]{1,250})\)"),
        ("Stalwart", r"\bqueued with id ([\w.-]{1,250})"),
        # "SmtpThread-1-2@uk-mta-3.uk.mimecast.lan Received OK [b_3xAAAAAAAAAAAAAAAAAA.uk3]"
        ("Mimecast", r"\bReceived OK \[([^\[\]\s]{1,250})\]"),
        # InterMail (Openwave): "Message received: 20180913155155.XQZL7358.mta@imp E0000"
        ("InterMail", rf"\bMessage received: {_ID}"),
        # "Ok, message saved <Message-ID: 20260302@x.test>"
        ("MDaemon", r"\bmessage saved <Message-ID: ?([^<>\s]{1,250})>"),
        # "OK id=1xVaWQ-0004RC-3C"; also IONOS, GMX ("… okay, completed: id=1MKsaz-…"), amavis before Exim or alone
        ("Exim", r"(?<![\w-])(?:queue-?|message-?|msg|q|m)?id=<?([\w.-]{1,250}(?:@[\w.-]{1,250})?)"),
        # "22976b7d Message accepted for delivery"; Cloudmark (Comcast, Orange, Libero): "… mail accepted for delivery"
        ("Sendmail, OpenSMTPD", rf"(?:^|\s)({_WORD_WITH_DIGIT}) (?:Message|mail) accepted\b"),
        # "OK  1571601091 d44si1315748ede.149 - gsmtp": a time, then the id of Gmail's Received field
        ("Gmail", r"(?<!\S)(\S{1,250}) - gsmtp$"),
        # LMTP: "<sales@odoo.test> 50xlCU6cBGsCWQAAg+zDdQ Saved"
        ("Dovecot", r"^<[^<>]{0,250}> (\S{1,250}) Saved"),
        ("Oracle Messaging Server", r"\benvelope id (\S{1,250})"),
        ("IronPort", r"\bMessage (\d{1,30}) accepted"),
        ("qmail", r"^ok (\d{1,20} qp \d{1,20})"),
        # "Message accepted, queue id: 12345", "Accepted. ID: 3f2a-1"
        ("an id by its name", rf"\b(?:queue|message|transaction|mail|reference)? ?id(?: is|:) ?({_WORD_WITH_DIGIT})"),
        # "OK: queued 2K6C7TNVWUIRJYGYXJ6K4TYT", "Accepted [0a5f7a3e-1]"
        ("queued", rf"\b(?:queued|accepted):? [\[(<]?({_WORD_WITH_DIGIT})[\])>]?$"),
        # The id alone: SES "Ok 01000154dc729264-…", Courier "Ok. 000000006B04AA68.00001A77", CampaignMonitor "OK:5f…",
        # Momentum "OK 5B/34-12345-ABCDE1F6"
        ("Ok and an id", rf"^OK[.:,]?\s{{0,20}}(?<![a-z])[\[(<]?({_WORD_WITH_DIGIT})[\])>]?$"),
    )
)


def find_receipt(text: str) -> str:
    """Find the id in the text of a positive reply to the content; "" if the server told none.

    :param text: a reply's text, with or without the enhanced status code in front
    """
    text = _HEAD.sub("", text.strip())
    for _name, form in _FORMS:
        found = [one for one in (str(each).rstrip(".,;:") for each in form.findall(text)) if _is_id(one)]
        if found:
            return found[-1]
    return ""


def _is_id(word: str) -> bool:
    """False for a word of the language, an address, a date or a time."""
    return bool(word) and not (word.isalpha() and (word.islower() or word.istitle())) and not _NO_ID.fullmatch(word)
