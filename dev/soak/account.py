"""Whether what Odoo says of each address of each mail is what the mail server has. Pure: no database, no files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

WAITING = frozenset({"queued", "deferred"})
HANDED_OVER = frozenset({"accepted", "delayed", "relayed", "delivered", "bounced", "read"})
# In place of a mail's state: the request that made the mail and sent it was killed, so that there is no mail.
ROLLED_BACK = "rolled back"
# What nobody may find, the worst first; then what may be.
FAULTS = ("lost", "doubled", "denied", "stranger", "forgotten", "silent", "stuck")
RESULTS = ("rolled_back", "unknown", "waiting", "refused", "canceled", "handed_over")


# Of fewer values nothing is concluded: after a crash the processes begin anew, and with them their connections.
FEWEST = 20


class Row(NamedTuple):
    """One address of one mail, as Odoo shows it."""

    mail_id: int
    message_id: str
    address: str  # "" for a mail that is for nobody
    mail_state: str | None  # core's; None where the mail was deleted
    state: str | None  # the recipient's; None where there is none
    reason: str | None  # a reply, a problem, a time: what a person reads who asks why it is not sent


class Copy(NamedTuple):
    """What the mail server took: it lies in a mailbox, or came back from there."""

    message_id: str
    address: str


def judge(
    rows: Iterable[Row], copies: Iterable[Copy], promised: Iterable[str] = ()
) -> tuple[dict[str, int], list[str]]:
    """Count the addresses, each under what was found.

    - lost: Odoo says that it was handed over, the server never had it; or it is nowhere any more
    - doubled: the server has it twice
    - denied: the server has it, Odoo says that it was not handed over
    - stranger: the server has what Odoo does not know
    - forgotten: Odoo has told a person that a mail is on its way to an address, and knows none
    - silent: not sent, and nothing says why
    - rolled back: the mail left, then what had made it was undone; the attempt says so, and core sends some mails in
      the midst of a request (those of a letter to up to a hundred contacts)
    - stuck: all is handed over, and the mail itself still waits to be sent

    :param promised: addresses of which a person was told that their mail is sent, or waits
    :return: the counts, and a line for each fault
    """
    seen = Counter((copy.message_id, copy.address.lower()) for copy in copies)
    counts: Counter[str] = Counter()
    lines = []
    rows = list(rows)
    still_to_send = {row.mail_id for row in rows if not row.state or row.state in WAITING}
    known, addresses = set(), set()
    for row in rows:
        found = _verdict(row, seen[row.message_id, row.address.lower()])
        counts[found] += 1
        if found in FAULTS:
            lines.append(f"{found}: {tuple(row)}, copies {seen[row.message_id, row.address.lower()]}")
        if row.mail_state == "outgoing" and row.mail_id not in still_to_send:
            counts["stuck"] += 1
            lines.append(f"stuck: {tuple(row)}")
        if found == "unknown" and seen[row.message_id, row.address.lower()]:
            counts["unknown_taken"] += 1
        addresses.add(row.address.lower())
        known.add((row.message_id, row.address.lower()))
    for message_id, address in seen.keys() - known:
        counts["stranger"] += 1
        lines.append(f"stranger: {message_id} to {address}")
    for address in sorted({one.lower() for one in promised} - addresses):
        counts["forgotten"] += 1
        lines.append(f"forgotten: {address}")
    return {name: counts[name] for name in (*FAULTS, *RESULTS, "unknown_taken")}, lines


def _verdict(row: Row, copies: int) -> str:
    if copies > 1:
        return "doubled"
    if row.mail_state == ROLLED_BACK and (copies or row.state == "unknown"):
        return "rolled_back"
    if row.state == "unknown":
        return "unknown"
    if row.state in HANDED_OVER:
        if not copies:
            return "lost"
        return "handed_over"
    if copies:
        return "denied"
    if row.state == "canceled":
        return "canceled"
    if row.state == "refused":
        return "refused" if row.reason else "silent"
    if row.mail_state == "cancel":
        return "canceled"
    if row.mail_state is None:
        return "lost"
    return "waiting" if row.reason else "silent"


def growth(values: list[float]) -> tuple[float, float]:
    """The median of the second quarter and that of the last one: in between nothing should have become more.

    >>> growth([9, 9, 1, 2, 3, 5, 5, 6, 7, 8, 9, 9])
    (3, 9)
    """
    quarter = max(1, len(values) // 4)
    first, last = sorted(values[quarter : 2 * quarter] or values[:1]), sorted(values[-quarter:])
    return first[len(first) // 2], last[len(last) // 2]


def has_grown(values: list[float], share: float, least: float) -> bool:
    """Whether there is more at the end, by a share of what was and by more than so much."""
    if len(values) < FEWEST:
        return False
    before, after = growth(values)
    return after > before * (1 + share) and after > before + least
