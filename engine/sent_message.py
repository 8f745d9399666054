"""Keeps, before anything leaves, what the kept messages need besides their own rows.

By a cursor of its own: committed before anything leaves, and whatever goes wrong there does not touch the sending.
"""

import logging
from collections.abc import Sequence

from odoo import SUPERUSER_ID

from .delivery import Delivery

_logger = logging.getLogger(__name__)


def keep_messages(env, mail_server, deliveries: Sequence[Delivery]) -> None:
    """Keep what is about to leave; for nearly all mails that is done already, and this costs nothing.

    What is for its recipient alone (codes, links to log in) is kept nowhere: it has no packed message.

    :param ir.mail_server mail_server: of all of them; none for that of Odoo's configuration file
    :param deliveries: opened
    """
    kept = [delivery for delivery in deliveries if delivery.kept and delivery.kept.data is not None]
    with_files = [delivery for delivery in kept if delivery.kept.files]
    is_copied = bool(kept) and mail_server._keeps_sent()
    if not with_files and not is_copied:
        return
    try:
        with env.registry.cursor() as cr:
            own = env(cr=cr, user=SUPERUSER_ID, su=True)
            own["mail.transaction"]._keep_files(with_files)
            if is_copied:
                own["mail.sent.copy"]._keep(mail_server.id, kept)
    except Exception:
        _logger.exception("%s mails leave without having been kept, or without a copy in the Sent folder", len(kept))
