"""The words for each state, outcome and phase. No logic."""

from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__)

# The states of one recipient (tools/recipient_state.py), in the order of a mail's life.
RECIPIENT_STATES = [
    ("queued", "To send"),
    ("deferred", "Will be retried"),
    ("accepted", "Accepted"),
    ("unknown", "Outcome unknown"),
    ("refused", "Refused"),
    ("delayed", "Delayed"),
    ("relayed", "Passed on"),
    ("delivered", "Delivered"),
    ("bounced", "Returned"),
    ("read", "Read"),
    ("imported", "Sent elsewhere"),
    ("canceled", "Canceled"),
]
# A mail has one more: its recipients differ.
DELIVERY_STATUSES = [*RECIPIENT_STATES, ("partial", "Mixed")]

# What became of the e-mails of a document, the worst first.
DOCUMENT_STATUSES = [
    ("bounced", "Returned"),
    ("refused", "Refused"),
    ("no_address", "No address"),
    ("unknown", "Outcome unknown"),
    ("delayed", "Delayed"),
    ("waiting", "Waits"),
    ("canceled", "Canceled"),
    ("accepted", "Accepted"),
    ("delivered", "Delivered"),
    ("read", "Read"),
    ("imported", "Sent elsewhere"),
]

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

# What people decide about mails: the log of a mail.
DECISIONS = [
    ("edited", "Edited"),
    ("sent_now", "Sent now"),
    ("planned", "Planned for a time"),
    ("held", "Held"),
    ("released", "Released"),
    ("put_back", "Put back into the buffer"),
    ("canceled", "Canceled"),
    ("deleted", "Deleted"),
    ("settled", "Said to have arrived"),
    ("repeated", "Sent again to an address"),
    ("resent", "Sent again as a new e-mail"),
    ("corrected", "Address corrected"),
    ("assigned", "A returned mail was assigned to it"),
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

# When a mail that is made goes to the mail server.
SENDING_MODES = [
    ("now", "At once"),
    ("buffer", "Through the buffer, at once: nobody waits for the mail server"),
    ("hold", "Hold in the buffer until somebody releases it"),
]

BOUNCE_TYPES = [("hard", "For good"), ("soft", "For now")]

# What a state means for the person who reads it.
STATE_MEANINGS = {
    "queued": _lt("The mail waits in the buffer. Nothing was sent to this address yet."),
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
    "imported": _lt(
        "Another program sent this mail, and it was imported. What the mail server answered then is not known: there is"
        " no receipt."
    ),
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
    "no TLS version or cipher in common": _lt(
        "Odoo and the mail server have no encryption (TLS) version in common: perhaps the least version in the settings"
        " of the server is too new for it."
    ),
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
    "the mail was deleted": _lt("The mail was deleted before it could be sent to this address."),
    "login refused": _lt("The mail server did not accept the login: check user name and password."),
    "no access token for the login": _lt(
        "The provider gives Odoo no access to the mail account any more (OAuth): it has to be connected again."
    ),
    "TLS error": _lt("Encryption (TLS) with the mail server failed."),
    "unexpected error": _lt("Something went wrong while connecting to the mail server."),
    "SMTP error": _lt("The mail server and Odoo did not understand each other."),
    "mailbox names a mail by what is no number": _lt(
        "The mail server numbers the e-mails of the mailbox with something that is no number."
    ),
    "mailbox shows a mail that it was not asked for": _lt(
        "The mail server shows e-mails of the mailbox that it was not asked for."
    ),
    "endless answer": _lt("The mail server's answer had no end and was cut off."),
    # What is wrong with the mail itself: the server was not asked.
    "the mail could not be put together": _lt("The e-mail could not be put together."),
    "a header of the mail contains a line break": _lt(
        "A field in the head of the e-mail, such as the subject or the reply address, contains a line break."
    ),
    "a header of the mail has a name that is not allowed": _lt(
        "An additional field in the head of the e-mail has a name that is not allowed."
    ),
    "a header of the mail is there twice": _lt("A field in the head of the e-mail is there twice."),
    "the mail contains characters that cannot be sent": _lt("The e-mail contains characters that cannot be sent."),
    "an attachment cannot be read": _lt("An attachment is missing from Odoo's storage, or is damaged."),
    "the mail has no recipient": _lt("There is no e-mail address to send to."),
    "the recipient address is empty": _lt("The recipient's e-mail address is empty."),
    "the recipient address contains a line break": _lt("The recipient's e-mail address contains a line break."),
    "the recipient address contains a space": _lt("The recipient's e-mail address contains a space."),
    "the recipient address contains an angle bracket": _lt("The recipient's e-mail address contains an angle bracket."),
    "the recipient address contains a control character": _lt(
        "The recipient's e-mail address contains an invisible character."
    ),
    "the recipient address contains half a character": _lt(
        "The recipient's e-mail address contains a broken character."
    ),
    "the recipient address has a domain that cannot exist": _lt(
        "The part after the @ of the recipient's e-mail address is not possible."
    ),
    "the sender address is empty": _lt("The sender's e-mail address is empty."),
    "the sender address contains a line break": _lt("The sender's e-mail address contains a line break."),
    "the sender address contains a space": _lt("The sender's e-mail address contains a space."),
    "the sender address contains an angle bracket": _lt("The sender's e-mail address contains an angle bracket."),
    "the sender address contains a control character": _lt(
        "The sender's e-mail address contains an invisible character."
    ),
    "the sender address contains half a character": _lt("The sender's e-mail address contains a broken character."),
    "the sender address has a domain that cannot exist": _lt(
        "The part after the @ of the sender's e-mail address is not possible."
    ),
    "the envelope id may hold up to 100 letters, digits, dots, dashes and underscores": _lt(
        "The e-mail's own number cannot be sent."
    ),
    "a notification can be asked for NEVER, SUCCESS, FAILURE or DELAY only": _lt(
        "The reports that are asked for are not possible."
    ),
    "NEVER cannot be combined with another notification": _lt("The reports that are asked for are not possible."),
    "given up after too many attempts": _lt("It was tried for too long without success and has been given up."),
    "no longer a recipient of the mail": _lt(
        "The mail is not for this address any more: it was changed, or the contact."
    ),
    "not a valid address": _lt(
        "This is not a valid e-mail address: nothing was sent to it. Correct it and send again."
    ),
    "found in the Sent folder": _lt(
        "The mail server's answer was lost, but a copy of the e-mail is in the Sent folder: the server has it."
    ),
    "another add-on did not hand it over": _lt("Another add-on stopped this e-mail, so it was not sent."),
    "another add-on's transport failed": _lt(
        "The e-mail goes another way than over a mail server, and that failed. Nobody here knows whether it was taken."
    ),
    "not tried again, because the sender was told that it failed": _lt(
        "It was put off, and whoever sent it was told that it failed. It is not tried again by itself."
    ),
    "the sending process ended before the server answered": _lt(
        "Odoo was stopped while the mail was being sent, before the mail server had answered."
    ),
    "At least one valid recipient address should be specified for outgoing emails (To/Cc/Bcc)": _lt(
        "There is no valid e-mail address to send to."
    ),
}

# === What comes back === #

REPORT_KINDS = [
    ("dsn", "Delivery report"),
    ("mdn", "Read receipt"),
    ("feedback", "Complaint"),
    ("auto_reply", "Automatic reply"),
    ("none", "Not recognised"),
]
# What a report says, from the worst to the best (tools/report/result.py).
REPORT_RESULTS = [
    ("failed", "Came back"),
    ("delayed", "Delayed"),
    ("complaint", "Marked as spam"),
    ("not_read", "Not read"),
    ("expanded", "Passed to several"),
    ("relayed", "Passed on"),
    ("delivered", "Delivered"),
    ("read", "Read"),
]
REPORT_STATES = [
    ("pending", "Waits for the mail"),
    ("matched", "Matched"),
    ("unmatched", "Unmatched"),
    ("core", "Left to Odoo"),
    ("dismissed", "Set aside"),
]
REPORT_SOURCES = [("gateway", "Incoming mail"), ("watch", "Mailbox watch"), ("import", "Imported archive")]
# Why a report changed nothing.
REPORT_PROBLEMS = [
    ("unknown_mail", "It names no mail that was sent from here."),
    ("unknown_token", "It carries an envelope id that was never given out here: it may be forged."),
    ("foreign_address", "It names an address that the mail was not sent to."),
    ("not_proved", "Not proved: it has no token of the mail, and others who got the mail could have written it."),
    ("no_recipient", "It does not say which address it is about."),
    ("unreadable", "It came from a mail system, but its form is not known."),
    ("error", "It could not be processed."),
]
REPORT_LINE_STATES = [
    ("pending", "Waits"),
    ("applied", "Recorded"),
    ("known", "Changes nothing"),
    ("unproved", "Not proved"),
    ("unmatched", "Unmatched"),
]

# The status of a mail as people see it: it can be on its way to the server right now.
SENDING = "sending"
CURRENT_STATUSES = [*DELIVERY_STATUSES, (SENDING, "Being sent")]
