"""Who goes into the next transaction of a mail because this one was too full (RFC 5321 §4.5.3.1.8, §4.5.3.1.10).

A server takes at least 100 recipients at a time and may answer 452 to the next ones: they follow at once. How many it
takes is learned from the transaction before. One that served nobody is halved, so that it ends; a single recipient that
is still too many has to wait as after any other 4yz.

>>> from .reply import Reply
>>> reply = Reply.parse([b"452 4.5.3 Too many recipients"])
>>> accepted = RecipientResult("a@example.com", Outcome.ACCEPTED, Phase.CONTENT, None)
>>> over = [RecipientResult(f"{name}@example.com", Outcome.DEFERRED, Phase.RCPT, reply) for name in "bc"]
>>> next_recipients(TransactionResult((accepted, *over), None, "", "", True, 0))
(('b@example.com',), ('c@example.com',))
>>> next_recipients(TransactionResult((over[0],), None, "", "", True, 0)) is None
True
"""

from __future__ import annotations

from . import trouble
from .transaction import Outcome, Phase, RecipientResult, TransactionResult

Addresses = tuple[str, ...]


def is_too_many(one: RecipientResult) -> bool:
    """Tell whether the recipient was put off only because there were others in the same transaction."""
    if one.outcome is not Outcome.DEFERRED or one.phase is None or one.reply is None:
        return False
    return trouble.from_reply(one.phase, one.reply, one.address).scope is trouble.Scope.TRANSACTION


def next_recipients(result: TransactionResult, rest: Addresses = ()) -> tuple[Addresses, Addresses] | None:
    """Return the recipients of the next transaction and those that wait for a later one; None: there is none now.

    :param rest: recipients of the same mail that waited for a later transaction already
    """
    over = tuple(one.address for one in result.recipients if is_too_many(one))
    waiting = over + rest
    outcomes = {one.outcome for one in result.recipients}
    is_settled = not outcomes.isdisjoint((Outcome.ACCEPTED, Outcome.REFUSED))
    if not waiting or not (over or is_settled):
        return None
    size = len(result.recipients)
    if over:
        taken = sum(one.phase in (Phase.DATA, Phase.CONTENT) for one in result.recipients)
        if Outcome.ACCEPTED not in outcomes and size == 1:
            return None
        size = taken if 0 < taken < size else size // 2
    size = max(size, 1)
    return waiting[:size], waiting[size:]
