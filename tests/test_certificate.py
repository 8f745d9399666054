"""Certificates of sending: what stands on the paper, in both languages, and who gets one."""

import base64
from hashlib import sha256

from lxml import html

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from ..models.mail_sent_copy_making import FOUND
from ..tools.certificate.facts import canonical, digest
from ..tools.recipient_state import Event
from .report_common import ReportCase, delivery_status, receipt, report
from .servers.scripted import Step
from .test_access import BILLING, AccessMixin

REPORT = "mail_delivery_status.mail_certificate_report"
TO = "alice@dest.test"


class CertificateMixin(AccessMixin):
    """Mails of a journal entry, a clerk who reads it, and the certificates that the clerk issues."""

    @classmethod
    def create_people(cls):
        cls.create_two_companies()
        cls.company_1.partner_id.tz = "Europe/Warsaw"
        cls.document = cls.env["account.move"].browse(cls.mails[cls.company_1].res_id)
        companies = {"company_id": cls.company_1.id, "company_ids": [(6, 0, cls.company_1.ids)]}
        cls.clerk = new_test_user(cls.env, "certificate_clerk", f"base.group_user,{BILLING}", **companies)

    def issue(self, record, user=None, **values):
        """Through the dialog, as people do."""
        user = user or self.clerk
        wizard_id = record.with_user(user).action_certificate()["res_id"]
        wizard = self.env["mail.certificate.issue"].with_user(user).browse(wizard_id)
        wizard.write({"lang": "en_US", **values})
        certificate_id = wizard.action_issue()["context"]["active_ids"]
        return self.env["mail.certificate"].with_user(user).browse(certificate_id)

    def page(self, certificate):
        """The paper as HTML."""
        return (
            self.env["ir.actions.report"].with_user(certificate.env.user)._render_qweb_html(REPORT, certificate.ids)[0]
        )

    def text(self, certificate):
        """What can be read on the paper, with single spaces."""
        return " ".join(html.fromstring(self.page(certificate)).text_content().split())


@tagged("post_install", "-at_install")
class TestCertificate(CertificateMixin, ReportCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.create_people()

    def send(self, email_to=TO, **values):
        values = {"model": "account.move", "res_id": self.document.id, "subject": "Invoice 7", **values}
        return super().send(email_to, **values)

    def come_back(self, mail, email=TO, **values):
        row = mail.recipient_status_ids.filtered(lambda row: row.email == email)
        self.take_in(report(delivery_status(email, **values), envelope_id=row.envelope_id))

    # === WHAT IT SAYS === #

    def test_everything_is_on_it(self):
        content = b"%PDF-1.4 the invoice"
        attachment = self.env["ir.attachment"].create(
            {"name": "INV-7.pdf", "raw": content, "res_model": "account.move", "res_id": self.document.id}
        )
        mail = self.send(f"Alice <{TO}>", email_cc="carol@dest.test", attachment_ids=[(6, 0, attachment.ids)])
        row = mail.recipient_status_ids[0]
        certificate = self.issue(mail)
        text = self.text(certificate)
        for words in (
            "Certificate of sending",
            self.company_1.name,
            self.clerk.name,
            "Invoice 7",
            mail.message_id,
            f"To: {TO}",
            "Cc: carol@dest.test",
            "no proof that the e-mail was delivered or read",
            "Accepted for delivery by the mail server named here",
            f"127.0.0.1:{self.smtp.port}",
            "not encrypted",
            row.smtp_receipt,
            row.smtp_reply,
            "250",
            "INV-7.pdf",
            sha256(content).hexdigest(),
            "(Europe/Warsaw, UTC+0",
            f"{row.accepted_date:%H:%M:%S}",
            certificate.digest,
            certificate.check_code,
            "/mail_delivery_status/verify/",
            "When it was handed to a mail server",
        ):
            self.assertIn(words, text)
        self.assertNotIn("What came back", text)

    def test_the_fingerprint_of_what_was_sent(self):
        """Also when it is not kept itself: with this the recipient's file can be checked against the paper."""
        self.env["res.config.settings"].create({"mail_keep_exact": False}).execute()
        mail = self.send()
        fingerprint = sha256(self.smtp.messages[-1].data).hexdigest()
        certificate = self.issue(mail)
        self.assertIn(f"SHA-256 of the e-mail as sent: {fingerprint}", self.text(certificate))
        [attempt] = certificate._stored_facts()["mails"][0]["attempts"]
        self.assertEqual(attempt["sha256"], fingerprint)
        self.assertFalse(mail.transaction_ids.has_sent_message)

    def test_the_hash_is_of_the_facts(self):
        certificate = self.issue(self.send())
        facts = certificate._stored_facts()
        self.assertEqual(digest(canonical(facts)), certificate.digest)
        self.assertEqual(facts["mails"][0]["recipients"][0]["email"], TO)
        other = self.issue(self.send())
        self.assertNotEqual(certificate.sudo().token, other.sudo().token)

    def test_in_polish(self):
        self.env["res.lang"]._activate_lang("pl_PL")
        self.env["ir.module.module"]._load_module_terms(["mail_delivery_status"], ["pl_PL"])
        certificate = self.issue(self.send(), lang="pl_PL")
        polish = certificate.with_context(lang="pl_PL")
        title = polish.env._("Certificate of sending")
        if title == "Certificate of sending":
            self.skipTest("i18n/pl.po has no words for certificates yet")
        text = self.text(certificate)
        self.assertIn(title, text)
        for english in (
            "Certificate",
            "Recipients",
            "To whom",
            "Server's Words",
            "How to check this paper",
            "Accepted",
            "proof",
            "Sender",
        ):
            self.assertNotIn(english, text)
        moment = polish._moment("2026-11-28T12:00:00Z", "Europe/Warsaw")
        self.assertEqual(
            moment, "28 listopada 2026, 13:00:00 (Europe/Warsaw, UTC+01:00) = 28 listopada 2026, 12:00:00 UTC"
        )
        # The facts have no language: printed in English it is the same certificate.
        self.assertEqual(certificate.digest, digest(canonical(certificate._stored_facts())))

    def test_what_came_back(self):
        mail = self.send(f"{TO}, bob@dest.test")
        self.come_back(mail)
        text = self.text(self.issue(mail))
        self.assertIn("Certificate of sending", text, "Bob's server has it")
        self.assertIn("The e-mail came back", text)
        self.assertIn("User unknown", text)
        self.assertIn("5.1.1", text)

    def test_came_back_from_all(self):
        mail = self.send()
        self.come_back(mail)
        text = self.text(self.issue(mail))
        self.assertIn("Record of an attempt to send", text)
        self.assertNotIn("Certificate of sending", text)

    def test_read(self):
        mail = self.send(email_from="sales@odoo.test")
        self.take_in(receipt(TO, mail.message_id))
        self.assertEqual(mail.recipient_status_ids.state, "read")
        self.assertIn("mail program has reported that the e-mail was displayed", self.text(self.issue(mail)))

    def test_refused(self):
        self.smtp.script = {f"RCPT {TO}": b"550 5.1.1 No such user here"}
        text = self.text(self.issue(self.send()))
        self.assertIn("Record of an attempt to send", text)
        self.assertIn("No such user here", text)
        self.assertNotIn("Certificate of sending", text)
        self.assertNotIn("Accepted for delivery", text)

    def test_unknown_and_settled(self):
        self.smtp.script = {".": Step(drop=True)}
        mail = self.send()
        self.assertEqual(mail.recipient_status_ids.state, "unknown")
        text = self.text(self.issue(mail))
        self.assertIn("Record of an attempt to send", text)
        self.assertIn("It is not known whether the e-mail arrived", text)
        mail.recipient_status_ids.action_settle()
        self.assertEqual(mail.recipient_status_ids.state, "accepted")
        text = self.text(self.issue(mail))
        self.assertIn("Record of an attempt to send", text, "a person's word is no server's")
        self.assertIn("no server has confirmed it", text)
        self.assertNotIn("Accepted for delivery", text)

    def test_unknown_and_found_in_the_sent_folder(self):
        """Whose server keeps a copy there has taken it: no person need say so."""
        self.smtp.script = {".": Step(drop=True)}
        mail = self.send()
        evidence = {"accepted_date": mail.recipient_status_ids.state_date, "problem": FOUND}
        mail.recipient_status_ids._apply_event(Event.SETTLE, evidence)
        text = self.text(self.issue(mail))
        self.assertIn("Certificate of sending", text)
        self.assertIn("the e-mail is in the Sent folder of its mailbox", text)
        self.assertNotIn("A person", text)

    def test_nothing_to_certify(self):
        for values in ({"is_held": True}, {"state": "cancel"}, {"state": "sent"}):
            mail = self.create_mail(TO, self.server, model="account.move", res_id=self.document.id, **values)
            with self.assertRaises(UserError, msg=values):
                self.issue(mail)
        self.assertFalse(self.env["mail.certificate"].search([("mail_mail_id", "=", mail.id)]))

    def test_sixty_recipients(self):
        emails = [f"r{number}@dest.test" for number in range(60)]
        text = self.text(self.issue(self.send(", ".join(emails))))
        for email in emails:
            self.assertEqual(text.count(f"To: {email} "), 1, email)

    def test_text_is_gone(self):
        mail = self.send(auto_delete=True)
        self.assertTrue(mail.text_removed_date)
        text = self.text(self.issue(mail))
        self.assertNotIn("Invoice 7", text)
        self.assertIn("(not kept any more, or not shown to who issued this)", text)
        self.assertIn(mail.recipient_status_ids.smtp_receipt, text)

    def test_markup_is_text(self):
        evil = "<script>alert(1)</script><b>x</b>"
        self.smtp.script = {".": f"250 2.0.0 {evil} queued".encode()}
        attachment = self.env["ir.attachment"].create(
            {"name": f"{evil}.pdf", "raw": b"x", "res_model": "account.move", "res_id": self.document.id}
        )
        mail = self.send(subject=evil, attachment_ids=[(6, 0, attachment.ids)])
        self.come_back(mail, diagnostic=f"550 {evil}")
        page = self.page(self.issue(mail)).decode()
        self.assertNotIn("<script>alert", page)
        self.assertNotIn("<b>x</b>", page)
        self.assertGreaterEqual(page.count("&lt;script&gt;alert(1)"), 3)

    # === BLIND COPIES === #

    def test_blind_copies_are_not_revealed(self):
        self.smtp.script = {".": b"250 2.0.0 taken for <boss@dest.test> and 1 more"}
        mail = self.send(email_bcc="boss@dest.test")
        self.assertEqual(len(mail.recipient_status_ids), 2)
        certificate = self.issue(mail)
        for text in (self.text(certificate), certificate.sudo().facts):
            self.assertNotIn("boss@", text)
            self.assertNotIn("blind", text.lower())
        self.assertIn("Accepted: 1", self.text(certificate), "not how many got it in all")
        own = self.issue(mail, has_blind_copies=True)
        self.assertIn("Bcc: boss@dest.test", self.text(own))
        self.assertIn("For internal use", self.text(own))

    def test_nothing_but_blind_copies(self):
        self.smtp.script = {f"RCPT {TO}": b"450 4.2.0 Try again later"}
        mail = self.send(email_bcc="boss@dest.test")
        mail.cancel()
        self.assertEqual(self.states(mail), {TO: "canceled", "boss@dest.test": "accepted"})
        with self.assertRaisesRegex(UserError, "Only blind copies"):
            self.issue(mail)
        self.assertIn("boss@dest.test", self.text(self.issue(mail, has_blind_copies=True)))

    # === ALL MAILS OF A DOCUMENT === #

    def test_all_mails_of_a_document(self):
        earlier = self.mails[self.company_1]
        first, second = self.send(subject="First"), self.send("bob@dest.test", subject="Second")
        self.create_mail(TO, self.server, model="account.move", res_id=self.document.id, is_held=True, subject="Held")
        self.come_back(second, "bob@dest.test")
        certificate = self.issue(self.document)
        facts = certificate._stored_facts()
        self.assertEqual({mail["number"] for mail in facts["mails"]}, {first.id, second.id, earlier.id})
        self.assertEqual((certificate.res_id, certificate.mail_count), (self.document.id, 3))
        text = self.text(certificate)
        self.assertNotIn("Held", text)
        self.assertIn(f"E-mail {first.id}", text)
        self.assertEqual(self.page(certificate).count(b"page-break-before"), 3)

    def test_notes_to_colleagues_are_not_on_it(self):
        self.document.with_user(self.clerk).message_post(
            body="Who pays this?", partner_ids=self.env.ref("base.user_admin").partner_id.ids, subject="Secret note",
            subtype_xmlid="mail.mt_note", mail_server_id=self.server.id,
        )  # fmt: skip
        self.env.cr.postcommit.run()
        note = self.env["mail.mail"].search([("subject", "=", "Secret note")])
        note.filtered(lambda mail: mail.state == "outgoing").send()
        self.assertTrue(note.recipient_status_ids)
        numbers = {mail["number"] for mail in self.issue(self.document)._stored_facts()["mails"]}
        self.assertFalse(numbers & set(note.ids))

    def test_evidence_outlives_the_mail(self):
        mail = self.send()
        receipt_id, number = mail.recipient_status_ids.smtp_receipt, mail.id
        mail.unlink()
        self.assertFalse(mail.exists())
        text = self.text(self.issue(self.document))
        self.assertIn(receipt_id, text)
        self.assertIn(f"E-mail {number}", text)

    # === WHO GETS ONE === #

    def test_of_another_company(self):
        other = self.mails[self.company_2]
        document = self.env["account.move"].browse(other.res_id)
        for record in (other, document):
            with self.assertRaises(AccessError):
                record.with_user(self.clerk).action_certificate()
        wizards = self.env["mail.certificate.issue"].with_user(self.clerk)
        for values in ({"mail_id": other.id}, {"document_model": "account.move", "document_id": document.id}):
            with self.assertRaises(AccessError):
                wizards.create(values).action_issue()
        for model, res_id in (("res.users", self.clerk.id), ("ir.config_parameter", 1), ("no.model", 1), (False, 0)):
            with self.assertRaises(UserError):
                wizards.create({"document_model": model, "document_id": res_id}).action_issue()

    def test_a_document_that_is_not_readable(self):
        mail = self.send()
        certificate = self.issue(mail)
        colleague = new_test_user(self.env, "certificate_colleague", "base.group_user,mail_delivery_status.group_user")
        with self.assertRaises(AccessError):
            mail.with_user(colleague).action_certificate()
        with self.assertRaises(AccessError):
            certificate.with_user(colleague).read(["digest"])
        self.assertFalse(certificate.with_user(colleague).search([("id", "=", certificate.id)]))

    def test_only_the_issuer_prints_it_again(self):
        certificate = self.issue(self.send())
        self.assertIn("Invoice 7", self.text(certificate))
        manager = new_test_user(
            self.env, "certificate_manager", "base.group_user,mail_delivery_status.group_manager",
            company_id=self.company_1.id, company_ids=[(6, 0, self.company_1.ids)],
        )  # fmt: skip
        theirs = certificate.with_user(manager)
        self.assertEqual(theirs.read(["digest"])[0]["digest"], certificate.digest)
        for door in (theirs.action_print, lambda: self.page(theirs)):
            with self.assertRaisesRegex(Exception, "issued by somebody else"):
                door()
        for name in ("facts", "token"):
            with self.assertRaises(AccessError):
                certificate.read([name])
            with self.assertRaises(AccessError):
                certificate.search([(name, "like", "a")])

    def test_nobody_forges_one(self):
        certificate = self.issue(self.send())
        values = {"digest": "0" * 64, "token": "x", "facts": "{}"}
        for user in (self.clerk, self.env.ref("base.user_admin")):
            theirs = certificate.with_user(user)
            for name, arguments in (("create", [[values]]), ("write", [values]), ("unlink", []), ("copy", [])):
                with self.assertRaises(AccessError, msg=name):
                    getattr(theirs, name)(*arguments)

    def test_a_file_that_may_not_be_opened(self):
        """Nobody learns the name of a file by a certificate."""
        secret = self.env["ir.attachment"].create(
            {"name": "salary.pdf", "datas": base64.b64encode(b"x"), "res_model": "res.company", "res_id": 0}
        )
        mail = self.send(attachment_ids=[(6, 0, secret.ids)])
        text = self.text(self.issue(mail))
        self.assertNotIn("salary.pdf", text)
        self.assertIn("1 more, not shown to who issued this", text)
