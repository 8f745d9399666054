"""What a report comes to, in one word (RFC 3464 §2.3.3, RFC 8098 §3.2.6, RFC 5965 §3.1).

Contract: a closed list, from the worst to the best; the models store the values.

>>> worst_result([Result.RELAYED, None, Result.FAILED])
<Result.FAILED: 'failed'>
>>> worst_result([None]) is None
True
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum


class Result(Enum):
    """What a report says of a recipient."""

    FAILED = "failed"  # it was not delivered and will not be
    DELAYED = "delayed"  # a server goes on trying
    COMPLAINT = "complaint"  # the reader called it spam
    NOT_READ = "not_read"  # it arrived and was not displayed: deleted, processed, denied
    EXPANDED = "expanded"  # passed to the members of an alias
    RELAYED = "relayed"  # passed on to a system that sends no DSN
    DELIVERED = "delivered"  # in the mailbox
    READ = "read"  # displayed


def worst_result(results: Iterable[Result | None]) -> Result | None:
    """The worst of the results, None for none."""
    found = set(results)
    return next((result for result in Result if result in found), None)
