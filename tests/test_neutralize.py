"""A copy of a database that was neutralized sends nothing, watches nothing and keeps no secret (data/neutralize.sql).

`python3 dev/dev.py neutralize` does the same with Odoo's own command, on a database of its own.
"""

import base64
import tempfile
from datetime import timedelta

from odoo import SUPERUSER_ID, api, fields
from odoo.exceptions import UserError
from odoo.modules.neutralize import neutralize_database
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..models.secret_fields import secret_values
from .common import DeliveryCase
from .report_common import delivery_status, report
from .servers.raw import RawServer
from .servers.scripted import ScriptedServer
from .servers.tls import Authority

MODULE = "mail_delivery_status"


@tagged("post_install", "-at_install")
class TestNeutralize(DeliveryCase):
    def setUp(self):
        super().setUp()
        self.registry_enter_test_mode()
        self.smtp = self.enterContext(ScriptedServer())
        self.visits = []
        imap = self.enterContext(RawServer(self.visits.append))
        self.server = self.create_mail_server(self.smtp.port, smtp_user="sales", smtp_pass="smtp-secret")
        self.paused = self.create_mail_server(self.smtp.port, name="Paused", is_paused=True, smtp_pass="paused-secret")
        self.own = self.create_mail_server(
            self.smtp.port, name="Own", owner_user_id=self.env.ref("base.user_admin").id, from_filter="a@odoo.test"
        )
        values = {"server": "127.0.0.1", "port": imap.port, "user": "bounce", "password": "imap-secret"}
        self.watch = self.env["fetchmail.server"].create(
            {"name": "Watch", "is_report_watch": True, "state": "done", **values}
        )
        self.fetched = self.env["fetchmail.server"].create({"name": "Fetched", "state": "done", **values})
        self.env["mail.mail"]._set_buffer_crons(2)

    def waiting(self):
        """Mails that wait for every reason that there is."""
        later = fields.Datetime.now() + timedelta(hours=3)
        mails = {
            "free": self.create_mail("a@dest.test", self.server),
            "no server of its own": self.create_mail("b@dest.test"),
            "held": self.create_mail("c@dest.test", self.server, is_held=True),
            "planned": self.create_mail("d@dest.test", self.server, scheduled_date=later),
            "put off": self.create_mail("e@dest.test", self.server),
            "paused": self.create_mail("f@dest.test", self.paused),
            "failed to connect": self.create_mail("g@dest.test", self.server),
            "being sent": self.create_mail("h@dest.test", self.server),
        }
        mails["put off"]._update_summary(retry_date=later)
        mails["paused"]._wait_for_server(self.paused, False)
        values = {"state": "exception", "delivery_status": "deferred", "retry_date": later}
        mails["failed to connect"]._update_summary(**values)
        for name in ("put off", "being sent"):
            values = {**mails[name]._evidence_values(), "email": mails[name].email_to, "state": "deferred"}
            self.env["mail.recipient"]._with_evidence_token().create(values)
        values = {**mails["being sent"]._evidence_values(), "outcome": "open", "envelope_key": "x", "worker": 7}
        self.env["mail.transaction"]._with_evidence_token().create({**values, "start_date": fields.Datetime.now()})
        return mails

    def neutralize(self):
        self.env.flush_all()
        neutralize_database(self.env.cr)
        self.env.invalidate_all()
        self.env.registry.clear_cache()

    def run_everything(self):
        """What somebody does who switches the scheduled actions of a copy on again."""
        self.env["ir.cron"].with_context(active_test=False).search([]).write({"active": True})
        with mute_logger(f"odoo.addons.{MODULE}", "odoo.addons.mail.models.mail_mail"):
            self.env["mail.mail"].process_email_queue()
            with self.registry.cursor() as cr:
                env = api.Environment(cr, SUPERUSER_ID, {})
                env["mail.report"]._cron_process()
                cron = env.ref("mail.ir_cron_mail_gateway_action")
                env["fetchmail.server"].with_context(cron_id=cron.id)._fetch_mails()
        self.env.invalidate_all()

    def test_all_of_it_would_have_been_called(self):
        self.waiting()
        self.run_everything()
        self.assertGreater(self.smtp.connections, 0)
        self.assertEqual(len(self.visits), 2, "the watch, and the mailbox that is fetched")

    def test_nothing_leaves_and_nothing_is_watched(self):
        mails = self.waiting()
        self.server._suspend(300, "connection refused (127.0.0.1:25)")
        self.neutralize()
        crons = self.env["mail.mail"]._buffer_crons() + self.env.ref(f"{MODULE}.ir_cron_mail_report")
        self.assertFalse(any(crons.mapped("active")))
        states = {name: (mail.state, mail.delivery_status) for name, mail in mails.items()}
        self.assertEqual(states, dict.fromkeys(mails, ("cancel", "canceled")))
        rows = (mails["put off"] + mails["being sent"]).recipient_status_ids
        self.assertEqual(set(rows.mapped("state")), {"canceled"})
        self.run_everything()
        self.assertEqual((self.smtp.connections, self.visits), (0, []))
        self.assertEqual(set(mails["being sent"].transaction_ids.mapped("outcome")), {"aborted"})

    def test_a_server_that_is_switched_on_again_sends_no_old_mail(self):
        self.waiting()
        self.neutralize()
        self.env["ir.mail_server"].with_context(active_test=False).search([]).write({"active": True})
        self.env["fetchmail.server"].with_context(active_test=False).search([]).write({"active": True})
        self.run_everything()
        self.assertEqual((self.smtp.connections, self.visits), (0, []))

    def test_a_new_mail_does_not_leave(self):
        self.neutralize()
        mail = self.create_mail("a@dest.test", self.server)
        other = self.create_mail("b@dest.test")
        with mute_logger(f"odoo.addons.{MODULE}", "odoo.addons.mail.models.mail_mail"):
            (mail + other).send()
        self.assertEqual(self.smtp.connections, 0)
        self.assertNotIn("sent", (mail + other).mapped("state"))

    def test_no_secret_is_left(self):
        with tempfile.TemporaryDirectory() as folder:
            certificate = Authority(folder).good()
            with open(certificate.certificate, "rb") as file, open(certificate.key, "rb") as key:
                self.paused.write(
                    {
                        "smtp_encryption": "starttls",
                        "smtp_authentication": "certificate",
                        "smtp_ssl_certificate": base64.b64encode(file.read()),
                        "smtp_ssl_private_key": base64.b64encode(key.read()),
                    }
                )
        # as an add-on for OAuth adds them
        self.env.cr.execute("ALTER TABLE fetchmail_server ADD COLUMN x_refresh_token varchar")
        self.env.cr.execute("ALTER TABLE ir_mail_server ADD COLUMN x_api_key varchar NOT NULL DEFAULT ''")
        self.env.cr.execute("UPDATE fetchmail_server SET x_refresh_token = 'oauth-secret'")
        self.env.cr.execute("UPDATE ir_mail_server SET x_api_key = 'key-secret'")
        # as server_environment keeps what core has in a column
        kept = '{"x_smtp_pass_env_default": "env-secret", "x_smtp_host_env_default": "mail.example.com"}'
        self.env.cr.execute("ALTER TABLE ir_mail_server ADD COLUMN IF NOT EXISTS server_env_defaults text")
        self.env.cr.execute("UPDATE ir_mail_server SET server_env_defaults = %s", [kept])
        records = [self.env[model].with_context(active_test=False) for model in ("ir.mail_server", "fetchmail.server")]
        self.assertTrue(all(secret_values(model.search([])) for model in records))
        self.neutralize()
        for model in records:
            self.assertEqual(secret_values(model.search([])), [])
            self.env.cr.execute(f"SELECT row_to_json(t)::text FROM {model._table} t")  # pylint: disable=E8103
            text = str(self.env.cr.fetchall())
            self.assertNotIn("secret", text)
            self.assertNotIn(self.paused.smtp_ssl_private_key or "PRIVATE KEY", text)
        self.assertFalse(self.paused.smtp_ssl_private_key)
        self.env.cr.execute("SELECT DISTINCT server_env_defaults FROM ir_mail_server WHERE server_env_defaults > ''")
        self.assertEqual(self.env.cr.fetchall(), [('{"x_smtp_host_env_default": "mail.example.com"}',)])

    def test_whoever_has_the_copy_proves_nothing_in_the_real_one(self):
        self.env["res.config.settings"].create({"mail_keep_exact": True}).execute()
        mail = self.create_mail("a@dest.test", self.create_mail_server(self.smtp.port))
        mail.send()
        self.env.invalidate_all()
        row = mail.recipient_status_ids
        token = row.envelope_id
        transaction = mail.transaction_ids
        self.assertTrue(transaction.has_sent_message)
        file = self.env["ir.attachment"].create({"name": "a", "raw": b"a", "res_model": "mail.transaction.file"})
        values = {**mail._evidence_values(), "transaction_id": transaction.id}
        copy = self.env["mail.sent.copy"]._with_evidence_token().create(values)
        source = report(delivery_status("a@dest.test", "delayed", "4.0.0"), envelope_id=token)
        source = source if isinstance(source, bytes) else source.encode()
        found = self.env["mail.report"]._receive(self.env["mail.report.matcher"]._incoming(source))
        self.assertEqual((found.state, found.problem), ("matched", False))
        self.neutralize()
        for table in ("mail_transaction", "mail_recipient", "mail_report", "mail_mail", "mail_decision"):
            self.env.cr.execute(f"SELECT count(*) FROM {table} t WHERE t::text LIKE %s", [f"%{token}%"])  # pylint: disable=E8103
            self.assertEqual(self.env.cr.fetchone(), (0,), table)
        self.assertEqual((row.state, row.smtp_receipt, found.state), ("delayed", row.smtp_receipt, "matched"))
        self.assertTrue(row.smtp_receipt, "what became of the mail is still shown")
        self.assertFalse(found.source_id)
        self.assertFalse(transaction.has_sent_message or file.exists())
        self.assertEqual(copy.state, "failed")

    def test_mailboxes_have_to_be_confirmed_again(self):
        self.neutralize()
        self.assertEqual(set((self.watch + self.fetched).mapped("state")), {"draft"})
        self.assertFalse(any((self.watch + self.fetched).mapped("active")))
        with self.assertRaises(UserError), mute_logger("odoo.addons.mail.models.fetchmail"):
            self.watch.button_confirm_login()
