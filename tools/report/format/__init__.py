"""Forms of bounces by mail system, for the systems whose bounces follow no RFC.

Contract: `FORMATS` is the order in which they are tried: forms with a word that only one system uses first,
forms that others have copied last.

>>> FORMATS[0].name, FORMATS[-1].name
('amazon-sns', 'localized')
"""

from __future__ import annotations

from ..text_format import TextFormat
from . import amazon, dragonfly, exim, gateway, google, groupware, japan, localized, lotus, microsoft, postfix, qmail
from . import sendmail, zoho

FORMATS: tuple[TextFormat, ...] = (
    *amazon.FORMATS,
    *dragonfly.FORMATS,
    *google.FORMATS,
    *zoho.FORMATS,
    *lotus.FORMATS,
    *microsoft.FORMATS,
    *japan.FORMATS,
    *gateway.FORMATS,
    *groupware.FORMATS,
    *postfix.FORMATS,
    *qmail.FORMATS,
    *sendmail.FORMATS,
    *exim.FORMATS,
    *localized.FORMATS,
)
