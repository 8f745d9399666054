"""The words of the page "Is everything in order?" (models/mail_component.py). No logic."""

# What is checked, in the order in which it is shown among things that are equally bad.
COMPONENT_CHECKS = [
    ("sending", "Sending"),
    ("servers", "Outgoing mail servers"),
    ("crons", "Scheduled actions"),
    ("buffer", "Mails that wait"),
    ("transactions", "Interrupted attempts"),
    ("mailboxes", "Incoming mailboxes"),
    ("returns", "Returned mails"),
    ("database", "Database"),
    ("storage", "Room for attachments"),
    ("encryption", "Encryption (TLS)"),
    ("versions", "Versions"),
    ("libraries", "Optional libraries"),
]
# The worst first.
COMPONENT_LEVELS = [("danger", "Not in order"), ("warning", "Look at this"), ("ok", "In order")]
