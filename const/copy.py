"""The words of the copies in the Sent folder (tools/imap/refusal.py says why there is none). No logic."""

from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__)

COPY_STATES = [
    ("waiting", "To be made"),
    ("made", "Made"),
    ("found", "Was there already"),
    ("failed", "Not made"),
]
COPY_REASONS = {
    "full": _lt("The mailbox is full."),
    "missing": _lt("There is no such folder."),
    "too_big": _lt("The mailbox does not take e-mails of this size."),
    "not_allowed": _lt("This account may not write to the folder."),
    "refused": _lt("The mailbox did not take the copy."),
    "login": _lt("The mailbox did not accept the login."),
    "connection": _lt("The mailbox cannot be used at the moment."),
    "settings": _lt("The mailbox cannot be used as it is set up."),
    "not_found": _lt("Whether this e-mail was sent is not known, and it is not in the folder."),
    "lost": _lt("What was sent is not kept any more."),
    "off": _lt("Copying was switched off."),
}
