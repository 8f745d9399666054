"""The table: data, each row with the pages it was read on and the day.

The facts (names of hosts, ports, user names, limits) are from the providers' own pages where a stored copy was to be
had, else from Thunderbird's public database (ISPDB), else from what public programs use; the sources say which. What no
source says is left out: see `WITHOUT_SOURCE`.
"""

from typing import Final

from ..model import Provider
from .big import BIG
from .hosters import HOSTERS
from .others import OTHERS
from .polish import POLISH
from .services import SERVICES

PROVIDERS: Final[tuple[Provider, ...]] = (*BIG, *POLISH, *OTHERS, *HOSTERS, *SERVICES)
BY_KEY: Final = {provider.key: provider for provider in PROVIDERS}
# Looked for, and no page was found that says how mail is sent: each customer has a server with another name. These are
# their domains, which the names of their incoming servers end with, too.
WITHOUT_SOURCE: Final = ("home.pl", "nazwa.pl")
