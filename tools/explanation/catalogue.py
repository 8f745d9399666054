"""The one place that decides on a cause: provider, status code, words, reply code, step – in this order.

Words stand before the reply code, because servers answer 550 to everything, and behind the status codes that leave no
doubt, because a filter's words speak of many things. Nothing here raises: what is not known has a general cause.

>>> explain(Facts(421, None, "4.7.0 Try again later, closing connection. x9si - gsmtp")).rule
'Gmail: says "temporary system problem" or "server busy" or "try again later closing connection"'
>>> explain(Facts(problem="timed out")).cause.value
'no_answer'
>>> explain(Facts(250, None, "2.0.0 Ok")) is None
True
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from .cause import Actor, Cause
from .codes import PRECISE, STEPS, VAGUE
from .problems import PROBLEMS, SENTENCES, cause_of
from .provider import PROVIDERS
from .statuses import STATUSES, SUBJECTS
from .table import Facts, Row
from .words import WORDS
from .words_recipient import WORDS_OF_RECIPIENT

# In this order, after the providers; the names are for the printed table.
TABLES: Final[tuple[tuple[str, tuple[Row, ...]], ...]] = (
    ("status", STATUSES),
    ("words", WORDS),
    ("code", PRECISE),
    ("words", WORDS_OF_RECIPIENT),
    ("subject", SUBJECTS),
    ("code", VAGUE),
    ("step", STEPS),
)

_SAYS_LITTLE: Final = (Cause.POLICY, Cause.MAILBOX_UNAVAILABLE, Cause.REFUSED, Cause.RETURNED)
# What a refusal for now cannot mean.
_FOR_NOW: Final = {Cause.MAILBOX_UNAVAILABLE: Cause.MAILBOX_BUSY, Cause.POLICY: Cause.PUT_OFF}


class Explanation(NamedTuple):
    """The cause, who acts now, and the rule that said so."""

    cause: Cause
    actor: Actor
    rule: str


def explain(facts: Facts) -> Explanation | None:
    """Return the cause of what did not go well; None where nothing went wrong, or nothing is known."""
    cause, rule = _cause(facts)
    if facts.delayed and cause is Cause.GIVEN_UP:
        cause = Cause.PUT_OFF
    if cause and facts.klass == 4 and not facts.is_final:
        cause = _FOR_NOW.get(cause, cause)
    if facts.hard and cause in _SAYS_LITTLE:  # the words were judged in tools/report
        cause, rule = Cause.ADDRESS_WRONG, "hard"
    return Explanation(cause, cause.who_acts(facts.is_final), rule) if cause else None


def _cause(facts: Facts) -> tuple[Cause | None, str]:
    if facts.klass in (4, 5) or facts.returned:
        found = _of_reply(facts)
        if found:
            return found
    if facts.problem:
        return _of_problem(facts)
    return _general(facts)


def _of_reply(facts: Facts) -> tuple[Cause, str] | None:
    for provider in PROVIDERS:
        if provider.speaks(facts):
            found = _first(provider.rows, facts)
            if found:
                return found.cause, f"{provider.name}: {found}"
    for _name, rows in TABLES:
        found = _first(rows, facts)
        if found:
            return found.cause, str(found)
    return None


def _of_problem(facts: Facts) -> tuple[Cause, str]:
    cause = cause_of(facts.problem, facts.phase)
    if cause:
        return cause, "problem"
    found = _first(SENTENCES, Facts(text=facts.problem)) or _first(STEPS, facts)
    return (found.cause, str(found)) if found else (Cause.NOT_SENT, "general")


def _general(facts: Facts) -> tuple[Cause | None, str]:
    if facts.returned:
        return Cause.RETURNED, "general"
    if facts.klass == 4:
        return Cause.PUT_OFF, "general"
    return (Cause.REFUSED, "general") if facts.klass == 5 else (None, "")


def _first(rows: Iterable[Row], facts: Facts) -> Row | None:
    return next((row for row in rows if row.fits(facts)), None)


def recognised(cause: Cause) -> Iterable[str]:
    """By what a cause is recognised, one line each: for the printed table."""
    for words, one in PROBLEMS.items():
        if one is cause:
            yield f'problem "{words}"'
    for _name, rows in (*TABLES, ("sentence", SENTENCES)):
        yield from (str(row) for row in rows if row.cause is cause)
    for provider in PROVIDERS:
        for row in provider.rows:
            if row.cause is cause:
                yield f"{provider.name}: {row} [{row.source}, read {row.read}]"
