from odoo.exceptions import AccessError
from odoo.tests import TransactionCase, new_test_user, tagged


@tagged("post_install", "-at_install")
class TestMessageOfMail(TransactionCase):
    """A message that was made for one mail alone is closed to whoever may read the document; to ask costs nothing."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.employee = new_test_user(cls.env, "employee", "base.group_user,base.group_partner_manager")
        cls.partner = cls.env["res.partner"].create({"name": "Document"})
        cls.message = cls.partner.message_post(body="Hello", subject="Hi", message_type="comment")

    def read_as_employee(self):
        return self.message.with_user(self.employee).read(["body"])

    def mail(self, **values):
        return self.env["mail.mail"].create(
            {"mail_message_id": self.message.id, "email_to": "a@dest.test", "is_notification": False, **values}
        )

    def test_a_mail_closes_it_and_opens_it_again(self):
        """Within one database transaction, though what was known is kept."""
        self.assertTrue(self.read_as_employee())
        mail = self.mail(auto_delete=True)
        with self.assertRaises(AccessError):
            self.read_as_employee()
        self.assertFalse(self.env["mail.message"].with_user(self.employee).search([("id", "=", self.message.id)]))
        mail.auto_delete = False
        self.assertTrue(self.read_as_employee())
        mail.auto_delete = True
        with self.assertRaises(AccessError):
            self.read_as_employee()
        mail.is_notification = True
        self.assertTrue(self.read_as_employee())

    def test_its_name(self):
        message = self.message.with_user(self.employee)
        self.assertEqual(message.sudo().display_name, "Hi")
        self.mail(auto_delete=True)
        message.invalidate_recordset(["display_name"])
        self.assertEqual(message.sudo().display_name, f"E-mail {message.id}")

    def test_nobody_asks_by_rpc(self):
        messages = self.env["mail.message"].with_user(self.employee)
        self.assertNotIn("mail_scope", messages.fields_get())
        with self.assertRaises(AccessError):
            self.message.with_user(self.employee).read(["mail_scope"])
        with self.assertRaises(AccessError):
            messages.search([("mail_scope", "=", "alone")])

    def test_what_its_mails_say_of_it(self):
        self.assertFalse(self.message.mail_scope)
        shown = self.mail(auto_delete=False)
        self.assertEqual(self.message.mail_scope, "document")
        alone = self.mail(auto_delete=True)  # one of several is enough
        self.assertEqual(self.message.mail_scope, "alone")
        alone.is_notification = True
        self.assertEqual(self.message.mail_scope, "document")
        self.message.model = shown.model = False
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(self.message.mail_scope, "document")
        (shown + alone).unlink()
        self.assertFalse(self.message.exists().mail_scope)

    def test_no_statement_more(self):
        """Than core's: one for each check, one for the document, and one for what is read of the message."""
        self.mail(auto_delete=False)
        message = self.message.with_user(self.employee)
        message.read(["body"])  # groups, rules
        self.env.invalidate_all()
        self.partner.with_user(self.employee).read(["name"])
        self.employee.read(["name"])
        with self.assertQueryCount(4):
            message.check_access("read")
            self.assertTrue(message.body)
            message.check_access("read")
            self.assertEqual(message.sudo().mail_scope, "document")
