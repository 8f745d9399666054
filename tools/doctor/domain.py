"""What a domain says of its mail in the DNS: SPF (RFC 7208 §4.5), DMARC (RFC 7489 §6.6.3), DKIM (RFC 6376 §3.6.2), MX.

The names are looked up by whoever is handed in. Whether this server is among the allowed senders is not judged: that
needs the address that the outside world sees.

>>> records = {("TXT", "a.test"): ["v=spf1 mx -all"], ("MX", "a.test"): ["mx.a.test"]}
>>> records["TXT", "_dmarc.a.test"] = ["v=DMARC1; p=reject"]
>>> steps = judge_domain("a.test", lambda kind, name: records.get((kind, name), []))
>>> [(step.name, step.finding) for step in steps]
[('mx', 'mx'), ('spf', 'spf'), ('dkim', 'dkim_unknown'), ('dmarc', 'dmarc')]
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from .step import Outcome, Step

# Returns the texts of all records of a kind ("TXT", "MX", "A", "AAAA"), none if there are none.
Ask = Callable[[str, str], list[str]]
DOMAIN_STEPS: Final = ("mx", "spf", "dkim", "dmarc")
# The selector is known to the sending server alone; these are the usual ones.
SELECTORS: Final = ("default", "dkim", "google", "k1", "mail", "s1", "selector1", "selector2", "odoo")


class NotAnswered(Exception):
    """No name server has answered, or none was asked; the text is a key of `const_doctor.FINDINGS`."""


def judge_domain(domain: str, ask: Ask) -> list[Step]:
    """Say what the domain of the sender tells receivers: a step each for MX, SPF, DKIM and DMARC."""
    steps: list[Step] = []
    for judge in (_mx, _spf, _dkim, _dmarc):
        try:
            steps.append(judge(domain, ask))
        except NotAnswered as error:
            return [*steps, *unanswered(str(error), DOMAIN_STEPS[len(steps) :])]
    return steps


def unanswered(finding: str, names: tuple[str, ...] = DOMAIN_STEPS) -> list[Step]:
    """The steps of a domain that could not be asked about."""
    return [Step(name, Outcome.SKIPPED, finding) for name in names]


def _mx(domain: str, ask: Ask) -> Step:
    found = ask("MX", domain)
    values = {"domain": domain, "found": ", ".join(found[:5])}
    if found and all(one.strip(".") == "" for one in found):  # RFC 7505
        return Step("mx", Outcome.WARNING, "no_mx", values=values)
    if found:
        return Step("mx", Outcome.OK, "mx", values=values, raw=_lines(domain, found))
    if ask("A", domain) or ask("AAAA", domain):  # RFC 5321 §5.1: the domain's own host then
        return Step("mx", Outcome.OK, "mx_implicit", values=values)
    return Step("mx", Outcome.WARNING, "no_mx", values=values)


def _spf(domain: str, ask: Ask) -> Step:
    found = [one for one in ask("TXT", domain) if one.lower().split(" ", 1)[0] == "v=spf1"]
    values = {"domain": domain}
    raw = _lines(domain, found)
    if not found:
        return Step("spf", Outcome.WARNING, "no_spf", values=values)
    if len(found) > 1:
        return Step("spf", Outcome.FAILED, "many_spf", values=values, raw=raw)
    if found[0].lower().split()[-1] in ("+all", "all"):
        return Step("spf", Outcome.WARNING, "spf_for_all", values=values, raw=raw)
    return Step("spf", Outcome.OK, "spf", values=values, raw=raw)


def _dkim(domain: str, ask: Ask) -> Step:
    for selector in SELECTORS:
        name = f"{selector}._domainkey.{domain}"
        found = [one for one in ask("TXT", name) if "p=" in one]
        if found:
            return Step("dkim", Outcome.OK, "dkim", values={"selector": selector}, raw=_lines(name, found))
    return Step("dkim", Outcome.SKIPPED, "dkim_unknown", values={"domain": domain})


def _dmarc(domain: str, ask: Ask) -> Step:
    labels = domain.split(".")
    for begin in range(max(len(labels) - 1, 1)):  # the domain, else those above it
        name = "_dmarc." + ".".join(labels[begin:])
        found = [one for one in ask("TXT", name) if one.lower().replace(" ", "").startswith("v=dmarc1")]
        if found:
            values = {"domain": domain, "policy": _policy(found[0])}
            finding = "dmarc" if values["policy"] != "none" else "dmarc_none"
            return Step("dmarc", Outcome.OK, finding, values=values, raw=_lines(name, found))
    return Step("dmarc", Outcome.WARNING, "no_dmarc", values={"domain": domain})


def _policy(record: str) -> str:
    """
    >>> _policy("v=DMARC1; p=quarantine; rua=mailto:a@a.test")
    'quarantine'
    """
    tags = dict(part.strip().lower().partition("=")[::2] for part in record.split(";"))
    return tags.get("p", "none").strip()


def _lines(name: str, records: list[str]) -> str:
    return "\n".join(f"-- {name}: {one[:500]}" for one in records[:5])
