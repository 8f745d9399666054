from odoo.tests import HttpCase

from odoo.addons.account.tests.common import AccountTestInvoicingCommon

from ..tools.recipient_state import NOT_ARRIVED_DOCUMENT, STATES_OF_DOCUMENT
from .common import DeliveryCase
from .servers.scripted import ScriptedServer

STATUSES = tuple(STATES_OF_DOCUMENT)


class DocumentCase(AccountTestInvoicingCommon, DeliveryCase):
    """Invoices, and a mail server that refuses some addresses and puts off others."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company_data["company"].alias_domain_id = cls.env["mail.alias.domain"].search(
            [("name", "=", "odoo.test")], limit=1
        )

    def setUp(self):
        super().setUp()
        if not isinstance(self, HttpCase):  # which has entered it already
            self.registry_enter_test_mode()
        script = {
            "RCPT refused@dest.test": [b"550 5.1.1 No such user"] * 9,
            "RCPT later@dest.test": [b"450 4.2.0 Try again later"] * 9,
        }
        self.smtp = self.enterContext(ScriptedServer(script))
        self.server = self.create_mail_server(self.smtp.port, sequence=0)
        self.moves = self.env["account.move"]

    def create_invoice(self, email="ada@dest.test"):
        partner = self.env["res.partner"].create({"name": "Ada", "email": email, "invoice_sending_method": "email"})
        move = self.init_invoice("out_invoice", partner=partner, amounts=[100], post=True)
        self.moves += move
        return move

    def post(self, move, partner=None, send=True, **values):
        message = move.message_post(
            body="Your invoice",
            partner_ids=(partner or move.partner_id).ids,
            mail_server_id=self.server.id,
            **{"message_type": "comment", "subtype_xmlid": "mail.mt_comment", **values},
        )
        mail = self.env["mail.mail"].search([("mail_message_id", "=", message.id)])
        if send:
            mail.filtered(lambda mail: mail.state == "outgoing").send()
        self.env.invalidate_all()
        return mail

    def hold(self, move):
        self.env["ir.config_parameter"].set_param("mail_delivery_status.sending_mode", "hold")
        mail = self.post(move, send=False)
        self.env["ir.config_parameter"].set_param("mail_delivery_status.sending_mode", "now")
        return mail

    def assert_status(self, move, status, words=None):
        self.env.invalidate_all()
        self.assertEqual(move.mail_delivery_status, status)
        failed = status in NOT_ARRIVED_DOCUMENT
        self.assertEqual(move.is_mail_returned, failed)
        if status in (False, "accepted", "delivered", "read", "imported"):
            self.assertFalse(move.mail_return_text)
        else:
            self.assertIn(move.partner_id.email or move.partner_id.name, move.mail_return_text)
        if words:
            self.assertIn(words, move.mail_return_text)
        for other in (False, *STATUSES):
            found = move.search([("id", "=", move.id), ("mail_delivery_status", "=", other)])
            self.assertEqual(bool(found), other == status, other)
        self.assertEqual(bool(move.search([("id", "=", move.id), ("is_mail_returned", "=", True)])), failed)
        self.assertEqual(bool(move.search([("id", "=", move.id), ("mail_delivery_status", "!=", status)])), False)
        [group] = move.formatted_read_group([("id", "=", move.id)], ["mail_delivery_status"], ["__count"])
        self.assertEqual(group["mail_delivery_status"], status)
        self.assertEqual(move.search([("id", "=", move.id), *group["__extra_domain"]]), move)

    def send_in_batch(self, moves):
        wizard = self.env["account.move.send.batch.wizard"].with_context(active_model="account.move")
        wizard.create({"move_ids": [(6, 0, moves.ids)]}).action_send_and_print(force_synchronous=True)
        self.env.cr.postcommit.run()
        mails = self.env["mail.mail"].search([("model", "=", "account.move"), ("res_id", "in", moves.ids)])
        mails.filtered(lambda mail: mail.state == "outgoing" and not mail.recipient_status_ids).send()
