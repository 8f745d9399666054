"""Copies in the Sent folder when something breaks: the connection, the mailbox's server, Odoo itself."""

from concurrent.futures import ThreadPoolExecutor
from unittest.mock import patch

from odoo import SUPERUSER_ID, api
from odoo.fields import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..hooks import uninstall_hook
from .drain_common import DrainCase
from .sent_copy_common import SentCopyCase
from .servers.imap import Drop, ImapServer, No
from .servers.process import free_ports
from .servers.raw import endless

MAKING = "odoo.addons.mail_delivery_status.models.mail_sent_copy_making"
KEEPING = "odoo.addons.mail_delivery_status.engine.sent_message"
SENT = b'* LIST () "/" Sent\r\n'


@tagged("post_install", "-at_install")
class TestSentCopyFaults(SentCopyCase):
    def start(self, **answers):
        server = self.enterContext(ImapServer(LIST=SENT, **answers))
        self.copy_to(server.port)
        return server

    def test_the_connection_breaks_before_the_server_has_the_copy(self):
        server = self.start(APPEND=Drop())
        mail = self.send()
        self.make()
        [copy] = self.copies_of(mail)
        self.assertEqual((copy.state, copy.reason, copy.answer), ("waiting", "connection", "connection lost"))
        self.assertIn("The connection to the mail server was lost.", mail.sent_copy_text)
        self.assertTrue(copy.retry_date)
        server.answers.pop("APPEND")
        self.due_now()
        self.make()
        self.assertEqual((copy.state, len(server.messages)), ("made", 1))
        self.assertEqual(server.messages[0][1], self.smtp.messages[0].data)

    def test_the_connection_breaks_when_the_server_has_the_copy(self):
        """Nobody said OK: before the next try it is looked for, and found."""
        server = self.start(APPEND=Drop(after_taking=True))
        mail = self.send()
        self.make()
        self.assertEqual(self.copies_of(mail).state, "waiting")
        server.answers.pop("APPEND")
        self.due_now()
        self.make()
        self.assertEqual((self.copies_of(mail).state, len(server.messages)), ("found", 1))

    def test_odoo_dies_when_it_has_appended(self):
        """The database knows nothing of it; the folder does."""
        server = self.start()
        mail = self.send()
        with (
            patch.object(type(self.copies), "_end", side_effect=KeyboardInterrupt),
            self.assertRaises(KeyboardInterrupt),
        ):
            self.make()
        self.assertEqual(len(server.messages), 1)
        self.env.invalidate_all()
        self.make()
        self.assertEqual((self.copies_of(mail).state, len(server.messages)), ("found", 1))

    def test_one_mail_that_the_server_does_not_take(self):
        """Its refusal is that copy's; the others are made."""
        refusals = iter([No(b"Message contains invalid header"), b"", b""])
        server = self.start(APPEND=lambda _sock, _line: next(refusals))
        bad, good = self.send(), self.send()
        self.make()
        self.assertEqual((self.copies_of(bad).reason, self.copies_of(good).state), ("refused", "made"))
        self.assertIn("Message contains invalid header", bad.sent_copy_text)
        self.due_now()
        self.make()
        self.assertEqual((self.copies_of(bad).state, len(server.messages)), ("made", 2))

    def test_a_mail_that_is_too_big_is_given_up_at_once(self):
        self.start(APPEND=No(b"[TOOBIG] Too much"))
        mail = self.send()
        self.make()
        self.assertEqual((self.copies_of(mail).state, self.copies_of(mail).reason), ("failed", "too_big"))
        self.assertFalse(self.kept())

    def test_longer_and_longer(self):
        self.start(EXAMINE=No(b"[NOPERM] Permission denied"))
        mail = self.send()
        waits = []
        for _ in range(4):
            self.make()
            [copy] = self.copies_of(mail)
            waits.append((copy.retry_date - copy.write_date).total_seconds() // 60)
            self.due_now()
        self.assertEqual(copy.attempt_count, 4)
        self.assertEqual(waits, sorted(waits))
        self.assertGreater(waits[3], 6 * waits[0])
        self.assertIn("This account may not write to the folder.", mail.sent_copy_text)

    def test_nobody_answers(self):
        [port] = free_ports(1)
        self.copy_to(port)
        mail, other = self.send(), self.send()
        triggers = self.env["ir.cron.trigger"].search([("cron_id.code", "=", "model._cron_make()")])
        triggers.unlink()
        self.make()
        woken = triggers.search([("cron_id.code", "=", "model._cron_make()")])
        self.assertEqual(woken.call_at, self.copies_of(mail).retry_date, "not before")
        self.assertEqual(self.copies_of(mail).reason, "connection")
        self.assertIn("Nobody answers at this address and port", mail.sent_copy_text)
        self.assertFalse(self.copies_of(other).attempt_count, "one tries it for all")
        self.assertEqual((mail.state, other.state), ("sent", "sent"))

    def test_one_broken_mailbox_does_not_stop_the_others(self):
        [port] = free_ports(1)
        self.copy_to(port)
        broken = self.send()
        working = self.enterContext(ImapServer(LIST=SENT))
        mailbox = self.create_mailbox(working.port)
        other = self.create_mail_server(self.smtp.port, is_sent_copy=True, sent_copy_mailbox_id=mailbox.id)
        mail = self.send(server=other)
        self.make()
        self.assertEqual((self.copies_of(broken).state, self.copies_of(mail).state), ("waiting", "made"))

    def test_a_hostile_server(self):
        self.start(SEARCH=lambda sock, _line: endless(b"* SEARCH 1 2 3\r\n")(sock))
        mail = self.send()
        with mute_logger(MAKING):
            self.make()
        self.assertEqual((self.copies_of(mail).reason, self.copies_of(mail).answer), ("connection", "endless answer"))
        self.assertEqual(mail.state, "sent")

    def test_what_a_server_says_is_no_secret(self):
        self.start(APPEND=No(b"no place for a-long-passphrase"))
        self.mailbox.password = "a-long-passphrase"
        mail = self.send()
        self.make()
        self.assertIn("no place for", self.copies_of(mail).answer)
        self.assertNotIn("a-long-passphrase", self.copies_of(mail).answer)

    @mute_logger(KEEPING)
    def test_what_left_cannot_be_kept(self):
        """The disk is full: the mail leaves all the same."""
        self.start()
        with patch.object(type(self.copies), "_keep", side_effect=OSError(28, "No space left")):
            mail = self.send()
        self.assertEqual((mail.state, self.states(mail)), ("sent", {"alice@dest.test": "accepted"}))
        self.assertFalse(self.copies.search([]))

    def test_what_was_kept_is_lost(self):
        server = self.start()
        mail = self.send()
        self.damage(self.kept(), None)
        self.make()
        self.assertEqual((self.copies_of(mail).state, self.copies_of(mail).reason), ("failed", "lost"))
        self.assertFalse(server.messages)
        damaged = self.send()
        self.damage(self.kept(), b"damaged")
        self.make()
        self.assertEqual(self.copies_of(damaged).reason, "lost")

    @mute_logger(MAKING)
    def test_a_fault_of_our_own(self):
        """It is noted, nothing is half done, and the others are made."""
        server = self.start()
        mails = [self.send(), self.send()]
        holds = patch.object(type(self.copies), "_message", side_effect=ZeroDivisionError)
        with holds:
            self.make()
        self.assertEqual(self.copies_of(mails[0]).state, "waiting")
        self.assertEqual(len(self.kept()), 2)
        self.due_now()
        self.make()
        self.assertEqual([self.copies_of(mail).state for mail in mails], ["made", "made"])
        self.assertEqual(len(server.messages), 2)

    def test_uninstalled(self):
        self.start()
        self.send(attachment_ids=[Command.create({"name": "a.pdf", "raw": b"%PDF" * 1000})])
        self.assertTrue(self.own_files())
        uninstall_hook(self.env)
        self.assertFalse(self.own_files())

    def test_a_mail_that_was_deleted(self):
        server = self.start()
        mail = self.send(auto_delete=True)
        mail.exists().with_context(active_test=False).unlink()
        self.make()
        self.assertEqual(len(server.messages), 1)
        self.assertEqual(self.copies.search([]).mapped("state"), ["made"])


class TestSentCopyWorkers(DrainCase):
    """Mails that are really committed, sender threads, and workers beside each other."""

    def setUp(self):
        super().setUp()
        self.addCleanup(self.remove_copies)
        self.imap = self.enterContext(ImapServer(LIST=SENT))
        values = {"name": "Sent", "server": "127.0.0.1", "port": self.imap.port, "user": "a", "password": "b"}
        [mailbox_id] = self.make("fetchmail.server", values)
        self.smtp, self.server_id = self.start(is_sent_copy=True, sent_copy_mailbox_id=mailbox_id)

    def remove_copies(self):
        with self.env_committed() as env:
            env["mail.sent.copy"].search([])._with_evidence_token().unlink()

    def run_cron(self):
        with self.registry.cursor() as cr:
            api.Environment(cr, SUPERUSER_ID, {})["mail.sent.copy"]._cron_make()

    def test_the_buffer(self):
        self.create_mails(30, self.server_id)
        self.drain()
        self.run_cron()
        self.assertEqual(
            sorted(one for _line, one in self.imap.messages), sorted(one.data for one in self.smtp.messages)
        )
        self.assertEqual(len(self.imap.messages), 30)

    def test_two_workers_at_once(self):
        self.create_mails(20, self.server_id)
        self.drain()
        with ThreadPoolExecutor(3) as pool:
            for future in [pool.submit(self.run_cron) for _ in range(3)]:
                future.result()
        self.run_cron()
        self.assertEqual(
            sorted(one for _line, one in self.imap.messages), sorted(one.data for one in self.smtp.messages)
        )
        with self.env_committed() as env:
            self.assertEqual(set(env["mail.sent.copy"].search([]).mapped("state")), {"made"})

    def test_a_request_that_is_rolled_back(self):
        """The mail has left: so there is a copy of it, whatever becomes of the request."""
        [mail_id] = self.create_mails(1, self.server_id)
        with self.registry.cursor() as cr:
            api.Environment(cr, SUPERUSER_ID, {})["mail.mail"].browse(mail_id).send()
            cr.rollback()
        self.run_cron()
        self.assertEqual([one for _line, one in self.imap.messages], [self.smtp.messages[0].data])

    def test_many_mails_wake_the_scheduled_action_seldom(self):
        with self.env_committed() as env:
            cron = env.ref("mail_delivery_status.ir_cron_mail_sent_copy")
            domain = [("cron_id", "=", cron.id)]
            env["ir.cron.trigger"].search(domain).unlink()
        self.create_mails(450, self.server_id)
        self.drain()
        with self.env_committed() as env:
            self.assertIn(env["ir.cron.trigger"].search_count(domain), range(1, 6))
