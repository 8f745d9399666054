"""What becomes of the mails of an archive."""

from datetime import datetime

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .import_common import ImportCase, mbox, old_mail, with_file
from .report_common import auto_reply, delivery_status, receipt, report


@tagged("post_install", "-at_install")
class TestMailImport(ImportCase):
    def test_a_mail(self):
        ada = self.env["res.partner"].create({"name": "Ada", "email": "Ada@dest.test"})
        job = self.run_import(mbox(old_mail(1, Cc="b@dest.test", Bcc="c@dest.test")))
        mail = job.mail_ids
        self.assertEqual((job.state, job.imported_count, job.progress), ("done", 1, 100))
        self.assertEqual((mail.is_imported, mail.state, mail.delivery_status), (True, "sent", "imported"))
        self.assertEqual((mail.subject, mail.message_id), ("Offer 1", "<1@old.example.com>"))
        self.assertEqual(mail.date, datetime(2020, 6, 15, 8))
        self.assertEqual(mail.email_from, "Sales <sales@odoo.test>")
        self.assertEqual(mail.record_company_id, self.company)
        self.assertIn("here it is.", mail.body)
        rows = mail.recipient_status_ids
        self.assertEqual(
            {(row.email, row.kind, row.state, row.partner_id.id) for row in rows},
            {
                ("ada@dest.test", "to", "imported", ada.id),
                ("b@dest.test", "cc", "imported", False),
                ("c@dest.test", "bcc", "imported", False),
            },
        )
        self.assertFalse(any(rows.mapped("smtp_receipt") + rows.mapped("accepted_date")))
        self.assertIn("no receipt", mail.status_text)
        self.assertFalse(job.file)

    def test_nobody_is_told_and_nothing_is_sent(self):
        move = self.create_invoice()
        before = {
            name: self.env[name].search_count([]) for name in ("mail.notification", "mail.followers", "mail.activity")
        }
        messages = len(move.message_ids)
        self.run_import(mbox(with_file("x.pdf", Subject=f"Invoice {move.name}"), old_mail(2)))
        after = {name: self.env[name].search_count([]) for name in before}
        self.assertEqual(after, before)
        fetched = self.env["mail.message"]._message_fetch(None, thread=move)["messages"]
        self.assertEqual(len(fetched), messages)
        self.env["mail.mail"].process_email_queue()
        self.assertFalse(
            self.env["mail.transaction"].search([("model", "=", "account.move"), ("res_id", "=", move.id)])
        )

    def test_invoice_by_number(self):
        move, other = self.create_invoice(), self.create_invoice()
        name = move.name.replace("/", "_")
        job = self.run_import(
            mbox(
                old_mail(1, Subject=f"Invoice {move.name}, thank you"),
                with_file(f"{name}.pdf", number=2),
                old_mail(3, Subject=f"{move.name} and {other.name}"),
                old_mail(4, Subject=f"{move.name}9"),
            )
        )
        found = {mail.subject: (mail.model, mail.res_id) for mail in job.mail_ids}
        mails = job.mail_ids.sorted("id")
        self.assertEqual([mail.res_id for mail in mails], [move.id, move.id, 0, 0], found)
        self.assertEqual(job.linked_count, 2)
        self.assertEqual(mails[0].recipient_status_ids.res_id, move.id)
        self.assertIn(mails[0], self.env["mail.mail"].search(move.action_open_mails()["domain"]))

    def test_another_invoice_by_hand(self):
        move, other = self.create_invoice(), self.create_invoice()
        mail = self.run_import(mbox(old_mail(1, Subject=f"Invoice {move.name}"))).mail_ids
        wizard = self.env["mail.mail.link"].browse(mail.action_link_document()["res_id"])
        self.assertEqual(wizard.move_id, move)
        wizard.move_id = other
        wizard.action_link()
        self.assertEqual((mail.res_id, mail.recipient_status_ids.res_id), (other.id, other.id))
        wizard.move_id = False
        wizard.action_link()
        self.assertEqual((mail.model, mail.recipient_status_ids.res_id), (False, 0))
        self.assertEqual(
            mail.recipient_status_ids.partner_id, min(move.partner_id, other.partner_id, key=lambda one: one.id)
        )

    def test_text_is_harmless(self):
        html = (
            '<p onclick="x()">Hi<script>x()</script><img src="http://spy.example.com/1.gif"/><img src="cid:f"/>'
            '<a href="javascript:x()">a</a><span style="background-image: url(http://spy.example.com/2.gif)">b</span></p>'
        )
        mail = self.run_import(mbox(with_file("p.png", html=html))).mail_ids
        for text in (mail.body, mail.body_html):
            for evil in ("script", "onclick", "spy.example.com", "javascript"):
                self.assertNotIn(evil, text)
            self.assertIn(f"/web/image/{mail.attachment_ids.id}", text)

    def test_files(self):
        mail = self.run_import(mbox(with_file("page.html", b"<script>x()</script>"))).mail_ids
        file = mail.attachment_ids
        self.assertEqual((file.name, file.raw, file.mimetype), ("page.html", b"<script>x()</script>", "text/plain"))
        self.assertEqual((file.res_model, file.res_id), ("mail.message", mail.mail_message_id.id))

    def test_twice(self):
        data = mbox(
            old_mail(1), old_mail(2), old_mail(1, X_Mozilla_Status="0001"), old_mail(1, body="\nAnother text\n")
        )
        job = self.run_import(data)
        self.assertEqual((job.imported_count, job.double_count), (3, 1))
        self.assertEqual(self.reasons(job), ["double"])
        again = self.run_import(data)
        self.assertEqual((again.imported_count, again.double_count), (0, 4))

    def test_without_a_message_id(self):
        data = mbox(old_mail(1, Message_ID=""), old_mail(1, Message_ID=""), old_mail(2, Message_ID=""))
        self.assertEqual(self.run_import(data).imported_count, 2)
        self.assertEqual(self.run_import(data).imported_count, 0)

    def test_what_odoo_has_sent_itself(self):
        move = self.create_invoice()
        sent = self.post(move)
        job = self.run_import(mbox(old_mail(1, Message_ID=sent.message_id)))
        self.assertEqual((job.imported_count, self.reasons(job)), (0, ["double"]))

    def test_what_is_left_out(self):
        with mute_logger("odoo.addons.mail_delivery_status.models.mail_import_take"):
            job = self.run_import(
                [
                    ("a.eml", old_mail(1)),
                    ("b.eml", old_mail(2, sender="customer@dest.test")),
                    ("c.eml", old_mail(3, to="")),
                    ("d.pdf", b"%PDF-1.4"),
                    ("e.eml", old_mail(5, body="\n" + "\0" * 20_000_000)),
                    ("f.msg", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"garbage" * 900),
                ]
            )
        self.assertEqual(job.imported_count, 1)
        reasons = self.reasons(job)
        self.assertEqual(reasons[:4], ["received", "no_recipient", "no_mail", "bomb"])
        self.assertIn(reasons[4], ("outlook", "outlook_damaged"))
        self.assertEqual((job.received_count, job.skipped_count), (1, 4))
        self.assertTrue(all(job.line_ids.mapped("meaning")))

    def test_what_programs_write(self):
        """Line ends of both kinds, header fields of 8 bits, broken MIME, quoted lines: all of it is stored as it was meant."""
        quoted = "\nDear Ada,\n\nFrom now on:\n>From me\n"
        unix, dos = (
            old_mail(1, body=quoted.replace("\nFrom", "\n>From").replace("\n>From me", "\n>>From me")),
            old_mail(2),
        )
        mixed = (
            old_mail(3, "Content-Type: text/plain\n")
            .replace(b"To: ", b"\r\nTo: ".lstrip())
            .replace(b"\nhere", b"\r\nhere")
        )
        latin = (
            old_mail(4, "Content-Type: text/plain; charset=iso-8859-2\n", Subject="Zażółć")
            .decode()
            .encode("iso-8859-2")
        )
        broken = old_mail(
            5, 'Content-Type: multipart/mixed; boundary="B"\n', "\n--B\nContent-Type: text/plain\n\nno end\n--B\n"
        )
        no_parts = old_mail(6, 'Content-Type: multipart/mixed; boundary="B"\n', "\nno part\n")
        job = self.run_import(mbox(unix, dos.replace(b"\n", b"\r\n"), mixed, latin, broken, no_parts))
        self.assertFalse(job.line_ids)
        mails = job.mail_ids.sorted("id")
        self.assertEqual(mails.mapped("subject"), ["Offer 1", "Offer 2", "Offer 3", "Zażółć", "Offer 5", "Offer 6"])
        self.assertEqual(
            {address for mail in mails for address in mail.recipient_status_ids.mapped("email")}, {"ada@dest.test"}
        )
        self.assertIn("From now on:<br/>&gt;From me", str(mails[0].body).replace("<br>", "<br/>"))
        for mail, words in zip(mails[1:], ("here it is", "here it is", "here it is", "no end", "no part"), strict=True):
            self.assertIn(words, mail.body)

    def test_names_that_lead_elsewhere(self):
        """In a zip file: nothing is written to the disk, and the names are shown as they are."""
        job = self.run_import(
            [("../../evil.eml", old_mail(1)), ("/etc/evil.bin", b"\0" * 99), ("C:\\evil.bin", b"\0" * 99)]
        )
        self.assertEqual(job.imported_count, 1)
        self.assertEqual(job.line_ids.mapped("member"), ["archive.zip//etc/evil.bin", "archive.zip/C:\\evil.bin"])
        self.assertFalse(list(self.folder.rglob("*evil*")))
        file = self.run_import(mbox(with_file("../../../etc/passwd", number=2))).mail_ids.attachment_ids
        self.assertNotIn("/", file.name)

    def test_a_mail_that_cannot_be_stored_stops_nothing(self):
        create = type(self.env["mail.mail"]).create

        def stumbling(mails, vals_list):
            if any(values.get("subject") == "Offer 2" for values in vals_list):
                raise ValueError("no")
            return create(mails, vals_list)

        self.patch(type(self.env["mail.mail"]), "create", stumbling)
        with mute_logger("odoo.addons.mail_delivery_status.models.mail_import_take"):
            job = self.run_import(mbox(old_mail(1), old_mail(2), old_mail(3)))
        self.assertEqual((job.imported_count, self.reasons(job), job.line_ids.detail), (2, ["error"], "ValueError: no"))

    # === WHAT CAME BACK === #

    def test_bounce_and_receipt(self):
        """Whichever is found first, the returned mail or the mail."""
        bounce = report(delivery_status("ada@dest.test"), message_id="<1@old.example.com>", own_id="b1@mx.dest.test")
        read = receipt("ada@dest.test", "<2@old.example.com>")
        with mute_logger("odoo.addons.mail_delivery_status.models.mail_recipient"):
            job = self.run_import(mbox(bounce, old_mail(1), old_mail(2), read, old_mail(3)))
        states = {mail.subject: mail.delivery_status for mail in job.mail_ids}
        self.assertEqual(states, {"Offer 1": "bounced", "Offer 2": "read", "Offer 3": "imported"})
        self.assertEqual((job.imported_count, job.report_count, job.matched_count), (3, 2, 2))
        first = job.mail_ids.filtered("bounce_date")
        self.assertEqual((first.bounce_date, first.bounce_code), (datetime(2026, 6, 15, 13, 41, 6), "5.1.1"))
        self.assertEqual(first.report_ids.origin, "import")
        self.assertEqual(first.state, "sent")

    def test_return_of_another_import(self):
        self.run_import(report(delivery_status("ada@dest.test"), message_id="<1@old.example.com>"), name="b.eml")
        self.assertEqual(self.env["mail.report"].search([("origin", "=", "import")]).state, "dismissed")
        self.assertEqual(self.run_import(mbox(old_mail(1))).mail_ids.delivery_status, "bounced")

    def test_return_for_a_foreign_address(self):
        bounce = report(delivery_status("else@dest.test"), message_id="<1@old.example.com>")
        job = self.run_import(mbox(old_mail(1), bounce))
        self.assertEqual((job.mail_ids.delivery_status, job.matched_count), ("imported", 0))

    def test_nobody_is_told_of_old_bounces(self):
        move = self.create_invoice()
        count = len(move.message_ids)
        bounce = report(delivery_status("ada@dest.test"), message_id="<1@old.example.com>")
        self.run_import(mbox(old_mail(1, Subject=f"Invoice {move.name}"), bounce))
        self.assertEqual(move.mail_delivery_status, "bounced")
        self.assertEqual(len(move.message_ids.filtered(lambda message: not message.mail_ids.is_imported)), count)
        self.assertFalse(move.partner_id.message_bounce if "message_bounce" in move.partner_id else 0)

    def test_automatic_reply(self):
        job = self.run_import(mbox(auto_reply("ada@dest.test", "<1@old.example.com>"), old_mail(1)))
        self.assertEqual((job.imported_count, job.report_count), (1, 1))

    # === AFTERWARDS === #

    def test_is_never_sent(self):
        mail = self.run_import(mbox(old_mail(1))).mail_ids
        for change in (
            lambda: mail.mark_outgoing(),
            lambda: mail.write({"state": "outgoing"}),
            lambda: mail.sudo()._with_state_token().write({"state": "outgoing"}),
            lambda: mail.cancel(),
            lambda: mail.write({"subject": "x"}),
        ):
            with self.assertRaises(UserError):
                change()
        mail.send()
        self.assertEqual((mail.state, mail.delivery_status, mail.attempt_count), ("sent", "imported", 0))

    def test_a_returned_one_is_not_put_back(self):
        bounce = report(delivery_status("ada@dest.test"), message_id="<1@old.example.com>")
        mail = self.run_import(mbox(old_mail(1), bounce)).mail_ids
        with self.assertRaisesRegex(UserError, "Send again"):
            mail.recipient_status_ids.action_send_again()

    def test_send_again_makes_a_new_mail(self):
        mail = self.run_import(mbox(with_file("x.pdf"))).mail_ids
        self.assertTrue(mail.action_send_again()["res_id"])
        again = mail._send_again([(self.env["res.partner"], "ada@dest.test")], 0)
        self.assertFalse(again.is_imported)
        self.assertNotEqual(again.message_id, mail.message_id)
        self.assertEqual(mail.delivery_status, "imported")

    def test_statistics_do_not_count_it(self):
        before = self.env["mail.statistics"].search_count([])
        bounce = report(delivery_status("ada@dest.test"), message_id="<1@old.example.com>")
        self.run_import(mbox(old_mail(1), bounce, old_mail(2)))
        self.assertEqual(self.env["mail.statistics"].search_count([]), before)

    def test_status_of_an_invoice(self):
        move = self.create_invoice()
        self.run_import(mbox(old_mail(1, Subject=f"Invoice {move.name}")))
        self.assertEqual(move.mail_delivery_status, "imported")
        self.assertFalse(move.is_mail_returned)

    def test_50_mb(self):
        data = bytes(range(256)) * 200_000
        mail = self.run_import(mbox(with_file("big.pdf", data), old_mail(2))).sudo().mail_ids
        self.assertEqual(mail.attachment_ids.file_size, len(data))
        self.assertEqual(len(mail), 2)
