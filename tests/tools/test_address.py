from ...tools import address
from ...tools.address import address_key, typed_addresses
from .common import DoctestCase


class TestAddress(DoctestCase):
    def test_doctests(self):
        self.assertDoctests(address)

    def test_a_domain_in_ascii_is_the_same(self):
        self.assertEqual(address_key("<A@mail.xn--bcher-kva.example>"), "a@mail.bücher.example")
        self.assertEqual(address_key("a@bu\u0308cher.example"), address_key("a@bücher.example"))

    def test_what_no_domain_can_be_stays(self):
        for text in ("a@xn--\N{LATIN SMALL LETTER U WITH DIAERESIS}.example", "a@xn--99999999999.example"):
            self.assertEqual(address_key(text), text)

    def test_typed(self):
        for text, parts in (
            ("Kowalski, Jan <jan@example.com>", ["Jan <jan@example.com>"]),
            ("Kowalski, <jan@example.com>", ["Kowalski", "<jan@example.com>"]),
            (
                '"Kowalski, Jan" <jan@example.com>, b@example.com',
                ['"Kowalski, Jan" <jan@example.com>', "b@example.com"],
            ),
            ('"never closed, a@example.com\nb@example.com', ['"never closed, a@example.com', "b@example.com"]),
            ("<a;b@example.com>;c@example.com", ["<a;b@example.com>", "c@example.com"]),
            ("a" * 400, ["a" * 320]),
        ):
            self.assertEqual(typed_addresses(text), parts)
