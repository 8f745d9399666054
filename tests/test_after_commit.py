from odoo.exceptions import AccessError, ConcurrencyError
from odoo.modules import module
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..tools.context_key import AFTER_COMMIT
from .drain_common import DrainCase
from .servers.process import free_ports


@tagged("post_install", "-at_install")
class TestAfterCommit(DrainCase):
    """Sending when the document is committed: what meets a conflict goes on from the buffer, and no person is told that
    nothing was done."""

    def send(self, mail_id, meanwhile=lambda: None, after_commit=True):
        """Send as core does after the commit, in a database transaction of its own, which began before something."""
        with self.env_committed() as env:
            mail = env["mail.mail"].with_context(**AFTER_COMMIT.put(True) if after_commit else {}).browse(mail_id)
            self.assertEqual(mail.state, "outgoing")
            meanwhile()
            mail.send()

    @mute_logger("odoo.sql_db")
    def test_its_server_is_changed_meanwhile(self):
        server_id = None

        def change(_line):
            with self.env_committed() as env:
                env["ir.mail_server"].browse(server_id).sequence += 1

        server, server_id = self.start({".": change})
        self.change_server(server_id, suspension_count=1)
        [mail] = self.create_mails(1, server_id)
        self.send(mail)
        self.assertEqual(self.values_of([mail], "state"), ["outgoing"])
        server.script = {}
        self.drain()
        self.assertEqual(self.values_of([mail], "state", "delivery_status"), [("sent", "accepted")])
        self.assertEachOnce(server, 1)

    def change_server(self, server_id, **values):
        with self.env_committed() as env:
            env["ir.mail_server"].browse(server_id).write(values)

    @mute_logger("odoo.sql_db")
    def test_the_buffer_is_the_first_to_record_it(self):
        """No connection is to be had, here and there; the buffer's run has it recorded before."""
        [port] = free_ports(1)
        server_id = self.create_server(port)
        [mail] = self.create_mails(1, server_id)
        self.send(mail, meanwhile=self.drain)
        self.assertEqual(self.values_of([mail], "state", "delivery_status"), [("outgoing", "deferred")])
        self.assertEqual(self.recipients(mail), {"r0@dest.test": "deferred"})
        server, _other = self.start()
        self.change_server(server_id, smtp_port=server.port)
        self.due_now([mail])
        self.drain()
        self.assertEqual(self.values_of([mail], "delivery_status"), ["accepted"])
        self.assertEachOnce(server, 1)

    def test_only_who_may_write_mails(self):
        """Core itself calls it in superuser mode; over RPC it would send other people's mails, planned ones too."""
        server, server_id = self.start()
        [mail] = self.create_mails(1, server_id)
        with self.env_committed() as env, self.assertRaises(AccessError):
            env["mail.mail"].with_user(env.ref("base.public_user")).browse(mail).send_after_commit()
        self.assertFalse(server.messages)
        with self.env_committed() as env:
            env["mail.mail"].browse(mail).send_after_commit()
        self.assertEachOnce(server, 1)

    @mute_logger("odoo.sql_db")
    def test_within_a_request(self):
        """Core does the whole request again: for that it must hear of the conflict."""
        [port] = free_ports(1)
        [mail] = self.create_mails(1, self.create_server(port))
        with self.assertRaises(ConcurrencyError):
            self.send(mail, meanwhile=self.drain, after_commit=False)
        self.assertEqual(self.values_of([mail], "delivery_status"), ["deferred"])

    # === LETTERS TO SEVERAL DOCUMENTS === #

    def compose(self, env, server_id):
        """A letter to two contacts, sent from their list; it is not committed yet."""
        names = "ab"
        partners = env["res.partner"].create([{"name": name, "email": f"{name}@dest.test"} for name in names])
        values = {"composition_mode": "mass_mail", "model": "res.partner", "res_ids": partners.ids, "subject": "News"}
        values |= {"body": "<p>Hello</p>", "auto_delete": False, "mail_server_id": server_id}
        mails = env["mail.compose.message"].create(values)._action_send_mail()[0]
        self.created += [("res.partner", partners.ids), ("mail.mail", mails.ids)]
        return mails

    def test_letters(self):
        """They leave when they are in the database; what is undone never leaves."""
        self.patch(module, "current_test", None)  # within a test core does not wait for the commit
        server, server_id = self.start()
        with self.env_committed() as env:
            self.compose(env, server_id)
            env.cr.rollback()
        self.assertFalse(server.messages)
        with self.env_committed() as env:
            mails = self.compose(env, server_id)
            self.assertFalse(server.messages)
            self.assertEqual(mails.mapped("state"), ["outgoing", "outgoing"])
        self.assertEqual(self.values_of(mails.ids, "delivery_status"), ["accepted", "accepted"])
        self.assertEqual(len(server.messages), 2)

    def test_readers_are_told_once(self):
        """Of a mail that leaves with the commit that made it: its whole way in one message, when it is over."""
        self.patch(module, "current_test", None)
        told, model = [], self.registry["mail.mail"]
        self.patch(model, "_send_news", lambda mails: told.append((mails.ids, set(mails.mapped("state")))))
        server, server_id = self.start()
        for count in (1, 3):
            values = {"subject": "x", "body_html": "<p>x</p>", "email_to": "r0@dest.test", "mail_server_id": server_id}
            with self.env_committed() as env:
                mails = env["mail.mail"].create([values] * count)
                self.created.append(("mail.mail", mails.ids))
                mails.send_after_commit()
            self.assertEqual(told.pop(), (mails.ids, {"sent"}))
            # Of more a reader may see how they leave.
            self.assertEqual(told, [(mails.ids, {"outgoing"})] if count > 1 else [])
            told.clear()
        self.assertEqual(len(server.messages), 4)

    def test_the_caller_commits(self):
        """What is sent for a caller that commits as it goes is in the database before it leaves."""
        server, server_id = self.start()

        def fail(*_arguments):
            raise RuntimeError("the worker is ended")

        with self.env_committed() as env:
            values = {"subject": "x", "body_html": "<p>x</p>", "email_to": "r0@dest.test", "mail_server_id": server_id}
            mail = env["mail.mail"].create(values)
            self.created.append(("mail.mail", mail.ids))
            self.patch(type(env["mail.sender"]), "_record", fail)
            with self.assertRaises(RuntimeError):
                mail.send(auto_commit=True)
            env.cr.rollback()
            self.assertEqual(mail.exists(), mail)
        self.assertEqual(len(server.messages), 1)
