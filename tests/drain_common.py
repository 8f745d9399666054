"""Mails that are really committed, so that any number of workers and sender threads can see them."""

from collections import Counter
from contextlib import contextmanager
from email import message_from_bytes
from unittest.mock import patch

from odoo import SUPERUSER_ID, api
from odoo.modules.registry import DummyRLock, Registry
from odoo.tests import BaseCase, tagged
from odoo.tests.common import get_db_name
from odoo.tools import SQL

from odoo.addons.base.models.ir_mail_server import IrMail_Server

from ..engine.drain import drain
from .servers.scripted import ScriptedServer


@tagged("post_install", "-at_install")
class DrainCase(BaseCase):
    """Mails that are really committed, so that any number of workers and sender threads can see them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.registry = Registry(get_db_name())
        cls.startClassPatcher(patch.object(IrMail_Server, "_disable_send", lambda *args: False))
        # The test runner holds this lock; the sender threads make environments of their own.
        cls.startClassPatcher(patch.object(Registry, "_lock", DummyRLock()))

    def setUp(self):
        super().setUp()
        self.created = []  # (model, ids) to remove
        self.addCleanup(self.remove_created)
        with self.env_committed() as env:  # what else the database holds must not be sent
            env["mail.mail"].search([("state", "=", "outgoing")]).write({"is_held": True})

    @contextmanager
    def env_committed(self):
        with self.registry.cursor() as cr:
            env = api.Environment(cr, SUPERUSER_ID, {})
            yield env
            env.flush_all()
            cr.commit()  # pylint: disable=invalid-commit

    def remove_created(self):
        with self.env_committed() as env:
            for model, ids in reversed(self.created):
                env[model].browse(ids).exists().unlink()

    def make(self, model, *values):
        with self.env_committed() as env:
            ids = env[model].create(list(values)).ids
        self.created.append((model, ids))
        return ids

    def create_server(self, port, **values):
        defaults = {"name": "drain", "smtp_host": "127.0.0.1", "smtp_port": port, "smtp_encryption": "none"}
        [server_id] = self.make("ir.mail_server", {**defaults, **values})
        return server_id

    def create_mails(self, count, server_id, **values):
        """Mails with subjects "0", "1", …, each to an address of its own."""
        return self.make(
            "mail.mail",
            *(
                {
                    "subject": str(number),
                    "body_html": "<p>Hello</p>",
                    "email_from": "sales@odoo.test",
                    "email_to": f"r{number}@dest.test",
                    "mail_server_id": server_id,
                    **values,
                }
                for number in range(count)
            ),
        )

    def start(self, script=None, **values):
        """A scripted mail server and its record: (server, id)."""
        server = self.enterContext(ScriptedServer(script))
        return server, self.create_server(server.port, **values)

    def recipients(self, mail_id):
        """What is recorded of the recipients of a mail: ``{address: state}``."""
        with self.registry.cursor() as cr:
            mail = api.Environment(cr, SUPERUSER_ID, {})["mail.mail"].browse(mail_id)
            return {row.email: row.state for row in mail.recipient_status_ids}

    def envelopes(self, server):
        """How often each address got a mail."""
        return Counter(address for received in server.messages for address in received.recipients)

    def drain(self):
        """Empty the buffer as the scheduled action does."""
        with self.registry.cursor() as cr:
            drain(api.Environment(cr, SUPERUSER_ID, {}))

    def due_now(self, mail_ids):
        """What was put off is due."""
        with self.env_committed() as env:
            env.execute_query(
                SQL(
                    "UPDATE mail_mail SET retry_date = now() - interval '1 s' WHERE id IN %s AND retry_date IS NOT NULL RETURNING id",
                    tuple(mail_ids),
                )
            )
            env["ir.mail_server"].search([]).write({"suspended_until": False})

    def values_of(self, mail_ids, *names):
        """The fields of the mails, in order: a list of values, or of tuples."""
        with self.registry.cursor() as cr:
            mails = api.Environment(cr, SUPERUSER_ID, {})["mail.mail"].browse(mail_ids)
            rows = [tuple(mail[name] for name in names) for mail in mails]
        return [row[0] for row in rows] if len(names) == 1 else rows

    def subjects(self, server):
        return [str(message_from_bytes(mail.data)["Subject"]) for mail in server.messages]

    def assertEachOnce(self, server, count):
        self.assertEqual(Counter(self.subjects(server)), Counter(map(str, range(count))))
