"""Reads whether a mail server took a sender and a recipient (RFC 5321 §4.1.1.2, §4.1.1.3)."""

from __future__ import annotations

from dataclasses import replace

from ..explanation import Actor, Cause
from ..smtp.reply import Reply
from ..smtp.transaction import Phase
from .recording import Exchange, Recording
from .step import Outcome, Step, failed


def read_handover(recording: Recording, server: str, begin: int = 0) -> list[Step]:
    """Say whether the server took a sender and a recipient; what came before them is not looked at.

    :param begin: the exchange from which on the mail is spoken of
    """
    steps: list[Step] = []
    for name, verb, phase in (("sender", "MAIL", Phase.MAIL), ("recipient", "RCPT", Phase.RCPT)):
        found = next((one for one in recording.exchanges[begin:] if one.verb == verb), None)
        if found is None:
            steps.append(Step(name, Outcome.SKIPPED, "not_reached"))
        elif found.reply is None:
            steps.append(failed(name, None, phase, "connection lost", raw=str(found), server=server))
        elif found.reply.is_positive:
            values = {"address": found.command.partition("<")[2].partition(">")[0]}
            steps.append(Step(name, Outcome.OK, f"{name}_taken", found.seconds, values, str(found)))
        else:
            steps.append(_not_taken(name, phase, found.reply, found, server))
    return steps


def _not_taken(name: str, phase: Phase, reply: Reply, exchange: Exchange, server: str) -> Step:
    """A refusal for now is a warning if the mail would pass when it is tried again, as it does by itself."""
    step = failed(name, reply, phase, "", exchange.seconds, str(exchange), server)
    passes = reply.is_transient and not reply.closes_channel and Cause[step.cause.upper()].actor is Actor.NOBODY
    return replace(step, outcome=Outcome.WARNING) if passes else step
