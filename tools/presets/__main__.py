"""`python3 -m tools.presets [ADDRESS]`, run from the root: what is known for an address, or the table.

Contract: prints, asks nobody.

>>> main(["no-office@op.pl"])
Onet Poczta, known by op.pl: smtp.poczta.onet.pl:465 ssl_strict, user no-office@op.pl, IMAP imap.poczta.onet.pl:993
0
>>> main(["no-office@firma.example"])
nothing is known of firma.example; DNS was not asked
0
>>> main(["nobody"])
no e-mail address: nobody
1
"""

from __future__ import annotations

import sys

from . import PROVIDERS, WITHOUT_SOURCE, Address, AddressError, preset_of_domain


def table() -> str:
    """All providers in Markdown: the settings, and where they were read."""
    lines = [
        "| provider | SMTP | user name | IMAP | limits: minute, hour, day | needed | known by | read | sources |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for one in PROVIDERS:
        smtp, imap = one.outgoing, one.incoming
        cells = [
            one.name,
            f"{smtp.host}:{smtp.port} {smtp.encryption.value}",
            one.user or "given by the provider",
            f"{imap.host}:{imap.port} {one.incoming_user}" if imap else "",
            ", ".join(str(limit or "–") for limit in (one.limit_minute, one.limit_hour, one.limit_day)),
            ", ".join(need.value for need in one.needs),
            ", ".join([*one.domains, *(f"MX {end}" for end in one.mx)]) or "choice",
            one.read,
            "<br>".join(one.sources),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, "", f"Without a source, so not in the table: {', '.join(WITHOUT_SOURCE)}"])


def main(arguments: list[str]) -> int:
    """Print what is known of the address, or the table where there is no argument."""
    if not arguments:
        print(table())
        return 0
    try:
        address = Address.parse(" ".join(arguments))
    except AddressError as error:
        print(f"no e-mail address: {error}")
        return 1
    found = preset_of_domain(address)
    if not found:
        print(f"nothing is known of {address.domain}; DNS was not asked")
        return 0
    smtp, imap = found.outgoing, found.incoming
    mailbox = f", IMAP {imap.host}:{imap.port}" if imap else ""
    server = f"{smtp.host}:{smtp.port} {smtp.encryption.value}"
    print(f"{found.name}, known by {found.proof}: {server}, user {found.user}{mailbox}")
    return 0


if __name__ == "__main__":  # pragma: no cover (its test runs it as a process of its own)
    sys.exit(main(sys.argv[1:]))
