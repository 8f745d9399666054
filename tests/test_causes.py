"""Why a mail did not arrive, what to do, and who has to act: by what is recorded of each address."""

from odoo.tests import tagged
from odoo.tools import mute_logger

from ..const.causes import ACTORS, CAUSE_WORDS, CAUSES
from ..tools.explanation import Actor, Cause
from .common import DeliveryCase
from .servers.process import free_ports
from .servers.scripted import ScriptedServer

SENDER_LOG = "odoo.addons.mail_delivery_status.models.mail_sender"


@tagged("post_install", "-at_install")
class TestCauses(DeliveryCase):
    def cause_of(self, mail):
        [row] = mail.recipient_status_ids
        self.assertEqual(bool(row.cause), bool(row.cause_meaning and row.what_to_do and row.actor))
        return row.cause, row.actor

    def test_each_cause_has_its_words(self):
        self.assertEqual({name for name, _label in CAUSES}, {cause.value for cause in Cause})
        self.assertEqual(set(CAUSE_WORDS), {cause.value for cause in Cause})
        self.assertEqual({name for name, _label in ACTORS}, {actor.value for actor in Actor})

    def test_what_a_server_answers(self):
        for reply, expected in (
            (b"550 5.1.1 No such user", ("user_unknown", "sender")),
            (b"450 4.7.1 Greylisted, try again in 5 minutes", ("greylisted", "nobody")),
            (b"552 5.2.2 Mailbox full", ("mailbox_full", "recipient")),
            (b"250 2.1.5 Ok", (False, False)),
        ):
            with self.subTest(reply=reply), ScriptedServer({"RCPT": [reply + b"\r\n"]}) as smtp:
                mail = self.create_mail("alice@dest.test", self.create_mail_server(smtp.port))
                mail.send()
                self.assertEqual(self.cause_of(mail), expected)
                self.assertEqual(mail.cause, expected[0])

    @mute_logger(SENDER_LOG, "odoo.addons.mail.models.mail_mail")
    def test_what_goes_wrong_without_an_answer(self):
        mail = self.create_mail("alice@dest.test", self.create_mail_server(free_ports(1)[0]))
        mail.send()
        self.assertEqual(self.cause_of(mail), ("no_answer", "administrator"))
        with ScriptedServer({}) as smtp:
            mail = self.create_mail("alice@dest.test", self.create_mail_server(smtp.port))
            attachment = self.env["ir.attachment"].create({"name": "Invoice.pdf", "raw": b"x"})
            mail.attachment_ids = attachment
            self.env.flush_all()
            self.env.cr.execute("UPDATE ir_attachment SET store_fname = 'gone' WHERE id = %s", [attachment.id])
            attachment.invalidate_recordset()
            mail.send()
        self.assertEqual(self.cause_of(mail), ("attachment_unreadable", "sender"))

    def test_what_came_back(self):
        with ScriptedServer({}) as smtp:
            mail = self.create_mail("alice@dest.test", self.create_mail_server(smtp.port))
            mail.send()
        row = mail.recipient_status_ids
        values = {
            "state": "bounced",
            "bounce_code": "5.2.2",
            "bounce_type": "soft",
            "bounce_reason": "552 Mailbox full",
        }
        row._with_evidence_token().write(values)
        self.assertEqual(self.cause_of(mail), ("mailbox_full", "recipient"))

    def test_the_mails_cause_is_that_of_its_most_urgent_address(self):
        replies = [b"250 Ok\r\n", b"450 4.7.1 Greylisted\r\n", b"552 5.2.2 Mailbox full\r\n"]
        with ScriptedServer({"RCPT": replies}) as smtp:
            mail = self.create_mail(
                "a@dest.test, b@dest.test, c@dest.test", self.create_mail_server(smtp.port), email_cc=False
            )
            mail.send()
        self.assertEqual(
            sorted(filter(None, mail.recipient_status_ids.mapped("cause"))), ["greylisted", "mailbox_full"]
        )
        self.assertEqual(mail.cause, "mailbox_full")
        for model in ("mail.mail", "mail.recipient"):  # stored: people group and search by it
            domain = [("id", "in", (mail if model == "mail.mail" else mail.recipient_status_ids).ids)]
            groups = dict(self.env[model]._read_group(domain, ["cause"], ["__count"]))
            self.assertEqual(groups["mailbox_full"], 1)

    @mute_logger(SENDER_LOG, "odoo.addons.mail.models.mail_mail")
    def test_a_mail_that_has_no_address(self):
        with ScriptedServer({}) as smtp:
            mail = self.create_mail(False, self.create_mail_server(smtp.port))
            mail.send()
            self.assertFalse(mail.recipient_status_ids)
            self.assertEqual((mail.state, mail.cause), ("exception", "no_address"))
            mail._update_summary()
            self.assertEqual(mail.cause, "no_address")
            mail.email_to = "alice@dest.test"
            mail.mark_outgoing()
            mail.send()
        self.assertEqual((mail.state, mail.cause), ("sent", False))
