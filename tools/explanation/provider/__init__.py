"""The tables of the providers that use a code against its meaning, or say what no code says.

A row names where its words are written. Most pages were read in stored copies; those of Google's and Microsoft's that
explain single codes as Sisimai (`lib/sisimai/rhost`) quotes them.
"""

from typing import Final

from ..table import Provider
from .gmail import GMAIL
from .microsoft import MICROSOFT
from .polish import FORPSI, INTERIA, ONET, WP
from .senders import AMAZON_SES, MAILGUN, SENDGRID, ZOHO
from .yahoo import YAHOO

PROVIDERS: Final[tuple[Provider, ...]] = (
    GMAIL,
    MICROSOFT,
    YAHOO,
    AMAZON_SES,
    MAILGUN,
    SENDGRID,
    ZOHO,
    WP,
    ONET,
    INTERIA,
    FORPSI,
)
