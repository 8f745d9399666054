"""What is known of a provider, and what was found for one address. No logic but the user name.

A template of a user name is written as in an autoconfig file:

>>> user_name("%EMAILLOCALPART%", Address.parse("not-a-person+odoo@wp.pl"))
'not-a-person'
>>> user_name("apikey", Address.parse("not-a-person@wp.pl"))
'apikey'
>>> user_name("%SOMETHING%", Address.parse("not-a-person@wp.pl"))  # what nobody knows is left to the person
''
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import Final

from .address import Address

ADDRESS: Final = "%EMAILADDRESS%"
LOCAL_PART: Final = "%EMAILLOCALPART%"
DOMAIN: Final = "%EMAILDOMAIN%"
_PLACEHOLDER: Final = re.compile(r"%[A-Z0-9]+%")
GIVEN: Final = ""  # the provider gives one, which no address tells


class Encryption(Enum):
    """As Odoo names it, with the check of the certificate: names are what a table is about."""

    NONE = "none"
    STARTTLS = "starttls_strict"
    SSL = "ssl_strict"


class Need(Enum):
    """What else is needed before the settings work."""

    GOOGLE_OAUTH = "google_oauth"
    MICROSOFT_OAUTH = "microsoft_oauth"
    OAUTH = "oauth"  # one that Odoo has no add-on for
    APP_PASSWORD = "app_password"
    APP_PASSWORD_2FA = "app_password_2fa"  # with two-step login only
    ACCESS = "access"  # mail programs must be let in, in the mailbox's settings
    MAIL_PASSWORD = "mail_password"  # one of its own for mail programs
    SMTP_KEY = "smtp_key"
    SMTP_CREDENTIALS = "smtp_credentials"
    VERIFIED_DOMAIN = "verified_domain"
    REGION = "region"
    PLAN_LIMIT = "plan_limit"
    NO_ENCRYPTION = "no_encryption"
    OTHER_DOMAINS = "other_domains"


@dataclass(frozen=True)
class Server:
    """:param host: "{region}" in it is filled with one of the provider's regions"""

    host: str
    port: int
    encryption: Encryption = Encryption.SSL


@dataclass(frozen=True)
class Provider:
    """:param domains: of whose addresses this is known at once; exact
    :param mx: ends of the names of its incoming servers, for customers with a domain of their own
    :param user: template of the user name
    :param incoming: IMAP with TLS, None if it has none or no source says
    :param is_service: it sends for a whole domain; a mailbox sends for its own address
    :param page: where to get what is needed
    :param sources: pages that this was read on, ``read`` the day
    """

    key: str
    name: str
    outgoing: Server
    sources: tuple[str, ...]
    read: str
    domains: tuple[str, ...] = ()
    mx: tuple[str, ...] = ()
    user: str = ADDRESS
    incoming: Server | None = None
    incoming_user: str = ADDRESS
    needs: tuple[Need, ...] = ()
    page: str = ""
    limit_minute: int = 0
    limit_hour: int = 0
    limit_day: int = 0
    regions: tuple[str, ...] = ()
    is_service: bool = False


@dataclass(frozen=True)
class Preset:
    """What was found for one address.

    :param sender: for whose mails the server is: the address, or its domain
    :param proof: the domain, the name of a server or of a file that it is known by
    """

    name: str
    outgoing: Server
    user: str
    sender: str
    incoming: Server | None = None
    incoming_user: str = ""
    needs: tuple[Need, ...] = ()
    provider: Provider | None = None
    proof: str = ""
    other_domains: tuple[str, ...] = ()


def user_name(template: str, address: Address) -> str:
    """Fill a template; what it has beside the three known words is taken as it is, an unknown word makes it empty."""
    name = template.replace(ADDRESS, address.account).replace(LOCAL_PART, address.account_local)
    name = name.replace(DOMAIN, address.ascii_domain)
    return "" if _PLACEHOLDER.search(name) else name
