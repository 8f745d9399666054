"""From an e-mail address to the settings of its mail servers.

>>> found = preset_of_domain(Address.parse("Not.A.Person+odoo@GMail.com"))
>>> found.outgoing.host, found.outgoing.port, found.user
('smtp.gmail.com', 587, 'Not.A.Person@gmail.com')
>>> preset_of_domain(Address.parse("not-a-person@mail.gmail.com")) is None  # a domain below is another one
True
"""

from .address import Address, AddressError, host_name
from .autoconfig import AutoconfigError, parse_autoconfig
from .dns import Answers, ask
from .lookup import preset_of_domain, preset_of_mx, preset_of_provider, preset_of_srv
from .model import Encryption, Need, Preset, Provider, Server
from .provider import BY_KEY, PROVIDERS, WITHOUT_SOURCE

__all__ = (
    "BY_KEY",
    "PROVIDERS",
    "WITHOUT_SOURCE",
    "Address",
    "AddressError",
    "Answers",
    "AutoconfigError",
    "Encryption",
    "Need",
    "Preset",
    "Provider",
    "Server",
    "ask",
    "host_name",
    "parse_autoconfig",
    "preset_of_domain",
    "preset_of_mx",
    "preset_of_provider",
    "preset_of_srv",
)
