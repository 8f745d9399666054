"""The words of the doctor of outgoing mail servers (tools/doctor/). No logic."""

from typing import NamedTuple

from odoo.tools.translate import LazyGettext, LazyTranslate

_lt = LazyTranslate(__name__)

# The steps, in the order in which they are shown.
DOCTOR_STEPS = [
    ("test_mail", "Test mail"),
    ("test_mail_back", "Is the test mail back?"),
    ("state", "State in Odoo"),
    ("resolve", "Looking up the name"),
    ("connect", "Connecting"),
    ("greeting", "Greeting"),
    ("hello", "What the server can do"),
    ("starttls", "Switching to encryption (STARTTLS)"),
    ("tls", "Encryption (TLS)"),
    ("certificate", "Certificate"),
    ("login", "Login"),
    ("sender", "Sender (MAIL)"),
    ("recipient", "Recipient (RCPT)"),
    ("bounce_address", "Where bounces go"),
    ("way_in", "How bounces come back to Odoo"),
    ("mx", "Who takes mail for the domain (MX)"),
    ("spf", "Who may send for the domain (SPF)"),
    ("dkim", "Signature (DKIM)"),
    ("dmarc", "What receivers do with forgeries (DMARC)"),
]
DOCTOR_OUTCOMES = [("ok", "In order"), ("warning", "Look at this"), ("failed", "Failed"), ("skipped", "Not checked")]


class Finding(NamedTuple):
    """What was found, and what to do about it, None for nothing."""

    words: LazyGettext
    advice: LazyGettext | None = None


FINDINGS = {
    "not_reached": Finding(_lt("Not tried: something before it failed.")),
    "not_seen": Finding(_lt("Not seen: another add-on connects in its own way.")),
    "other_transport": Finding(_lt("Another add-on sends these e-mails in its own way, not over SMTP.")),
    "odoo_says": Finding(_lt("Odoo could not go on: %(words)s")),
    "out_of_time": Finding(_lt("The time was up."), _lt("Check again with more time.")),
    # === State === #
    "server_archived": Finding(
        _lt("This server is archived: nothing is sent over it."), _lt("Restore it if it is to be used.")
    ),
    "server_paused": Finding(
        _lt("This server is paused: its e-mails wait in the buffer."), _lt("Resume it if they are to leave.")
    ),
    "server_suspended": Finding(
        _lt("Because of a fault Odoo leaves this server alone until %(until)s: %(reason)s"),
        _lt("If the check shows no fault any more, press “Try again now”."),
    ),
    # === The way there === #
    "resolved": Finding(_lt("The name leads to %(addresses)s.")),
    "address_given": Finding(_lt("The settings give an address: %(addresses)s.")),
    "connected": Finding(_lt("%(address)s answers.")),
    "connected_late": Finding(
        _lt("%(address)s answers; before it, %(missed)s was tried in vain."),
        _lt("Every connection loses time by that. Mend the network, or the name's addresses (DNS)."),
    ),
    "greeted": Finding(_lt("The server greets: %(text)s")),
    "speaks_tls": Finding(
        _lt("The server says nothing by itself, but speaks TLS: on this port it wants encryption from the start."),
        _lt("Choose SSL/TLS as the encryption, or the port for STARTTLS (587)."),
    ),
    "abilities": Finding(_lt("It offers %(abilities)s. It does not offer %(missing)s.")),
    "all_abilities": Finding(_lt("It offers %(abilities)s.")),
    "helo_only": Finding(
        _lt("It is an old server, or a filter stands before it: it offers nothing beyond the sending itself."),
        _lt("There is no encryption and there are no reports of delivery. Ask whoever runs the server or a firewall."),
    ),
    # === Encryption === #
    "starttls": Finding(_lt("The server changes to encryption.")),
    "starttls_unused": Finding(
        _lt("The server offers encryption, but the settings do not use it."),
        _lt("Choose “TLS (STARTTLS), encryption and validation”."),
    ),
    "starttls_near": Finding(_lt("The server offers encryption; on the same machine it is not needed.")),
    "starttls_unwanted": Finding(_lt("Not offered, and not wanted by the settings.")),
    "not_encrypted": Finding(_lt("The settings want no encryption.")),
    "login_in_clear": Finding(
        _lt("User name and password go through the network without encryption."),
        _lt("Choose encryption. If the server offers none, do not use it over a network that others share."),
    ),
    "see_certificate": Finding(_lt("It stopped at the certificate.")),
    "encrypted": Finding(_lt("%(version)s with %(cipher)s.")),
    "old_tls": Finding(
        _lt("%(version)s with %(cipher)s: this version counts as broken."),
        _lt("Ask whoever runs the server to update it; TLS 1.2 is the least today."),
    ),
    "certificate_good": Finding(
        _lt("For %(names)s, issued by %(issuer)s, valid until %(until)s (%(days)s days). It was checked.")
    ),
    "certificate_would_pass": Finding(
        _lt("For %(names)s, issued by %(issuer)s, valid until %(until)s (%(days)s days). It would pass a check."),
        _lt("You can choose “encryption and validation”: then nobody can pass for this server."),
    ),
    "certificate_unchecked": Finding(
        _lt("For %(names)s, issued by %(issuer)s, valid until %(until)s (%(days)s days). It is not checked.")
    ),
    "certificate_bad": Finding(
        _lt("For %(names)s, issued by %(issuer)s, valid until %(until)s. The settings do not check it: %(problem)s"),
        _lt("Mails leave, but anybody on the way could pass for this server. Correct its name or its certificate."),
    ),
    "certificate_soon": Finding(
        _lt("For %(names)s, issued by %(issuer)s, valid until %(until)s: only %(days)s days are left."),
        _lt("See to it that it is renewed in time: with “validation” mail stops on that day."),
    ),
    "certificate_unreadable": Finding(_lt("There is one, but it could not be read.")),
    # === Login and mail === #
    "no_login": Finding(_lt("The settings have no user name: Odoo does not log in.")),
    "logged_in": Finding(_lt("The login works (%(method)s).")),
    "client_certificate": Finding(_lt("Odoo showed its own certificate, and the server went on.")),
    "sender_taken": Finding(_lt("It takes mail from %(address)s.")),
    "recipient_taken": Finding(_lt("It takes mail to %(address)s. Nothing was sent.")),
    "test_mail_accepted": Finding(
        _lt("The server took the test mail to %(address)s. Its receipt: %(receipt)s"),
        _lt("Look whether it has arrived, and not among the spam."),
    ),
    "test_mail_waits": Finding(
        _lt("The test mail to %(address)s has not left yet: %(reason)s"),
        _lt("It stays in the buffer and is tried again."),
    ),
    "test_mail_failed": Finding(_lt("The test mail to %(address)s was not sent: %(reason)s")),
    # === Is it back? === #
    "back_bounced": Finding(
        _lt("It came back as a bounce at %(date)s: %(reason)s"),
        _lt("The way back works: Odoo hears of mails that do not arrive."),
    ),
    "back_reported": Finding(_lt("A report about it came back at %(date)s: %(state)s.")),
    "back_nothing": Finding(
        _lt("Nothing has come back so far. Looked through at %(date)s: %(mailboxes)s."),
        _lt("A bounce takes seconds, or days. Look again later; what comes back is shown at the e-mail, too."),
    ),
    "back_no_look": Finding(
        _lt("Nothing is known to have come back: the mailbox %(mailbox)s could not be looked through. %(reason)s"),
        _lt("Correct the settings of this mailbox and test its connection."),
    ),
    "back_not_watched": Finding(
        _lt("Nothing has come back so far. Returned mails come in with other mails, from: %(ways)s."),
        _lt("Those are fetched by the scheduled action. Look again after its next run."),
    ),
    "back_no_mailbox": Finding(
        _lt("Nothing has come back so far, and no mailbox is watched for returned mails."),
        _lt("See “How bounces come back to Odoo” below."),
    ),
    # === Bounces === #
    "bounce_address": Finding(_lt("Returned mails go to %(addresses)s.")),
    "bounces_of_some": Finding(
        _lt("Over this server returned mails of some companies go to their bounce address, but not to %(others)s."),
        _lt("If those companies use this server, add their domain to its “FROM Filtering”."),
    ),
    "bounces_to_sender": Finding(
        _lt(
            "The server's “FROM Filtering” does not allow the bounce address (%(addresses)s): returned mails go to "
            "the mailbox of the sender, such as %(sender)s."
        ),
        _lt("Add the bounce address to “FROM Filtering” if the server may send from it, or have that mailbox watched."),
    ),
    "no_bounce_address": Finding(
        _lt("No company has an e-mail domain, so there is no bounce address: returned mails go to the sender."),
        _lt("Set the e-mail domain in the general settings, or have the sender's mailbox watched."),
    ),
    "bounces_seen": Finding(_lt("They do: the last one came in on %(date)s.")),
    "bounces_expected": Finding(
        _lt("None has come in yet. Incoming mail is fetched from: %(ways)s."),
        _lt("To be sure, send a test mail to an address that does not exist, in a domain of somebody else."),
    ),
    "no_way_in": Finding(
        _lt("None has come in yet, and no incoming mail server fetches mails."),
        _lt(
            "Set up an incoming mail server for the bounce address, or one that only looks for returned mails. If "
            "mails come in through a script (odoo-mailgate), all is well."
        ),
    ),
    # === The domain === #
    "no_dnspython": Finding(_lt("Not checked: the Python library dnspython is not installed.")),
    "no_dns": Finding(_lt("Not checked: no name server (DNS) answers.")),
    "mx": Finding(_lt("Mail to %(domain)s goes to %(found)s.")),
    "mx_implicit": Finding(_lt("%(domain)s names no mail server; its own host is taken for it.")),
    "no_mx": Finding(
        _lt("No mail server takes mail for %(domain)s: returned mails and answers are lost."),
        _lt("Add an MX record for the domain, or use another one."),
    ),
    "spf": Finding(
        _lt("%(domain)s names its senders. Whether this server is among them was not checked: there was no connection.")
    ),
    "spf_passes": Finding(_lt("%(domain)s lets %(address)s, where this server answers, send in its name (%(term)s).")),
    "spf_provider": Finding(
        _lt("This provider sends from addresses of its own. %(domain)s lets them send (%(include)s).")
    ),
    "spf_no_provider": Finding(
        _lt("This provider sends from addresses of its own, and %(domain)s does not let them: %(include)s is missing."),
        _lt("Add “include:%(include)s” to the SPF record, before “all”."),
    ),
    "spf_from_inside": Finding(
        _lt(
            "%(domain)s names its senders. This server is in your own network (%(address)s): under which address the "
            "world sees it cannot be known from here."
        ),
        _lt("Look whether the public address that mail leaves from is in the SPF record."),
    ),
    "spf_unsure": Finding(
        _lt("%(domain)s names its senders in a way that only a mail can tell whether %(address)s is among them."),
        _lt("Look at the headers of a received mail: it should say “spf=pass”."),
    ),
    "spf_not_named": Finding(
        _lt("%(domain)s does not let %(address)s, where this server answers, send in its name."),
        _lt(
            "If the server passes mails on from other addresses, those must be in the SPF record: its provider knows "
            "them. Else add “%(add)s” to the record, before “all”."
        ),
    ),
    "spf_lookups": Finding(
        _lt("The SPF record of %(domain)s asks for more than ten look-ups: receivers take no notice of it."),
        _lt("Take out of it what is no longer used."),
    ),
    "spf_void": Finding(
        _lt("The SPF record of %(domain)s names hosts that do not exist: receivers take no notice of it."),
        _lt("Take out of it what is no longer used."),
    ),
    "spf_no_record": Finding(
        _lt("The SPF record of %(domain)s refers to a domain that has none: receivers take no notice of it."),
        _lt("Take out of it what is no longer used."),
    ),
    "spf_many_included": Finding(
        _lt("A domain that the SPF record of %(domain)s refers to has two: receivers take no notice of it."),
        _lt("Tell the owner of that domain, or take it out of the record."),
    ),
    "spf_long": Finding(
        _lt("The SPF record of %(domain)s is too long: receivers take no notice of it."),
        _lt("Take out of it what is no longer used."),
    ),
    "spf_syntax": Finding(
        _lt("The SPF record of %(domain)s has a mistake in it: receivers take no notice of it."),
        _lt("Compare it with what your provider wants; each part of it must be written exactly so."),
    ),
    "no_spf": Finding(
        _lt("%(domain)s does not say who may send for it: many receivers take its mails for spam."),
        _lt("Add the SPF record that the provider of the mail server gives you."),
    ),
    "many_spf": Finding(
        _lt("%(domain)s has more than one SPF record: receivers take none of them."), _lt("Join them to one.")
    ),
    "spf_for_all": Finding(
        _lt("%(domain)s lets everybody send in its name."), _lt("Replace “+all” at the end of the SPF record.")
    ),
    "dkim": Finding(_lt("There is a key (%(selector)s). Whether the server signs with it, a received mail shows.")),
    "dkim_unknown": Finding(
        _lt("Not to be known from here: no key was found under the usual names."),
        _lt("Look at the headers of a received mail: it should have a DKIM-Signature with d=%(domain)s."),
    ),
    "dmarc": Finding(_lt("Receivers are to treat forgeries so: %(policy)s.")),
    "dmarc_none": Finding(_lt("Receivers are asked to report forgeries, and to let them pass.")),
    "no_dmarc": Finding(
        _lt("%(domain)s does not say what is to become of forgeries; Gmail and Yahoo ask that of whoever sends much."),
        _lt("Add a DMARC record, to begin with: v=DMARC1; p=none"),
    ),
}

# What an administrator can do about a cause (tools/explanation/cause.py); of others the words of const/causes.py hold.
ADVICE = {
    "settings_incomplete": _lt("Complete the settings of this server."),
    "not_a_mail_server": _lt("Check host and port: what answers there is no mail server."),
    "turned_away": _lt("The server does not want this machine. Ask whoever runs it; perhaps its address is blocked."),
    "wrong_login": _lt(
        "Enter user name and password anew. Gmail, Yahoo and others want an app password; Gmail and Microsoft 365 can "
        "be connected with Odoo's own add-ons instead."
    ),
    "app_password_needed": _lt("Make an app password in the account's settings at the provider, and enter it here."),
    "login_switched_off": _lt(
        "Allow the login (SMTP AUTH) for this mailbox at the provider, or connect it with Odoo's add-on for Gmail or "
        "Microsoft 365."
    ),
    "login_method": _lt(
        "Choose encryption, or another way to log in: many servers offer a login only with encryption."
    ),
    "login_required": _lt("Enter user name and password."),
    "login_needs_encryption": _lt("Choose encryption."),
    "encryption_required": _lt("Choose encryption."),
    "encryption_not_offered": _lt(
        "Choose another encryption or another port: 587 is usual for STARTTLS, 465 for SSL/TLS, 25 between servers."
    ),
    "encryption_failed": _lt(
        "One of the two may be too old. Have the server updated so that it offers TLS 1.2 or 1.3, or ask the provider "
        "for another server."
    ),
    "certificate": _lt(
        "Enter the server under the name that the certificate has, or have the certificate renewed. “Encryption only” "
        "lets mails leave, but does not protect against somebody who passes for the server."
    ),
    "own_certificate": _lt("Renew the certificate and its key in the settings, and see that they belong together."),
    "account_blocked": _lt("Log in at the provider and see why the account is blocked."),
    "relay_denied": _lt(
        "The server passes on mail only for those it knows: enter user name and password, or have this machine allowed."
    ),
    "name_unknown": _lt("Check how the name of the server is spelled."),
    "names_not_looked_up": _lt("Check the network and the name servers (DNS) of the machine that Odoo runs on."),
    "no_answer": _lt(
        "Check host and port. Many hosting providers and firewalls block port 25: try 587 or 465, or have it opened."
    ),
    "connection_lost": _lt("Check again later. If it stays so, check port and encryption, or ask the provider."),
    "service_unavailable": _lt("Check again later."),
    "server_fault": _lt("Check again later. If it stays so, tell whoever runs the server."),
    "sender_not_allowed": _lt(
        "Set “FROM Filtering” to the addresses that this login may send from, or have the address allowed at the "
        "provider."
    ),
    "blocklisted": _lt("Ask the provider, or send over another server: this machine's address is on a blocklist."),
    "server_name": _lt("Have a name set for this machine's address (reverse DNS), or send over a provider's server."),
    "greylisted": _lt("Nothing: a mail is tried again by itself."),
    "user_unknown": _lt("Check with another address: this one does not exist."),
}
