"""What is to be held against the engine or a server, by what the next hop has."""

from collections import Counter
from collections.abc import Sequence
from typing import Protocol

OK, LOST, OWN_DOUBLE, QUEUED = "ok", "lost", "doubled by the server itself", "still in the server's queue"
# Sendmail removes the content first, then the envelope: killed in between it sends "No Message Collected" afterwards.
OTHER_DOUBLE = "of these with another content"
ACCEPTED, REFUSED, DEFERRED = "accepted", "refused", "deferred"


class Copy(Protocol):
    """A mail as it came, see `next_hop.Copy`."""

    header: str
    own_id: str
    body: str


def in_short(faults: list[str]) -> list[str]:
    """Return each once, with how often it was found."""
    return [f"{number} {fault}" for fault, number in Counter(faults).items()]


def verdict(outcome: str, copies: Sequence[Copy]) -> str:
    """What is to be held against an outcome, by the copies that came to the next hop."""
    different = len({copy.header for copy in copies})
    if outcome == ACCEPTED and not copies:
        return LOST
    if different > 1:
        return "doubled"
    if outcome in (REFUSED, DEFERRED) and copies:
        return f"stored though {outcome}"
    return OWN_DOUBLE if len(copies) > 1 else OK


def changed(body: str, copies: Sequence[Copy]) -> Counter[str]:
    """Count the copies of one mail to one address that have another content than was sent.

    :param body: a digest of what was sent
    """
    others = sum(copy.body != body for copy in copies)
    return Counter({OTHER_DOUBLE if others < len(copies) else "changed": others})


def whose(receipt: str, copies: Sequence[Copy], log: str) -> str:
    """Where the receipt is found again."""
    if not receipt:
        return "none told"
    if any(receipt == copy.own_id for copy in copies):
        return "of the next hop"
    if any(receipt in copy.header for copy in copies):
        return "in the mail's trace"
    return "in the server's log" if receipt in log else "**found nowhere**"
