"""An invoice whose e-mail did not arrive does not look as if it had, whatever the way not to arrive."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged
from odoo.tools import SQL

from .document_common import DocumentCase
from .servers.scripted import Step


@tagged("post_install", "-at_install")
class TestDocumentStatus(DocumentCase):
    # === THE WAYS NOT TO ARRIVE === #

    def test_arrived_or_never_sent(self):
        move = self.create_invoice()
        self.assert_status(move, False)
        self.post(move)
        self.assert_status(move, "accepted")

    def test_refused(self):
        move = self.create_invoice("refused@dest.test")
        mail = self.post(move)
        self.assert_status(move, "refused", "refused@dest.test: 550")
        mail.recipient_status_ids.action_send_again()
        self.assert_status(move, "waiting")
        mail.send()
        self.assert_status(move, "refused")
        mail.unlink()
        self.assert_status(move, "refused")

    def test_put_off_and_given_up(self):
        move = self.create_invoice("later@dest.test")
        mail = self.post(move)
        self.assert_status(move, "waiting", "Try again later")
        mail._update_summary(
            state="outgoing", retry_date=False, first_attempt_date=fields.Datetime.now() - timedelta(days=9)
        )
        mail.send()
        self.assertEqual(mail.recipient_status_ids.state, "refused")
        self.assert_status(move, "refused")

    def test_outcome_unknown(self):
        self.smtp.script = {".": [Step(drop=True)] * 3}
        move = self.create_invoice()
        self.post(move)
        self.assert_status(move, "unknown")

    def test_held_then_cancelled(self):
        move = self.create_invoice()
        mail = self.hold(move)
        self.assert_status(move, "waiting", "Held until somebody releases it.")
        mail.cancel()
        self.assert_status(move, "canceled", "before it was sent")

    def test_waits_in_the_buffer_for_a_paused_server(self):
        move = self.create_invoice()
        mail = self.hold(move)
        mail.is_held = False
        self.env.flush_all()
        self.server.is_paused = True
        mail._wait_for_server(self.server, False)
        self.assert_status(move, "waiting", "is paused")

    def test_no_connection(self):
        self.smtp.__exit__(None, None, None)
        move = self.create_invoice()
        self.post(move)
        self.assert_status(move, "waiting")

    def test_could_not_be_made(self):
        move = self.create_invoice()
        mail = self.hold(move)
        mail.is_held = False
        with patch.object(type(mail), "_prepare_outgoing_list", side_effect=ValueError("no such template")):
            mail.send()
        self.assertEqual(mail.state, "exception")
        self.assert_status(move, "refused")

    def test_an_address_that_is_none(self):
        move = self.create_invoice("ada at dest")
        self.post(move)
        self.assert_status(move, "no_address")

    def test_deleted_before_it_was_sent(self):
        move = self.create_invoice("later@dest.test")
        self.post(move).unlink()
        self.assert_status(move, "canceled", "deleted")

    # === THE DIALOGS === #

    def test_customer_without_an_address_in_a_batch(self):
        move, other = self.create_invoice(False), self.create_invoice()
        self.send_in_batch(move + other)
        self.assertTrue(move.is_move_sent, "core's own mark keeps its meaning")
        self.assert_status(move, "no_address", "There is no valid e-mail address")
        self.assert_status(other, "accepted")
        row = self.env["mail.recipient"].search([("model", "=", "account.move"), ("res_id", "=", move.id)])
        self.assertEqual((row.partner_id, row.company_id), (move.partner_id, move.company_id))
        [values] = row.web_read({"mail_mail_id": {"fields": {"display_name": {}}}})
        self.assertFalse(values["mail_mail_id"])

        move.partner_id.email = "found@dest.test"
        self.post(move)
        self.assert_status(move, "accepted")

    def test_recipients_taken_out_in_the_dialog(self):
        move = self.create_invoice()
        wizard = self.env["account.move.send.wizard"].with_context(active_model="account.move", active_ids=move.ids)
        wizard.create({"sending_methods": ["email"], "mail_partner_ids": [(5,)]}).action_send_and_print()
        self.assert_status(move, "no_address")

    def test_another_way_than_e_mail(self):
        move = self.create_invoice(False)
        wizard = self.env["account.move.send.wizard"].with_context(active_model="account.move", active_ids=move.ids)
        wizard.create({"sending_methods": ["manual"]}).action_send_and_print()
        self.assertTrue(move.is_move_sent)
        self.assert_status(move, False)

    # === WHAT COUNTS === #

    def test_a_later_mail_that_went_well(self):
        move = self.create_invoice("refused@dest.test")
        self.post(move)
        other = self.env["res.partner"].create({"name": "Bob", "email": "bob@dest.test"})
        self.post(move, other)
        self.assert_status(move, "refused")
        move.partner_id.email = "right@dest.test"
        self.post(move)
        self.assert_status(move, "accepted")
        move.partner_id.email = "refused@dest.test"
        self.post(move)
        self.assert_status(move, "refused")
        double = self.env["res.partner"].create({"name": "Ada again", "email": "refused@dest.test"})
        self.smtp.script = {}
        self.post(move, double)
        self.assert_status(move, "accepted")

    def test_a_mail_cancelled_after_one_that_went_well(self):
        move = self.create_invoice()
        self.post(move)
        mail = self.hold(move)
        self.assert_status(move, "waiting")
        mail.cancel()
        self.assert_status(move, "accepted")

    def test_an_address_that_was_corrected_in_the_mail(self):
        move = self.create_invoice()
        values = {"model": "account.move", "res_id": move.id, "mail_server_id": self.server.id}
        mail = self.env["mail.mail"].create({**values, "email_from": "sales@odoo.test", "email_to": "later@dest.test"})
        mail.send()
        self.env.invalidate_all()
        self.assertEqual(move.mail_delivery_status, "waiting")
        mail.email_to = "ada@dest.test"
        mail.action_send_now()
        self.assertEqual(self.states(mail), {"later@dest.test": "canceled", "ada@dest.test": "accepted"})
        self.assert_status(move, "accepted")

    def test_the_worst_of_several(self):
        move = self.create_invoice()
        refused = self.env["res.partner"].create({"name": "Bob", "email": "refused@dest.test"})
        self.post(move, move.partner_id + refused)
        self.env.invalidate_all()
        self.assertEqual(move.mail_delivery_status, "refused")
        self.assertNotIn("ada@dest.test", move.mail_return_text)

    def test_notes_among_colleagues_do_not_count(self):
        move = self.create_invoice()
        user = new_test_user(self.env, "status_colleague", "base.group_user", email="refused@dest.test")
        colleague = user.partner_id
        self.post(move, colleague, subtype_xmlid="mail.mt_note")
        self.post(move, colleague, message_type="email_outgoing", is_internal=True)
        notification = move.message_notify(body="Look", partner_ids=colleague.ids, mail_server_id=self.server.id)
        mail = self.env["mail.mail"].search([("mail_message_id", "=", notification.id)])
        mail.filtered(lambda mail: mail.state == "outgoing").send()
        rows = self.env["mail.recipient"].search([("model", "=", "account.move"), ("res_id", "=", move.id)])
        self.assertEqual(set(rows.mapped("state")), {"refused"})
        self.assert_status(move, False)
        self.post(move)
        self.assert_status(move, "accepted")

    def test_a_note_that_names_a_customer_is_sent_to_him(self):
        move = self.create_invoice("refused@dest.test")
        self.post(move, subtype_xmlid="mail.mt_note")
        self.assert_status(move, "refused")

    # === WHO AND HOW FAST === #

    def test_a_customer_in_the_portal_reads_nothing_of_it(self):
        move = self.create_invoice("refused@dest.test")
        self.post(move)
        portal = new_test_user(self.env, "status_portal", "base.group_portal")
        portal.partner_id = move.partner_id
        names = ("mail_delivery_status", "is_mail_returned", "mail_return_text", "mail_mail_count")
        seen = move.with_user(portal)
        self.assertFalse(set(names) & set(seen.fields_get()))
        for name in names:
            with self.subTest(name=name), self.assertRaises(AccessError):
                seen.read([name])
        for domain in ([("mail_delivery_status", "=", "refused")], [("is_mail_returned", "=", True)]):
            with self.assertRaises(AccessError):
                seen.search(domain)
        with self.assertRaises(AccessError):
            seen.formatted_read_group([], ["mail_delivery_status"], ["__count"])

    def fill(self, count):
        """So many documents' worth of recipients, of which every tenth was refused."""
        self.env.cr.execute(
            """INSERT INTO mail_recipient (email, state, kind, model, res_id, mail_mail_id, state_date)
               SELECT 'a' || i || '@dest.test', CASE WHEN i %% 10 = 0 THEN 'refused' ELSE 'accepted' END, 'to',
                      'account.move', 100000000 + i, 100000000 + i, now()
                 FROM generate_series(1, %s) i""",
            [count],
        )
        self.env.cr.execute("ANALYZE mail_recipient")

    def test_a_page_of_the_list_takes_one_query(self):
        moves = self.env["account.move"]
        partner = self.env["res.partner"].create({"name": "Ada", "email": "ada@dest.test"})
        for place in range(12):
            move = self.init_invoice("out_invoice", partner=partner, amounts=[100])
            row = {"model": "account.move", "res_id": move.id, "email": "x@dest.test"}
            self.env["mail.recipient"].sudo()._with_evidence_token().create(
                {**row, "state": ("refused", "accepted")[place % 2]}
            )
            moves += move
        self.fill(5000)
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(1):
            statuses = moves.mapped("mail_delivery_status")
        self.assertEqual(statuses, ["refused", "accepted"] * 6)

    def test_searching_uses_the_indexes(self):
        self.fill(20000)
        query = (
            self.env["account.move"].sudo()._search([("mail_delivery_status", "in", ("bounced", "refused", "unknown"))])
        )
        self.env.cr.execute(SQL("EXPLAIN (ANALYZE, FORMAT JSON) %s", query.select()))
        plan = self.env.cr.fetchone()[0][0]
        self.assertNotIn('"Node Type": "Seq Scan", "Relation Name": "mail_recipient"', str(plan).replace("'", '"'))
        self.assertLess(plan["Execution Time"], 500)
