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
from .wording import any_of

_AWAY = any_of(
    r"auto(?:matic|mated)?[ -]?(?:reply|response|respond\w*|answer|acknowledg\w+)|auto:|out of (?:the )?office|ooo\b",
    r"vacation|away (?:from|until)|on (?:vacation|leave|holiday)|absen(?:ce|t)\b|i am (?:away|out)|abwesen",
    r"automatische (?:antwort|r[üu]ckantwort)|abwesenheitsnotiz|r[ée]ponse automatique|notification d.absence",
    r"absent du bureau|message d.absence|autoodpowied[źz]|automatyczna odpowied[źz]|odpowied[źz] automatyczna",
    r"poza biurem|nieobecno[śs][ćc]|urlop|respuesta autom[áa]tica|fuera de (?:la )?oficina|ausencia",
    r"risposta automatica|fuori (?:sede|ufficio)|assenza|resposta autom[áa]tica|automatisch antwoord|afwezig|автоответ",
    r"автоматический ответ|自动回复|自動応答|自動返信|不在|automatisk\w{0,2} (?:atbild|svar)|autosvar|frånvaro|fravær",
    r"automaattinen vastaus|poissa\b|automatinis atsak|automaatvastus|automatick[áaýé] odpov|automatikus v[áa]lasz",
    r"automatski odgovor|samodejni odgovor|r[ăa]spuns automat|otomatik yan[ıi]t|αυτόματη απάντηση",
    r"автоматична відповідь|автоматичен отговор|מענה אוטומטי|رد تلقائي|자동 ?(?:회신|응답)|automatische? antwort",
    r"risponditore automatico|autoresponder|autoreply|holiday (?:notice|reply)",
    before=r"\s*(?:\[[^\]\n]{1,40}\]\s*)?(?:re:\s*)?[\[({<*\"'-]{0,3}",
)
# Fields that only automatic senders write. Exchange, ticket systems, cPanel, Gmail, ezmlm, vacation(1).
_FIELDS: tuple[tuple[str, re.Pattern[str]], ...] = (
    # "auto-generated" (RFC 3834 §5.1) answers nothing: invitations, digests, tickets of another system.
    ("auto-submitted", re.compile(r"auto-replied", re.I)),
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
    if origin.is_bulk(mail):
        return False
    return has_away_subject(mail) or _is_answer_of_machine(mail)


def _is_answer_of_machine(mail: Mail) -> bool:
    """True for what a person's address sent with the null sender, and no failure: so vacation(1) and others answer."""
    if (
        not origin.is_null_sender(mail)
        or origin.is_system(mail)
        or origin.FAILURE_SUBJECT.search(mail.fields.text("subject"))
    ):
        return False
    is_mass = mail.fields.get("precedence").strip().lower() in ("junk", "bulk")
    return is_mass or bool(mail.fields.get("in-reply-to") or mail.fields.get("references"))
