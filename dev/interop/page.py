"""The table of servers, modes and cases, and the page that keeps it: dev/bench/INTEROP.md."""

import datetime
from dataclasses import dataclass

from bench.results import commit, table
from bench.setting import hardware
from cache import DEV

PAGE = DEV / "bench" / "INTEROP.md"
BAD = "**"
HEAD = f"""# Real mail servers

Written by `python3 dev/dev.py interop --write`; `dev/interop/__init__.py` says how.

The module's own engine (`engine/sender.py`) sends to each server in each mode that the server offers; the server hands
everything on to a next hop, which keeps account of what it really had. "ok" means: every address ended as it should,
all that was accepted is there once, as it was sent, and nothing else is. What is wrong is in {BAD}bold{BAD}; the rest
are remarks.

- *good*: mails to one and two addresses, with dots and letters outside ASCII, two of 150 kB. *bad*: an address that is
  refused. *mixed*: both, in one mail and in turn. *too big*: more than the server takes, between small ones. *TLS*: the
  mixed ones, after STARTTLS.
- *killed*: mixed mails, and kill -9 for all of the server's processes at random moments while mails are on their way;
  it starts again with what is on its disk, and the engine goes on. *unknown*: addresses of mails that had left when the
  connection broke; they are not sent again. *doubled by the server itself*: two copies with one and the same Received
  field: it was killed after it had handed the mail on and before it had noted that; *of these with another content*:
  the content was not there any more (Sendmail: "No Message Collected").
- *put off first*: the server said "not now" (or hung up); sent again, as the buffer does, they ended as they should.
- *receipt*: where the id that is kept as the receipt is found again.
"""


@dataclass(frozen=True)
class Row:
    """One server in one mode.

    :ivar cells: what each case came to, and "receipt"; none if the server does not run
    """

    server: str
    version: str
    mode: str
    cells: dict[str, str]
    note: str = ""

    @property
    def is_bad(self) -> bool:
        return not self.cells or any(BAD in cell for cell in self.cells.values())


def shown(rows: list[Row], cases: list[str]) -> str:
    """The table, and under it what is to be known of some servers."""
    columns = ["server", "version", "mode", *cases, "receipt"]
    lines = [{"server": one.server, "version": one.version, "mode": one.mode, **one.cells} for one in rows]
    notes = dict.fromkeys(f"- {one.server}: {one.note}." for one in rows if one.note)
    return "\n\n".join(filter(None, (table(lines, columns), "\n".join(notes))))


def facts(command: str) -> dict[str, str]:
    """What the table depends on. To be asked before anything is tried."""
    return {
        "Date": datetime.date.today().isoformat(),
        "Command": f"`{command}`",
        "Machine": hardware(),
        "Commit": commit(),
    }


def write(text: str, facts: dict[str, str]) -> None:
    listed = "\n".join(f"- {name}: {value}" for name, value in facts.items())
    PAGE.write_text(f"{HEAD}\n{text}\n\n{listed}\n")
