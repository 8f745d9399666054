"""Reply codes (RFC 5321 §4.2.2, §4.2.3; RFC 4954 §4; RFC 7504), and what the step alone tells.

`PRECISE` codes mean one thing and come before the subject of a status code; `VAGUE` ones after it, because servers give
them for everything.
"""

from __future__ import annotations

from typing import Final

from ..smtp.transaction import Phase
from .cause import Cause
from .table import Row, row

_START: Final = (Phase.CONNECT,)
_TLS: Final = (Phase.TLS,)
_LOGIN: Final = (Phase.AUTH,)
_SENDER: Final = (Phase.MAIL,)
_MAIL: Final = (Phase.DATA, Phase.CONTENT)
# What answers RCPT with "500 No such user" does not speak of the command.
_NOT_RECIPIENT: Final = (Phase.CONNECT, Phase.TLS, Phase.AUTH, Phase.MAIL, Phase.DATA)

PRECISE: Final[tuple[Row, ...]] = (
    row(Cause.TURNED_AWAY, code=521, phases=_START),
    row(Cause.TURNED_AWAY, code=550, phases=_START),
    row(Cause.TURNED_AWAY, code=554, phases=_START),
    row(Cause.SERVICE_UNAVAILABLE, code=450, phases=_START),
    row(Cause.SERVICE_UNAVAILABLE, code=452, phases=_START),
    row(Cause.ENCRYPTION_FAILED, code=454, phases=_TLS),
    row(Cause.ENCRYPTION_NOT_OFFERED, code=500, phases=_TLS),
    row(Cause.ENCRYPTION_NOT_OFFERED, code=502, phases=_TLS),
    # Of the reply to a login often the code alone was kept: its words may be a secret (tools/smtp).
    row(Cause.LOGIN_NOT_NOW, code=450, phases=_LOGIN),
    row(Cause.LOGIN_NOT_NOW, code=451, phases=_LOGIN),
    row(Cause.LOGIN_METHOD, code=500, phases=_LOGIN),
    row(Cause.LOGIN_METHOD, code=502, phases=_LOGIN),
    row(Cause.LOGIN_METHOD, code=503, phases=_LOGIN),
    row(Cause.LOGIN_METHOD, code=504, phases=_LOGIN),
    row(Cause.ENCRYPTION_REQUIRED, code=530, phases=_LOGIN),
    row(Cause.WRONG_LOGIN, code=550, phases=_LOGIN),
    row(Cause.WRONG_LOGIN, code=554, phases=_LOGIN),
    row(Cause.PASSWORD_TRANSITION, code=432),
    row(Cause.LOGIN_NOT_NOW, code=454),
    row(Cause.PARAMETERS_REFUSED, code=455),
    row(Cause.COMMAND_REFUSED, code=500, phases=_NOT_RECIPIENT),
    row(Cause.PARAMETERS_REFUSED, code=501, phases=_NOT_RECIPIENT),
    row(Cause.COMMAND_REFUSED, code=502, phases=_NOT_RECIPIENT),
    row(Cause.COMMAND_REFUSED, code=503, phases=_NOT_RECIPIENT),
    row(Cause.COMMAND_REFUSED, code=504, phases=_NOT_RECIPIENT),
    row(Cause.DOMAIN_TAKES_NO_MAIL, code=521),
    row(Cause.ENCRYPTION_REQUIRED, code=523),
    row(Cause.ACCOUNT_BLOCKED, code=525, returned=False),
    row(Cause.LOGIN_REQUIRED, code=530),
    row(Cause.LOGIN_TOO_WEAK, code=534),
    row(Cause.WRONG_LOGIN, code=535),
    row(Cause.LOGIN_NEEDS_ENCRYPTION, code=538),
    row(Cause.USER_NOT_LOCAL, code=551),
    row(Cause.PARAMETERS_REFUSED, code=555),
    row(Cause.DOMAIN_TAKES_NO_MAIL, code=556),
)

VAGUE: Final[tuple[Row, ...]] = (
    row(Cause.SERVICE_UNAVAILABLE, code=421),
    row(Cause.PUT_OFF, code=450, phases=(*_SENDER, *_MAIL)),
    row(Cause.MAILBOX_BUSY, code=450),
    row(Cause.SERVER_FAULT, code=451),
    row(Cause.NO_SPACE, code=452),
    row(Cause.COMMAND_REFUSED, code=500),
    row(Cause.PARAMETERS_REFUSED, code=501),
    row(Cause.COMMAND_REFUSED, code=502),
    row(Cause.COMMAND_REFUSED, code=503),
    row(Cause.COMMAND_REFUSED, code=504),
    row(Cause.SENDER_NOT_ALLOWED, code=550, phases=_SENDER),
    row(Cause.POLICY, code=550, phases=_MAIL),
    row(Cause.MAILBOX_UNAVAILABLE, code=550),
    row(Cause.NO_SPACE, code=552),
    row(Cause.SENDER_ADDRESS_WRONG, code=553, phases=_SENDER),
    row(Cause.ADDRESS_MALFORMED, code=553),
    row(Cause.POLICY, code=554, phases=_MAIL),
)

# Where a reply is not understood, or where there is none.
STEPS: Final[tuple[Row, ...]] = (
    row(Cause.WRONG_LOGIN, phases=_LOGIN),
    row(Cause.ENCRYPTION_FAILED, phases=_TLS),
)
