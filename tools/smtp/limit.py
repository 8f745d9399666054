"""Replies that speak of the whole server or account, not of one mail (RFC 5321 §3.8, §4.5.3.1; provider pages).

Some providers say "your limit for today is used up" with a 5yz code. Taken by its class it would end the mail; it is
the account that has to wait. A *server limit* defers the mail and suspends the server.

>>> server_limit(Reply.parse([b"550 5.4.5 Daily user sending limit exceeded."]))
86400
>>> server_limit(Reply.parse([b"550 5.1.1 No such user"])) is None
True
"""

from __future__ import annotations

import re

from .reply import Reply

_HOUR = 60 * 60
_DAY = 24 * _HOUR

# (reply code classes, pattern of code and text, seconds to wait). The first that fits counts.
_LIMITS: tuple[tuple[str, re.Pattern[str], int], ...] = tuple(
    (classes, re.compile(pattern, re.IGNORECASE | re.DOTALL), seconds)
    for classes, pattern, seconds in (
        # Gmail 550 5.4.5; Microsoft 550 5.1.90; SES 454; OVH, IONOS and others in words.
        ("45", r"5\.4\.5\b|5\.1\.90\b", _DAY),
        ("45", r"\bdaily\b.{0,40}\b(?:limit|quota)|\b(?:limit|quota)\b.{0,40}\bper day\b|daily message quota", _DAY),
        ("45", r"\bhourly\b.{0,40}\b(?:limit|quota)|\b(?:limit|quota)\b.{0,40}\bper hour\b", _HOUR),
        # Zoho 550 5.4.6: the account is blocked for a while.
        ("45", r"5\.4\.6 unusual sending activity", _HOUR),
        ("45", r"too many (?:connections|concurrent)|concurrent connections limit|connection rate limit", 60),
        ("45", r"maximum sending rate|sending rate exceeded|too much mail from|throttl|rate limit", 60),
    )
)


def server_limit(reply: Reply) -> int | None:
    """Seconds that this server is to be left alone; None if the reply speaks of the mail or the recipient."""
    if not (reply.is_transient or reply.is_permanent):
        return None
    text = str(reply)
    for classes, pattern, seconds in _LIMITS:
        if text[0] in classes and pattern.search(text):
            return seconds
    return None
