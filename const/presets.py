"""The words for `tools/presets/`: what a provider needs, and why an autoconfig file is of no use. No logic."""

from odoo.tools.translate import LazyTranslate

_lt = LazyTranslate(__name__)

# Values of tools.presets.Need.
PRESET_NEEDS = {
    "google_oauth": _lt(
        "Google lets Odoo in after you have signed in there (OAuth). Odoo's add-on “Google Gmail” does that."
    ),
    "microsoft_oauth": _lt(
        "Microsoft ends the login with a password: sign in there (OAuth). Odoo's add-on “Microsoft Outlook” does that."
    ),
    "oauth": _lt(
        "The provider wants you to sign in with it (OAuth). Odoo has no add-on for that: ask it for an app password."
    ),
    "app_password": _lt(
        "With a password you need an app password: the one for the web is refused. Most providers let you make one only"
        " if two-step login is switched on."
    ),
    "app_password_2fa": _lt("If two-step login is switched on you need an app password."),
    "access": _lt("In the settings of the mailbox, access for mail programs (IMAP, SMTP) must be switched on."),
    "mail_password": _lt("You need the password for mail programs, which is not the one for the web."),
    "smtp_key": _lt("The password is a key that you make at the provider."),
    "smtp_credentials": _lt("User name and password are made at the provider for SMTP alone."),
    "verified_domain": _lt("The provider must know that the domain is yours: it says which DNS records to add."),
    "region": _lt("User name, password and verified domain belong to one region: choose yours."),
    "plan_limit": _lt("How much you may send depends on your plan: enter it below."),
    "no_encryption": _lt("The connection is not encrypted: anybody on the way can read the password."),
    "other_domains": _lt("The file is about other domains. Use it only if you know that it is meant for you."),
}

# Values of tools.presets.autoconfig.Reason.
AUTOCONFIG_PROBLEMS = {
    "too_big": _lt("The file is bigger than 256 kB: no autoconfig file is."),
    "document_type": _lt("The file declares a document type, which is not accepted: it could hide anything behind it."),
    "broken": _lt("The file is no complete XML file (line and column %s)."),
    "too_deep": _lt("The file is nested too deeply: no autoconfig file is."),
    "no_autoconfig": _lt("This is no autoconfig file: “clientConfig” with an “emailProvider” is missing."),
    "newer": _lt("The file is of a newer version (%s) than is known here."),
    "no_outgoing": _lt("The file names no usable outgoing server: host, port and encryption are needed."),
}

# Values of tools.presets.Answers.state; "" before.
DNS_STATES = {
    "": _lt("DNS was not asked yet."),
    "no_resolver": _lt(
        "DNS was not asked: the Python package “dnspython” is not installed, or no name server is known."
    ),
    "no_answer": _lt("DNS was asked, and no name server answered."),
    "answered": _lt("DNS was asked."),
}
