"""The bytes that leave, kept for whoever needs them afterwards.

They are packed (zlib, RFC 1950: of a mail with a PDF in base64 three quarters are left) and handed to a model, which
stores them, by a cursor of its own: committed before anything leaves, and whatever goes wrong there does not touch the
sending.
"""

import logging
import zlib
from collections.abc import Sequence

from odoo import SUPERUSER_ID

from .delivery import Delivery

_logger = logging.getLogger(__name__)

# The fastest: it is paid for while mails are being made ready.
_LEVEL = 1


def pack(message: bytes) -> bytes:
    """Make a message small enough to be kept."""
    return zlib.compress(message, _LEVEL)


def unpack(packed: bytes) -> bytes:
    """Return the message as it was.

    :raise zlib.error: it was damaged
    """
    return zlib.decompress(packed)


def keep_messages(env, mail_server, deliveries: Sequence[Delivery]) -> None:
    """Keep what is about to leave over a server that wants it kept; for any other this costs nothing.

    What is for its recipient alone (codes, links to log in) is kept nowhere.

    :param ir.mail_server mail_server: of all of them; none for that of Odoo's configuration file
    :param deliveries: opened
    """
    if not deliveries or not mail_server._keeps_sent():
        return
    mails = env["mail.mail"].sudo().browse(dict.fromkeys(delivery.email.mail_id for delivery in deliveries))
    # Whoever may look into the mailbox could log in as somebody else.
    private = set(mails._for_one_alone().ids)
    wanted = [delivery for delivery in deliveries if delivery.email.mail_id not in private]
    try:
        with env.registry.cursor() as cr:
            env(cr=cr, user=SUPERUSER_ID, su=True)["mail.sent.copy"]._keep(mail_server.id, wanted)
    except Exception:
        _logger.exception("%s mails leave without a copy in the Sent folder", len(deliveries))
