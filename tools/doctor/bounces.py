"""Will bounces come back? What the settings say of the address that they are sent to, and of the way in.

>>> judge_bounces(BounceFacts(("bounce@a.test",), ("bounce@a.test",), ("mailbox",)))[1].finding
'bounces_expected'
>>> [step.finding for step in judge_bounces(BounceFacts(("bounce@a.test",), (), ()))]
['bounces_to_sender', 'no_way_in']
"""

from __future__ import annotations

from dataclasses import dataclass

from .step import Outcome, Step


@dataclass(frozen=True, slots=True)
class BounceFacts:
    """What is known without a look at the network.

    :param addresses: the bounce addresses of all companies
    :param fitting: those of them that the server's filter lets be the sender
    :param ways: the names of the incoming servers and watched mailboxes that work
    :param last: the day on which a returned mail came in last, "" if none ever did
    :param sender: the address that mails leave from
    """

    addresses: tuple[str, ...]
    fitting: tuple[str, ...]
    ways: tuple[str, ...]
    last: str = ""
    sender: str = ""


def judge_bounces(facts: BounceFacts) -> list[Step]:
    """Say where bounces go, and whether Odoo sees them there: two steps."""
    return [_address(facts), _way_in(facts)]


def _address(facts: BounceFacts) -> Step:
    name = "bounce_address"
    values = {"addresses": ", ".join(facts.addresses), "sender": facts.sender}
    if not facts.addresses:
        return Step(name, Outcome.WARNING, "no_bounce_address", values=values)
    if not facts.fitting:
        return Step(name, Outcome.WARNING, "bounces_to_sender", values=values)
    if len(facts.fitting) < len(facts.addresses):
        others = [address for address in facts.addresses if address not in facts.fitting]
        return Step(name, Outcome.OK, "bounces_of_some", values={**values, "others": ", ".join(others)})
    return Step(name, Outcome.OK, "bounce_address", values=values)


def _way_in(facts: BounceFacts) -> Step:
    values = {"ways": ", ".join(facts.ways), "date": facts.last}
    if facts.last:
        return Step("way_in", Outcome.OK, "bounces_seen", values=values)
    if facts.ways:
        return Step("way_in", Outcome.OK, "bounces_expected", values=values)
    return Step("way_in", Outcome.WARNING, "no_way_in", values=values)
