"""The words for the causes of `tools/explanation/cause.py`: what each means and what to do. No logic."""

from typing import NamedTuple

from odoo.tools.translate import LazyGettext, LazyTranslate

_lt = LazyTranslate(__name__)

# Who has to act.
ACTORS = [
    ("nobody", "Nobody: it passes by itself"),
    ("sender", "You"),
    ("administrator", "Your administrator"),
    ("recipient", "The recipient"),
]

# For lists, filters and statistics.
CAUSES = [
    ("account_missing", "No mail server set up"),
    ("settings_incomplete", "Settings incomplete"),
    ("settings_problem", "Problem with the settings"),
    ("not_a_mail_server", "No mail server there"),
    ("turned_away", "Turned away by the server"),
    ("wrong_login", "Wrong login data"),
    ("password_transition", "Password must be passed another way"),
    ("app_password_needed", "App password needed"),
    ("login_switched_off", "Login switched off by the provider"),
    ("login_method", "No common way to log in"),
    ("login_too_weak", "Way to log in too weak"),
    ("login_required", "Login required"),
    ("login_needs_encryption", "Encryption needed to log in"),
    ("login_not_now", "Login not possible at the moment"),
    ("encryption_required", "Encryption required"),
    ("encryption_not_offered", "Encryption not offered"),
    ("encryption_failed", "Encryption failed"),
    ("certificate", "Mail server's certificate not accepted"),
    ("own_certificate", "Odoo's certificate not accepted"),
    ("account_blocked", "Account blocked by the provider"),
    ("relay_denied", "Server does not pass the mail on"),
    ("name_unknown", "Mail server's name not known"),
    ("names_not_looked_up", "Names cannot be looked up"),
    ("no_answer", "Mail server does not answer"),
    ("connection_lost", "Connection lost"),
    ("service_unavailable", "Mail server not available"),
    ("server_fault", "Fault of the mail server"),
    ("no_space", "No space on the mail server"),
    ("outcome_unknown", "Outcome unknown"),
    ("parameters_refused", "Mail server does not take a parameter"),
    ("command_refused", "Mail server does not take a command"),
    ("sending_too_fast", "Too much in a short time"),
    ("sending_limit", "Sending limit reached"),
    ("too_many_recipients", "Too many recipients at once"),
    ("receives_too_much", "Recipient gets too much mail"),
    ("greylisted", "Put off on purpose (greylisting)"),
    ("user_unknown", "No such mailbox"),
    ("user_not_local", "Mailbox is elsewhere"),
    ("address_wrong", "Address gets no mail"),
    ("address_malformed", "Address not valid"),
    ("address_not_ascii", "Address with special letters"),
    ("domain_unknown", "No such domain"),
    ("domain_takes_no_mail", "Domain takes no mail"),
    ("domain_not_served", "Server not responsible for the domain"),
    ("mailbox_busy", "Mailbox busy"),
    ("mailbox_unavailable", "Mailbox not available"),
    ("mailbox_disabled", "Mailbox switched off"),
    ("mailbox_full", "Mailbox full"),
    ("mailbox_moved", "Mailbox has moved"),
    ("mailbox_closed_to_others", "Not open to your mail"),
    ("recipient_server_silent", "Recipient's server does not answer"),
    ("recipient_encryption", "Encryption with the recipient's server failed"),
    ("mail_loop", "Mail goes in a circle"),
    ("sender_not_allowed", "Sender not allowed"),
    ("sender_address_wrong", "Sender's address not accepted"),
    ("sender_not_proved", "Sender's domain not verified (SPF, DKIM, DMARC)"),
    ("sender_blocked", "Sender blocked by the recipient"),
    ("blocklisted", "Mail server on a blocklist"),
    ("server_name", "Name of the sending server not accepted"),
    ("too_big", "Mail too big"),
    ("spam", "Taken for spam"),
    ("content_forbidden", "Attachment not allowed"),
    ("mail_malformed", "Form of the mail not accepted"),
    ("policy", "Refused by the server's rules"),
    ("mail_not_built", "Mail could not be put together"),
    ("header_broken", "Head of the mail is broken"),
    ("characters", "Characters that cannot be sent"),
    ("attachment_unreadable", "Attachment cannot be read"),
    ("no_address", "No e-mail address"),
    ("no_longer_recipient", "No longer a recipient"),
    ("mail_deleted", "Mail was deleted"),
    ("add_on_stopped", "Stopped by another add-on"),
    ("not_retried", "Not tried again"),
    ("given_up", "Given up"),
    ("put_off", "Put off by the server"),
    ("refused", "Refused without a clear reason"),
    ("returned", "Came back without a clear reason"),
    ("not_sent", "Not sent"),
]


class Words(NamedTuple):
    """What a cause means to the person who reads it, and what there is to do."""

    meaning: LazyGettext
    what_to_do: LazyGettext


CAUSE_WORDS = {
    "account_missing": Words(
        _lt("No mail server for sending is set up in Odoo."),
        _lt("Ask your administrator to set up a mail server."),
    ),
    "settings_incomplete": Words(
        _lt("Something is missing in the settings for sending, such as the sender's address."),
        _lt("Ask your administrator to complete the settings of the mail server."),
    ),
    "settings_problem": Words(
        _lt("The mail server cannot be used as it is set up in Odoo."),
        _lt("Ask your administrator to check the settings of the mail server and to test the connection."),
    ),
    "not_a_mail_server": Words(
        _lt("What answered does not behave like a mail server."),
        _lt("Ask your administrator to check the name, the port and the encryption of the mail server."),
    ),
    "turned_away": Words(
        _lt("The mail server does not let Odoo in: it takes no mail from this computer, or none at all."),
        _lt(
            "Ask your administrator to check which server and port are set up, and whether the provider lets this "
            "computer send."
        ),
    ),
    "wrong_login": Words(
        _lt("The mail server did not accept the user name or the password."),
        _lt("Ask your administrator to enter user name and password anew in the settings of the mail server."),
    ),
    "password_transition": Words(
        _lt("The mail server wants the password to be passed in another way once, before it goes on as before."),
        _lt(
            "Ask your administrator to log in to the mailbox once by another way, such as the provider's web page, or "
            "to set the password anew."
        ),
    ),
    "app_password_needed": Words(
        _lt("The provider does not accept the ordinary password here, only one that was made for this program."),
        _lt(
            "Ask your administrator to create an app password in the provider's account settings and to enter it in "
            "Odoo."
        ),
    ),
    "login_switched_off": Words(
        _lt("The provider has switched off the login by user name and password for this mailbox."),
        _lt(
            "Ask your administrator to allow it again at the provider, or to connect the mail server in Odoo with the "
            "provider's own login."
        ),
    ),
    "login_method": Words(
        _lt("The mail server does not offer a way to log in that Odoo knows."),
        _lt(
            "Ask your administrator to check the encryption and the way of logging in: many servers offer a login "
            "only with encryption."
        ),
    ),
    "login_too_weak": Words(
        _lt("The chosen way to log in is not safe enough for the mail server."),
        _lt("Ask your administrator to choose a stronger one, such as encryption or the provider's own login."),
    ),
    "login_required": Words(
        _lt("The mail server takes mail only from those who log in."),
        _lt("Ask your administrator to enter user name and password in the settings of the mail server."),
    ),
    "login_needs_encryption": Words(
        _lt("The mail server lets nobody log in over a connection that is not encrypted."),
        _lt("Ask your administrator to switch on encryption in the settings of the mail server."),
    ),
    "login_not_now": Words(
        _lt("The mail server cannot check logins at the moment."),
        _lt("Nothing: the mail is tried again by itself."),
    ),
    "encryption_required": Words(
        _lt("The mail server takes mail only over an encrypted connection."),
        _lt("Ask your administrator to switch on encryption in the settings of the mail server."),
    ),
    "encryption_not_offered": Words(
        _lt("The mail server does not offer the encryption that is chosen in Odoo on this port."),
        _lt("Ask your administrator to choose another kind of encryption or another port."),
    ),
    "encryption_failed": Words(
        _lt("Odoo and the mail server could not agree on an encrypted connection."),
        _lt("The mail is tried again by itself. If it goes on, ask your administrator: one of the two may be too old."),
    ),
    "certificate": Words(
        _lt(
            "The mail server could not prove who it is: its certificate has expired, is for another name, or was "
            "issued by somebody unknown."
        ),
        _lt("Ask your administrator to check the name of the server, or to tell the provider."),
    ),
    "own_certificate": Words(
        _lt("The certificate with which Odoo logs in to the mail server is unusable or was not accepted."),
        _lt("Ask your administrator to renew the certificate in the settings of the mail server."),
    ),
    "account_blocked": Words(
        _lt("The provider has blocked the account with which Odoo sends."),
        _lt("Ask your administrator to find out why at the provider: often it was misused, or something was not paid."),
    ),
    "relay_denied": Words(
        _lt("The mail server does not pass on mail to other domains for Odoo: it does not know who is sending."),
        _lt(
            "Ask your administrator to check the login of the mail server, and whether the sender's domain is set up "
            "there."
        ),
    ),
    "name_unknown": Words(
        _lt("There is no mail server of this name."),
        _lt("Ask your administrator to check how the name of the mail server is spelled in the settings."),
    ),
    "names_not_looked_up": Words(
        _lt("The address of the mail server cannot be looked up at the moment (DNS)."),
        _lt("Nothing: the mail is tried again by itself. If it goes on, tell your administrator."),
    ),
    "no_answer": Words(
        _lt("The mail server cannot be reached: it is down, the network is, or its name or port is wrong."),
        _lt(
            "The mail is tried again by itself. If it goes on, ask your administrator to check the network and the "
            "settings of the mail server."
        ),
    ),
    "connection_lost": Words(
        _lt("The connection to the mail server was lost before it had the whole mail."),
        _lt("Nothing: the mail is tried again by itself."),
    ),
    "service_unavailable": Words(
        _lt("The mail server is not available at the moment."),
        _lt("Nothing: the mail is tried again by itself. If it was given up, send it again later."),
    ),
    "server_fault": Words(
        _lt("Something went wrong inside the mail server."),
        _lt("Nothing: the mail is tried again by itself. If it was given up, send it again later."),
    ),
    "no_space": Words(
        _lt("The mail server has no space left."),
        _lt("Nothing: the mail is tried again by itself. If it was given up, send it again later."),
    ),
    "outcome_unknown": Words(
        _lt("The mail was handed over, but no answer came. It may have arrived or not."),
        _lt("Ask the recipient, or look among the sent mails of the mailbox. Send it again only if it did not arrive."),
    ),
    "parameters_refused": Words(
        _lt("The mail server did not take something that Odoo asked for, such as a delivery report."),
        _lt("Ask your administrator and pass on the server's words below."),
    ),
    "command_refused": Words(
        _lt(
            "Odoo and the mail server did not understand each other: a command was unknown to the server, too long, "
            "or out of order."
        ),
        _lt("Ask your administrator and pass on the server's words below."),
    ),
    "sending_too_fast": Words(
        _lt("The mail server takes no more mail for now: too much came from here in a short time."),
        _lt("Nothing: the mail is tried again by itself. If it was given up, send it again later."),
    ),
    "sending_limit": Words(
        _lt("The account has sent as many mails as the provider allows, for example in a day."),
        _lt(
            "Wait until the limit is lifted: mails in the buffer go on by themselves. If it happens often, ask your "
            "administrator to get a higher limit."
        ),
    ),
    "too_many_recipients": Words(
        _lt("The mail server does not take so many recipients at once."),
        _lt("Nothing: the rest is sent by itself. If it was given up, send it to fewer recipients."),
    ),
    "receives_too_much": Words(
        _lt("This mailbox gets more mail at the moment than its provider allows."),
        _lt("Nothing: the mail is tried again by itself. If it was given up, send it again later."),
    ),
    "greylisted": Words(
        _lt(
            "The server does not know the sender yet and wants the mail to be tried once more in some minutes. This "
            "is a usual protection against spam."
        ),
        _lt("Nothing: the mail is tried again by itself."),
    ),
    "user_unknown": Words(
        _lt("There is no such mailbox: the part of the address before the @ is wrong, or the person has left."),
        _lt("Correct the address in the contact and send again. Ask the recipient for it if you do not know it."),
    ),
    "user_not_local": Words(
        _lt("This server does not keep the recipient's mailbox. Perhaps its words below name another address."),
        _lt("Correct the address in the contact and send again."),
    ),
    "address_wrong": Words(
        _lt("No mail can arrive at this address."),
        _lt("Check the address with the recipient, correct it in the contact and send again."),
    ),
    "address_malformed": Words(
        _lt("The address is not written correctly."),
        _lt("Correct the address in the contact and send again."),
    ),
    "address_not_ascii": Words(
        _lt(
            "The address, or a field in the head of the mail, has letters such as ż or é that a server on the way "
            "does not take."
        ),
        _lt("Ask the recipient for an address without such letters."),
    ),
    "domain_unknown": Words(
        _lt(
            "There is no mail server for this domain: the part of the address after the @ is wrong, or the domain is "
            "gone."
        ),
        _lt("Correct the address in the contact and send again."),
    ),
    "domain_takes_no_mail": Words(
        _lt("The recipient's domain takes no mail at all."),
        _lt("Ask the recipient for another address."),
    ),
    "domain_not_served": Words(
        _lt("The server that should take the mail says that it is not responsible for the recipient's domain."),
        _lt(
            "Check the part of the address after the @. If it is right, tell the recipient by another way: the "
            "settings of the domain are wrong."
        ),
    ),
    "mailbox_busy": Words(
        _lt("The mailbox cannot be reached for now."),
        _lt("Nothing: the mail is tried again by itself. If it was given up, send it again later."),
    ),
    "mailbox_unavailable": Words(
        _lt(
            "The mailbox cannot be used: it does not exist, is blocked, or does not take this mail. The server does "
            "not say which."
        ),
        _lt("Check the address. If it is right, ask the recipient by another way."),
    ),
    "mailbox_disabled": Words(
        _lt("The mailbox exists, but it is switched off or was not used for a long time."),
        _lt("Ask the recipient for another address."),
    ),
    "mailbox_full": Words(
        _lt("The recipient's mailbox is full."),
        _lt("Tell the recipient by another way to make space, and send again if the mail came back."),
    ),
    "mailbox_moved": Words(
        _lt("The recipient does not use this address any more."),
        _lt(
            "Look whether the server's words below name the new address, or ask the recipient. Correct the contact "
            "and send again."
        ),
    ),
    "mailbox_closed_to_others": Words(
        _lt("This mailbox or list takes mail only from certain senders, such as people of the same company."),
        _lt("Ask the recipient to let your address through, or for another address."),
    ),
    "recipient_server_silent": Words(
        _lt("The recipient's mail server could not be reached."),
        _lt(
            "Nothing as long as it is tried again. If the mail came back, check the part of the address after the @ "
            "and send again later."
        ),
    ),
    "recipient_encryption": Words(
        _lt("The mail could not be passed to the recipient's server over an encrypted connection."),
        _lt("Tell the recipient by another way: the administrator of their mail server has to look at it."),
    ),
    "mail_loop": Words(
        _lt("The servers on the recipient's side send the mail in a circle."),
        _lt("Tell the recipient by another way: a forwarding there is set up wrongly."),
    ),
    "sender_not_allowed": Words(
        _lt("The account may not send with this sender's address."),
        _lt(
            "Ask your administrator to allow the address at the provider, or to use the address of the account as the "
            "sender."
        ),
    ),
    "sender_address_wrong": Words(
        _lt("The sender's address, or its domain, does not exist or takes no mail itself."),
        _lt("Ask your administrator to check the sender's address in Odoo and the settings of its domain."),
    ),
    "sender_not_proved": Words(
        _lt("The server could not verify that the mail really comes from the sender's domain (SPF, DKIM, DMARC)."),
        _lt(
            "Ask your administrator to enter the mail server in the settings of your domain (SPF, DKIM, DMARC). Then "
            "send again."
        ),
    ),
    "sender_blocked": Words(
        _lt("The recipient, or their company, does not take mail from this sender."),
        _lt("Ask the recipient by another way to let your address through."),
    ),
    "blocklisted": Words(
        _lt(
            "The server does not trust the computer that sent the mail: it is on a list of spam senders, or has a bad "
            "name."
        ),
        _lt(
            "Ask your administrator to find out why and to have it taken off the list. The server's words below often "
            "name the page for that."
        ),
    ),
    "server_name": Words(
        _lt("The name of the server that sent the mail does not fit its address in the network (reverse DNS)."),
        _lt("Ask your administrator to have the name set right by the provider of the server."),
    ),
    "too_big": Words(
        _lt("The mail is too big for a mail server on its way, or for the mailbox."),
        _lt("Send it again with smaller or fewer attachments, or send a link instead."),
    ),
    "spam": Words(
        _lt("The server took the mail for spam."),
        _lt(
            "Word the mail differently, with fewer links, and send again, or write to the recipient by another way. "
            "If it happens often, ask your administrator."
        ),
    ),
    "content_forbidden": Words(
        _lt("The server does not take something in the mail, such as a kind of attachment, or suspects a virus."),
        _lt("Send it again without that attachment, or in another form such as PDF."),
    ),
    "mail_malformed": Words(
        _lt("The server does not accept the form of the mail, such as a field in its head."),
        _lt("Ask your administrator and pass on the server's words below."),
    ),
    "policy": Words(
        _lt("The server did not want the mail because of its own rules. It does not say which."),
        _lt(
            "Ask the recipient by another way to let your mail through. If several recipients refuse, ask your "
            "administrator."
        ),
    ),
    "mail_not_built": Words(
        _lt("Odoo could not put the mail together."),
        _lt("Ask your administrator: the template, the attachments or an add-on may be the reason."),
    ),
    "header_broken": Words(
        _lt(
            "A field in the head of the mail, such as the subject or the reply address, contains something that is "
            "not allowed."
        ),
        _lt("Write the subject and the addresses anew, on one line each, and send again."),
    ),
    "characters": Words(
        _lt("The mail contains characters that cannot be sent."),
        _lt("Write the places with strange characters anew and send again."),
    ),
    "attachment_unreadable": Words(
        _lt("An attachment is missing from Odoo's storage, or is damaged."),
        _lt("Attach the file anew and send again."),
    ),
    "no_address": Words(
        _lt("There is no e-mail address to send to."),
        _lt("Enter an e-mail address in the contact and send again."),
    ),
    "no_longer_recipient": Words(
        _lt("The mail is not for this address any more: the mail was changed, or the contact."),
        _lt("Nothing, if that was meant so. Otherwise add the recipient and send again."),
    ),
    "mail_deleted": Words(
        _lt("The mail was deleted before it could be sent to this address."),
        _lt("Write it again if it is still needed."),
    ),
    "add_on_stopped": Words(
        _lt("Another add-on stopped this mail, so it was not sent."),
        _lt("Ask your administrator which one, and whether that was meant so."),
    ),
    "not_retried": Words(
        _lt("The mail was put off, and whoever sent it was told that it failed. It is not tried again by itself."),
        _lt("Send it again if it is still needed."),
    ),
    "given_up": Words(
        _lt("It was tried for too long without success and has been given up."),
        _lt("Check the address and send again, or reach the recipient by another way."),
    ),
    "put_off": Words(
        _lt("A mail server could not take the mail for now."),
        _lt("Nothing: the mail is tried again by itself."),
    ),
    "refused": Words(
        _lt("The mail server did not take the mail and does not say clearly why."),
        _lt("Read the server's words below. If they do not help, ask your administrator."),
    ),
    "returned": Words(
        _lt("The mail came back and it is not clear why."),
        _lt("Read the server's words below, check the address and send again, or reach the recipient by another way."),
    ),
    "not_sent": Words(
        _lt("Odoo did not send the mail, for the reason below."),
        _lt("If the reason does not say what to do, ask your administrator."),
    ),
}
