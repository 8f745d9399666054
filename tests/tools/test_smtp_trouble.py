from smtplib import SMTPAuthenticationError, SMTPConnectError, SMTPSenderRefused

from ...tools.smtp import trouble
from ...tools.smtp.reply import Reply
from ...tools.smtp.transaction import Outcome, Phase
from ...tools.smtp.trouble import Scope, from_exception, from_reply, retry_after
from .common import DoctestCase

DAY = 24 * 3600


class TestTrouble(DoctestCase):
    def test_doctests(self):
        self.assertDoctests(trouble)

    def test_outcome_is_not_the_class_alone(self):
        for phase, line, outcome, scope in (
            (Phase.RCPT, b"450 4.2.1 Later", Outcome.DEFERRED, Scope.MAIL),
            (Phase.RCPT, b"550 5.1.1 No such user", Outcome.REFUSED, Scope.MAIL),
            (Phase.RCPT, b"552 5.5.3 Too many recipients", Outcome.DEFERRED, Scope.TRANSACTION),
            (Phase.MAIL, b"530 5.7.0 Must issue a STARTTLS command first", Outcome.DEFERRED, Scope.ACCOUNT),
            (Phase.MAIL, b"421 4.4.2 timeout exceeded", Outcome.DEFERRED, Scope.CONNECTION),
            (Phase.MAIL, b"421 4.3.2 shutting down", Outcome.DEFERRED, Scope.SERVER),
            (Phase.CONTENT, b"554 5.7.1 Looks like spam", Outcome.REFUSED, Scope.MAIL),
            (Phase.CONTENT, b"550 5.4.5 Daily user sending limit exceeded.", Outcome.DEFERRED, Scope.ACCOUNT),
        ):
            with self.subTest(line=line):
                failure = from_reply(phase, Reply.parse([line]), "a@dest.test")
                self.assertEqual((failure.outcome, failure.scope), (outcome, scope))

    def test_how_long(self):
        for line, seconds in (
            (b"421 4.3.2 Try again in 10 minutes", 600),
            (b"421 4.3.2 Try again in 99999 days", DAY),
            (b"421 4.3.2 Try again later", 60),
            (b"550 5.4.5 Daily sending limit, retry after 2 hours", 7200),
            (b"550 5.4.5 Daily sending limit", DAY),
            (b"550 5.7.1 No", 0),
        ):
            with self.subTest(line=line):
                self.assertEqual(from_reply(Phase.MAIL, Reply.parse([line])).seconds, seconds)
        self.assertEqual(from_exception(SMTPConnectError(421, b"4.7.0 Try again in 5 minutes")).seconds, 300)

    def test_no_session_no_connection_to_blame(self):
        failure = from_exception(SMTPSenderRefused(421, b"4.4.2 timeout exceeded", "s@odoo.test"))
        self.assertIs(failure.scope, Scope.SERVER)

    def test_of_a_login_only_the_codes(self):
        failure = from_exception(SMTPAuthenticationError(454, b"4.7.0 secret refused, try again in 5 minutes"))
        self.assertEqual((failure.text, failure.seconds), ("454 4.7.0 (login refused)", 0))

    def test_retry_after(self):
        for reply, expected in (
            ("4.7.1 Greylisted, try again in 300 seconds", 300),
            ("Please try again in 5 minutes.", 300),
            ("4.7.0 retry after 1 hour", 3600),
            ("wait 30s", 30),
            ("try again in 2 hrs", 7200),
            ("retry in 1 day", 86400),
            ("try again in 3 dogs", None),
            ("4.3.2 Service not available", None),
            ("4.2.2 Mailbox over its quota of 500 MB", None),
        ):
            with self.subTest(reply=reply):
                self.assertEqual(retry_after(reply), expected)
