"""Copies in the Sent folder of a real Dovecot."""

import shutil
import tempfile
import time
from unittest.mock import patch

from odoo import SUPERUSER_ID, api
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..models import mail_sent_copy
from ..tools.imap.sent import SentMailbox
from ..tools.kept_message import pack, parts_of, sha256
from .sent_copy_common import SentCopyCase
from .servers import dovecot
from .servers.scripted import ScriptedServer, Step

LOGGER = "odoo.addons.mail_delivery_status.models.mail_sent_copy_making"


@tagged("post_install", "-at_install")
class TestSentCopy(SentCopyCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.require_site()
        cls.dovecot = cls.site.dovecot
        cls.port = cls.dovecot.imap_port

    def setUp(self):
        super().setUp()
        self.empty(self.port)
        self.copy_to(self.port)

    def in_folder(self, folder="Sent", user="sales@odoo.test"):
        """The mails in the folder, as IMAP shows them: list of bytes."""
        with self.imap(self.port, user) as imap:
            if imap.select(folder, readonly=True)[0] != "OK":
                return []
            numbers = imap.search(None, "ALL")[1][0].split()
            return [imap.fetch(number, "(BODY.PEEK[])")[1][0][1] for number in numbers]

    # === WHAT IS COPIED === #

    def test_exactly_what_left(self):
        mail = self.send(body_html="<p>Zażółć</p><p>.a line</p>" + "<p>x</p>" * 500)
        [copy] = self.copies_of(mail)
        self.assertEqual((copy.state, len(self.kept())), ("waiting", 1))
        self.make()
        self.assertEqual(self.in_folder(), [self.smtp.messages[0].data])
        self.assertEqual((copy.state, copy.folder), ("made", "Sent"))
        self.assertFalse(self.kept(), "what was kept goes with the copy made")
        with self.imap(self.port) as imap:
            imap.select("Sent", readonly=True)
            self.assertEqual(imap.search(None, "SEEN")[1], [b"1"])
            date = imap.fetch("1", "(INTERNALDATE)")[1][0].decode()
        self.assertIn(mail.transaction_ids.data_date.strftime("%d-%b-%Y %H:%M:%S +0000").lstrip("0"), date)
        self.make()
        self.assertEqual(len(self.in_folder()), 1)
        self.assertIn("made at", mail.sent_copy_text.lower())

    def test_off_by_default(self):
        server = self.create_mail_server(self.smtp.port)
        self.assertFalse(server.is_sent_copy)
        self.send(server=server)
        self.assertFalse(self.copies.search([]))
        self.assertFalse(self.kept())

    def test_a_server_without_copies_costs_no_query(self):
        """What asks whether mails are kept reads a field that is there already."""
        server = self.create_mail_server(self.smtp.port)
        server._has_limits()
        with self.assertQueryCount(0):
            self.assertFalse(server._keeps_sent())

    def test_only_what_was_accepted(self):
        self.smtp.script = {
            "RCPT bad@dest.test": b"550 5.1.1 No such user",
            "RCPT later@dest.test": b"451 4.3.0 later",
        }
        bad, later = self.send("bad@dest.test"), self.send("later@dest.test")
        both = self.send("bad@dest.test, good@dest.test")
        self.make()
        self.assertFalse(self.copies_of(bad) + self.copies_of(later), "nobody has them")
        self.assertEqual(self.copies_of(both).state, "made")
        self.assertEqual(len(self.in_folder()), 1)
        self.assertFalse(self.kept())

    def test_codes_are_for_their_recipient_alone(self):
        """Whoever may look into the mailbox must not log in as somebody else."""
        reset = self.send(message_type="user_notification", is_notification=False)
        invitation = self.send(model="res.users", res_id=self.env.user.id)
        self.assertEqual((reset.state, invitation.state), ("sent", "sent"))
        self.assertFalse(self.copies.search([]))
        self.assertFalse(self.kept())

    def test_the_rest_of_the_addresses_makes_no_second_copy(self):
        self.smtp.script = {"RCPT later@dest.test": [b"451 4.3.0 later", None]}
        mail = self.send("good@dest.test, later@dest.test")
        self.assertEqual(mail.state, "outgoing")
        self.make()
        mail.send()
        self.env.invalidate_all()
        self.assertEqual(set(self.states(mail).values()), {"accepted"})
        self.make()
        self.assertEqual(self.copies_of(mail).mapped("state"), ["made"])
        self.assertEqual(len(self.in_folder()), 1)
        self.assertFalse(self.kept())

    def test_one_copy_for_each_contact(self):
        """They differ, so each is a message of its own, though all have one Message-ID."""
        partners = self.create_partners("a@dest.test", "b@dest.test", "c@dest.test")
        mail = self.create_mail(False, self.server, recipient_ids=[(6, 0, partners.ids)])
        mail.send()
        self.env.invalidate_all()
        self.make()
        self.assertEqual(self.copies_of(mail).mapped("state"), ["made"] * 3)
        self.assertEqual(sorted(self.in_folder()), sorted(message.data for message in self.smtp.messages))
        self.assertIn("(3 ×)", mail.sent_copy_text)

    def test_too_many_recipients_for_one_transaction(self):
        """Two transactions hand over one message: one copy, with the token of the one that was accepted."""
        with ScriptedServer({"RCPT b@dest.test": [b"452 4.5.3 too many recipients", None]}) as smtp:
            self.server.smtp_port = smtp.port
            mail = self.send("a@dest.test, b@dest.test")
            self.assertEqual(len(smtp.messages), 2)
            self.make()
            self.assertEqual(self.in_folder(), [smtp.messages[0].data])
            self.assertEqual(self.copies_of(mail).state, "made")

    def test_the_second_transaction_is_the_one_that_was_accepted(self):
        mail = self.send("a@dest.test")
        [copy], transaction = self.copies_of(mail), mail.transaction_ids
        again = transaction._with_evidence_token().create(
            {
                **transaction._evidence_values(),
                "envelope_id": "f" * 32,
                "envelope_key": "x",
                "outcome": "accepted",
                "recipient_replies": [{"email": "b@dest.test", "outcome": "accepted"}],
                "start_date": transaction.start_date,
            }
        )
        expected = self.smtp.messages[0].data.replace(transaction.envelope_id.encode(), b"f" * 32)
        self.damage(again, pack(parts_of([expected]), {}).data)
        again._with_evidence_token().message_sha256 = sha256(expected)
        transaction._with_evidence_token().write(
            {"recipient_replies": [{"email": "a@dest.test", "outcome": "deferred"}]}
        )
        self.make()
        self.assertEqual(self.in_folder(), [expected])
        self.assertEqual((copy.state, again.envelope_id), ("made", "f" * 32))

    def test_a_mail_on_its_way(self):
        mail = self.send()
        mail.transaction_ids._with_evidence_token().write({"outcome": "open"})
        self.make()
        [copy] = self.copies_of(mail)
        self.assertEqual((copy.state, copy.reason, len(self.in_folder())), ("waiting", False, 0))
        mail.transaction_ids._with_evidence_token().write({"outcome": "accepted"})
        self.make()
        self.assertEqual(copy.state, "made")

    # === ONCE === #

    def test_found_already(self):
        """A server that files what it sends, or a worker that died when it had appended."""
        mail = self.send()
        with self.imap(self.port) as imap:
            imap.append("Sent", None, None, self.smtp.messages[0].data)
        self.make()
        self.assertEqual((self.copies_of(mail).state, len(self.in_folder())), ("found", 1))
        self.assertIn("Found at", mail.sent_copy_text)
        self.assertFalse(self.kept())

    def test_two_workers(self):
        """While one is appending, another comes: it leaves the copy alone."""
        mail = self.send()
        append, runs = SentMailbox.append, []

        def meanwhile(box, *arguments):
            runs.append(1)
            if len(runs) == 1:
                with patch.object(type(self.copies), "try_lock_for_update", lambda self, **kwargs: self.browse()):
                    self.make()  # in one database session a lock keeps nobody out
            append(box, *arguments)

        with patch.object(SentMailbox, "append", meanwhile):
            self.make()
        self.assertEqual((len(runs), len(self.in_folder()), self.copies_of(mail).state), (1, 1, "made"))

    def test_the_folder_is_numbered_anew(self):
        """UIDVALIDITY changes between the search and the append, and between two runs."""
        self.send()
        holds = SentMailbox.holds

        def recreate(box, *arguments):
            found = holds(box, *arguments)
            with self.imap(self.port) as imap:
                imap.delete("Sent")
                time.sleep(1.1)  # Dovecot takes the time in seconds for it
                imap.create("Sent")
            return found

        with patch.object(SentMailbox, "holds", recreate):
            self.make()
        self.due_now()
        self.make()
        self.assertEqual(self.copies.search([]).mapped("state"), ["made"])
        self.assertEqual(self.in_folder(), [self.smtp.messages[0].data])

    # === WHERE === #

    def test_a_folder_with_letters_of_its_own(self):
        with self.imap(self.port) as imap:
            imap.create('"Wys&AUI-ane &- x"')
        self.server.sent_copy_folder = "Wysłane & x"
        mail = self.send()
        self.make()
        self.assertEqual(self.copies_of(mail).folder, "Wysłane & x")
        self.assertEqual(len(self.in_folder('"Wys&AUI-ane &- x"')), 1)
        self.assertFalse(self.in_folder())

    def test_a_folder_that_is_not_there(self):
        """Named by a person: it may be a slip of the pen, so it is not made."""
        self.server.sent_copy_folder = "Snet"
        mail = self.send()
        self.make()
        [copy] = self.copies_of(mail)
        self.assertEqual((copy.state, copy.reason, copy.attempt_count), ("waiting", "missing", 1))
        self.assertIn("There is no such folder. ", mail.sent_copy_text)
        self.assertTrue(self.server.is_sent_copy_in_trouble)
        self.assertIn("There is no such folder", self.server.sent_copy_state)
        with self.assertRaisesRegex(UserError, "no such folder"):
            self.server.action_check_sent_folder()
        self.server.sent_copy_folder = False
        self.assertIn("“Sent”", self.server.action_check_sent_folder()["params"]["message"])
        self.make()
        self.assertEqual(copy.state, "waiting", "not before its time")
        self.server.action_make_sent_copies()
        self.make()
        self.assertEqual((copy.state, copy.reason), ("made", False))

    def test_a_server_without_special_uses(self):
        """With a prefix: nothing is called Sent, so it is made below the prefix; then by its name."""
        folder = tempfile.mkdtemp(prefix="dovecot-prefix-")
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        with dovecot.Dovecot(folder, self.site.authority, inbox=dovecot.WITH_PREFIX) as other:
            self.mailbox.port = other.imap_port
            first = self.send()
            self.make()
            self.assertEqual((self.copies_of(first).state, self.copies_of(first).folder), ("made", "INBOX.Sent"))
            with self.imap(other.imap_port) as imap:
                self.assertIn(b'"." INBOX.Sent', b"".join(imap.lsub()[1]))
                imap.delete("INBOX.Sent")
                imap.create('"INBOX.Elementy wys&AUI-ane"')
            second = self.send()
            self.make()
            self.assertEqual(self.copies_of(second).folder, "INBOX.Elementy wysłane")
            self.server.sent_copy_folder = "Sent"  # without the prefix: Dovecot says NO, without TRYCREATE
            third = self.send()
            self.make()
            self.assertEqual(self.copies_of(third).reason, "missing")
            self.assertIn("prefixed", self.copies_of(third).answer)

    def test_trycreate(self):
        """The folder goes while it is being used: said by the server, and made right by the next run."""
        mail = self.send()
        append = SentMailbox.append

        def gone(box, *arguments):
            with self.imap(self.port) as imap:
                imap.delete("Sent")
            with patch.object(box, "_raw", b"Gone"):
                append(box, *arguments)

        with patch.object(SentMailbox, "append", gone):
            self.make()
        [copy] = self.copies_of(mail)
        self.assertEqual((copy.state, copy.reason), ("waiting", "missing"))
        self.assertIn("TRYCREATE", copy.answer)
        self.due_now()
        self.make()
        self.assertEqual((copy.state, len(self.in_folder())), ("made", 1))

    def test_over_quota(self):
        self.mailbox.user = "full@dest.test"
        self.empty(self.port, "full@dest.test")
        text = "<p>%s</p>" % ("word " * 4000)
        big, other, small = self.send(body_html=text), self.send(body_html=text), self.send()
        self.make()
        [copy] = self.copies_of(big)
        self.assertEqual((copy.state, copy.reason), ("waiting", "full"))
        self.assertIn("OVERQUOTA", copy.answer)
        self.assertIn("Not made yet. The mailbox is full.", big.sent_copy_text)
        self.assertEqual(self.copies_of(small).attempt_count, 0, "the account rests")
        self.make()
        self.assertEqual(copy.attempt_count, 1)
        self.assertIn("The mailbox is full", self.server.sent_copy_state)
        self.due_now()
        self.make()
        self.assertEqual(self.copies_of(other).attempt_count, 2, "what was never tried comes first, but not sooner")
        self.due_now()
        self.make()
        self.assertEqual(self.copies_of(small).state, "made", "it still fits")
        self.assertEqual(copy.attempt_count, 3)
        self.assertEqual(set((big + other + small).mapped("state")), {"sent"}, "this is nothing of the sending's")
        late = self.send()
        self.grow_old()
        self.make()
        failed = self.copies_of(big) + self.copies_of(other) + self.copies_of(late)
        self.assertEqual(failed.mapped("state"), ["failed"] * 3)
        self.assertIn("Not made. The mailbox is full.", big.sent_copy_text)
        self.assertIn("Not made. The mailbox is full.", late.sent_copy_text, "why nothing could be copied")
        self.assertFalse(self.kept(), "given up: what was kept goes")

    def test_what_a_run_left_that_died_after_the_copies(self):
        """The daily clean-up drops it, many at a time; not what waits, nor what is kept in any case."""
        self.patch(mail_sent_copy, "ENDED_BATCH", 1)
        self.env["res.config.settings"].create({"mail_keep_exact": True}).execute()
        private = [self.send(auto_delete=True), self.send(auto_delete=True)]
        waiting, exact = self.send(auto_delete=True), self.send()
        for mail in (*private, exact):
            self.copies_of(mail)._end("made")
        self.assertEqual(len(self.kept()), 4)
        self.env.flush_all()
        with self.registry.cursor() as cr:
            api.Environment(cr, SUPERUSER_ID, {})["mail.sent.copy"]._gc_kept_for_copies()
        self.assertEqual(self.kept().mail_mail_id.sorted("id"), waiting + exact)

    # === NOBODY KNOWS WHETHER IT WAS SENT === #

    def unknown(self, keep=True):
        """A mail of which the answer was lost."""
        self.smtp.script = {".": Step(drop=True, keep=keep)}
        mail = self.send()
        self.smtp.script = {}
        self.assertEqual(self.states(mail), {"alice@dest.test": "unknown"})
        return mail

    def test_an_unknown_mail_is_not_copied(self):
        mail = self.unknown()
        self.make()
        [copy] = self.copies_of(mail)
        self.assertEqual((copy.state, copy.reason, self.in_folder()), ("waiting", "not_found", []))
        self.assertEqual(self.states(mail), {"alice@dest.test": "unknown"})
        other = self.send()
        self.make()
        self.assertEqual(self.copies_of(other).state, "made", "that is no fault of the mailbox")
        self.assertFalse(self.server.is_sent_copy_in_trouble)
        self.grow_old()
        self.make()
        self.assertEqual((copy.state, self.states(mail)), ("failed", {"alice@dest.test": "unknown"}))
        self.assertFalse(self.kept())

    def test_the_folder_settles_it(self):
        """The mail server files what it sends: the mail is in the folder, so the server has it."""
        mail = self.unknown()
        with self.imap(self.port) as imap:
            imap.append("Sent", None, None, self.smtp.messages[0].data)
        self.make()
        row = mail.recipient_status_ids
        self.assertEqual((row.state, mail.delivery_status, mail.state), ("accepted", "accepted", "sent"))
        self.assertIn("a copy of the e-mail is in the Sent folder", row.answer)
        self.assertEqual(row.accepted_date, mail.transaction_ids.data_date)
        self.assertEqual(self.copies_of(mail).state, "found")

    def test_a_person_settles_it(self):
        mail = self.unknown()
        self.make()
        mail.recipient_status_ids.action_settle()
        self.due_now()
        self.make()
        self.assertEqual((self.copies_of(mail).state, len(self.in_folder())), ("made", 1))

    def test_another_mail_of_the_same_message_settles_nothing(self):
        """All emails of a message share its Message-ID: the token counts."""
        mail = self.unknown()
        [copy] = self.copies_of(mail)
        token = mail.transaction_ids.envelope_id.encode()
        with self.imap(self.port) as imap:
            imap.append("Sent", None, None, self.smtp.messages[0].data.replace(token, b"e" * 32))
        self.make()
        self.assertEqual((copy.state, self.states(mail)["alice@dest.test"]), ("waiting", "unknown"))

    # === GMAIL AND MICROSOFT === #

    def test_servers_that_file_it_themselves(self):
        """No copy, nothing is kept; but the folder settles what is unknown."""
        host = patch.object(type(self.server), "_files_sent_by_itself", lambda server: True)
        with host:
            mail = self.send()
            lost = self.unknown()
            self.assertFalse(self.copies.search([]))
            with self.imap(self.port) as imap:
                imap.append("Sent", None, None, self.smtp.messages[1].data)
            self.make()
            self.assertEqual(len(self.in_folder()), 1)
            self.assertEqual(self.states(lost), {"alice@dest.test": "accepted"})
            self.assertEqual(self.copies_of(lost).state, "found")
            self.assertFalse(self.copies_of(mail))
            self.make()
            self.assertEqual(len(self.copies.search([])), 1)

    def test_who_files_it_themselves(self):
        for host, expected in (
            ("smtp.gmail.com", True),
            ("SMTP.Office365.com.", True),
            ("smtp-relay.gmail.com", False),
            ("mail.example.com", False),
        ):
            self.server.smtp_host = host
            self.assertEqual(self.server.is_sent_filed_by_server, expected, host)
            self.assertEqual(self.server._keeps_sent(), not expected)

    # === SETTINGS AND RIGHTS === #

    def test_settings_that_cannot_work(self):
        with self.assertRaises(ValidationError):
            self.server.sent_copy_mailbox_id = False
        with self.assertRaises(ValidationError):
            self.server.sent_copy_mailbox_id = self.create_mailbox(1, server_type="pop")

    def test_switched_off(self):
        mail = self.send()
        self.server.is_sent_copy = False
        self.make()
        self.assertEqual((self.copies_of(mail).state, self.copies_of(mail).reason), ("failed", "off"))
        self.assertIn("switched off", mail.sent_copy_text)
        self.assertFalse(self.kept() or self.in_folder())

    def test_an_archived_mailbox(self):
        """As in a copied database (neutralized): nothing is put anywhere."""
        mail = self.send()
        self.mailbox.active = False
        self.make()
        self.assertEqual((self.copies_of(mail).reason, self.in_folder()), ("settings", []))
        self.assertIn("archived", mail.sent_copy_text)

    @mute_logger("odoo.addons.mail_delivery_status.models.fetchmail_server")
    def test_a_wrong_password(self):
        self.mailbox.password = "geheim-und-falsch"
        mail = self.send()
        self.make()
        [copy] = self.copies_of(mail)
        self.assertEqual((copy.state, copy.reason), ("waiting", "login"))
        self.assertNotIn("geheim", copy.answer)
        self.assertEqual(mail.state, "sent")

    def test_nobody_reads_what_is_kept(self):
        content = b"%PDF" * 1000
        mail = self.send(attachment_ids=[Command.create({"name": "a.pdf", "raw": content})], auto_delete=True)
        [copy], attempt, file = self.copies_of(mail), self.kept(), self.own_files()
        self.assertEqual(file.raw, content)
        manager = new_test_user(self.env, "copy_manager", "base.group_user,mail_delivery_status.group_manager")
        admin = new_test_user(self.env, "copy_admin", "base.group_user,base.group_system")
        for user in (manager, admin):
            theirs = copy.with_user(user)
            self.assertTrue(theirs.read(["words", "state"]))
            with self.assertRaises(AccessError):
                attempt.with_user(user).read(["sent_message"])
            with self.assertRaises(AccessError):
                attempt.with_user(user).action_download_message()
            with self.assertRaises(AccessError):
                theirs.write({"state": "made"})
            self.assertFalse(self.env["ir.attachment"].with_user(user).search([("id", "=", file.id)]))
            with self.assertRaises(AccessError):
                file.with_user(user).read(["raw"])

    def test_a_colleague_does_not_see_it(self):
        mail = self.send()
        self.make()
        plain = new_test_user(self.env, "copy_plain", "base.group_user")
        self.assertFalse(self.copies.with_user(plain).has_access("read"))
        self.assertEqual(self.copies_of(mail).company_id, self.env.company)
