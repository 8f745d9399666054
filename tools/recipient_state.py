"""What is known of one address of one mail, and the only table that says how that may change.

A reply code of 250 means that the mail server took the responsibility (RFC 5321 §6.1): *accepted*. What
comes back later (RFC 3464 actions, RFC 8098) can move an accepted address on. An event that the table does
not name for a state changes nothing: a repeated, late or contradicting report is harmless.

>>> next_state(State.QUEUED, Event.ACCEPT)
<State.ACCEPTED: 'accepted'>
>>> next_state(State.ACCEPTED, Event.REPORT_FAILED)
<State.BOUNCED: 'bounced'>
>>> next_state(State.READ, Event.REPORT_DELAYED) is None
True
>>> summarize([State.ACCEPTED, State.REFUSED])
'partial'
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum


class State(str, Enum):
    """The states of a recipient, from the buffer to the reader."""

    QUEUED = "queued"  # waits in the buffer
    DEFERRED = "deferred"  # a transient failure (4yz, outage): it will be tried again
    ACCEPTED = "accepted"  # 2yz after the data: the server took it, RFC 5321 §6.1
    UNKNOWN = "unknown"  # the connection died after the final dot
    REFUSED = "refused"  # 5yz, or given up
    DELAYED = "delayed"  # DSN action "delayed", RFC 3464 §2.3.3
    RELAYED = "relayed"  # DSN action "relayed": handed to a system that sends no DSN
    DELIVERED = "delivered"  # DSN action "delivered"
    BOUNCED = "bounced"  # DSN action "failed", or a look-alike
    READ = "read"  # MDN disposition "displayed", RFC 8098 §3.2.6
    IMPORTED = "imported"  # another program sent it, and the mail was imported: no reply is known
    CANCELED = "canceled"  # a person took it out of the buffer


class Event(str, Enum):
    """What can happen to a recipient."""

    ACCEPT = "accept"
    DEFER = "defer"
    REFUSE = "refuse"
    NO_REPLY = "no_reply"  # the connection died after the final dot
    CANCEL = "cancel"
    SEND_AGAIN = "send_again"  # a person asks for it
    SETTLE = "settle"  # a person knows that it arrived
    REPORT_DELAYED = "report_delayed"
    REPORT_RELAYED = "report_relayed"
    REPORT_DELIVERED = "report_delivered"
    REPORT_FAILED = "report_failed"
    REPORT_READ = "report_read"


_REPORTS = {
    Event.REPORT_DELAYED: State.DELAYED,
    Event.REPORT_RELAYED: State.RELAYED,
    Event.REPORT_DELIVERED: State.DELIVERED,
    Event.REPORT_FAILED: State.BOUNCED,
    Event.REPORT_READ: State.READ,
}
_REPLIES = {
    Event.ACCEPT: State.ACCEPTED,
    Event.DEFER: State.DEFERRED,
    Event.REFUSE: State.REFUSED,
    Event.NO_REPLY: State.UNKNOWN,
}

# A report can overtake the record of the reply (it came back while the batch was still being sent), so the
# states before the reply take reports too, and a reply that is recorded after a report changes nothing.
_TABLE: dict[State, dict[Event, State]] = {
    State.QUEUED: {Event.CANCEL: State.CANCELED, **_REPLIES, **_REPORTS},
    State.DEFERRED: {
        Event.CANCEL: State.CANCELED,
        Event.SEND_AGAIN: State.QUEUED,
        **_REPLIES,
        **_REPORTS,
    },
    State.ACCEPTED: _REPORTS,
    State.UNKNOWN: {Event.SETTLE: State.ACCEPTED, Event.SEND_AGAIN: State.QUEUED, **_REPORTS},
    State.REFUSED: {Event.SEND_AGAIN: State.QUEUED},
    State.DELAYED: _REPORTS,
    State.RELAYED: {event: state for event, state in _REPORTS.items() if event is not Event.REPORT_DELAYED},
    # Delivered to one system can still bounce from the next one (a forward).
    State.DELIVERED: {Event.REPORT_FAILED: State.BOUNCED, Event.REPORT_READ: State.READ},
    State.BOUNCED: {Event.SEND_AGAIN: State.QUEUED, Event.REPORT_READ: State.READ},
    State.READ: {},
    State.IMPORTED: _REPORTS,
    # Cancelled, or deleted, while it was on its way: what the server answers after all is the truth.
    State.CANCELED: {
        Event.ACCEPT: State.ACCEPTED,
        Event.REFUSE: State.REFUSED,
        Event.NO_REPLY: State.UNKNOWN,
        Event.SEND_AGAIN: State.QUEUED,
        **_REPORTS,
    },
}

# === SETS OF STATES: what code, views and indexes mean by a word === #

# The mail is sent to the address by itself: now, or when its time has come.
TO_SEND = frozenset({State.QUEUED, State.DEFERRED})
# A server has the mail, or may have it: it must not be handed over again. In any other state nobody has it: the mail
# may be put back into the buffer, cancelled, corrected.
HANDED_OVER = frozenset(
    {
        State.ACCEPTED,
        State.UNKNOWN,
        State.DELAYED,
        State.RELAYED,
        State.DELIVERED,
        State.BOUNCED,
        State.READ,
        State.IMPORTED,
    }
)
# As far as is known it went well, though perhaps it is still on its way.
WENT_WELL = HANDED_OVER - {State.UNKNOWN, State.BOUNCED}
# The same, no trouble on the way is known, and a server has said so.
SUCCESS = WENT_WELL - {State.DELAYED, State.IMPORTED}
# It will not arrive.
FAILURE = frozenset({State.REFUSED, State.BOUNCED})
# A person should look at it: it failed, or is not certain to go well.
PROBLEM = FAILURE | {State.UNKNOWN, State.DEFERRED, State.DELAYED}
# A person may have the mail sent to this address once more, though it may have arrived.
SENDABLE_AGAIN = FAILURE | {State.UNKNOWN}
# What the mail says is needed: it waits, or is likely to be sent once more.
NEEDS_TEXT = TO_SEND | {State.REFUSED, State.UNKNOWN}
# What a person most needs to hear of, first.
URGENCY = (
    State.BOUNCED,
    State.REFUSED,
    State.UNKNOWN,
    State.DEFERRED,
    State.DELAYED,
    State.QUEUED,
    State.ACCEPTED,
    State.RELAYED,
    State.DELIVERED,
    State.READ,
    State.IMPORTED,
    State.CANCELED,
)
# From the least to the most that is known about a mail that went well.
_PROGRESS = (State.IMPORTED, State.DELAYED, State.ACCEPTED, State.RELAYED, State.DELIVERED, State.READ)

# === OF A WHOLE MAIL === #

# Its recipients differ.
PARTIAL = "partial"
# What Odoo's own state of a mail says, where no recipient is recorded (yet).
STATE_OF_MAIL_STATE = {
    "outgoing": State.QUEUED,
    "sent": State.ACCEPTED,
    "exception": State.REFUSED,
    "cancel": State.CANCELED,
}

# === OF A DOCUMENT === #

# What became of a document's e-mails, the worst first, by the state of the address. "no_address" is what is refused for
# want of one.
STATES_OF_DOCUMENT: dict[str, frozenset[State]] = {
    "bounced": frozenset({State.BOUNCED}),
    "refused": frozenset({State.REFUSED}),
    "no_address": frozenset(),
    "unknown": frozenset({State.UNKNOWN}),
    "delayed": frozenset({State.DELAYED}),
    "waiting": TO_SEND,
    "canceled": frozenset({State.CANCELED}),
    "accepted": frozenset({State.ACCEPTED, State.RELAYED}),
    "delivered": frozenset({State.DELIVERED}),
    "read": frozenset({State.READ}),
    "imported": frozenset({State.IMPORTED}),
}
# It will not arrive: to be sent again.
FAILED_DOCUMENT = ("bounced", "refused", "no_address")
# The same, and what nobody knows, and what was not sent.
NOT_ARRIVED_DOCUMENT = (*FAILED_DOCUMENT, "unknown", "canceled")
# On its way, or still here.
WAITING_DOCUMENT = ("delayed", "waiting")


def stored(states: Iterable[State]) -> tuple[str, ...]:
    """The values of some states in the database, the most urgent first: for domains and SQL.

    >>> stored(TO_SEND)
    ('deferred', 'queued')
    """
    found = set(states)
    return tuple(state.value for state in URGENCY if state in found)


# The statuses of a mail that a person should look at.
PROBLEM_STATUSES = (*stored(PROBLEM), PARTIAL)


def next_state(state: State, event: Event) -> State | None:
    """The state after the event; None if the event means nothing in this state.

    The state can stay the same and still have news: a second attempt that was put off has another reply.
    """
    return _TABLE[state].get(event)


def summarize(states: Iterable[State]) -> str:
    """One word for a mail: its recipients' common state, the least advanced one, or "partial".

    Cancelled addresses do not count beside others. No recipients: "".
    """
    found = set(states)
    if len(found) > 1:
        found.discard(State.CANCELED)
    if len(found) == 1:
        return found.pop().value
    for state in _PROGRESS:
        if found and found <= set(_PROGRESS) and state in found:
            return state.value
    return PARTIAL if found else ""
