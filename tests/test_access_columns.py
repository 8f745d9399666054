from odoo import fields
from odoo.exceptions import AccessError
from odoo.fields import Domain
from odoo.tests import new_test_user, tagged

from ..models.mail_mail_access import ACCESS_FIELDS
from .common import DeliveryCase
from .test_access import BILLING, AccessMixin


@tagged("post_install", "-at_install")
class TestAccessColumns(AccessMixin, DeliveryCase):
    """What decides who may read a mail stands on the mail as on its message, whatever becomes of either."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.create_two_companies()
        cls.mail = cls.mails[cls.company_1]
        values = {"company_id": cls.company_1.id, "company_ids": [(6, 0, cls.company_1.ids)]}
        cls.author = new_test_user(cls.env, "author", "base.group_user,mail_delivery_status.group_user", **values)
        cls.billing = new_test_user(cls.env, "billing", f"base.group_user,{BILLING}", **values)
        cls.manager = new_test_user(cls.env, "manager", "mail_delivery_status.group_manager", **values)

    def check_copies(self, mails):
        self.env.flush_all()
        self.env.invalidate_all()
        for mail in mails:
            message = mail.mail_message_id
            self.assertEqual(
                (mail.access_model, mail.access_res_id, mail.access_author_id, mail.access_company_id),
                (message.model, message.res_id, message.author_id, message.record_company_id),
            )

    def found(self, user, mail):
        self.env.flush_all()
        self.env.invalidate_all()
        return self.env["mail.mail"].with_user(user).search([("id", "=", mail.id)])

    def test_each_way_of_making_a_mail(self):
        message = self.customer.message_post(body="Note", author_id=self.author.partner_id.id)
        mails = self.env["mail.mail"].create(
            [
                {"email_to": "a@dest.test"},
                {"email_to": "a@dest.test", "model": "res.partner", "res_id": self.customer.id},
                {"email_to": "a@dest.test", "mail_message_id": message.id},
                {"email_to": "a@dest.test", "author_id": self.author.partner_id.id, "record_company_id": False},
                {"email_to": "a@dest.test", "record_company_id": self.company_2.id},
            ]
        )
        self.check_copies(self.mail + mails)
        self.assertEqual(mails[2].access_author_id, self.author.partner_id)
        self.assertEqual(mails[4].access_company_id, self.company_2)

    def test_a_message_that_is_moved(self):
        self.assertTrue(self.found(self.billing, self.mail))
        hidden = self.mails[self.company_2].mail_message_id
        self.mail.mail_message_id.write({"model": hidden.model, "res_id": hidden.res_id})
        self.check_copies(self.mail)
        self.assertFalse(self.found(self.billing, self.mail))
        self.mail.mail_message_id.record_company_id = self.company_2
        self.check_copies(self.mail)
        self.assertFalse(self.found(self.manager, self.mail))

    def test_a_merged_author(self):
        old = self.env["res.partner"].create({"name": "Old", "email": "old@dest.test"})
        mail = self.create_mail("a@dest.test", author_id=old.id)
        self.assertFalse(self.found(self.author, mail))
        merge = self.env["base.partner.merge.automatic.wizard"].create({})
        merge._merge((old + self.author.partner_id).ids, self.author.partner_id)
        self.check_copies(mail)
        self.assertTrue(self.found(self.author, mail))

    def test_a_deleted_author(self):
        old = self.env["res.partner"].create({"name": "Old", "email": "old@dest.test"})
        mail = self.create_mail("a@dest.test", author_id=old.id)
        old.unlink()
        self.check_copies(mail)

    def test_nobody_writes_them(self):
        mails = self.env["mail.mail"].with_user(self.env.ref("base.user_admin"))
        for name in ACCESS_FIELDS:
            with self.subTest(name):
                with self.assertRaises(AccessError):
                    mails.create({"email_to": "a@dest.test", name: False})
                with self.assertRaises(AccessError):
                    self.mail.with_user(mails.env.user).write({name: False})

    def test_installed_over_mails(self):
        mails = self.env["mail.mail"].browse([mail.id for mail in self.mails.values()])
        self.env.flush_all()
        self.env.cr.execute("ALTER TABLE mail_mail " + ", ".join(f"DROP COLUMN {name}" for name in ACCESS_FIELDS))
        mails._create_access_columns()
        self.check_copies(mails)
        self.assertEqual(mails.mapped("access_company_id"), self.company_1 + self.company_2)

    def test_groups_count_what_the_list_shows(self):
        mine = self.create_mail("a@dest.test", author_id=self.author.partner_id.id, record_company_id=False)
        ours = Domain("id", "in", [mail.id for mail in self.mails.values()] + mine.ids)
        for user, expected in ((self.author, mine), (self.billing, self.mail), (self.manager, self.mail)):
            mails = self.env["mail.mail"].with_user(user)
            self.assertEqual(mails.search(ours), expected)
            groups = mails.formatted_read_group(ours, ["delivery_status"], ["__count"])
            self.assertEqual([group["__count"] for group in groups], [1])

    def test_what_waits(self):
        """After an attempt within a request core's state is "exception"; without a date a mail is not tried again."""
        outgoing, again, over = (self.create_mail(f"{name}@dest.test") for name in "abc")
        mails = outgoing + again + over
        again._update_summary(retry_date=fields.Datetime.now())
        again.write({"state": "exception"})
        over.write({"state": "exception"})
        domain = Domain("id", "in", mails.ids)
        self.assertEqual(mails.search(domain & Domain("is_waiting", "=", True), order="id"), outgoing + again)
        self.assertEqual(mails.search(domain & Domain("is_waiting", "!=", True)), over)
        self.assertEqual(mails.filtered("is_waiting"), outgoing + again)

    def test_problems(self):
        refused, unknown = self.create_mail("a@dest.test"), self.create_mail("b@dest.test")
        refused._update_summary(delivery_status="refused")
        unknown._update_summary(delivery_status="unknown")
        mails = refused + unknown + self.create_mail("c@dest.test")
        domain = Domain("id", "in", mails.ids)
        self.assertEqual(mails.search(domain & Domain("is_problem", "=", True), order="id"), refused + unknown)
        self.assertEqual(mails.search(domain & Domain("is_problem", "=", False)), mails[2])
        self.assertEqual(mails.filtered("is_problem"), refused + unknown)
