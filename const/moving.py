"""The words for `tools/settings_file/`: why a file, a server or a value is of no use, and what changes. No logic."""

from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__)

# Values of tools.settings_file.Reason.
SETTINGS_FILE_PROBLEMS = {
    "too_big": _lt("The file is too big: at most 1 MB, or 5 MB for a prefs.js."),
    "unknown": _lt(
        "This is no file of settings. Odoo reads the file that “Export Settings” makes, the file prefs.js of"
        " Thunderbird, and the autoconfig file of a domain."
    ),
    "no_text": _lt("The file is no text in UTF-8 (byte %s)."),
    "broken": _lt("The file is no complete JSON file (line and column %s). Was all of it copied?"),
    "too_deep": _lt("The file is nested too deeply: no file of settings is."),
    "twice": _lt("“%s” stands twice in the same place of the file, so nobody can tell which is meant."),
    "bad_number": _lt("The file has a number that no setting can have: %s."),
    "bad_text": _lt("The file has a character that no text can have: %s."),
    "not_ours": _lt("This JSON file is not one that “Export Settings” has made."),
    "newer": _lt(
        "The file has the format %s, which is newer than this module knows. Update the module here, or export with the"
        " version that is installed here."
    ),
    "wrong_shape": _lt("The file is not built as “Export Settings” builds it (%s)."),
    "too_many": _lt("The file has more servers or settings than anybody has (%s)."),
    "bad_seal": _lt("The passwords in the file are not sealed as “Export Settings” does it, so they are not opened."),
    "wrong_passphrase": _lt(
        "The passphrase is not the one that the file was made with, or the file was changed since. Nothing was changed"
        " here."
    ),
    "short_passphrase": _lt("The passphrase is too short: at least 12 characters, such as four words in a row."),
    "plain_passphrase": _lt("The passphrase repeats too few characters: it would soon be guessed."),
    "no_account": _lt("No account stands in this prefs.js."),
    "no_address": _lt("This is no e-mail address."),
    # Of an account of Thunderbird.
    "pop": _lt("a POP mailbox: Odoo would empty it. Returned mails can be looked for in an IMAP mailbox only."),
    "imap_starttls": _lt("IMAP with STARTTLS, which Odoo does not know. Many servers offer TLS on port 993 as well."),
    "login_kind": _lt("it logs in without a password (Kerberos, NTLM or a certificate), which cannot be taken over."),
    "no_server": _lt("its server or its encryption is not stated."),
}

# Values of tools.settings_file.Misfit.
MISFITS = {
    "type": _lt("not the kind of value that belongs here"),
    "range": _lt("the number is too small or too big"),
    "long": _lt("the text is too long"),
    "control": _lt("the text has characters that are not to be seen"),
    "host": _lt("this is no name of a server"),
    "choice": _lt("there is no such choice here; perhaps an add-on is missing"),
    "record": _lt("nothing of this name is here, or more than one"),
    "unknown": _lt("there is no such setting here; perhaps an add-on is missing"),
    "missing": _lt("it is not stated, and a server needs it"),
    "needed": _lt("it is not stated, and this way to log in needs it"),
    "secret": _lt("it is secret: export with passwords, and enter the passphrase"),
    "twice": _lt("the file has this server twice"),
    "several": _lt("several servers here could be meant: give one of them the name that stands in the file"),
    "taken": _lt("another server has it already"),
    "clash": _lt("it does not go with this way to log in"),
}

# Values of tools.settings_file.SecretChange.
SECRET_CHANGES = {
    "set": _lt("is set"),
    "changed": _lt("is replaced"),
    "removed": _lt("is removed: it was for the account so far"),
}

# Values of tools.settings_file.Action.
ACTIONS = {
    "new": _lt("New"),
    "change": _lt("Changes"),
    "same": _lt("Stays as it is"),
    "skip": _lt("Left out"),
}
