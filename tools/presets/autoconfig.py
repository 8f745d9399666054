"""Reads a domain's autoconfig file, Mozilla's `config-v1.1.xml`.

Whoever writes it is trusted with nothing. The parser is expat of the standard library, without lxml: what begins a
document type is refused before anything in it is read, so there are no entities to expand and none to fetch, and
nothing of it reaches the network. Bounded in bytes, depth and the length of each text. What is no name of a host, no
port, no known encryption is passed over as if it were not there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum
from typing import Final
from xml.parsers import expat

from .address import Address, host_name
from .model import Encryption, Need, Preset, Server, user_name

MOST_BYTES: Final = 256 * 1024
_MOST_DEPTH: Final = 16
_MOST_TEXT: Final = 1000  # characters of one element
_MOST_NAMES: Final = 50  # domains that are kept of a file
_ENCRYPTION: Final = {"ssl": Encryption.SSL, "starttls": Encryption.STARTTLS, "plain": Encryption.NONE}
_PORT: Final = re.compile(r"[0-9]{1,5}")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]+")


class Reason(Enum):
    """Why a file is of no use."""

    TOO_BIG = "too_big"
    DOCUMENT_TYPE = "document_type"
    BROKEN = "broken"
    TOO_DEEP = "too_deep"
    NO_AUTOCONFIG = "no_autoconfig"
    NEWER = "newer"
    NO_OUTGOING = "no_outgoing"


class AutoconfigError(ValueError):
    """:param detail: the place in the file, or a version; "" if there is nothing to add"""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{reason.value} {detail}".strip())
        self.reason = reason
        self.detail = detail


@dataclass
class _Element:
    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list[_Element] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        return _CONTROL.sub(" ", "".join(self.parts)).strip()[:_MOST_TEXT]

    def all(self, name: str) -> list[_Element]:
        return [child for child in self.children if child.name == name]

    def first(self, name: str) -> str:
        return next((child.text for child in self.all(name)), "")


def parse_autoconfig(data: bytes, address: Address) -> Preset:
    """Read the settings for an address.

    The first outgoing server with encryption is taken, one without it only if there is no other; as incoming server the
    first IMAP server with TLS from the first byte.

    :raise AutoconfigError: there are none, or it is no such file
    """
    root = _read(data)
    version = root.attributes.get("version", "1.1")
    if root.name != "clientConfig" or not root.all("emailProvider"):
        raise AutoconfigError(Reason.NO_AUTOCONFIG)
    if version.partition(".")[0] != "1":
        raise AutoconfigError(Reason.NEWER, _CONTROL.sub(" ", version)[:20])
    provider = root.all("emailProvider")[0]
    outgoing = _servers(provider, "outgoingServer", "smtp")
    outgoing.sort(key=lambda one: one[0].encryption is Encryption.NONE)
    if not outgoing:
        raise AutoconfigError(Reason.NO_OUTGOING)
    server, element = outgoing[0]
    incoming, mailbox = next(
        (one for one in _servers(provider, "incomingServer", "imap") if one[0].encryption is Encryption.SSL),
        (None, None),
    )
    domains = tuple(filter(None, map(host_name, (one.text for one in provider.all("domain")[:_MOST_NAMES]))))
    is_for_others = bool(domains) and address.ascii_domain not in domains
    return Preset(
        name=provider.first("displayName")[:100] or address.domain,
        outgoing=server,
        user=_user(element, address),
        sender=str(address),
        incoming=incoming,
        incoming_user=_user(mailbox, address) if mailbox else "",
        needs=(*_needs(server, element), *([Need.OTHER_DOMAINS] if is_for_others else [])),
        proof=host_name(provider.attributes.get("id", "")),
        other_domains=domains if is_for_others else (),
    )


def _servers(provider: _Element, name: str, kind: str) -> list[tuple[Server, _Element]]:
    found = []
    for element in provider.all(name):
        host, port = host_name(element.first("hostname")), element.first("port")
        encryption = _ENCRYPTION.get(element.first("socketType").lower())
        is_port = _PORT.fullmatch(port) and 0 < int(port) < 65536
        if element.attributes.get("type") == kind and host and encryption and is_port:
            found.append((Server(host, int(port), encryption), element))
    return found


def _user(element: _Element, address: Address) -> str:
    if _methods(element) and _methods(element) <= {"none", "client-ip-address"}:
        return ""
    return user_name(element.first("username"), address)[:320]


def _methods(element: _Element) -> set[str]:
    return {one.text.lower() for one in element.all("authentication")}


def _needs(server: Server, element: _Element) -> list[Need]:
    needs = [Need.OAUTH] if _methods(element) == {"oauth2"} else []
    return [*needs, Need.NO_ENCRYPTION] if server.encryption is Encryption.NONE else needs


def _read(data: bytes) -> _Element:
    """Return the root.

    :raise AutoconfigError: too big, too deep, with a document type, or no XML
    """
    if len(data) > MOST_BYTES:
        raise AutoconfigError(Reason.TOO_BIG)
    top = _Element("")
    path = [top]

    def start(name: str, attributes: dict[str, str]) -> None:
        if len(path) > _MOST_DEPTH:
            raise AutoconfigError(Reason.TOO_DEEP)
        path[-1].children.append(_Element(name, attributes))
        path.append(path[-1].children[-1])

    def end(_name: str) -> None:
        path.pop()

    def characters(text: str) -> None:
        path[-1].parts.append(text)

    def refuse(*_arguments: object) -> None:
        raise AutoconfigError(Reason.DOCUMENT_TYPE)

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, characters
    parser.StartDoctypeDeclHandler = refuse
    try:
        parser.Parse(data, True)
    except expat.ExpatError as error:
        raise AutoconfigError(Reason.BROKEN, f"{error.lineno}:{error.offset + 1}") from error
    except (LookupError, ValueError) as error:  # an encoding that Python does not know, or knows as no encoding
        if isinstance(error, AutoconfigError):
            raise
        raise AutoconfigError(Reason.BROKEN, "1:1") from error
    return top.children[0]
