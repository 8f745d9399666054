from ...tools import picture_address
from ...tools.picture_address import MOST_CHARACTERS, PictureAddress, picture_at
from .common import DoctestCase

BASE = "https://erp.example.com"


class TestPictureAddress(DoctestCase):
    def test_doctests(self):
        self.assertDoctests(picture_address)

    def test_forms(self):
        for address, found in (
            ("/web/image/12", ("ir.attachment", 12, "raw")),
            ("/web/image/12/a%20b.png", ("ir.attachment", 12, "raw")),
            ("/web/image/12-0f3c/100x100/a.png", ("ir.attachment", 12, "raw")),
            ("/web/content/12?download=true", ("ir.attachment", 12, "raw")),
            ("/web/image/res.partner/3/avatar_128", ("res.partner", 3, "avatar_128")),
            ("/web/image/res.partner/3/avatar_128/64x64", ("res.partner", 3, "avatar_128")),
            ("/web/image?model=res.company&id=1&field=logo", ("res.company", 1, "logo")),
            ("/web/image?id=7", ("ir.attachment", 7, "raw")),
            ("/logo?company=2", ("res.company", 2, "logo_web")),
            ("/web/binary/company_logo?company=2", ("res.company", 2, "logo_web")),
            ("HTTPS://ERP.example.com/web/image/12", ("ir.attachment", 12, "raw")),
        ):
            with self.subTest(address=address):
                self.assertEqual(picture_at(address, BASE), PictureAddress(*found))

    def test_no_picture_of_ours(self):
        for address in (
            "",
            "12",
            "cid:12",
            "data:image/png;base64,AAAA",
            "file:///web/image/12",
            "javascript:/web/image/12",
            "//spy.test/web/image/12",
            "http://erp.example.com/web/image/12",
            "https://erp.example.com:8443/web/image/12",
            "https://erp.example.com@spy.test/web/image/12",
            "https://erp.example.com.spy.test/web/image/12",
            "https://spy.test/?x=https://erp.example.com/web/image/12",
            "/web/image/../../../etc/passwd",
            "/web/image/%2e%2e/12",
            "/web/image/12a",
            "/web/image/-12",
            "/web/image/99999999999",
            "/web/image/web.logo",
            "/web/image/res.users/2",
            "/web/image/res.users/2/__class__",
            "/web/image?model=../x&id=1",
            "/web/image?id=1;2",
            "/logo.png",
            "/logo.png?company=1%20OR%201",
            "/static/x.png",
            "/web/login?redirect=/web/image/12",
            "https://[/web/image/12",
            "/web/image?id=1" + "&a=1" * 30,
            "/web/image/12/" + "a" * MOST_CHARACTERS,
        ):
            with self.subTest(address=address[:80]):
                self.assertIsNone(picture_at(address, BASE))
        self.assertIsNone(picture_at("https://spy.test/web/image/12", ""))
