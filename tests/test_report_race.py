from datetime import timedelta

from odoo import SUPERUSER_ID, api
from odoo.orm.environments import Transaction
from odoo.tests import tagged

from .common import DeliveryCase
from .report_common import delivery_status, report
from .servers.scripted import ScriptedServer


@tagged("post_install", "-at_install")
class TestReportRace(DeliveryCase):
    """Real database sessions beside each other: a report that comes back before its batch has been sent."""

    def session(self, function, *arguments):
        with self.env.registry.cursor() as cr:
            # The test runner holds the lock under which Environment would look for the registry.
            cr.transaction = Transaction(self.env.registry)
            result = function(api.Environment(cr, SUPERUSER_ID, {}), *arguments)
            cr.commit()  # pylint: disable=invalid-commit
        return result

    def prepare(self, env, port):
        server = env["ir.mail_server"].create(
            {"name": "race", "smtp_host": "127.0.0.1", "smtp_port": port, "smtp_encryption": "none"}
        )
        mails = env["mail.mail"].create(
            [
                {
                    "subject": "Race",
                    "body_html": "<p>x</p>",
                    "email_from": "sales@odoo.test",
                    "email_to": f"{name}@race.test",
                    "mail_server_id": server.id,
                }
                for name in ("first", "second")
            ]
        )
        return server.id, mails.ids

    def clean_up(self, env, server_id, mail_ids):
        for model in ("mail.report", "mail.recipient", "mail.transaction"):
            env[model].search([("mail_mail_id", "in", mail_ids)])._with_evidence_token().unlink()
        env["mail.mail"].browse(mail_ids).unlink()
        env["ir.mail_server"].browse(server_id).unlink()

    def come_back(self, env, mail_id):
        """The first mail's bounce comes to the gateway, in a session of its own."""
        transaction = env["mail.transaction"].search([("mail_mail_id", "=", mail_id)])
        env["mail.thread"].message_process(
            False, report(delivery_status("first@race.test"), envelope_id=transaction.envelope_id)
        )
        found = env["mail.report"].search([("mail_mail_id", "=", mail_id)])
        return found.state, found.id

    def test_a_bounce_while_the_batch_is_being_sent(self):
        while_sending = []

        def second_mail(_line):
            while_sending.append(self.session(self.come_back, mail_ids[0]))

        with ScriptedServer({"RCPT second@race.test": second_mail}) as smtp:
            server_id, mail_ids = self.session(self.prepare, smtp.port)
            self.addCleanup(self.session, self.clean_up, server_id, mail_ids)
            self.session(lambda env: env["mail.mail"].browse(mail_ids).send())
        [(state, report_id)] = while_sending
        self.assertEqual(state, "pending", "it is kept; its mail is locked by the sender")

        def after(env):
            mails = env["mail.mail"].browse(mail_ids)
            states = mails.mapped("delivery_status")
            env["mail.report"].browse(report_id)._process()
            return states, mails.mapped("delivery_status"), env["mail.report"].browse(report_id).state

        before, now, state = self.session(after)
        self.assertEqual(before, ["accepted", "accepted"], "the sender was not disturbed")
        self.assertEqual((now, state), (["bounced", "accepted"], "matched"))

    def test_a_report_about_a_mail_whose_record_was_rolled_back(self):
        """The mail has left, the evidence says so, and the sender's own transaction was undone."""
        with ScriptedServer() as smtp:
            server_id, mail_ids = self.session(self.prepare, smtp.port)
            self.addCleanup(self.session, self.clean_up, server_id, mail_ids)
            with self.env.registry.cursor() as cr:
                mails = api.Environment(cr, SUPERUSER_ID, {})["mail.mail"].browse(mail_ids)
                mails.send()
                self.assertEqual(mails.mapped("delivery_status"), ["accepted", "accepted"])
                cr.rollback()
        state, report_id = self.session(self.come_back, mail_ids[0])
        self.assertEqual(state, "pending", "the sender may still be recording it")

        def later(env):
            transaction = env["mail.transaction"].search([("mail_mail_id", "=", mail_ids[0])])
            transaction._with_evidence_token().end_date -= timedelta(minutes=3)
            env["mail.report"].browse(report_id)._process()
            return env["mail.report"].browse(report_id).state

        self.assertEqual(self.session(later), "matched")

        def look(env):
            row = env["mail.recipient"].search([("mail_mail_id", "=", mail_ids[0])])
            return row.email, row.state, row.smtp_code, bool(row.smtp_receipt or row.smtp_reply)

        self.assertEqual(self.session(look), ("first@race.test", "bounced", 250, True))
