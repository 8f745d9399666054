from ...tools.smtp import scope
from ...tools.smtp.reply import Reply
from ...tools.smtp.scope import Scope, judge
from ...tools.smtp.transaction import Phase
from .common import DoctestCase

MINUTE, HOUR, DAY = 60, 3600, 86400
WHO = "full@example.com"

# What providers and servers document or were seen to say: (step, reply, scope, seconds).
REPLIES = (
    # One mailbox
    ("rcpt", "452 4.2.2 <full@example.com>: mailbox over quota, limit 500 messages per day", Scope.MAIL, 0),
    ("rcpt", "450 4.2.1 This account has exceeded its hourly limit", Scope.MAIL, 0),
    ("rcpt", "550 5.2.1 This account has reached its daily limit of incoming mails", Scope.MAIL, 0),
    ("rcpt", "450 4.2.1 The user you are trying to contact is receiving mail too quickly.", Scope.MAIL, 0),
    ("rcpt", "450-4.2.1 The user you are trying to contact is receiving mail at a rate that", Scope.MAIL, 0),
    ("rcpt", "452 4.2.2 The email account that you tried to reach is over quota.", Scope.MAIL, 0),
    ("rcpt", "450 4.1.1 <full@example.com>: Recipient address rejected: unverified address", Scope.MAIL, 0),
    ("rcpt", "550 5.1.1 <full@example.com>: User unknown, daily limit of guesses exceeded", Scope.MAIL, 0),
    (
        "rcpt",
        "450 4.7.1 <full@example.com>: Recipient address rejected: Greylisted, try in an hour",
        Scope.MAIL,
        0,
    ),
    ("rcpt", "451 4.7.1 <full@example.com>: daily quota of this address is used up", Scope.MAIL, 0),
    ("rcpt", "451 <full@example.com>: mailbox: limit of 20 mails per hour", Scope.MAIL, 0),
    ("rcpt", "451 mailbox busy: hourly limit of incoming mail reached", Scope.MAIL, 0),
    ("rcpt", "451 4.3.0 <full@example.com>: Temporary lookup failure", Scope.MAIL, 0),
    ("rcpt", "450 4.3.2 Service currently unavailable", Scope.MAIL, 0),  # Postfix postscreen: the next one may do
    ("rcpt", "554 5.7.1 <full@example.com>: Relay access denied", Scope.MAIL, 0),
    ("rcpt", "550 5.2.121 RESOLVER.ADR.RecipientLimit; recipient's per hour message receive limit", Scope.MAIL, 0),
    ("rcpt", "450 4.7.1 <full@example.com>: daily message quota for this recipient exceeded", Scope.MAIL, 0),
    ("rcpt", "451 4.7.1 <full@example.com>: too many messages to this recipient, try in 1 hour", Scope.MAIL, 0),
    ("rcpt", "550 5.7.1 this recipient has exceeded its limit of 50 mails / hour", Scope.MAIL, 0),
    ("rcpt", "421 4.2.1 mailbox busy: 10 messages per hour allowed", Scope.MAIL, 0),
    ("rcpt", "452 <full@example.com>: Insufficient system storage", Scope.MAIL, 0),
    # Not in this transaction
    ("rcpt", "452 4.5.3 Error: too many recipients", Scope.TRANSACTION, 0),
    ("rcpt", "452 too many recipients", Scope.TRANSACTION, 0),
    ("rcpt", "552 Too many recipients", Scope.TRANSACTION, 0),
    ("rcpt", "552 5.5.3 Too many recipients", Scope.TRANSACTION, 0),
    ("rcpt", "421 4.7.0 too many recipients", Scope.TRANSACTION, 0),
    ("rcpt", "450 4.7.1 Recipient limit exceeded", Scope.TRANSACTION, 0),
    ("rcpt", "452 4.5.3 Too many recipients (AS780090)", Scope.TRANSACTION, 0),
    ("rcpt", "452 4.5.3 Recipients belong to multiple regions", Scope.TRANSACTION, 0),
    ("rcpt", "452-4.5.3 Your message has too many recipients. For more information", Scope.TRANSACTION, 0),
    (
        "rcpt",
        "452 4.5.3 Domain policy size per transaction exceeded, please try this recipient in a separate transaction.",
        Scope.TRANSACTION,
        0,
    ),
    ("rcpt", "451 4.3.0 Multiple destination domains per transaction is unsupported.", Scope.TRANSACTION, 0),
    ("rcpt", "451 maximum number of recipients exceeded", Scope.TRANSACTION, 0),
    ("data", "554 Too many recipients", Scope.TRANSACTION, 0),  # Exim with recipients_max_reject
    ("content", "552 5.5.3 Too many recipients", Scope.TRANSACTION, 0),
    ("rcpt", "452 4.5.3 Too many recipients, only 10 are allowed per transaction", Scope.TRANSACTION, 0),
    ("rcpt", "450 4.5.3 Error: 100 recipients per message", Scope.TRANSACTION, 0),
    # The account
    ("content", "550 5.4.5 Daily user sending limit exceeded. For more information on Gmail", Scope.ACCOUNT, DAY),
    ("rcpt", "550-5.4.5 Daily SMTP relay limit exceeded for user.", Scope.ACCOUNT, DAY),
    ("rcpt", "450 4.2.1 Peak SMTP relay limit exceeded for customer.", Scope.ACCOUNT, HOUR),
    ("rcpt", "550 5.1.90 Your message can't be sent because you've reached your daily limit", Scope.ACCOUNT, DAY),
    ("content", "554 5.2.0 STOREDRV.Submission.Exception:SubmissionQuotaExceededException", Scope.ACCOUNT, DAY),
    ("mail", "550 5.7.705 Access denied, tenant has exceeded threshold", Scope.ACCOUNT, DAY),
    ("content", "454 Throttling failure: Daily message quota exceeded.", Scope.ACCOUNT, DAY),
    ("content", "454 Throttling failure: Maximum sending rate exceeded.", Scope.ACCOUNT, MINUTE),
    ("content", "550 5.4.6 Unusual sending activity detected", Scope.ACCOUNT, HOUR),
    ("content", "550 Hourly sending limit reached", Scope.ACCOUNT, HOUR),
    (
        "data",
        "554 5.7.1 <DATA>: Data command rejected: limit of 400 rcpts per 24 hours for client x",
        Scope.ACCOUNT,
        DAY,
    ),
    ("data", "554 5.7.1 <DATA>: Data command rejected: only 10 messages per day", Scope.ACCOUNT, DAY),
    ("content", "550 User sales@odoo.test has exceeded its 24-hour sending limit.", Scope.ACCOUNT, DAY),
    (
        "rcpt",
        "550 Domain odoo.test has exceeded the max emails per hour (100/100 (100%)) allowed.",
        Scope.ACCOUNT,
        HOUR,
    ),
    ("content", "550 spam mail rejected: exceeded hour limit", Scope.ACCOUNT, HOUR),
    ("rcpt", "452 Too many recipients received this hour (throttled)", Scope.ACCOUNT, HOUR),
    ("rcpt", "451 4.7.1 Hourly limit exceeded", Scope.ACCOUNT, HOUR),
    ("rcpt", "450 4.7.1 <full@example.com>: Recipient address rejected: your sending quota", Scope.ACCOUNT, HOUR),
    ("rcpt", "451 4.7.1 <full@example.com>: sender exceeded 200 mails per day", Scope.ACCOUNT, DAY),
    ("mail", "452 4.2.2 daily limit of messages exceeded", Scope.ACCOUNT, DAY),
    ("rcpt", "452 4.5.3 Too many recipients: 500/day", Scope.ACCOUNT, DAY),
    ("content", "554 5.7.1 You have exceeded your messaging limits", Scope.ACCOUNT, HOUR),
    ("mail", "421 4.7.0 Daily limit of this sender exceeded", Scope.ACCOUNT, DAY),
    ("data", "451 4.7.1 <DATA>: limit of 100 mails in the last hour reached for client x", Scope.ACCOUNT, HOUR),
    ("auth", "454 4.7.0 Too many logins, limit 100 per hour", Scope.ACCOUNT, HOUR),
    ("mail", "530 5.7.0 Authentication required", Scope.ACCOUNT, 0),
    ("auth", "535 5.7.8 Error: authentication failed", Scope.ACCOUNT, 0),
    # The server
    ("connect", "421 4.7.0 mx.odoo.test Error: too many connections from 127.0.0.1", Scope.SERVER, MINUTE),
    ("connect", "554 5.7.1 No SMTP service here", Scope.SERVER, 0),
    (
        "mail",
        "432 4.3.2 Concurrent connections limit exceeded. Visit https://aka.ms/concurrent_sending",
        Scope.SERVER,
        MINUTE,
    ),
    ("mail", "421 4.4.5 Server busy, try again later.", Scope.SERVER, MINUTE),
    ("mail", "421 4.3.2 Service shutting down", Scope.SERVER, MINUTE),
    ("mail", "450 4.7.1 Error: too much mail from 127.0.0.1", Scope.SERVER, MINUTE),
    ("rcpt", "450 4.7.1 Error: too many recipients from 127.0.0.1", Scope.SERVER, MINUTE),
    ("rcpt", "421 4.7.28 Our system has detected an unusual rate of unsolicited mail", Scope.ACCOUNT, HOUR),
    # The connection
    ("mail", "421 4.4.2 mx.odoo.test Error: timeout exceeded", Scope.CONNECTION, 0),
    ("mail", "421 too many messages in this connection", Scope.CONNECTION, 0),
    ("mail", "451 Mails per session limit", Scope.CONNECTION, 0),
    ("rcpt", "421 4.7.0 Try again later, closing connection.", Scope.CONNECTION, 0),
    # One mail
    ("content", "552 5.3.4 Message size exceeds fixed limit", Scope.MAIL, 0),
    ("mail", "552 5.3.4 size limit of 20 MB per message exceeded", Scope.MAIL, 0),
    ("mail", "452 4.3.1 Insufficient system storage", Scope.MAIL, 0),
    ("mail", "450 4.1.8 <sales@odoo.test>: Sender address rejected: Domain not found", Scope.MAIL, 0),
    ("rcpt", "550 5.1.8 <sales@odoo.test>: Sender address rejected: not logged in", Scope.MAIL, 0),
    ("content", "452 4.2.2 The mailbox has reached its daily limit", Scope.MAIL, 0),
    ("content", "550 5.7.1 Our office reads mail every day at 8", Scope.MAIL, 0),
    ("content", "250 2.0.0 Ok: daily limit 500 per day", Scope.MAIL, 0),
)


class TestScope(DoctestCase):
    def test_doctests(self):
        self.assertDoctests(scope)

    def test_replies(self):
        for phase, line, expected, seconds in REPLIES:
            with self.subTest(phase=phase, line=line):
                # A table row may end in the middle of a reply of several lines.
                reply = Reply.parse([line.replace("-", " ", 1).encode() if line[3] == "-" else line.encode()])
                self.assertEqual(judge(Phase(phase), reply, WHO if phase == "rcpt" else ""), (expected, seconds))

    def test_one_recipient_never_speaks_for_all(self):
        """Whatever the words: status x.1.x or x.2.x at RCPT is that address's, or that mail's sender's."""
        for words in ("daily limit", "hourly quota exceeded", "rate limit", "too many mails", "throttled per day"):
            for code, status in ((450, "4.2.1"), (452, "4.2.2"), (550, "5.2.1"), (450, "4.1.1"), (550, "5.1.8")):
                reply = Reply.parse([f"{code} {status} {words}".encode()])
                self.assertFalse(judge(Phase.RCPT, reply, WHO).scope.is_of_all_mails, reply)

    def test_a_reply_of_a_megabyte(self):
        for text in ("too many " * 100_000, "per " * 250_000, "sending " * 100_000, "1 recipient " * 90_000):
            judge(Phase.RCPT, Reply.of(450, text), WHO)
