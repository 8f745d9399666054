"""When a mail that a server deferred is tried again (RFC 5321 §4.5.4.1).

The RFC asks for a growing interval and for giving up after some days. Most servers that greylist take a
mail after five minutes, so the first retry comes early.

>>> retry_delay(1, wish=None, jitter=0.0)
300
>>> retry_delay(3, wish=None, jitter=0.0)
1200
>>> retry_delay(1, wish=60, jitter=0.5)
60
"""

from __future__ import annotations

import re

FIRST_DELAY = 5 * 60  # seconds
LONGEST_DELAY = 4 * 60 * 60  # seconds
LONGEST_REST = 24 * 60 * 60  # seconds
GIVE_UP_AGE = 2 * 24 * 60 * 60  # seconds
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_WISH = re.compile(
    r"(?:try|retry|again|wait|retry-after)\D{0,40}?(\d{1,5})\s*(s(?:ec(?:ond)?s?)?|m(?:in(?:ute)?s?)?|h(?:(?:ou)?rs?)?|d(?:ays?)?)\b",
    re.IGNORECASE,
)


def retry_delay(attempts: int, wish: int | None, jitter: float) -> int:
    """Seconds until the next attempt.

    :param attempts: how many attempts were made, at least 1
    :param wish: the delay in seconds that the server asked for, see :func:`delay_wish`
    :param jitter: 0.0 to 1.0; spreads retries by up to a tenth, so that they do not come all at once
    """
    if wish is not None:
        return min(max(wish, 1), LONGEST_DELAY)
    delay = min(FIRST_DELAY * 2 ** (max(attempts, 1) - 1), LONGEST_DELAY)
    return int(delay * (1 + jitter / 10))


def delay_wish(reply: str) -> int | None:
    """The delay in seconds that a reply asks for, as in "try again in 5 minutes"; None if it names none.

    >>> delay_wish("Greylisted, please try again in 60 seconds")
    60
    >>> delay_wish("Greylisted, please try again later") is None
    True
    """
    found = _WISH.search(reply)
    return int(found[1]) * _UNITS[found[2][0].lower()] if found else None


def server_rest(reply: str, seconds: int) -> int:
    """Seconds that a server is left alone after a reply that speaks of all its mails: what it asks for, at most a day.

    :param seconds: how long if it does not ask

    >>> server_rest("421 4.3.2 Try again in 10 minutes", 60), server_rest("421 Try again in 99999 days", 60)
    (600, 86400)
    """
    return min(delay_wish(reply) or seconds, LONGEST_REST)


def is_given_up(age: float, limit: float = GIVE_UP_AGE) -> bool:
    """Whether a mail has waited too long: both in seconds."""
    return age >= limit
