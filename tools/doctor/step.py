"""One step of an examination, and how it went. The words are in `const/doctor.py`.

>>> Step("tls", Outcome.OK, "encrypted", values={"version": "TLSv1.3", "cipher": "AES"}).outcome.value
'ok'
>>> failed("greeting", problem="timed out").cause
'no_answer'
>>> failed("login", Reply.parse([b"535 5.7.8 No"]), Phase.AUTH).cause
'wrong_login'
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum

from ..explanation import Facts, explain
from ..smtp.reply import Reply
from ..smtp.transaction import Phase


class Outcome(str, Enum):
    """How a step went."""

    OK = "ok"
    WARNING = "warning"  # mail leaves all the same
    FAILED = "failed"
    SKIPPED = "skipped"  # not tried, or not to be known from here


@dataclass(frozen=True, slots=True)
class Step:
    """One step.

    :param name: a key of `const.doctor.STEPS`
    :param finding: a key of `const.doctor.FINDINGS`
    :param seconds: that it took
    :param values: fill the words of the finding
    :param raw: the lines on the wire, secrets masked; or other details for support
    :param cause: of a failure: a value of `tools.explanation.Cause`, "" if it says it itself
    :param problem: of a failure without a reply: the stable words of `tools.smtp`
    """

    name: str
    outcome: Outcome
    finding: str
    seconds: float = 0.0
    values: Mapping[str, str] = field(default_factory=dict)
    raw: str = ""
    cause: str = ""
    problem: str = ""


def failed(
    name: str,
    reply: Reply | None = None,
    phase: Phase | None = None,
    problem: str = "",
    seconds: float = 0.0,
    raw: str = "",
    server: str = "",
) -> Step:
    """A step that failed: by a server's reply, or by what went wrong without one.

    :param server: its host name, by which providers are known
    """
    if reply is not None:
        facts = Facts.of_reply(reply, phase, problem, server)
    else:
        facts = Facts(phase=phase, problem=problem, server=server)
    found = explain(facts)
    cause = found.cause.value if found else "not_sent"
    return Step(name, Outcome.FAILED, "cause", seconds, raw=raw, cause=cause, problem=problem)


def not_reached(names: Iterable[str]) -> list[Step]:
    """The steps that were not tried, because one before them failed."""
    return [Step(name, Outcome.SKIPPED, "not_reached") for name in names]
