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
        for name in ("has_mail", "is_of_mail_alone"):
            with self.subTest(name):
                self.assertNotIn(name, self.env["mail.message"].with_user(self.employee).fields_get())
                with self.assertRaises(AccessError):
                    self.message.with_user(self.employee).read([name])
                with self.assertRaises(AccessError):
                    self.env["mail.message"].with_user(self.employee).search([(name, "=", True)])

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
            self.assertFalse(message.sudo().is_of_mail_alone)
