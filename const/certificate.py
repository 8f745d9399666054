"""What a certificate of sending says of an address. No logic."""

from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__)

# What only certificates know apart from "accepted": the server's answer was lost, and a person said that the mail
# arrived, or a copy was found in the server's Sent folder.
SETTLED, FOUND = "settled", "found"

# It is read by people outside, also in a dispute: nothing in it says more than is known.
CERTIFICATE_MEANINGS = {
    "queued": _lt("Nothing has been sent to this address yet."),
    "deferred": _lt("Not accepted yet: the mail server has put the e-mail off, and it is tried again."),
    "accepted": _lt(
        "Accepted for delivery by the mail server named here (the recipient's, or the sender's provider). This is no"
        " proof that the e-mail was delivered or read."
    ),
    "settled": _lt(
        "The mail server's answer was lost. A person of the sender's company has stated that the e-mail arrived; no"
        " server has confirmed it."
    ),
    "found": _lt(
        "The mail server's answer was lost, but the e-mail is in the Sent folder of its mailbox: the server has taken"
        " it. This is no proof that the e-mail was delivered or read."
    ),
    "unknown": _lt("It is not known whether the e-mail arrived: the connection was lost before the server answered."),
    "refused": _lt("Not sent to this address: the e-mail was refused."),
    "delayed": _lt(
        "Accepted for delivery, but a mail server on the way has reported a delay. It is not known whether the e-mail"
        " arrived."
    ),
    "relayed": _lt(
        "Accepted for delivery and passed on to a mail server that sends no reports. This is no proof that the e-mail"
        " was delivered or read."
    ),
    "delivered": _lt("The recipient's mail server has reported delivery. This is no proof that the e-mail was read."),
    "bounced": _lt("The e-mail came back: a mail server had accepted it, but it could not be delivered."),
    "read": _lt("The recipient's mail program has reported that the e-mail was displayed."),
    "canceled": _lt("Not sent to this address: sending was canceled."),
}
