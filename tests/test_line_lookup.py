from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .test_mail_search import WordsCase


@tagged("post_install", "-at_install")
class TestLineLookup(WordsCase):
    """Whoever pastes a line gets the mail; where there is none, what the line means."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk = new_test_user(cls.env, "clerk", "base.group_user,mail_delivery_status.group_user")

    def setUp(self):
        super().setUp()
        values = {"author_id": self.clerk.partner_id.id}
        self.mail = self.create_mail("bob@dest.test", message_id="<1764.42@odoo.test>", **values)
        self.add_row(self.mail, "bob@dest.test", "accepted", smtp_receipt="F11AB1C6006", smtp_code=250)
        self.strange = self.create_mail("carol@dest.test")
        self.add_row(self.strange, "carol@dest.test", "accepted", smtp_receipt="9C1D2E0000", smtp_code=250)

    def find(self, text, user=None):
        wizard = self.env["mail.line.lookup"].with_user(user or self.clerk).create({"text": text})
        return wizard, wizard.action_find()

    def test_one_mail_is_opened(self):
        for text in ("F11AB1C6006", "250 2.0.0 Ok: queued as F11AB1C6006", "<1764.42@odoo.test>", "bob@dest.test"):
            _wizard, action = self.find(text)
            self.assertEqual((action["res_model"], action["res_id"]), ("mail.mail", self.mail.id), text)

    def test_several_are_listed(self):
        other = self.create_mail("bob@dest.test", author_id=self.clerk.partner_id.id)
        self.add_row(other, "bob@dest.test", "accepted")
        _wizard, action = self.find("bob@dest.test")
        self.assertEqual(action["domain"], [("id", "in", (other + self.mail).ids)])
        self.assertEqual(action["views"][0][1], "list")

    def test_what_the_line_means(self):
        wizard, action = self.find("<nobody@dest.test>: host mx said: 550 5.1.1 User unknown (in reply to RCPT TO)")
        self.assertEqual((action["res_model"], action["res_id"]), (wizard._name, wizard.id))
        self.assertIn("no such mailbox", wizard.meaning)
        self.assertTrue(wizard.what_to_do)
        self.assertEqual(wizard.actor, "sender")

    def test_a_server_took_it(self):
        wizard, _action = self.find("status=sent (250 2.0.0 Ok: queued as 0000000000)")
        self.assertIn("took the mail", wizard.meaning)
        self.assertFalse(wizard.what_to_do)

    def test_nothing_to_say(self):
        wizard, _action = self.find("xyzzy plugh")
        self.assertFalse(wizard.meaning)
        with self.assertRaises(UserError):
            self.find(" \n ")

    def test_mails_of_others_are_not_found(self):
        wizard, action = self.find("9C1D2E0000")
        self.assertEqual(action["res_model"], wizard._name)
        with self.assertRaises(AccessError):
            self.find("9C1D2E0000", new_test_user(self.env, "employee", "base.group_user"))
