"""What becomes of the mails in flight when their connection ends (RFC 5321 §4.1.1.10, §4.2.1: 421).

>>> from .envelope import Envelope
>>> from .extension import Extensions
>>> from .pipelined_transaction import Job
>>> from .transcript import Transcript
>>> job = Job(Envelope("s@example.com", ("a@example.com",)), b"Hi")
>>> transaction = PipelinedTransaction(job, Extensions(), Transcript())
>>> settled([transaction], 0, "connection lost") == [(job, None)]  # nothing was said of it: it goes elsewhere at once
True
"""

from __future__ import annotations

from collections.abc import Iterable

from .pipelined_transaction import PipelinedTransaction, Result
from .transaction import TransactionResult


def settled(
    in_flight: Iterable[PipelinedTransaction],
    written: int,
    problem: str,
    is_orderly: bool = False,
    is_sudden: bool = False,
) -> list[Result]:
    """Settle what is open, in the order of the replies.

    :param written: so many bytes have left
    :param problem: what happened to the connection
    :param is_orderly: closed after 421, as announced: what was not answered was not looked at
    :param is_sudden: it ended by an error that nothing had announced
    """
    results = []
    for transaction in in_flight:
        is_written = transaction.is_written(written) and not is_orderly
        # The server hung up over this mail: to send it again at once would be to run into the same wall.
        hung_up_over_it = is_sudden and (transaction.has_reply or transaction.is_begun(written))
        is_settled = transaction.is_over or is_written or hung_up_over_it
        is_sudden = is_sudden and transaction.is_over
        if is_settled:
            transaction.on_connection_lost(problem, is_written)
        results.append(outcome(transaction, transaction.result(usable=False) if is_settled else None))
    return results


def outcome(transaction: PipelinedTransaction, result: TransactionResult | None) -> Result:
    """Return what is told of a mail: None instead of a result if it has not been dealt with at all."""
    return transaction.job, None if transaction.is_unsent else result
