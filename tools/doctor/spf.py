"""Does a domain's SPF record let an address send for it (RFC 7208 §4, §5)?

Bounded as the RFC wants it: ten terms that need the DNS, ten hosts of an MX, two names without records. What only the
mail itself could tell (macros, `exists`, `ptr`) is passed over, and if nothing else lets the address in, that is said.

>>> records = {("TXT", "a.test"): ["v=spf1 ip4:192.0.2.0/24 include:b.test -all"], ("TXT", "b.test"): ["v=spf1 a -all"]}
>>> records["A", "b.test"] = ["198.51.100.7"]
>>> found = evaluate("a.test", "198.51.100.7", lambda kind, name: records.get((kind, name), []))
>>> found.verdict.value, found.term, found.included
('pass', 'include:b.test', ('b.test',))
>>> evaluate("a.test", "203.0.113.1", lambda kind, name: records.get((kind, name), [])).verdict.value
'fail'
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Final

Ask = Callable[[str, str], list[str]]
Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_MOST_LOOKUPS: Final = 10  # RFC 7208 §4.6.4
_MOST_VOID: Final = 2
_MOST_TEXT: Final = 4096  # characters of a record; the RFC wants them to fit into 512 bytes


class Verdict(str, Enum):
    """What receivers conclude (RFC 7208 §2.6); `UNSURE` is ours."""

    PASS = "pass"
    FAIL = "fail"
    SOFTFAIL = "softfail"
    NEUTRAL = "neutral"
    NONE = "none"
    BROKEN = "permerror"
    UNSURE = "unsure"  # it hangs on what only a mail can tell


_QUALIFIERS: Final = {"+": Verdict.PASS, "-": Verdict.FAIL, "~": Verdict.SOFTFAIL, "?": Verdict.NEUTRAL}


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What came out.

    :param verdict: for the address
    :param term: of the domain's own record, that decided; "" if none did
    :param included: the domains whose records were read beside the domain's own
    :param problem: why the record is broken: "lookups", "void", "many", "long", "syntax" or "no_record"
    """

    verdict: Verdict
    term: str = ""
    included: tuple[str, ...] = ()
    problem: str = ""


class _Broken(Exception):
    """The record is one that receivers take no notice of."""


def records_of(texts: list[str]) -> list[str]:
    """The SPF records among the TXT records of a name (RFC 7208 §4.5)."""
    return [one for one in texts if one.lower().split(" ", 1)[0] == "v=spf1"]


def evaluate(domain: str, address: str, ask: Ask) -> Evaluation:
    """Say whether an address may send for a domain.

    :raise: what `ask` raises
    :raise ValueError: the address is none
    """
    run = _Run(ipaddress.ip_address(address), ask)
    try:
        verdict, term = run.check(domain)
    except _Broken as error:
        return Evaluation(Verdict.BROKEN, "", tuple(run.included), str(error))
    return Evaluation(verdict, term, tuple(run.included))


class _Run:
    def __init__(self, address: Address, ask: Ask) -> None:
        self.included: list[str] = []
        self._address = address
        self._ask = ask
        self._lookups = self._void = 0

    def check(self, domain: str) -> tuple[Verdict, str]:
        """The verdict of one record, and its term that decided."""
        found = records_of(self._ask("TXT", domain))
        if not found:
            return Verdict.NONE, ""
        if len(found) > 1:
            raise _Broken("many")
        if len(found[0]) > _MOST_TEXT:
            raise _Broken("long")
        is_unsure, redirect = False, ""
        for term in found[0].split()[1:]:
            if _is_modifier(term):
                redirect = term.partition("=")[2] if term.lower().startswith("redirect=") else redirect
                continue
            matches = self._matches(term, domain)
            if matches:
                verdict = _QUALIFIERS.get(term[0], Verdict.PASS)
                return (Verdict.UNSURE if is_unsure and verdict is not Verdict.PASS else verdict), term
            is_unsure = is_unsure or matches is None
        if redirect and not is_unsure:
            return self._read(redirect, f"redirect={redirect}")
        return (Verdict.UNSURE if is_unsure else Verdict.NEUTRAL), ""

    def _read(self, domain: str, term: str) -> tuple[Verdict, str]:
        """The verdict of another domain's record (RFC 7208 §5.2, §6.1)."""
        self._count()
        if "%" in domain:
            return Verdict.UNSURE, term
        self.included.append(domain.lower().rstrip("."))
        verdict, _term = self.check(domain)
        if verdict is Verdict.NONE:
            raise _Broken("no_record")
        return verdict, term

    def _matches(self, term: str, domain: str) -> bool | None:
        """Whether a mechanism names the address; None if that cannot be known from here."""
        name, target, length4, length6 = _parsed(term)
        if name == "all":
            return True
        if name in ("ip4", "ip6"):
            return self._is_in(term.partition(":")[2])
        if name not in ("include", "a", "mx", "ptr", "exists"):
            raise _Broken("syntax")
        if name == "include":
            if not target:
                raise _Broken("syntax")
            verdict, _term = self._read(target, term)
            return None if verdict is Verdict.UNSURE else verdict is Verdict.PASS
        self._count()
        if name in ("ptr", "exists") or "%" in target:
            return None
        length = length4 if self._address.version == 4 else length6
        hosts = [target or domain] if name == "a" else self._found("MX", target or domain)
        if len(hosts) > _MOST_LOOKUPS:
            raise _Broken("lookups")
        return any(self._is_in(f"{one}{length}") for host in hosts for one in self._addresses(host))

    def _addresses(self, host: str) -> list[str]:
        return self._found("A" if self._address.version == 4 else "AAAA", host)

    def _found(self, kind: str, name: str) -> list[str]:
        found = self._ask(kind, name)
        self._void += not found
        if self._void > _MOST_VOID:
            raise _Broken("void")
        return found

    def _is_in(self, network: str) -> bool:
        try:
            return self._address in ipaddress.ip_network(network, strict=False)
        except ValueError:
            raise _Broken("syntax") from None

    def _count(self) -> None:
        self._lookups += 1
        if self._lookups > _MOST_LOOKUPS:
            raise _Broken("lookups")


def _is_modifier(term: str) -> bool:
    """A name with an equals sign (RFC 7208 §4.6.1); a colon or slash before it makes it a mechanism."""
    name, sign, _value = term.partition("=")
    return bool(sign) and name.replace("_", "").replace("-", "").replace(".", "").isalnum()


def _parsed(term: str) -> tuple[str, str, str, str]:
    """A mechanism in parts: name, target, and the lengths of IPv4 and IPv6 prefixes, "" or with their slash.

    >>> _parsed("~A:mail.a.test/28//64")
    ('a', 'mail.a.test', '/28', '/64')
    """
    name, _colon, rest = term.lstrip("+-~?").partition(":")
    if not rest:
        name, slash, lengths = name.partition("/")
        rest = slash + lengths
    target, slash, lengths = rest.partition("/")
    length4, double, length6 = (slash + lengths).partition("//")
    return name.lower(), target, length4, double and f"/{length6}"
