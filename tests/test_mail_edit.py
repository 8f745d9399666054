from email import message_from_bytes
from email.policy import default

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged

from .secrets_common import SecretsCase

HOSTILE = (
    '<p onclick="steal()">New text Zażółć<script>steal()</script>'
    '<img src="https://spy.test/pixel.png"><a href="/x?access_token=abcdef1234">here</a></p>'
)


class EditCase(SecretsCase):
    """Invoices with mails that wait, as core makes them."""

    def setUp(self):
        super().setUp()
        self.env["ir.config_parameter"].set_param("mail_delivery_status.sending_mode", "hold")
        self.billing = self.users["billing"]
        self.contact = self.env["res.partner"].create({"name": "Bob Colleague", "email": "bob@dest.test"})
        self.text = "<p>Old text of it</p>"

    def post(self, partners=None, **values):
        """The mails of a message on the invoice, which wait."""
        partners = partners or self.customer.partner_id
        message = self.invoice.message_post(
            **{
                "body": self.env["mail.message"]._fields["body"].convert_to_record(self.text, self.env["mail.message"]),
                "subject": "Invoice Ąę",
                "message_type": "comment",
                "subtype_xmlid": "mail.mt_comment",
                "partner_ids": partners.ids,
                "mail_server_id": self.server.id,
                "notify_skip_followers": True,
                **values,
            }
        )
        return self.env["mail.mail"].search([("mail_message_id", "=", message.id)])

    def open(self, mail, user=None):
        return (
            self.env["mail.mail.edit"]
            .browse(mail.with_user(user or self.billing).action_edit()["res_id"])
            .with_user(user or self.billing)
        )

    def release(self, mails):
        mails.write({"is_held": False})
        mails._with_send_now().send()
        self.env.flush_all()
        self.env.invalidate_all()

    def sent(self, number=-1):
        """What the server got: (recipients, message)."""
        received = self.smtp.messages[number]
        return received.recipients, message_from_bytes(received.data, policy=default)

    def html(self, number=-1):
        return self.sent(number)[1].get_body(("html",)).get_content()


@tagged("post_install", "-at_install")
class TestMailEdit(EditCase):
    def test_what_is_sent_is_what_is_seen(self):
        mail = self.post()
        layout = mail.body_html.replace("Old text of it", "")
        wizard = self.open(mail)
        self.assertEqual((wizard.subject, wizard.text_kind), ("Invoice Ąę", "message"))
        wizard.write({"body": HOSTILE, "subject": "Better Żółw"})
        wizard.action_save()
        message = mail.mail_message_id
        self.assertEqual(message.subject, "Better Żółw")
        self.assertIn("New text Zażółć", message.body)
        self.assertNotIn("script", message.body)
        self.assertEqual(mail.body_html.count(str(message.body)), 1)
        self.assertIn("View", mail.body_html, "the button of the layout stays")
        rest = mail.body_html.replace(str(message.body), "").replace("New text Zażółćhere", "").replace(" ", "")
        self.assertEqual(rest, layout.replace("<p></p>", "").replace(" ", ""))
        self.assertEqual((mail.edit_user_id, bool(mail.edit_date)), (self.billing, True))
        self.release(mail)
        recipients, email = self.sent()
        self.assertEqual((recipients, email["Subject"]), (("customer@dest.test",), "Better Żółw"))
        self.assertIn("New text Zażółć", self.html())
        self.assertNotIn("Old text", self.smtp.messages[-1].data.decode())

    def test_nothing_changed_writes_nothing(self):
        mail = self.post()
        before = mail.body_html, mail.write_date, mail.edit_date
        self.open(mail).action_save()
        self.assertEqual((mail.body_html, mail.write_date, mail.edit_date), before)

    def test_a_text_that_stands_twice_is_rendered_again(self):
        mail = self.post()
        mail.body_html += str(mail.body)
        self.open(mail).write({"body": "<p>Other words</p>"})
        wizard = self.open(mail)
        wizard.body = "<p>Other words</p>"
        wizard.action_save()
        self.assertNotIn("Old text", mail.body_html)
        self.assertEqual(mail.body_html.count("<p>Other words</p>"), 1)
        self.assertIn("<html", mail.body_html)

    def test_all_mails_of_the_message(self):
        """Customers and colleagues get mails of their own; all say the same, or nothing is changed."""
        self.boss.lang = "en_US"
        mails = self.post(self.customer.partner_id + self.boss.partner_id)
        self.assertEqual(len(mails), 2)
        wizard = self.open(mails[0])
        wizard.body = "<p>For all</p>"
        wizard.action_save()
        for mail in mails:
            self.assertIn("<p>For all</p>", mail.body_html)
            self.assertNotIn("Old text", mail.body_html)
        self.release(mails[1])
        late = self.open(mails[0])
        late.body = "<p>Too late</p>"
        with self.assertRaisesRegex(UserError, "Some recipients have this e-mail already"):
            late.action_save()
        self.assertIn("For all", mails[0].mail_message_id.body)

    def test_two_people(self):
        mail = self.post()
        first, second = self.open(mail), self.open(mail, self.users["admin"])
        first.subject = "First"
        first.action_save()
        second.subject = "Second"
        with self.assertRaisesRegex(UserError, "Somebody else changed"):
            second.action_save()
        self.assertEqual(mail.subject, "First")

    def test_after_it_has_left(self):
        mail = self.post()
        wizard = self.open(mail)
        wizard.subject = "Late"
        self.release(mail)
        with self.assertRaises(UserError):
            wizard.action_save()
        with self.assertRaisesRegex(UserError, "has left already"):
            self.open(mail)
        theirs = mail.with_user(self.billing)
        self.assertEqual((theirs.is_editable, theirs.edit_lock_reason), (False, "This e-mail has left already."))
        self.assertEqual(mail.subject, "Invoice Ąę")

    def test_some_have_it(self):
        """Only the other addresses may be changed."""
        self.smtp.script = {"RCPT later@dest.test": b"451 4.3.0 later\r\n"}
        mail = self.create_mail("good@dest.test, later@dest.test", self.server, auto_delete=False)
        mail.author_id = self.billing.partner_id
        self.release(mail)
        self.assertEqual(self.states(mail), {"good@dest.test": "accepted", "later@dest.test": "deferred"})
        admin = self.users["admin"]
        wizard = self.open(mail, admin)
        self.assertTrue(wizard.is_text_locked)
        wizard.subject = "x"
        with self.assertRaisesRegex(UserError, "Some recipients have"):
            wizard.action_save()
        wizard = self.open(mail, admin)
        wizard.email_to = "later@dest.test"
        with self.assertRaisesRegex(UserError, "good@dest.test has this e-mail already"):
            wizard.action_save()
        wizard = self.open(mail, admin)
        wizard.email_to = "good@dest.test, zażółć@dest.test, right@dest.test"
        wizard.action_save()
        self.assertEqual(mail.email_to, "good@dest.test, zażółć@dest.test, right@dest.test")

    def test_recipients_of_a_notification(self):
        """Who is added gets a mail in a layout of its own: the customer's links are the customer's."""
        mail = self.post()
        wizard = self.open(mail)
        wizard.write({"partner_ids": [Command.link(self.contact.id)], "email_cc": "Ala <ala@dest.test>"})
        wizard.action_save()
        mails = self.env["mail.mail"].search([("mail_message_id", "=", mail.mail_message_id.id)])
        self.assertEqual(mail.recipient_ids, self.customer.partner_id)
        self.assertEqual((mails - mail).recipient_ids, self.contact)
        self.assertEqual(set((mails - mail).mapped("email_to")) - {False}, {"ala@dest.test"})
        self.assertTrue(all(mails.mapped("is_held")))
        tokens = [word for word in mail.body_html.split('"') if "token" in word]
        self.assertTrue(tokens)
        for other in mails - mail:
            self.assertFalse([token for token in tokens if token in other.body_html])
        wizard = self.open(mail)
        wizard.partner_ids = [Command.clear()]
        with self.assertRaisesRegex(UserError, "at least one recipient"):
            wizard.action_save()
        wizard = self.open(mail)
        wizard.email_to = "nobody at all"
        with self.assertRaisesRegex(UserError, "not an e-mail address"):
            wizard.action_save()

    def test_files(self):
        mail = self.post()
        hidden = self.env["ir.attachment"].create(
            {"name": "hidden.txt", "raw": b"x", "res_model": "res.users", "res_id": 0, "public": False}
        )
        mail.attachment_ids = hidden
        wizard = self.open(mail)
        self.assertEqual((wizard.attachment_ids, wizard.hidden_attachment_count), (self.env["ir.attachment"], 1))
        own = (
            self.env["ir.attachment"]
            .with_user(self.billing)
            .create({"name": "own.txt", "raw": b"own", "res_model": "mail.mail.edit", "res_id": 0})
        )
        wizard.attachment_ids = [Command.link(own.id)]
        wizard.action_save()
        self.assertEqual(mail.attachment_ids, hidden + own)
        self.assertEqual(own.sudo().res_model, "mail.message")
        stolen = self.env["ir.attachment"].create({"name": "stolen.txt", "raw": b"x", "res_model": "res.users"})
        with self.assertRaises(AccessError):
            self.open(mail).attachment_ids = [Command.link(stolen.id)]

    def test_date_server_and_receipt(self):
        other = self.create_mail_server(self.smtp.port, name="Other")
        mail = self.post()
        wizard = self.open(mail)
        wizard.write(
            {"mail_server": str(other.id), "is_receipt_requested": True, "scheduled_date": "2050-01-01 10:00:00"}
        )
        wizard.action_save()
        self.assertEqual((mail.mail_server_id, mail.is_receipt_requested), (other, True))
        self.assertEqual(str(mail.scheduled_date), "2050-01-01 10:00:00")

    def test_a_mail_without_a_message_of_its_own(self):
        """Only administrators read those; others change neither text nor recipients."""
        mail, _texts, _tokens = self.make("link_on_a_document")
        head = mail.body_html.partition("<body")[0]
        wizard = self.open(mail, self.users["admin"])
        self.assertIn(self.text, wizard.body)
        wizard.body = wizard.body.replace(self.text, "Corrected")
        wizard.action_save()
        self.assertNotIn(self.text, mail.body_html)
        self.assertEqual(mail.body_html.partition("<body")[0], head)
        self.assertIn("Corrected", mail.body_html)

    def test_the_hidden_first_line(self):
        """What mail programs show in their list follows the text, too, where all of the mail is edited."""
        mail, _texts, _tokens = self.make("link_on_a_document")
        hidden = mail.body_html.count(self.text)
        self.assertEqual(hidden, 2)
        wizard = self.open(mail, self.users["admin"])
        first, last = wizard.body.rsplit(self.text, 1)
        wizard.body = f"{first}Rewritten{last}"
        wizard.action_save()
        self.assertNotIn(self.text, mail.body_html)
        self.assertEqual(mail.body_html.count("Rewritten"), 2)
        self.assertIn("\u034f", mail.body_html)

    def test_a_layout_of_tables_is_edited_as_html(self):
        """The editor of web pages would move its colours about."""
        mail, _texts, _tokens = self.make("link_on_a_document")
        mail.body_html = mail.body_html.replace("<p>", "<table style='background: white'><tr><td><p>", 1)
        before = mail.body_html
        wizard = self.open(mail, self.users["admin"])
        self.assertEqual((wizard.text_kind, wizard.body), ("source", False))
        wizard.source = wizard.source.replace(self.text, "Rewritten")
        wizard.action_save()
        self.assertEqual(mail.body_html.split("<table")[1], before.replace(self.text, "Rewritten").split("<table")[1])

    def test_what_others_change_of_it(self):
        mail, _texts, _tokens = self.make("link_on_a_document")
        manager = self.users["manager"]
        wizard = self.open(mail, manager)
        self.assertFalse(wizard.body or wizard.subject)
        for values in ({"subject": "x"}, {"email_to": "me@dest.test"}):
            wizard = self.open(mail, manager)
            wizard.write(values)
            with self.assertRaises(AccessError):
                wizard.action_save()
        wizard = self.open(mail, manager)
        wizard.scheduled_date = "2050-01-01 10:00:00"
        wizard.action_save()
        self.assertTrue(mail.scheduled_date)

    def test_a_mass_mail(self):
        mail, _texts, _tokens = self.make("mass_mail")
        wizard = self.open(mail, self.users["admin"])
        self.assertEqual(wizard.text_kind, "message")
        wizard.body = "<p>Corrected for all</p>"
        wizard.action_save()
        self.assertIn("Corrected for all", mail.body)
        self.assertIn("Corrected for all", mail.body_html)
        self.assertNotIn(self.text, mail.body_html)
        for role in ("billing", "sender", "manager"):
            with self.assertRaises(AccessError):
                self.open(mail, self.users[role]).write({"subject": "x"})
                self.env["mail.mail.edit"].with_user(self.users[role]).search(
                    [], limit=1, order="id desc"
                ).action_save()

    def test_who_may(self):
        mail = self.post()
        reader = new_test_user(self.env, "edit_reader", "base.group_user,account.group_account_readonly")
        reader.group_ids += self.env.ref("mail_delivery_status.group_user")
        allowed = {"billing", "manager", "admin"}
        for role, user in {**self.users, "reader": reader}.items():
            with self.subTest(role):
                if role in allowed:
                    self.assertTrue(self.open(mail, user))
                else:
                    with self.assertRaises(AccessError):
                        self.open(mail, user)
        self.assertTrue(mail.with_user(self.billing).is_editable)
        theirs = mail.with_user(reader)
        self.assertFalse(theirs.is_editable)
        self.assertIn("Only its author", theirs.edit_lock_reason)
        mail.author_id = reader.partner_id
        self.assertTrue(self.open(mail, reader))

    def test_a_mail_that_is_gone(self):
        mail = self.post()
        dialogs = self.open(mail), self.env["mail.mail.resend"].with_user(self.billing).create({"mail_id": mail.id})
        mail.unlink()
        self.env.flush_all()
        self.env.invalidate_all()
        for wizard, method in zip(dialogs, ("action_save", "action_send"), strict=True):
            with self.assertRaisesRegex(UserError, "does not exist any more"):
                getattr(wizard, method)()

    def test_nobody_opens_anothers_dialog(self):
        mail = self.post()
        wizard = self.open(mail)
        for user in (self.users["manager"], self.users["admin"], self.users["sender"]):
            with self.assertRaises(AccessError):
                wizard.with_user(user).read(["body"])
        with self.assertRaises(AccessError):
            self.env["mail.mail.edit"].with_user(self.users["sender"]).create({"mail_id": mail.id})
        wizard.write({"shown": "forged", "mail_id": self.create_mail().id})
        self.assertEqual((wizard.mail_id, wizard.shown), (mail, mail._edit_fingerprint()))

    def test_500_recipients(self):
        partners = self.env["res.partner"].create(
            [{"name": f"P{number}", "email": f"p{number}@dest.test"} for number in range(500)]
        )
        mails = self.post(partners)
        self.assertGreaterEqual(len(mails), 10)
        wizard = self.open(mails[0])
        wizard.body = "<p>For 500</p>"
        wizard.action_save()
        self.assertEqual({mail.body_html.count("<p>For 500</p>") for mail in mails}, {1})
