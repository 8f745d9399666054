"""What the address on a certificate tells whoever holds the paper, and the paper as PDF."""

from io import BytesIO

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger
from odoo.tools.pdf import PdfFileReader

from ..tools.certificate.facts import check_code, digest
from .common import MailServerMixin
from .test_certificate import REPORT, CertificateMixin

SECRETS = ("alice@dest.test", "Invoice", "RECEIPT-7", "account.move", "127.0.0.1")


@tagged("post_install", "-at_install")
class TestCertificateVerify(CertificateMixin, MailServerMixin, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.allow_sending()
        cls.create_people()
        cls.mail = cls.mails[cls.company_1]
        cls.row = cls.mail.recipient_status_ids
        cls.row._with_evidence_token().smtp_receipt = "RECEIPT-7"

    def setUp(self):
        super().setUp()
        self.certificate = self.issue(self.mail)
        self.path = f"/mail_delivery_status/verify/{self.certificate.sudo().token}"
        self.env.flush_all()

    def get(self, path, status=200, **headers):
        response = self.url_open(path, headers=headers)
        self.assertEqual(response.status_code, status)
        for word in SECRETS:
            self.assertNotIn(word, response.text.replace(self.base_url(), ""))
        self.assertIn("noindex", response.headers["X-Robots-Tag"])
        self.assertEqual(response.headers["Cache-Control"], "no-store")
        self.assertIn("default-src 'none'", response.headers["Content-Security-Policy"])
        self.assertNotIn("<script", response.text)
        return response.text

    def test_it_is_confirmed(self):
        page = self.get(self.path)
        self.assertIn(self.company_1.name, page)
        self.assertIn(self.certificate.digest, page)
        self.assertIn(self.certificate.check_code, page)
        self.assertIn(f"{self.certificate.date:%Y-%m-%d %H:%M:%S} UTC", page)
        self.assertNotIn("matches", page)
        self.assertNotIn("has come back", page)

    def test_what_is_typed(self):
        whole = self.certificate.digest
        for typed in (whole, check_code(whole), check_code(whole).lower().replace(" ", "-")):
            self.assertIn("The hash matches", self.get(f"{self.path}?hash={typed}"))
        forged = digest("forged")
        for typed in (forged, check_code(forged), whole[:-1], "x", "%00%FF", "a" * 4000):
            page = self.get(f"{self.path}?hash={typed}")
            self.assertIn("The hash does not match", page)
            self.assertNotIn("The hash matches", page)
        self.assertNotIn("does not match", self.get(f"{self.path}?hash="))

    def test_the_qr_code_leads_there(self):
        path = self.certificate._verify_url().removeprefix(self.certificate.get_base_url())
        self.assertIn("The hash matches", self.get(path))

    def test_an_address_that_was_never_issued(self):
        token = self.certificate.sudo().token
        for other in (token[:-1] + ("a" if token[-1] != "a" else "b"), token[:-1], token + "a", "x", "%25", "ż" * 32):
            page = self.get(f"/mail_delivery_status/verify/{other}?hash={self.certificate.digest}", 404)
            self.assertIn("No certificate was issued under this address", page)
            self.assertNotIn(self.company_1.name, page)

    def test_markup_that_is_typed_is_text(self):
        page = self.get(f"{self.path}?hash=%22%3E%3Cimg src=x%3E")
        self.assertNotIn("<img", page)

    def test_what_came_back_since(self):
        self.row._with_evidence_token().write({"state": "bounced", "bounce_date": "2099-01-01 00:00:00"})
        self.env.flush_all()
        self.assertIn("one of its e-mails has come back", self.get(self.path))

    def test_what_came_back_from_a_blind_copy(self):
        """A certificate that does not name it says nothing of it here either."""
        blind = self.env["mail.recipient"]._with_evidence_token()
        values = {"email": "boss@dest.test", "kind": "bcc", "state": "bounced", "bounce_date": "2099-01-01 00:00:00"}
        blind.create({**self.mail._evidence_values(), **values})
        self.env.flush_all()
        self.assertNotIn("has come back", self.get(self.path))

    def test_nothing_is_written(self):
        before = self.env["mail.certificate"].sudo().search([]).read(["write_date", "digest"])
        response = self.url_open(f"{self.path}?hash=x")
        self.assertFalse(response.headers.get("Set-Cookie"))
        self.assertEqual(self.url_open(self.path, data={"hash": "x"}).status_code, 405)
        self.env.invalidate_all()
        self.assertEqual(self.env["mail.certificate"].sudo().search([]).read(["write_date", "digest"]), before)

    def test_in_the_language_of_the_browser(self):
        self.env["res.lang"]._activate_lang("pl_PL")
        self.env["ir.module.module"]._load_module_terms(["mail_delivery_status"], ["pl_PL"])
        self.env.flush_all()
        page = self.get(self.path, **{"Accept-Language": "pl-PL,pl;q=0.9"})
        self.assertIn('<html lang="pl-PL"', page)
        for wanted in ("en", "de", "tlh", "*", ";q=x", "pl_PL_x;"):
            self.assertIn('<html lang="en-US"', self.get(self.path, **{"Accept-Language": wanted}), wanted)

    @mute_logger("odoo.addons.base.models.ir_actions_report")
    def test_as_pdf(self):
        reports = self.env["ir.actions.report"].with_user(self.clerk).with_context(force_report_rendering=True)
        if reports.get_wkhtmltopdf_state() == "install":
            self.skipTest("wkhtmltopdf is not here")
        pdf, kind = reports._render_qweb_pdf(REPORT, self.certificate.ids)
        self.assertEqual(kind, "pdf")
        pages = PdfFileReader(BytesIO(pdf)).pages
        text = "".join("".join(page.extract_text() for page in pages).split())
        for word in ("alice@dest.test", "RECEIPT-7", self.certificate.digest, "Certificateofsending"):
            self.assertIn(word, text)
        self.assertLess(len(pages), 4)
