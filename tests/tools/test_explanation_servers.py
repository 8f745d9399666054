"""What real servers answer, and what it means: each pair of code and text judged by hand.

The texts are those that the servers on loopback gave (Postfix 3.7, Exim 4.96, OpenSMTPD 7.6, Sendmail 8.17, Courier,
smtp-sink, aiosmtpd) and that public sources quote of providers.
"""

from ...tools.explanation import Facts, explain
from ...tools.explanation.provider import PROVIDERS
from ...tools.smtp.reply import Reply
from ...tools.smtp.transaction import Phase
from .common import PureCase

CONNECT, TLS, AUTH, MAIL, RCPT, CONTENT = (
    Phase.CONNECT, Phase.TLS, Phase.AUTH, Phase.MAIL, Phase.RCPT, Phase.CONTENT,
)  # fmt: skip

REPLIES = (
    # Unknown recipient
    (RCPT, "550 5.1.1 <nobody@odoo.test>: Recipient address rejected: User unknown in virtual mailbox table", "user_unknown"),
    (RCPT, "550 Unknown user", "user_unknown"),
    (RCPT, "550 Unrouteable address", "domain_unknown"),
    (RCPT, "550 Invalid recipient: <nobody@odoo.test>", "user_unknown"),
    (RCPT, "550 5.1.1 <nobody@odoo.test>... User unknown", "user_unknown"),
    # Relaying
    (RCPT, "554 5.7.1 <x@elsewhere.test>: Relay access denied", "relay_denied"),
    (RCPT, "550 relay not permitted", "relay_denied"),
    (RCPT, "550 5.7.1 <x@elsewhere.test>... Relaying denied. IP name lookup failed [127.0.0.2]", "relay_denied"),
    # Login
    (AUTH, "535 5.7.8 Error: authentication failed: (reason unavailable)", "wrong_login"),
    (AUTH, "535 Incorrect authentication data", "wrong_login"),
    (AUTH, "535 Authentication failed", "wrong_login"),
    (AUTH, "535 5.7.0 authentication failed", "wrong_login"),
    (AUTH, "535 5.7.8 Error: authentication failed: Invalid authentication mechanism", "login_method"),
    (AUTH, "504 CRAM-MD5 authentication mechanism not supported", "login_method"),
    (AUTH, '504 5.7.4 Security features not supported: AUTH method "CRAM-MD5" not supported', "login_method"),
    (AUTH, "504 5.3.3 AUTH mechanism CRAM-MD5 not available", "login_method"),
    (RCPT, "554 5.7.1 <x@elsewhere.test>: Recipient address rejected: Access denied", "login_required"),
    (RCPT, "553 5.7.1 <sales@odoo.test>: Sender address rejected: not logged in", "login_required"),
    (RCPT, "550 Authentication required", "login_required"),
    (MAIL, "530 5.5.1 Invalid command: Must issue an AUTH command first", "login_required"),
    (MAIL, "530 5.7.0 Authentication required", "login_required"),
    # Encryption
    (MAIL, "530 5.7.0 Must issue a STARTTLS command first", "encryption_required"),
    (AUTH, "530 5.7.0 Must issue a STARTTLS command first", "encryption_required"),
    (AUTH, "503 AUTH command used when not advertised", "login_method"),
    (MAIL, "530 5.5.1 Invalid command: Must issue a STARTTLS command first", "encryption_required"),
    (TLS, "502 5.5.1 Error: command not implemented", "encryption_not_offered"),
    # Size
    (MAIL, "552 5.3.4 Message size exceeds fixed limit", "too_big"),
    (MAIL, "552 Message size exceeds maximum permitted", "too_big"),
    (MAIL, "552 5.2.3 Message size exceeds fixed maximum message size (200000)", "too_big"),
    (CONTENT, "552 5.3.4 Error: message file too big", "too_big"),
    (CONTENT, "554 5.3.4 Message too big for system: Transaction failed, message too big", "too_big"),
    (CONTENT, "552 5.2.3 Message exceeds maximum fixed size (200000)", "too_big"),
    (MAIL, "534 SIZE=Message too big.", "too_big"),
    (CONTENT, "523 Message length (200070 bytes) exceeds administrative limit(200000).", "too_big"),
    # Greylisting
    (RCPT, "450 4.7.1 <g@odoo.test>: Recipient address rejected: Greylisted, please try again later", "greylisted"),
    (RCPT, "451 Greylisted, please try again later", "greylisted"),
    (RCPT, "451 4.7.1 Greylisted, please try again later", "greylisted"),
    (RCPT, "451 4.7.1 Greylisted,please try again later", "greylisted"),
    # Number of recipients
    (RCPT, "452 4.5.3 Error: too many recipients", "too_many_recipients"),
    (RCPT, "452 too many recipients", "too_many_recipients"),
    (RCPT, "451 4.5.3 Too many recipients: Too many recipients", "too_many_recipients"),
    (RCPT, "452 4.5.3 Too many recipients", "too_many_recipients"),
    # Policy and content
    (RCPT, "554 5.7.1 <p@odoo.test>: Recipient address rejected: Rejected by policy", "policy"),
    (RCPT, "550 5.7.1 <p@odoo.test>... Access denied", "policy"),
    (RCPT, "550 5.7.1 [CS01] Message rejected", "policy"),
    (CONTENT, "550 5.7.1 Message content rejected", "spam"),
    (CONTENT, "554 5.7.1 <localhost[127.0.0.1]>: Client host rejected: Spam message rejected", "spam"),
    (CONTENT, "554 5.7.1 Spam", "spam"),
    (CONTENT, "550 This message was classified as SPAM", "spam"),
    (CONTENT, "550 This violates SMTP", "policy"),
    # Sender
    (RCPT, "553 5.7.1 <boss@odoo.test>: Sender address rejected: not owned by user sales@odoo.test", "sender_not_allowed"),
    (RCPT, "450 4.1.8 <x@none.test>: Sender address rejected: Domain not found", "sender_address_wrong"),
    (RCPT, "504 5.5.2 <x@foo>: Sender address rejected: need fully-qualified address", "sender_address_wrong"),
    (MAIL, "550 Sender address rejected: blocked sender", "sender_blocked"),
    (MAIL, "553 5.7.1 Sender blocked", "sender_blocked"),
    # Limits, space, shutdown
    (MAIL, "450 4.7.1 Error: too much mail from 127.0.0.1", "sending_too_fast"),
    (CONNECT, "421 4.7.0 mx.odoo.test Error: too many connections from 127.0.0.1", "sending_too_fast"),
    (MAIL, "452 4.3.1 Insufficient system storage", "no_space"),
    (MAIL, "421 4.4.2 mx.odoo.test Error: timeout exceeded", "connection_lost"),
    (MAIL, "554 Too many nonmail commands", "sending_too_fast"),
    (RCPT, "421 4.3.2 Service shutting down", "service_unavailable"),
    (RCPT, "421 4.0.0 Server closing connection", "service_unavailable"),
    (RCPT, "450 Service temporarily unavailable.", "service_unavailable"),
    (RCPT, "452 4.2.2 Over quota", "mailbox_full"),
    # Parameters
    (MAIL, "501 5.7.1 DSN support is disabled", "parameters_refused"),
    (MAIL, "503 5.5.4 Invalid command arguments: Unsupported option RET=HDRS", "parameters_refused"),
    (RCPT, "501 <a@b> NOTIFY=SUCCESS: malformed address: NOTIFY=SUCCESS may not follow <a@b>", "parameters_refused"),
    (RCPT, "503 Unsupported option NOTIFY=FAILURE", "parameters_refused"),
    (MAIL, "555 MAIL FROM parameters not recognized or not implemented", "parameters_refused"),
    (MAIL, "503 5.5.4 Invalid command arguments: option too large, truncated: x", "parameters_refused"),
    (MAIL, "501 5.5.4 Bad ENVID parameter syntax", "parameters_refused"),
    (MAIL, "501 5.5.4 Syntax error in ENVID parameter value", "parameters_refused"),
    (RCPT, "501 5.5.4 Error: Bad ORCPT parameter syntax", "parameters_refused"),
    (RCPT, "553 ORCPT address syntax error", "parameters_refused"),
    (RCPT, "501 5.5.4 Syntax error in ORCPT parameter value", "parameters_refused"),
    (RCPT, "501 5.5.4 Error: Bad NOTIFY parameter syntax", "parameters_refused"),
    (RCPT, "501 Invalid value for NOTIFY parameter", "parameters_refused"),
    (RCPT, "553 NOTIFY option NEVER cannot be combined with other options", "parameters_refused"),
    (RCPT, '501 5.5.4 Bad argument "NEVER"  to NOTIFY', "parameters_refused"),
    (MAIL, "501 5.5.4 Bad RET parameter syntax", "parameters_refused"),
    (MAIL, "501 Value for RET is invalid", "parameters_refused"),
    (MAIL, '501 5.5.2 Bad argument "HEADERS" to RET', "parameters_refused"),
    (MAIL, "503 5.5.1 Error: nested MAIL command", "command_refused"),
    # Providers
    (AUTH, "534 5.7.9 Application-specific password required. For more information, go to\n"
     "5.7.9 https://support.google.com/mail/?p=InvalidSecondFactor x9si - gsmtp", "app_password_needed"),
    (CONTENT, "550 5.4.5 Daily user sending limit exceeded. x9si - gsmtp", "sending_limit"),
    (RCPT, "450 4.2.1 The user you are trying to contact is receiving email too quickly", "receives_too_much"),
    (AUTH, "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant. Visit "
     "https://aka.ms/smtp_auth_disabled for more information.", "login_switched_off"),
    (AUTH, "535 5.7.139 Authentication unsuccessful, basic authentication is disabled.", "login_switched_off"),
    (AUTH, "535 5.7.3 Authentication unsuccessful [AM0PR02CA0001.eurprd02.prod.outlook.com]", "wrong_login"),
    (MAIL, "530 5.7.57 Client not authenticated to send mail", "login_required"),
    (CONTENT, "550 5.7.60 SMTP; Client does not have permissions to send as this sender", "sender_not_allowed"),
    (CONTENT, "432 4.3.2 Concurrent connections limit exceeded. Visit https://aka.ms/concurrent_sending", "sending_too_fast"),
    (RCPT, "550 5.1.90 Your message can't be sent because you've reached your daily limit for message recipients",
     "sending_limit"),
    (CONTENT, "454 Throttling failure: Maximum sending rate exceeded", "sending_too_fast"),
    (CONTENT, "454 Throttling failure: Daily message quota exceeded", "sending_limit"),
    (CONTENT, "554 Message rejected: Email address is not verified. The following identities failed the check in region "
     "EU-WEST-1: sales@odoo.test", "sender_not_allowed"),
    (MAIL, "530 Authentication required", "login_required"),
    (AUTH, "535 5.7.0 Mailgun is not loving your login or password", "wrong_login"),
    (CONTENT, "550 5.4.6 Unusual sending activity detected", "account_blocked"),
    (MAIL, "554 5.1.8 Sender Address Blocked", "account_blocked"),
    # The codes of the RFCs, with no words that help
    (AUTH, "432 4.7.12 A password transition is needed", "password_transition"),
    (AUTH, "454 4.7.0 Temporary authentication failure", "login_not_now"),
    (AUTH, "523 5.7.10 Encryption Needed", "encryption_required"),
    (AUTH, "525 5.7.13 User Account Disabled", "account_blocked"),
    (AUTH, "534 5.7.9 Authentication mechanism is too weak", "login_too_weak"),
    (AUTH, "538 5.7.11 Encryption required for requested authentication mechanism", "login_needs_encryption"),
    (AUTH, "534", "login_too_weak"),
    (AUTH, "538", "login_needs_encryption"),
    # Of a login the codes alone are kept
    (AUTH, "535 5.7.8", "wrong_login"),
    (AUTH, "535 5.7.139", "login_switched_off"),
    (AUTH, "530 5.7.0", "encryption_required"),
    (AUTH, "503", "login_method"),
    (AUTH, "504 5.7.4", "login_method"),
    (AUTH, "451 4.3.0", "login_not_now"),
    (AUTH, "550 5.7.1", "wrong_login"),
    (AUTH, "421 4.7.0", "service_unavailable"),
    (RCPT, "553 relaying disallowed", "relay_denied"),
    (CONTENT, "450", "put_off"),
    (RCPT, "450 4.7.1 <a@dest.test>: Recipient address rejected: not now", "mailbox_busy"),
    (CONTENT, "451 4.7.1 Not accepted", "put_off"),
    # A sentence over several lines
    (CONTENT, "550 5.7.1 The user you are trying to contact is\n5.7.1 receiving mail too\n5.7.1 quickly", "receives_too_much"),
    (RCPT, "450", "mailbox_busy"),
    (RCPT, "550", "mailbox_unavailable"),
    (MAIL, "550", "sender_not_allowed"),
    (CONTENT, "550", "policy"),
    (TLS, "454", "encryption_failed"),
    (TLS, "454 4.7.0 TLS not available due to local problem", "encryption_failed"),
    (CONNECT, "421 odoo.test Service not available, closing transmission channel", "service_unavailable"),
    (RCPT, "450 Requested mail action not taken: mailbox unavailable", "mailbox_busy"),
    (CONTENT, "451 Requested action aborted: local error in processing", "server_fault"),
    (CONTENT, "452 Requested action not taken: insufficient system storage", "no_space"),
    (MAIL, "455 Server unable to accommodate parameters", "parameters_refused"),
    (MAIL, "500 Syntax error, command unrecognized", "command_refused"),
    (MAIL, "500 Line too long", "command_refused"),
    (MAIL, "501 Syntax error in parameters or arguments", "parameters_refused"),
    (MAIL, "502 Command not implemented", "command_refused"),
    (RCPT, "503 Bad sequence of commands", "command_refused"),
    (MAIL, "504 Command parameter not implemented", "command_refused"),
    (CONNECT, "521 mx.odoo.test does not accept mail", "turned_away"),
    (RCPT, "521 5.1.10 <a@dest.test>: Host does not accept mail", "domain_takes_no_mail"),
    (RCPT, "556 5.1.10 Recipient address has null MX", "domain_takes_no_mail"),
    (RCPT, "550 Requested action not taken: mailbox unavailable", "mailbox_unavailable"),
    (RCPT, "551 User not local; please try <b@elsewhere.test>", "user_not_local"),
    (CONTENT, "552 Requested mail action aborted: exceeded storage allocation", "mailbox_full"),
    (CONTENT, "552", "no_space"),
    (RCPT, "553 Requested action not taken: mailbox name not allowed", "address_malformed"),
    (CONNECT, "554 No SMTP service here", "turned_away"),
    (CONTENT, "554 Transaction failed", "policy"),
)  # fmt: skip


class TestExplanationServers(PureCase):
    def test_replies(self):
        for phase, written, cause in REPLIES:
            with self.subTest(reply=written):
                reply = Reply.parse([f"{written[:3]}-{line}".encode() for line in written[4:].split("\n")])
                found = explain(Facts.of_reply(reply, phase))
                self.assertEqual((found.cause.value, found.rule if found.cause.value != cause else ""), (cause, ""))

    def test_every_row_of_a_provider_names_its_source(self):
        for provider in PROVIDERS:
            for row in provider.rows:
                self.assertRegex(row.source, r"^https?://|^(returned mail|public notes) of ", f"{provider.name}: {row}")
                self.assertRegex(row.read, r"^20\d\d-\d\d-\d\d$")
