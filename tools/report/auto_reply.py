"""Automatic replies: vacation notices, confirmations of helpdesks (RFC 3834 §5, and what systems before it send).

Contract: header first; the subject counts only with words that persons do not begin a mail with. It is neither a
bounce nor an answer of a person.

>>> is_auto_reply(Mail.read(b"Auto-Submitted: auto-replied (vacation)\\nSubject: Away\\n\\n"))
True
>>> is_auto_reply(Mail.read(b"Auto-Submitted: no\\nSubject: Re: Offer\\n\\n"))
False
"""

from __future__ import annotations

import re

from . import origin
from .mime import Mail

_AWAY = re.compile(
    r"\s*(?:\[[^\]\n]{1,40}\]\s*)?(?:re:\s*)?(?:"
    r"auto(?:matic|mated)?[ -]?(?:reply|response|respond\w*|answer|acknowledg\w+)|auto:|out of (?:the )?office"
    r"|ooo\b|vacation"
    r"|away (?:from|until)|on (?:vacation|leave|holiday)|absen(?:ce|t)\b|i am (?:away|out)|abwesen"
    r"|automatische (?:antwort|"
    r"r[üu]ckantwort)|abwesenheitsnotiz|r[ée]ponse automatique|notification d.absence|absent du bureau"
    r"|message d.absence"
    r"|autoodpowied[źz]|automatyczna odpowied[źz]|odpowied[źz] automatyczna|poza biurem|nieobecno[śs][ćc]|urlop"
    r"|respuesta autom[áa]tica|fuera de (?:la )?oficina|ausencia|risposta automatica|fuori (?:sede|ufficio)|assenza"
    r"|resposta autom[áa]tica|automatisch antwoord|afwezig|автоответ|автоматический ответ|自动回复|自動応答"
    r"|自動返信|不在"
    r")",
    re.I,
)
# Fields that only automatic senders write. Exchange, ticket systems, cPanel, Gmail, ezmlm, vacation(1).
_FIELDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("auto-submitted", re.compile(r"auto-(?:replied|generated|notified)", re.I)),
    ("x-autoreply", re.compile(r"yes|true|1|\S", re.I)),
    ("x-autorespond", re.compile(r"")),
    ("x-autoresponder", re.compile(r"")),
    ("x-auto-reply", re.compile(r"")),
    ("x-mail-autoreply", re.compile(r"")),
    ("x-facebook-notify", re.compile(r"\bauto")),
    ("x-ms-exchange-inbox-rules-loop", re.compile(r"\S")),
    ("precedence", re.compile(r"auto_?reply", re.I)),
    ("x-precedence", re.compile(r"auto_?reply", re.I)),
)


def has_away_subject(mail: Mail) -> bool:
    """True when the subject begins as those of vacation notices do."""
    return bool(_AWAY.match(mail.fields.text("subject")))


def is_auto_reply(mail: Mail) -> bool:
    """True for a mail that a machine sent because a mail came in."""
    for name, pattern in _FIELDS:
        if name in mail.fields and pattern.search(mail.fields.get(name)):
            return True
    return has_away_subject(mail) and not origin.is_bulk(mail)
