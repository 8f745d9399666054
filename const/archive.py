"""The words for the import of old mails: its states, and why something was not imported. No logic."""

from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__)

IMPORT_STATES = [
    ("draft", "New"),
    ("running", "Running"),
    ("paused", "Stopped"),
    ("done", "Done"),
    ("failed", "Failed"),
]

IMPORT_DIALECTS = [
    ("auto", "Found out by itself"),
    ("mboxo", "mboxo"),
    ("mboxrd", "mboxrd"),
    ("mboxcl", "mboxcl"),
    ("mboxcl2", "mboxcl2"),
]

# Why something in an archive was not imported: the problems of tools/archive/model.py, and what the import decides.
IMPORT_SKIPS = [
    ("double", "There already"),
    ("received", "Received, not sent"),
    ("no_recipient", "A draft: nobody it was sent to"),
    ("no_mail", "No mail"),
    ("damaged", "Damaged"),
    ("too_big", "Too big"),
    ("encrypted", "Locked with a password"),
    ("bomb", "Suspicious zip file"),
    ("nested", "Archive within an archive"),
    ("too_many", "Too many files"),
    ("outlook", "Outlook file: cannot be read here"),
    ("outlook_damaged", "Outlook file: damaged"),
    ("outlook_data", "Outlook data file"),
    ("error", "Could not be stored"),
]

# What it means, and what to do.
IMPORT_SKIP_MEANINGS = {
    "double": _lt("The mail is in Odoo already: Odoo has sent it, or it was imported before."),
    "received": _lt(
        "Its sender is none of your own addresses, so it is a mail that you got. Only sent mails are imported."
    ),
    "no_recipient": _lt("The mail names no recipient, so it was never sent."),
    "no_mail": _lt(
        "The file is neither a mail nor an archive of mails. Known are .eml, mbox (also Thunderbird's), Maildir,"
        " Outlook's .msg, and zip files of these."
    ),
    "damaged": _lt("The file is cut off or broken. What could be read before that was imported."),
    "too_big": _lt("The mail is bigger than 150 MB."),
    "encrypted": _lt("Unpack the zip file with its password, and import what is in it."),
    "bomb": _lt("Unpacked, it would be far bigger than mails are. Unpack it yourself, and look at what is in it."),
    "nested": _lt("Unpack the inner archive first, and import it by itself."),
    "too_many": _lt(
        "The zip file has more files than can be listed here. Unpack it, and import the folder by the command line."
    ),
    "outlook": _lt(
        "Ask the administrator of the server to install the Python package “extract-msg”, or drag the mails from"
        " Outlook into Thunderbird and save them from there as .eml."
    ),
    "outlook_damaged": _lt("The file ends in .msg, but it cannot be read as a mail of Outlook."),
    "outlook_data": _lt(
        "Outlook's own data files (.pst, .ost) cannot be read. Import them into Thunderbird, and then its folders here."
    ),
    "error": _lt("Odoo could not store the mail. The other mails were imported; the reason stands beside it."),
}
