"""Who may import, and who sees what was imported."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .import_common import ImportCase, mbox, old_mail

MODULE = "mail_delivery_status"


@tagged("post_install", "-at_install")
class TestMailImportAccess(ImportCase):
    def setUp(self):
        super().setUp()
        self.users = {
            role: new_test_user(self.env, f"import_{role}", groups)
            for role, groups in {
                "admin": "base.group_user,base.group_system",
                "manager": f"base.group_user,{MODULE}.group_manager",
                "billing": "base.group_user,account.group_account_invoice",
                "sender": f"base.group_user,{MODULE}.group_user",
            }.items()
        }
        self.users["sales"] = new_test_user(
            self.env, "import_sales", f"base.group_user,{MODULE}.group_user", email="sales@odoo.test"
        )

    def as_role(self, role, records):
        return records.with_env(self.env(user=self.users[role], su=False))

    def may_read(self, role, records):
        return self.as_role(role, records).search([("id", "in", records.ids)]) == records

    def test_administrators_import(self):
        job = self.as_role("admin", self.env["mail.import"]).create({"name": "a.mbox"})
        self.assertIn("odoo.test", job.own_addresses)
        for role in ("manager", "billing", "sender"):
            with self.assertRaises(AccessError):
                self.as_role(role, self.env["mail.import"]).create({"name": "a.mbox"})
            with self.assertRaises(AccessError):
                self.as_role(role, job).action_start()
        with self.assertRaises(UserError):
            job.action_start()

    def test_who_sees_imported_mails(self):
        move = self.create_invoice()
        job = self.run_import(mbox(old_mail(1, Subject=f"Invoice {move.name}"), old_mail(2)))
        linked, alone = job.mail_ids.sorted("id")
        for role, expected in (
            ("admin", (True, True)),
            ("manager", (True, True)),
            ("billing", (True, False)),
            ("sender", (False, False)),
            ("sales", (True, True)),
        ):
            self.assertEqual((self.may_read(role, linked), self.may_read(role, alone)), expected, role)
            rows = (self.may_read(role, linked.recipient_status_ids), self.may_read(role, alone.recipient_status_ids))
            self.assertEqual(rows, expected, role)
        self.assertIn("here it is", self.as_role("billing", linked).readable_body)
        self.assertFalse(self.as_role("manager", alone).readable_body)

    def test_another_company(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.users["manager"].company_ids |= other
        job = self.run_import(mbox(old_mail(1)), company_id=other.id)
        mail = job.mail_ids
        self.assertEqual((mail.record_company_id, mail.recipient_status_ids.company_id), (other, other))
        theirs = self.as_role("manager", mail)
        self.assertFalse(theirs.with_context(allowed_company_ids=self.company.ids).search([("id", "=", mail.id)]))
        self.assertTrue(theirs.with_context(allowed_company_ids=other.ids).search([("id", "=", mail.id)]))
        again = self.run_import(mbox(old_mail(1)))
        self.assertEqual(again.imported_count, 1, "what another company has says nothing of this one")

    def test_who_chooses_the_invoice(self):
        move = self.create_invoice()
        mail = self.run_import(mbox(old_mail(1, Subject=f"Invoice {move.name}"))).mail_ids
        with self.assertRaises(AccessError):
            self.as_role("billing", mail).action_link_document()
        self.users["manager"].group_ids |= self.env.ref("account.group_account_invoice")
        wizard = self.as_role("manager", mail).action_link_document()
        wizard = self.as_role("manager", self.env["mail.mail.link"]).browse(wizard["res_id"])
        self.assertEqual(wizard.move_id, move)
        wizard.move_id = False
        wizard.action_link()
        self.assertFalse(mail.model)

    def test_evidence_is_not_forged(self):
        for values in ({"is_imported": True}, {"import_fingerprint": "x"}):
            with self.assertRaises(AccessError):
                self.as_role("admin", self.env["mail.mail"]).create({"subject": "x", **values})
        with self.assertRaises(AccessError):
            self.as_role("admin", self.env["mail.import.line"]).create({"import_id": 1, "reason": "double"})
