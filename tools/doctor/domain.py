"""What a domain says of its mail in the DNS: SPF (RFC 7208 §4.5), DMARC (RFC 7489 §6.6.3), DKIM (RFC 6376 §3.6.2), MX.

The names are looked up by whoever is handed in. The server that the world sees may be another one than the one that
answers here; where it is not known, that is said.

>>> records = {("TXT", "a.test"): ["v=spf1 mx -all"], ("MX", "a.test"): ["mx.a.test"]}
>>> records["TXT", "_dmarc.a.test"] = ["v=DMARC1; p=reject"]
>>> records["A", "mx.a.test"] = ["192.0.9.1"]
>>> path = SendingPath("mx.a.test", "192.0.9.1")
>>> steps = judge_domain("a.test", lambda kind, name: records.get((kind, name), []), path)
>>> [(step.name, step.finding) for step in steps]
[('mx', 'mx'), ('spf', 'spf_passes'), ('dkim', 'dkim_unknown'), ('dmarc', 'dmarc')]
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from .settings import ip_address_of
from .spf import Ask, Verdict, evaluate, records_of
from .step import Outcome, Step

DOMAIN_STEPS: Final = ("mx", "spf", "dkim", "dmarc")
# The selector is known to the sending server alone; these are the usual ones.
SELECTORS: Final = ("default", "dkim", "google", "k1", "mail", "s1", "selector1", "selector2", "odoo")


# Providers that send from addresses of their own: the end of their hosts' names, and the record that lists those. Read
# on 2026-11-28 in github.com/plesk/domain-connect-templates (google.com.gsuite-shared.json) and in
# github.com/MicrosoftDocs/microsoft-365-docs (email-authentication-spf-configure.md).
PROVIDER_RECORDS: Final = {
    "gmail.com": "_spf.google.com",
    "google.com": "_spf.google.com",
    "office365.com": "spf.protection.outlook.com",
    "outlook.com": "spf.protection.outlook.com",
}
_BROKEN: Final = {
    "lookups": "spf_lookups",
    "void": "spf_void",
    "many": "spf_many_included",
    "long": "spf_long",
    "syntax": "spf_syntax",
    "no_record": "spf_no_record",
}


@dataclass(frozen=True, slots=True)
class SendingPath:
    """How mail leaves for the world, as far as it can be known from here.

    :param host: the server's name
    :param address: that answered under this name, "" if none did
    :param sender_domain: of the envelope sender, which SPF is asked about; "" for the domain that is judged
    """

    host: str = ""
    address: str = ""
    sender_domain: str = ""


class NotAnswered(Exception):
    """No name server has answered, or none was asked; the text is a key of `const.doctor.FINDINGS`."""


def judge_domain(domain: str, ask: Ask, path: SendingPath | None = None) -> Iterator[Step]:
    """Say what the domain of the sender tells receivers: a step each for MX, SPF, DKIM, DMARC, once it is known."""
    path = path or SendingPath()
    for place, name in enumerate(DOMAIN_STEPS):
        try:
            yield _spf(path.sender_domain or domain, ask, path) if name == "spf" else _JUDGES[name](domain, ask)
        except NotAnswered as error:
            # Another domain's name servers may be down while ours answer; where nobody answers, no more is asked.
            is_last = place == 0 or str(error) == "out_of_time"
            yield from unanswered(str(error), DOMAIN_STEPS[place:] if is_last else (name,))
            if is_last:
                return


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


def _spf(domain: str, ask: Ask, path: SendingPath) -> Step:
    found = records_of(ask("TXT", domain))
    values = {"domain": domain}
    raw = _lines(domain, found)
    if not found:
        return Step("spf", Outcome.WARNING, "no_spf", values=values)
    if len(found) > 1:
        return Step("spf", Outcome.FAILED, "many_spf", values=values, raw=raw)
    if found[0].lower().split()[-1] in ("+all", "all"):
        return Step("spf", Outcome.WARNING, "spf_for_all", values=values, raw=raw)
    address = ip_address_of(path.address)
    if address is None:
        return Step("spf", Outcome.SKIPPED, "spf", values=values, raw=raw)
    outcome, finding, more = _of_address(domain, ask, path, address.is_global)
    return Step("spf", outcome, finding, values={**values, **more}, raw=raw)


def _of_address(domain: str, ask: Ask, path: SendingPath, is_public: bool) -> tuple[Outcome, str, dict[str, str]]:
    """What the record says of the server that answers, and of the provider behind it."""
    result = evaluate(domain, path.address, ask)
    include = next((record for end, record in PROVIDER_RECORDS.items() if f".{path.host}".endswith(f".{end}")), "")
    values = {"address": path.address, "term": result.term, "include": include}
    values["add"] = f"ip{6 if ':' in path.address else 4}:{path.address}"
    if result.verdict is Verdict.BROKEN:
        return Outcome.FAILED, _BROKEN[result.problem], values
    if include and include in result.included:
        return Outcome.OK, "spf_provider", values
    if result.verdict is Verdict.PASS:
        return Outcome.OK, "spf_passes", values
    if include:
        return Outcome.WARNING, "spf_no_provider", values
    if not is_public:
        return Outcome.SKIPPED, "spf_from_inside", values
    if result.verdict is Verdict.UNSURE:
        return Outcome.SKIPPED, "spf_unsure", values
    return Outcome.WARNING, "spf_not_named", values


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


_JUDGES: Final = {"mx": _mx, "dkim": _dkim, "dmarc": _dmarc}


def _policy(record: str) -> str:
    """
    >>> _policy("v=DMARC1; p=quarantine; rua=mailto:a@a.test")
    'quarantine'
    """
    tags = dict(part.strip().lower().partition("=")[::2] for part in record.split(";"))
    return tags.get("p", "none").strip()


def _lines(name: str, records: list[str]) -> str:
    return "\n".join(f"-- {name}: {one[:500]}" for one in records[:5])
