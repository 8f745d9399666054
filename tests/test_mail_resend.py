from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from ..models import mail_recipient_correct
from ..models.mail_mail_preview import harmless
from .test_mail_edit import EditCase

REFUSED = b"550 5.1.1 no such user\r\n"


class ResendCase(EditCase):
    def setUp(self):
        super().setUp()
        self.env["ir.config_parameter"].set_param("mail_delivery_status.sending_mode", "now")

    def failed(self, partners=None, **values):
        """A mail of the invoice that was refused for everybody."""
        self.smtp.script = {"RCPT": REFUSED}
        mail = self.post(partners, **values)
        self.env.flush_all()
        self.env.invalidate_all()
        self.smtp.script = {}
        self.smtp.messages.clear()
        return mail

    def dialog(self, action, user=None):
        return self.env[action["res_model"]].with_user(user or self.billing).browse(action["res_id"])

    def again(self, mail, user=None):
        user = user or self.billing
        return self.dialog(mail.with_user(user).action_send_again(), user)

    def chosen(self, mail):
        return set(self.again(mail).line_ids.filtered("is_chosen").mapped("address"))

    def correct(self, row, user=None):
        user = user or self.billing
        return self.dialog(row.with_user(user).action_correct_address(), user)

    def newest(self):
        return self.env["mail.mail"].search([], limit=1)


@tagged("post_install", "-at_install")
class TestMailResend(ResendCase):
    def test_a_new_mail_to_those_that_failed(self):
        file = self.env["ir.attachment"].create(
            {
                "name": "invoice.pdf",
                "raw": b"x" * 20_000_000,
                "res_model": "account.move",
                "res_id": self.invoice.id,
            }
        )
        other = self.env["res.partner"].create({"name": "Ala", "email": "ala@dest.test"})
        old = self.failed(other + self.contact, attachment_ids=file.ids)
        self.assertEqual(set(self.states(old).values()), {"refused"})
        evidence = old.recipient_status_ids.read()
        wizard = self.again(old)
        self.assertEqual(wizard.line_ids.mapped("is_chosen"), [True, True])
        line = wizard.line_ids.filtered(lambda line: line.partner_id == self.contact)
        line.is_chosen = False
        files = self.env["ir.attachment"].search_count([])
        wizard.action_send()
        self.assertEqual(self.env["ir.attachment"].search_count([]), files, "by reference")
        new = old.resent_ids
        self.assertEqual((new.resent_from_id, new.recipient_ids), (old, other))
        self.assertNotEqual(new.message_id, old.message_id)
        self.assertEqual(new.mail_message_id.attachment_ids, file)
        self.assertEqual([mail.recipients for mail in self.smtp.messages], [("ala@dest.test",)])
        self.assertIn("Old text of it", self.html())
        self.assertEqual(new.delivery_status, "accepted")
        self.assertEqual(old.recipient_status_ids.read(), evidence)
        log = self.invoice.message_ids[0].body
        self.assertIn("sent again to: ala@dest.test", log)
        self.assertEqual(new.mail_message_id.notification_ids.notification_status, "sent")

    def test_never_twice(self):
        old = self.failed()
        first, second = self.again(old), self.again(old, self.users["admin"])
        first.action_send()
        for wizard in (first, second):
            with self.assertRaisesRegex(UserError, "sent this e-mail again meanwhile"):
                wizard.action_send()
        self.assertEqual(len(self.smtp.messages), 1)
        third = self.again(old)
        self.assertIn("was sent again already", third.again_note)

    def test_who_is_chosen(self):
        """Whoever presses again and again sends it to nobody twice."""
        other = self.env["res.partner"].create({"name": "Ala", "email": "ala@dest.test"})
        old = self.failed(other + self.contact)
        self.assertEqual(self.chosen(old), {"ala@dest.test", "bob@dest.test"})
        self.smtp.script = {"RCPT bob@dest.test": REFUSED}
        self.again(old).action_send()
        self.env.invalidate_all()
        self.assertEqual(self.chosen(old), {"bob@dest.test"}, "it failed again")
        self.smtp.script = {}
        new = old.resent_ids.filtered(
            lambda mail: mail.recipient_status_ids.filtered(lambda row: row.state == "refused")
        )
        self.again(new).action_send()
        self.env.invalidate_all()
        self.assertFalse(self.chosen(old))

    def test_who_is_chosen_after_a_correction(self):
        old = self.failed()
        wizard = self.correct(old.recipient_status_ids)
        wizard.new_address = "robert@dest.test"
        wizard.action_correct()
        self.env.invalidate_all()
        self.assertFalse(self.chosen(old))

    def test_who_is_chosen_while_it_waits(self):
        old = self.failed()
        self.env["ir.config_parameter"].set_param("mail_delivery_status.sending_mode", "hold")
        self.again(old).action_send()
        self.assertEqual(old.resent_ids.state, "outgoing")
        self.assertFalse(self.chosen(old))

    def test_other_addresses(self):
        """Each gets a mail of its own, without the customer's links."""
        old = self.failed()
        wizard = self.again(old)
        wizard.line_ids.address = "Łucja <łucja@dest.test>"
        wizard.write({"line_ids": [Command.create({"address": "second@dest.test", "is_chosen": True})]})
        wizard.action_send()
        self.assertEqual(
            {mail.recipients for mail in self.smtp.messages}, {("łucja@dest.test",), ("second@dest.test",)}
        )
        token = self.invoice.access_token or "access_token"
        for mail in old.resent_ids:
            self.assertNotIn(token, mail.body_html or "")
        wizard = self.again(old)
        wizard.line_ids[0].write({"address": "none", "is_chosen": True})
        with self.assertRaisesRegex(UserError, "no e-mail address|not an e-mail address"):
            wizard.action_send()
        wizard = self.again(old)
        wizard.line_ids.is_chosen = False
        with self.assertRaisesRegex(UserError, "at least one recipient"):
            wizard.action_send()

    def test_who_may_have_it(self):
        old = self.post()
        wizard = self.again(old)
        self.assertFalse(wizard.may_have_it)
        wizard.line_ids.is_chosen = True
        self.assertTrue(wizard.may_have_it)
        wizard.line_ids.address = "other@dest.test"
        self.assertFalse(wizard.may_have_it)

    def test_the_text_is_gone(self):
        mail, _texts, _tokens = self.make("mass_mail")
        self.bring_to(mail, "sent")
        wizard = self.again(mail, self.users["admin"])
        self.assertTrue(wizard.is_text_gone)
        wizard.line_ids.is_chosen = True
        with self.assertRaisesRegex(UserError, "text of this mail was removed"):
            wizard.action_send()
        self.assertFalse(wizard.has_send_dialog)
        invoice_mail, _texts, _tokens = self.make("link_on_a_document")
        self.bring_to(invoice_mail, "sent")
        self.assertTrue(self.again(invoice_mail).has_send_dialog)

    def test_a_mail_without_a_message_of_its_own(self):
        mail, _texts, _tokens = self.make("link_on_a_document")
        self.bring_to(mail, "failed")
        self.smtp.script = {}
        self.again(mail, self.users["admin"]).action_send()
        new = mail.resent_ids
        self.assertEqual((new.delivery_status, len(self.smtp.messages)), ("accepted", 1))
        self.assertNotEqual(new.message_id, mail.message_id)
        self.assertIn(self.text, self.html())
        self.assertTrue(mail.body_html, "the old one stays as it is")

    def test_nobody_sends_to_himself_what_he_may_not_read(self):
        mail, _texts, _tokens = self.make("link_on_a_document")
        self.bring_to(mail, "failed")
        self.smtp.script = {}
        for role in ("billing", "manager"):
            user = self.users[role]
            wizard = self.again(mail, user)
            wizard.line_ids.address = "thief@dest.test"
            with self.assertRaises(AccessError):
                wizard.action_send()
            with self.assertRaises(AccessError):
                self.correct(mail.recipient_status_ids, user)
        hidden = self.env["ir.attachment"].create({"name": "hidden.txt", "raw": b"x", "res_model": "res.users"})
        old = self.failed()
        old.attachment_ids = hidden
        wizard = self.again(old)
        wizard.line_ids.address = "thief@dest.test"
        with self.assertRaisesRegex(AccessError, "hidden.txt"):
            wizard.action_send()
        self.assertFalse(self.smtp.messages)

    def test_who_may(self):
        old = self.failed()
        for role, user in self.users.items():
            with self.subTest(role):
                if role in ("billing", "manager", "admin"):
                    self.assertTrue(self.again(old, user))
                else:
                    with self.assertRaises(AccessError):
                        self.again(old, user)
        others = self.again(old, self.users["admin"])
        with self.assertRaises(AccessError):
            others.with_user(self.billing).line_ids.read(["address"])
        lines = self.env["mail.mail.resend.line"].with_user(self.billing)
        with self.assertRaises(AccessError):
            lines.create({"resend_id": others.id, "address": "thief@dest.test", "is_chosen": True})

    def test_500_recipients(self):
        self.smtp.script = {"RCPT": REFUSED}
        partners = self.env["res.partner"].create(
            [{"name": f"P{number}", "email": f"p{number}@dest.test"} for number in range(500)]
        )
        mail = self.create_mail(False, self.server, recipient_ids=[Command.set(partners.ids)])
        mail.send()
        self.smtp.script = {}
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        wizard = self.again(mail, self.users["admin"])
        self.assertEqual(len(wizard.line_ids), 500)
        self.assertLess(self.env.cr.sql_log_count - before, 120)
        wizard.line_ids.is_chosen = False
        wizard.line_ids[:2].is_chosen = True
        wizard.action_send()
        self.assertEqual(len(self.smtp.messages), 2)


@tagged("post_install", "-at_install")
class TestCorrectAddress(ResendCase):
    def test_swap(self):
        self.assertEqual(
            mail_recipient_correct._swap("A <a@x.test>; b@x.test", "A@X.test", "c@x.test"), '"A" <c@x.test>, b@x.test'
        )
        self.assertEqual(mail_recipient_correct._swap("", "a@x.test", "c@x.test"), "")

    def test_correct_and_resend(self):
        old = self.failed(self.contact)
        wizard = self.correct(old.recipient_status_ids)
        self.assertEqual((wizard.old_address, wizard.contact_name), ("bob@dest.test", "Bob Colleague"))
        self.assertTrue(wizard.reason)
        self.assertIn("no such user", wizard.words)
        self.assertFalse(wizard.may_correct_contact, "this clerk may not write contacts")
        wizard.new_address = "bob.right@dest.test"
        wizard.action_correct()
        self.assertEqual([mail.recipients for mail in self.smtp.messages], [("bob.right@dest.test",)])
        self.assertEqual(self.contact.email, "bob@dest.test")
        self.assertEqual(old.resent_ids.delivery_status, "accepted")
        # What became of the new mail counts for the document, and the old one is settled for who looks for problems.
        self.env.flush_all()
        self.invoice.invalidate_recordset()
        self.assertEqual(self.invoice.mail_delivery_status, "accepted")
        self.assertEqual((old.delivery_status, old.resent_count), ("refused", 1))
        with self.assertRaisesRegex(UserError, "meanwhile"):
            wizard.action_correct()

    def test_the_contact_too(self):
        self.billing.group_ids += self.env.ref("base.group_partner_manager")
        old = self.failed(self.contact)
        wizard = self.correct(old.recipient_status_ids)
        self.assertTrue(wizard.may_correct_contact and wizard.is_contact_corrected)
        wizard.new_address = "bob.right@dest.test"
        wizard.action_correct()
        self.assertEqual(self.contact.email, "bob.right@dest.test")
        self.assertEqual(old.resent_ids.recipient_ids, self.contact)

    def test_in_place_while_it_waits(self):
        self.smtp.script = {"RCPT later@dest.test": b"451 4.3.0 later\r\n"}
        mail = self.create_mail("good@dest.test, Zoë <later@dest.test>", self.server)
        mail.send()
        self.env.invalidate_all()
        row = mail.recipient_status_ids.filtered(lambda row: row.state == "deferred")
        wizard = self.correct(row, self.users["admin"])
        self.assertTrue(wizard.is_waiting)
        wizard.new_address = "good@dest.test"
        self.assertTrue(wizard.warning)
        with self.assertRaisesRegex(UserError, "gets, or has"):
            wizard.action_correct()
        wizard.new_address = "right@dest.test"
        wizard.action_correct()
        self.assertFalse(mail.resent_ids)
        self.assertEqual(mail.email_to, 'good@dest.test, "Zoë" <right@dest.test>')
        mail._with_send_now().send()
        self.env.invalidate_all()
        self.assertEqual(
            self.states(mail),
            {"good@dest.test": "accepted", "later@dest.test": "canceled", "right@dest.test": "accepted"},
        )
        self.assertEqual(mail.state, "sent")

    def test_in_place_for_a_contact(self):
        self.smtp.script = {"RCPT bob@dest.test": b"451 4.3.0 later\r\n"}
        mail = self.post(self.contact)
        self.env.invalidate_all()
        wizard = self.correct(mail.recipient_status_ids)
        wizard.new_address = "bob.right@dest.test"
        wizard.action_correct()
        mails = self.env["mail.mail"].search([("mail_message_id", "=", mail.mail_message_id.id)])
        (mails - mail)._with_send_now().send()
        self.assertEqual([mail.recipients for mail in self.smtp.messages], [("bob.right@dest.test",)])
        self.assertEqual((mail.state, self.states(mail)), ("cancel", {"bob@dest.test": "canceled"}))

    def test_wrong_addresses(self):
        old = self.failed(self.contact)
        wizard = self.correct(old.recipient_status_ids)
        for address, words in (
            ("bob", "not an e-mail address"),
            ("a@x.test, b@x.test", "not an e-mail address"),
            ("BOB@dest.test", "already"),
        ):
            wizard.new_address = address
            with self.assertRaisesRegex(UserError, words):
                wizard.action_correct()
        self.env["mail.blacklist"]._add("no@dest.test")
        wizard.new_address = "no@dest.test"
        self.assertIn("want no mass mailings", wizard.warning)
        sent = self.post()
        with self.assertRaisesRegex(UserError, "nothing to correct"):
            self.correct(sent.recipient_status_ids)

    def test_a_mail_that_is_gone(self):
        old = self.failed(self.contact)
        row = old.recipient_status_ids
        old.unlink()
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(row.with_user(self.billing).action_correct_address()["tag"], "display_notification")


@tagged("post_install", "-at_install")
class TestMailPreview(ResendCase):
    HOSTILE = (
        '<html><head><meta http-equiv="refresh" content="0;url=https://spy.test"><style>@import "https://spy.test/a";</style>'
        '</head><body onload="x()"><p style="background:url(https://spy.test/b)">Hello</p><script>x()</script>'
        '<a href="/my?access_token=abcdef1234">Pay</a><img src="https://spy.test/c.png" onerror="x()">'
        '<img src="data:image/png;base64,AAAA"><iframe src="https://spy.test"></iframe>'
        '<svg><script>x()</script></svg><form action="https://spy.test"><input name="a"></form><!-- secret --></body></html>'
    )

    def preview(self, mail, user=None):
        user = user or self.billing
        return self.dialog(mail.with_user(user).action_preview(), user)

    def test_harmless(self):
        html = harmless(self.HOSTILE)
        for word in ("spy.test", "script", "onload", "onerror", "iframe", "token", "secret", "form", "svg", "refresh"):
            self.assertNotIn(word, html)
        for word in ("Hello", "Pay", "data:image/png"):
            self.assertIn(word, html)
        self.assertIn('title="/my?access_token=abcdef1234"', harmless(self.HOSTILE, with_links=True))
        for nothing in (False, None, "", " ", "<!-- x -->"):
            self.assertNotIn("x", harmless(nothing))

    def test_each_recipient(self):
        file = self.env["ir.attachment"].create(
            {"name": "ż.pdf", "raw": b"x" * 2048, "res_model": "account.move", "res_id": self.invoice.id}
        )
        self.contact.name = "Zażółć Gęślą"
        self.env["ir.config_parameter"].set_param("mail_delivery_status.sending_mode", "hold")
        mail = self.post(self.customer.partner_id, attachment_ids=file.ids)
        mail.write(
            {"email_to": "a@dest.test", "email_cc": "b@dest.test", "recipient_ids": [Command.link(self.contact.id)]}
        )
        preview = self.preview(mail)
        self.assertEqual(len(preview.recipients), 3)
        self.assertEqual((preview.email_to, preview.email_cc), ("a@dest.test", "b@dest.test"))
        self.assertIn("Old text of it", preview.body)
        self.assertNotIn("href", preview.body)
        self.assertNotIn("token", preview.body)
        self.assertIn("ż.pdf (2.00 Kb)", preview.files)
        preview.position = preview.recipients.index('"Zażółć Gęślą" <bob@dest.test>')
        self.assertEqual((preview.email_to, preview.email_cc), ('"Zażółć Gęślą" <bob@dest.test>', ""))
        self.assertIn("token", self.preview(mail, self.users["admin"]).body)
        self.assertFalse(file.access_token, "looking changes nothing")

    def test_who_reads_what(self):
        """As the table of readme/ACCESS.md says of the mail's text."""
        for kind, readers in (
            ("invoice", {"billing", "admin"}),
            ("link_on_a_document", {"admin"}),
            ("user_notification", {"admin"}),
        ):
            mail, texts, tokens = self.make(kind)
            for role, user in self.users.items():
                with self.subTest(kind=kind, role=role):
                    try:
                        wizard = self.preview(mail, user)
                    except AccessError:
                        self.assertNotIn(role, readers)
                        continue
                    told = str(wizard.read())
                    self.assertEqual(any(text in told for text in texts), role in readers)
                    if role != "admin":
                        self.assertFalse([token for token in tokens if token in told])

    def test_it_is_not_read_by_pointing_at_it(self):
        mail, _texts, _tokens = self.make("private_channel")
        with self.assertRaises(AccessError):
            self.env["mail.mail.preview"].with_user(self.billing).create({"mail_id": mail.id}).body  # noqa: B018
        with self.assertRaises(AccessError):
            self.env["mail.mail.preview"].with_user(self.billing).new({"mail_id": mail.id}).body  # noqa: B018
