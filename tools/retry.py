"""When a mail that was deferred, or a server that is suspended, is tried again (RFC 5321 §4.5.4.1).

The RFC asks for a growing interval and for giving up after some days. Most servers that greylist take a mail after
five minutes, so the first retry comes early. What a server asks for itself: see `smtp.trouble.retry_after`.

>>> retry_delay(1, retry_after=None, jitter=0.0), retry_delay(3, retry_after=None, jitter=0.0)
(300, 1200)
>>> retry_delay(1, retry_after=60, jitter=0.5)
60
>>> suspension_delay(0, retry_after=10), suspension_delay(2, retry_after=0), suspension_delay(99, retry_after=7200)
(60, 300, 7200)
"""

from __future__ import annotations

from typing import Final

FIRST_DELAY: Final = 5 * 60  # seconds
LONGEST_DELAY: Final = 4 * 60 * 60  # seconds
GIVE_UP_HOURS: Final = 48
# Seconds a server is left alone after one, two, … failures in a row; then it is tried with one batch.
SUSPENSIONS: Final = (60, 120, 300, 600, 1800)


def retry_delay(attempts: int, retry_after: int | None, jitter: float) -> int:
    """Return the seconds until the next attempt to send a mail.

    :param attempts: how many attempts were made, at least 1
    :param retry_after: the seconds that the server asked for
    :param jitter: 0.0 to 1.0; spreads retries by up to a tenth, so that they do not come all at once
    """
    if retry_after is not None:
        return min(max(retry_after, 1), LONGEST_DELAY)
    delay = min(FIRST_DELAY * 2 ** (max(attempts, 1) - 1), LONGEST_DELAY)
    return int(delay * (1 + jitter / 10))


def suspension_delay(failures: int, retry_after: int) -> int:
    """Return the seconds for which a server is left alone.

    :param failures: how many failures in a row there were before this one
    :param retry_after: the seconds that the server asked for, 0 for none
    """
    return max(retry_after, SUSPENSIONS[min(failures, len(SUSPENSIONS) - 1)])


def is_given_up(age: float, limit: float) -> bool:
    """Tell whether a mail has waited too long: both in seconds."""
    return age >= limit
