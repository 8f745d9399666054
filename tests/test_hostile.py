import json
from collections import Counter

from odoo.tests import tagged
from odoo.tools import mute_logger

from .servers.scripted import ScriptedServer, Step
from .test_drain import DrainCase


class Limited:
    """A server that takes so many recipients in one transaction, and says so in its own way."""

    def __init__(self, limit, words=b"452 4.5.3 Too many recipients", only=""):
        self.limit, self.words, self.only, self.count = limit, words, only, 0
        self.script = {"MAIL": self.on_mail, "RCPT": self.on_rcpt}

    def on_mail(self, _line):
        self.count = 0

    def on_rcpt(self, line):
        if self.only not in line:
            return None
        self.count += 1
        return self.words if self.count > self.limit else None


@tagged("post_install", "-at_install")
class TestTooManyRecipients(DrainCase):
    """Whoever is too many for one transaction goes into the next one of the same run, once."""

    def send_to(self, count, script, direct=False, **values):
        server = self.enterContext(ScriptedServer(script))
        server_id = self.create_server(server.port, max_connections=1, **values)
        addresses = ", ".join(f"r{number}@dest.test" for number in range(count))
        mails = self.create_mails(1, server_id, email_to=addresses)
        if direct:
            with self.env_committed() as env:
                env["mail.mail"].browse(mails).send()
        else:
            self.drain()
        return server, mails

    def assertServedOnce(self, server, mails, sizes):
        found = Counter(address for mail in server.messages for address in mail.recipients)
        self.assertEqual(set(found.values()), {1})
        self.assertEqual([len(mail.recipients) for mail in server.messages], sizes)
        self.assertEqual(self.values_of(mails, "state", "delivery_status"), [("sent", "accepted")])

    def evidence(self, mails):
        with self.env_committed() as env:
            transactions = env["mail.transaction"].search([("mail_mail_id", "in", mails)], order="id")
            recipients = env["mail.recipient"].search([("mail_mail_id", "in", mails)])
            return (
                transactions.mapped(lambda row: (row.outcome, row.envelope_id, row.smtp_receipt, row.recipients)),
                {row.email: (row.envelope_id, row.smtp_receipt) for row in recipients},
            )

    def test_in_one_run(self):
        server, mails = self.send_to(60, Limited(10).script)
        self.assertServedOnce(server, mails, [10] * 6)
        self.assertEqual(server.connections, 1)
        self.assertEqual(
            sum(command.startswith("RCPT") for command in server.commands), 60 + 50, "the limit is learned"
        )
        self.assertEqual(self.values_of(mails, "attempt_count", "retry_date"), [(1, False)])

    def test_each_transaction_has_its_evidence(self):
        server, mails = self.send_to(25, Limited(10).script, is_verp=True)
        self.assertServedOnce(server, mails, [10, 10, 5])
        transactions, recipients = self.evidence(mails)
        self.assertEqual([outcome for outcome, *_ in transactions], ["partial", "accepted", "accepted"])
        tokens = [token for _outcome, token, *_ in transactions]
        self.assertEqual(len(set(tokens)), 3)
        for mail, (_outcome, token, receipt, asked) in zip(server.messages, transactions, strict=True):
            self.assertEqual(mail.data.count(token.encode()), 1)
            self.assertIn(token, mail.sender)
            self.assertEqual({recipients[address] for address in mail.recipients}, {(token, receipt)})
            self.assertLessEqual(set(mail.recipients), set(asked.splitlines()))

    def test_in_whatever_words(self):
        for words in (
            b"452 too many recipients",
            b"552 Too many recipients",
            b"552 5.5.3 Too many recipients",
            b"451 4.3.0 Multiple destination domains per transaction is unsupported. Please try again.",
        ):
            with self.subTest(words=words):
                server, mails = self.send_to(7, Limited(3, words).script)
                self.assertServedOnce(server, mails, [3, 3, 1])

    def test_a_server_that_hangs_up(self):
        script = Limited(4, Step(b"421 4.7.0 too many recipients", drop=True, linger=True)).script
        server, mails = self.send_to(10, script)
        self.assertServedOnce(server, mails, [2, 2, 2, 2, 2])

    def test_a_server_that_refuses_all_of_them(self):
        """Exim with recipients_max_reject: 552 to those that are too many, 554 to DATA for the others."""
        limited = Limited(4, b"552 too many recipients")
        refuse = lambda _line: b"554 Too many recipients" if limited.count > 4 else None  # noqa: E731
        server, mails = self.send_to(10, {**limited.script, "DATA": refuse})
        self.assertServedOnce(server, mails, [4, 4, 2])

    def test_step_by_step_and_directly(self):
        server, mails = self.send_to(25, Limited(10).script, is_step_by_step=True)
        self.assertServedOnce(server, mails, [10, 10, 5])
        server, mails = self.send_to(25, Limited(10).script, direct=True)
        self.assertServedOnce(server, mails, [10, 10, 5])

    def test_more_than_a_hundred(self):
        server, mails = self.send_to(250, Limited(100).script)
        self.assertServedOnce(server, mails, [100, 100, 50])

    def test_a_refused_one_among_them(self):
        script = {**Limited(3).script, "RCPT r1@dest.test": b"550 5.1.1 No such user"}
        server, mails = self.send_to(8, script)
        found = Counter(address for mail in server.messages for address in mail.recipients)
        self.assertEqual(found, Counter(f"r{number}@dest.test" for number in range(8) if number != 1))
        self.assertEqual(self.values_of(mails, "state", "delivery_status"), [("sent", "partial")])

    def test_nobody_is_served(self):
        """Then it is a deferral like any other: later, with a growing delay."""
        server, mails = self.send_to(5, {"RCPT": lambda _line: b"452 4.5.3 Too many recipients"})
        self.assertFalse(server.messages)
        [(state, status, attempts, due)] = self.values_of(
            mails, "state", "delivery_status", "attempt_count", "retry_date"
        )
        self.assertEqual((state, status, attempts), ("outgoing", "deferred", 1))
        self.assertTrue(due)
        self.assertLess(server.verbs().count("MAIL"), 10)

    def test_somebody_served_does_not_lengthen_the_delay(self):
        """A server that takes three and no more on a day: three a run, every time after the shortest delay."""
        taken = []

        def on_rcpt(line):
            if len(taken) >= 3 * self.runs:
                return b"452 4.5.3 Too many recipients"
            taken.append(line)
            return None

        self.runs = 1
        server, mails = self.send_to(8, {"RCPT": on_rcpt})
        for self.runs in (2, 3):
            self.assertEqual(self.values_of(mails, "state", "attempt_count"), [("outgoing", 0)])
            self.due_now(mails)
            self.drain()
        found = Counter(address for mail in server.messages for address in mail.recipients)
        self.assertEqual((len(found), set(found.values())), (8, {1}))
        self.assertEqual(self.values_of(mails, "state", "delivery_status"), [("sent", "accepted")])

    def test_the_connection_dies_in_between(self):
        script = {**Limited(3).script, "DATA": [None, Step(drop=True)]}
        server, mails = self.send_to(8, script)
        self.assertEqual(self.values_of(mails, "state", "delivery_status"), [("outgoing", "partial")])
        self.due_now(mails)
        self.drain()
        found = Counter(address for mail in server.messages for address in mail.recipients)
        self.assertEqual((len(found), set(found.values())), (8, {1}))

    def test_with_others_in_the_same_run(self):
        server = self.enterContext(ScriptedServer(Limited(2, only="@many.test").script))
        server_id = self.create_server(server.port)
        mails = self.create_mails(30, server_id)
        mails += self.create_mails(3, server_id, email_to=", ".join(f"r{number}@many.test" for number in range(5)))
        self.drain()
        self.assertEqual(set(self.values_of(mails, "state", "delivery_status")), {("sent", "accepted")})
        self.assertEqual(sum(len(mail.recipients) for mail in server.messages), 30 + 15)


@tagged("post_install", "-at_install")
class TestScopeOfReplies(DrainCase):
    """What one mailbox says of itself stops nobody else."""

    def run_with(self, key, words, phase_count=5):
        server = self.enterContext(ScriptedServer({key: [words] * phase_count}))
        server_id = self.create_server(server.port)
        mails = self.create_mails(3, server_id)
        self.drain()
        with self.env_committed() as env:
            suspended = env["ir.mail_server"].browse(server_id).suspended_until
            reason = env["ir.mail_server"].browse(server_id).suspension_reason
        return self.values_of(mails, "delivery_status"), suspended, reason

    def test_one_mailbox(self):
        for words in (
            b"452 4.2.2 <r1@dest.test>: mailbox over quota, limit 500 messages per day",
            b"450 4.2.1 this account has exceeded its hourly limit",
            b"451 4.7.1 <r1@dest.test>: daily limit of this address",
        ):
            with self.subTest(words=words):
                statuses, suspended, _reason = self.run_with("RCPT r1@dest.test", words)
                self.assertEqual(statuses, ["accepted", "deferred", "accepted"])
                self.assertFalse(suspended)

    def test_the_account(self):
        for key, words in (
            (".", b"550 5.4.5 Daily user sending limit exceeded"),
            ("MAIL", b"452 4.2.2 hourly limit of messages exceeded"),
        ):
            with self.subTest(words=words):
                statuses, suspended, reason = self.run_with(key, words)
                self.assertIn("deferred", statuses)
                self.assertNotIn("refused", statuses)
                self.assertTrue(suspended)
                self.assertIn("limit", reason)

    def test_an_account_limit_is_put_off_in_the_journal_too(self):
        """After a crash the next worker records what the transaction log says: it must not end the mail."""
        self.run_with(".", b"550 5.4.5 Daily user sending limit exceeded")
        with self.env_committed() as env:
            rows = env["mail.transaction"].search([("mail_mail_id", "in", self.created[-1][1])])
            self.assertEqual(set(rows.mapped("outcome")), {"deferred"})
            self.assertIn("5.4.5", json.dumps(rows.mapped("recipient_replies")))


@tagged("post_install", "-at_install")
class TestLoginRefused(DrainCase):
    @mute_logger("odoo.addons.mail_delivery_status.engine.sender")
    def test_no_row_stays_open(self):
        server = self.enterContext(
            ScriptedServer(
                {"AUTH": lambda _line: b"535 5.7.8 No"}, extensions=("AUTH PLAIN LOGIN", "ENHANCEDSTATUSCODES")
            )
        )
        server_id = self.create_server(server.port, smtp_user="sales", smtp_pass="Geheim-123456")
        mails = self.create_mails(5, server_id)
        self.drain()
        self.assertEqual(set(self.values_of(mails, "delivery_status")), {"deferred"})
        with self.env_committed() as env:
            rows = env["mail.transaction"].search([("mail_mail_id", "in", mails)])
            self.assertEqual(set(rows.mapped("outcome")), {"aborted"})
            self.assertEqual(set(rows.mapped("phase")), {"auth"})
            self.assertTrue(all(rows.mapped("end_date")))
