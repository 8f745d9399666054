from contextlib import contextmanager
from email import message_from_bytes

from psycopg2.errors import SerializationFailure

from odoo import SUPERUSER_ID, api
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .drain_common import DrainCase

REFUSED = {"RCPT": b"550 5.1.1 no such user\r\n"}


@tagged("post_install", "-at_install")
class TestMailEditRace(DrainCase):
    """Real database sessions: people and the sender want one mail at the same time."""

    @contextmanager
    def session(self):
        """A session that sees the database as it is now."""
        with self.registry.cursor() as cr:
            cr.execute("SELECT 1 FROM mail_mail LIMIT 1")
            yield api.Environment(cr, SUPERUSER_ID, {})

    def open(self, model, mail_id, subject="Edited"):
        with self.env_committed() as env:
            wizard = env[model].create({"mail_id": mail_id})
            if model == "mail.mail.edit":
                wizard.subject = subject
            return wizard.id

    def save(self, env, wizard_id):
        env["mail.mail.edit"].browse(wizard_id).action_save()
        env.flush_all()

    def texts(self, server):
        return [message_from_bytes(received.data)["Subject"] for received in server.messages]

    def test_it_is_claimed_after_the_person_pressed_save(self):
        """The request sees the mail as free: its snapshot is older than the claim, and the row is not locked."""
        tried = []

        def while_sending(_line):
            with self.assertRaisesRegex(UserError, "being sent, or changed"):
                self.save(early, wizard)
            tried.append(early["mail.mail"].browse(mail)._being_sent())
            early.cr.rollback()  # as the end of the request does

        server, server_id = self.start({"RCPT r0@dest.test": while_sending})
        [mail] = self.create_mails(1, server_id)
        wizard = self.open("mail.mail.edit", mail)
        with self.session() as early:
            self.drain()
        self.assertEqual(len(tried), 1)
        self.assertFalse(tried[0], "by the old snapshot it was free")
        self.assertEqual(self.texts(server), ["0"])
        self.assertEqual(self.values_of([mail], "subject", "edit_date"), [("0", False)])

    @mute_logger("odoo.sql_db")
    def test_it_was_sent_meanwhile(self):
        server, server_id = self.start()
        [mail] = self.create_mails(1, server_id)
        wizard = self.open("mail.mail.edit", mail)
        with self.session() as early:
            self.drain()
            with self.assertRaises((SerializationFailure, UserError)):
                self.save(early, wizard)
        with self.session() as env, self.assertRaises(UserError):
            self.save(env, wizard)
        self.assertEqual(self.values_of([mail], "subject"), ["0"])
        self.assertEqual(self.texts(server), ["0"])

    def test_the_person_is_first(self):
        """The sender passes over a mail that is being edited, and sends the new text afterwards."""
        server, server_id = self.start()
        [mail] = self.create_mails(1, server_id)
        wizard = self.open("mail.mail.edit", mail)
        with self.session() as env:
            self.save(env, wizard)
            self.drain()
            self.assertFalse(server.messages)
            env.cr.commit()  # pylint: disable=invalid-commit
        self.drain()
        self.assertEqual(self.texts(server), ["Edited"])

    @mute_logger("odoo.sql_db")
    def test_two_people_edit(self):
        _server, server_id = self.start()
        [mail] = self.create_mails(1, server_id)
        first, second = (self.open("mail.mail.edit", mail, subject) for subject in ("First", "Second"))
        with self.session() as one, self.session() as two:
            self.save(one, first)
            with self.assertRaisesRegex(UserError, "changed by somebody else"):
                self.save(two, second)
            one.cr.commit()  # pylint: disable=invalid-commit
            with self.assertRaises(SerializationFailure):
                self.save(two, second)
        with self.session() as again, self.assertRaisesRegex(UserError, "Somebody else changed"):
            self.save(again, second)  # as Odoo does after such a failure

    @mute_logger("odoo.sql_db")
    def test_two_people_send_again(self):
        server, server_id = self.start(REFUSED)
        [mail] = self.create_mails(1, server_id)
        self.drain()
        first, second = (self.open("mail.mail.resend", mail) for _ in range(2))
        server.script = {}
        with self.session() as one, self.session() as two:
            one["mail.mail.resend"].browse(first).action_send()
            one.flush_all()
            with self.assertRaises(UserError):
                two["mail.mail.resend"].browse(second).action_send()
            one.cr.commit()  # pylint: disable=invalid-commit
            with self.assertRaises(SerializationFailure):
                two["mail.mail.resend"].browse(second).action_send()
        with self.session() as again, self.assertRaisesRegex(UserError, "again meanwhile"):
            again["mail.mail.resend"].browse(second).action_send()
        with self.session() as env:
            self.created.append(("mail.mail", env["mail.mail"].browse(mail).resent_ids.ids))
        self.drain()
        self.assertEqual(self.envelopes(server), {"r0@dest.test": 1})
