"""`python3 -m tools.explanation [CODE] [TEXT]`, run from the root: the cause of a reply, or the table of all causes.

CODE is a reply code (550), or a status code (5.1.1) of a mail that came back. Contract: prints, reads nothing.

>>> main(["550", "5.1.1 User unknown"])
user_unknown, who acts: sender, by: status x.1.1
0
>>> main(["5.2.2", "Over quota"])
mailbox_full, who acts: recipient, by: status x.2.2
0
"""

from __future__ import annotations

import sys

from ..smtp.reply import Reply
from . import Cause, Facts, explain
from .catalogue import recognised
from .provider import PROVIDERS


def facts_of(code: str, text: str) -> Facts:
    """The facts of the two arguments."""
    if code.isascii() and code.isdigit():
        return Facts.of_reply(Reply.of(int(code), text))
    return Facts.of_return(code, text)


def table() -> str:
    """All causes in Markdown: who acts, by what each is recognised; and by what a provider is recognised."""
    lines = ["| cause | who acts | recognised by |", "|---|---|---|"]
    for cause in Cause:
        rules = "<br>".join(rule.replace("|", "\\|") for rule in recognised(cause)) or "nothing closer is known"
        lines.append(f"| {cause.value} | {cause.actor.value} | {rules} |")
    lines += ["", "| provider | its replies say | its servers |", "|---|---|---|"]
    for one in PROVIDERS:
        lines.append(f"| {one.name} | {one.signs.replace('|', ', ')} | {', '.join(one.hosts)} |")
    return "\n".join(lines)


def main(arguments: list[str]) -> int:
    """Print the cause of CODE and TEXT, or the table where there is no argument."""
    if not arguments:
        print(table())
        return 0
    code, *text = arguments
    found = explain(facts_of(code, " ".join(text)))
    print(f"{found.cause.value}, who acts: {found.actor.value}, by: {found.rule}" if found else "nothing went wrong")
    return 0


if __name__ == "__main__":  # pragma: no cover (its test runs it as a process of its own)
    sys.exit(main(sys.argv[1:]))
