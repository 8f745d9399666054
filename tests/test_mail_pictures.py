"""The preview shows the pictures of this very Odoo that its reader may see, and loads nothing from elsewhere."""

import base64
from unittest.mock import patch

from odoo.tests import tagged

from ..models import mail_mail_pictures
from ..models.mail_mail_pictures import MOST_BYTES, MOST_LOOKUPS, PictureReader
from .test_mail_resend import ResendCase

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>x()</script><image href="https://spy.test/p.png"/></svg>'
DATA = f"data:image/png;base64,{base64.b64encode(PNG).decode()}"


@tagged("post_install", "-at_install")
class TestMailPictures(ResendCase):
    def setUp(self):
        super().setUp()
        self.env["ir.config_parameter"].set_param("mail_delivery_status.sending_mode", "hold")

    def attach(self, raw=PNG, record=None, **values):
        place = {"res_model": (record or self.invoice)._name, "res_id": (record or self.invoice).id}
        return self.env["ir.attachment"].create({"name": "a.png", "raw": raw, **place, **values})

    def foreign_contact(self):
        """Of a company that the billing user does not work for."""
        company = self.env["res.company"].create({"name": "Elsewhere"})
        return self.env["res.partner"].create({"name": "Theirs", "company_id": company.id})

    def shown(self, address, user=None):
        return PictureReader(self.env(user=user or self.billing, su=False)).data_address(address)

    def test_in_the_preview(self):
        own, foreign = self.attach(), self.attach(record=self.foreign_contact())
        company = self.invoice.company_id
        company.logo = base64.b64encode(PNG)
        mail = self.post()
        pictures = (
            f'<img alt="own" src="/web/image/{own.id}?access_token=abcdef1234">'
            f'<img alt="fine" src="/web/image/{own.id}/a.png">'
            f'<img alt="foreign" src="/web/image/{foreign.id}">'
            '<img alt="spy" src="https://spy.test/web/image/1">'
            f'<img alt="logo" src="/logo.png?company={company.id}">'
        )
        mail.body_html = mail.body_html.replace("<p>Old text of it</p>", pictures)
        wizard = self.dialog(mail.with_user(self.billing).action_preview())
        self.assertIn(f'<img alt="fine" src="{DATA}">', wizard.body)
        for hidden in ("own", "foreign", "spy"):  # a wrong token opens nothing, as in core
            self.assertIn(f'<img alt="{hidden}">', wizard.body)
        self.assertNotIn("abcdef1234", wizard.body)
        self.assertNotIn("spy.test", wizard.body)
        self.assertIn('<img alt="logo" src="data:image/png;base64,', wizard.body)

    def test_the_right_of_the_token(self):
        """A picture that somebody else has put into the text: the address in the text opens it, as for the recipient."""
        foreign = self.attach(record=self.foreign_contact())
        [token] = foreign.generate_access_token()
        self.assertFalse(self.shown(f"/web/image/{foreign.id}"))
        self.assertEqual(self.shown(f"/web/image/{foreign.id}?access_token={token}"), DATA)

    def test_what_is_not_shown(self):
        self.env.user.image_1920 = base64.b64encode(PNG)
        link = self.env["ir.attachment"].create({"name": "a.png", "type": "url", "url": "https://spy.test/a.png"})
        for address in (
            f"/web/image/{self.attach(SVG, name='a.svg', mimetype='image/svg+xml').id}",
            f"/web/image/{self.attach(SVG, mimetype='image/png').id}",
            f"/web/image/{self.attach(b'<script>x()</script>').id}",
            f"/web/image/{self.attach(b'').id}",
            f"/web/image/{self.attach(PNG + bytes(MOST_BYTES)).id}",
            f"/web/image/{link.id}",
            f"/web/image/ir.attachment/{self.attach().id}/checksum",
            f"/web/image/res.users/{self.env.user.id}/login",
            f"/web/image/res.users/{self.env.user.id}/no_such_field",
            f"/web/image/ir.config_parameter/{self.env['ir.config_parameter'].search([], limit=1).id}/value",
            "/web/image/mail.thread/1/x",
            "/web/image/no.such.model/1/x",
            "/web/image/999999999",
        ):
            with self.subTest(address=address):
                self.assertFalse(self.shown(address))
                self.env.flush_all()  # the database session is as good as before

    def test_a_field_for_others_alone(self):
        partner = self.customer.partner_id
        partner.image_128 = base64.b64encode(PNG)
        address = f"/web/image/res.partner/{partner.id}/image_128"
        self.assertTrue(self.shown(address))
        self.patch(type(partner)._fields["image_128"], "groups", "base.group_system")
        self.assertFalse(self.shown(address))

    def test_no_more_than_a_mail_needs(self):
        address = f"/web/image/{self.attach().id}"
        reader = PictureReader(self.env(user=self.billing, su=False))
        self.assertEqual(
            [bool(reader.data_address(address)) for _ in range(MOST_LOOKUPS + 1)].index(False), MOST_LOOKUPS
        )
        with patch.object(mail_mail_pictures, "MOST_BYTES", 2 * len(PNG)):
            reader = PictureReader(self.env(user=self.billing, su=False))
        self.assertEqual([bool(reader.data_address(address)) for _ in range(3)], [True, True, False])
