"""The words for each state, outcome and phase. No logic."""

from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__)

# The states of one recipient (tools/recipient_state.py), in the order of a mail's life.
RECIPIENT_STATES = [
    ("queued", "To send"),
    ("sending", "Sending"),
    ("deferred", "Will be retried"),
    ("accepted", "Accepted"),
    ("unknown", "Outcome unknown"),
    ("refused", "Refused"),
    ("delayed", "Delayed"),
    ("relayed", "Passed on"),
    ("delivered", "Delivered"),
    ("bounced", "Returned"),
    ("read", "Read"),
    ("canceled", "Canceled"),
]
# A mail has one more: its recipients differ.
DELIVERY_STATUSES = [*RECIPIENT_STATES, ("partial", "Mixed")]

RECIPIENT_KINDS = [("to", "To"), ("cc", "Cc"), ("bcc", "Bcc")]

# What a transaction came to.
OUTCOMES = [
    ("open", "Not finished"),
    ("accepted", "Accepted"),
    ("partial", "Accepted for some"),
    ("deferred", "Put off"),
    ("refused", "Refused"),
    ("unknown", "Outcome unknown"),
    ("aborted", "Nothing was sent"),
]

# The step of the transaction that its outcome was decided in (tools/smtp/transaction.py).
PHASES = [
    ("connect", "Connecting"),
    ("tls", "Encryption (TLS)"),
    ("auth", "Login"),
    ("mail", "Sender (MAIL)"),
    ("rcpt", "Recipient (RCPT)"),
    ("data", "Start of the content (DATA)"),
    ("content", "End of the content"),
    ("local", "Decided here, the server was not asked"),
]

BOUNCE_TYPES = [("hard", "For good"), ("soft", "For now")]

# What a state means for the person who reads it.
STATE_MEANINGS = {
    "queued": _lt("The mail waits in the buffer. Nothing was sent to this address yet."),
    "sending": _lt("The mail is being handed to the mail server right now."),
    "deferred": _lt("The mail server could not take the mail for now. It stays in the buffer and is tried again."),
    "accepted": _lt(
        "The mail server took the mail and answers for it from here on. That is not yet a delivery: "
        "if the address turns out to be wrong, the mail comes back as a bounce."
    ),
    "unknown": _lt(
        "The connection was lost after the whole mail had been sent and before the server answered. "
        "The mail may have arrived or not. It is not sent again by itself."
    ),
    "refused": _lt("The mail was not taken for this address and will not be tried again."),
    "delayed": _lt("A mail server on the way could not pass the mail on yet and goes on trying."),
    "relayed": _lt("The mail was passed on to a server that sends no reports. More will not be known."),
    "delivered": _lt("The recipient's mail server reports that the mail is in the mailbox."),
    "bounced": _lt("The mail came back: it could not be delivered to this address."),
    "read": _lt("The recipient's mail program reports that the mail was displayed."),
    "canceled": _lt("The mail was taken out of the buffer before it was sent."),
}

# What went wrong where the server gave no reply, by the stable words of tools/smtp.
PROBLEM_MEANINGS = {
    "connection refused": _lt(
        "Nobody answers at this address and port: the mail server is down, or host or port is wrong."
    ),
    "connection lost": _lt("The connection to the mail server was lost."),
    "timed out": _lt("The mail server did not answer in time."),
    "garbled reply": _lt("What answered does not speak SMTP: check host and port of the mail server."),
    "unexpected reply": _lt("The mail server gave an answer that does not fit the question."),
    "network error": _lt("The network is not working."),
    "host unreachable": _lt("There is no way to the mail server in the network."),
    "host name not found": _lt("The mail server's name is not known: check how it is spelled."),
    "host name is not valid": _lt("The mail server's name is not a valid name."),
    "name server does not answer": _lt("Names cannot be looked up at the moment (DNS)."),
    "server does not speak TLS on this port": _lt(
        "The mail server does not speak TLS on this port: choose STARTTLS or another port."
    ),
    "server does not offer STARTTLS": _lt("The mail server does not offer encryption (STARTTLS) on this port."),
    "server does not offer a login": _lt("The mail server does not offer a login here: perhaps only with encryption."),
    "no login method in common": _lt("The mail server offers no way to log in that Odoo knows."),
    "no TLS version or cipher in common": _lt("Odoo and the mail server have no encryption (TLS) version in common."),
    "connection lost in the TLS handshake": _lt("The mail server hung up while the encryption was being agreed on."),
    "server's certificate has expired": _lt("The mail server's certificate has expired."),
    "server's certificate is not valid yet": _lt("The mail server's certificate is not valid yet: check the clocks."),
    "server's certificate is self-signed": _lt("The mail server's certificate is signed by nobody but itself."),
    "server's certificate was issued by an unknown authority": _lt(
        "The mail server's certificate was issued by somebody whom this computer does not know."
    ),
    "server's certificate was revoked": _lt("The mail server's certificate was revoked."),
    "server's certificate is for another host": _lt(
        "The mail server's certificate is for another name: check the name of the server."
    ),
    "server's certificate could not be verified": _lt("The mail server's certificate could not be verified."),
    "server did not accept the client certificate": _lt("The mail server did not accept Odoo's certificate."),
    "client certificate or its key is unusable": _lt(
        "Odoo's certificate for this mail server, or its key, is unusable."
    ),
    "user name or password has characters that the login cannot carry": _lt(
        "The user name or the password has characters that cannot be used to log in."
    ),
    "server does not offer SMTPUTF8": _lt(
        "The address has letters such as ż or é before the @, and this mail server does not take such addresses."
    ),
    "given up after too many attempts": _lt("It was tried for too long without success and has been given up."),
    "the sending process ended before the server answered": _lt(
        "Odoo was stopped while the mail was being sent, before the mail server had answered."
    ),
    "At least one valid recipient address should be specified for outgoing emails (To/Cc/Bcc)": _lt(
        "There is no valid e-mail address to send to."
    ),
}
