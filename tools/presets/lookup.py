"""Which provider an address belongs to, and what its settings are then. Asks nobody: DNS answers are handed in.

>>> preset_of_mx(Address.parse("biuro@firma.example"), ["firma-example.mail.protection.outlook.com"]).name
'Microsoft 365'
>>> preset_of_mx(Address.parse("biuro@firma.example"), ["google.com.evil.example"]) is None
True
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from .address import Address, host_name
from .model import ADDRESS, Encryption, Preset, Provider, Server, user_name
from .provider import PROVIDERS

# RFC 8314 §5.1 before RFC 6186 §3.1: TLS from the first byte is preferred. Names of SRV records, and what they mean.
SUBMISSION: Final = (("_submissions._tcp", Encryption.SSL), ("_submission._tcp", Encryption.STARTTLS))
IMAP: Final = "_imaps._tcp"


def preset_of_domain(address: Address) -> Preset | None:
    """Return what is known of the address by its domain alone."""
    for provider in PROVIDERS:
        if address.ascii_domain in provider.domains:
            return preset_of_provider(provider, address, proof=address.domain)
    return None


def preset_of_mx(address: Address, hosts: Iterable[str]) -> Preset | None:
    """Return what is known by where the domain's mail goes to; the longest end of a name counts.

    :param hosts: of the MX records, the preferred one first
    """
    for host in map(host_name, hosts):
        found = [
            (len(end), provider)
            for provider in PROVIDERS
            for end in provider.mx
            if host == end or host.endswith(f".{end}")
        ]
        if found:
            _length, provider = max(found, key=lambda one: one[0])
            return preset_of_provider(provider, address, proof=host)
    return None


def preset_of_provider(provider: Provider, address: Address, region: str = "", proof: str = "") -> Preset:
    """Return the settings of a provider for an address.

    :param region: one of the provider's; anything else: its first
    """
    region = region if region in provider.regions else next(iter(provider.regions), "")
    host = provider.outgoing.host.replace("{region}", region)
    return Preset(
        name=provider.name,
        outgoing=Server(host, provider.outgoing.port, provider.outgoing.encryption),
        user=user_name(provider.user, address),
        sender=address.domain if provider.is_service else str(address),
        incoming=provider.incoming,
        incoming_user=user_name(provider.incoming_user, address) if provider.incoming else "",
        needs=provider.needs,
        provider=provider,
        proof=proof,
    )


def preset_of_srv(address: Address, records: Mapping[str, Sequence[tuple[str, int]]]) -> Preset | None:
    """Return what the domain itself says in SRV records (RFC 6186, RFC 8314).

    :param records: by name, such as "_submissions._tcp": hosts and ports, the preferred ones first
    """
    for name, encryption in SUBMISSION:
        outgoing = _first(records.get(name, ()), encryption)
        if outgoing:
            incoming = _first(records.get(IMAP, ()), Encryption.SSL)
            user = user_name(ADDRESS, address)  # RFC 6186 §4: the whole address is tried first
            return Preset(
                name=address.domain,
                outgoing=outgoing,
                user=user,
                sender=str(address),
                incoming=incoming,
                incoming_user=user if incoming else "",
                proof=f"{name}.{address.ascii_domain}",
            )
    return None


def _first(records: Iterable[tuple[str, int]], encryption: Encryption) -> Server | None:
    for name, port in records:
        host = host_name(name)  # "." says that there is no such service
        if host and 0 < port < 65536:
            return Server(host, port, encryption)
    return None
