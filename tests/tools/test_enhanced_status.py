from ...tools.smtp import enhanced_status
from ...tools.smtp.enhanced_status import EnhancedStatus
from .common import DoctestCase


class TestEnhancedStatus(DoctestCase):
    def test_doctests(self):
        self.assertDoctests(enhanced_status)

    def test_parse_takes_a_whole_code_only(self):
        for text, expected in (
            ("5.1.1", "5.1.1"),
            (" 2.0.0 ", "2.0.0"),
            ("4.7.999", "4.7.999"),
            ("3.1.1", None),
            ("5.1", None),
            ("5.1.1000", None),
            ("5.1.1 User unknown", None),
            ("", None),
        ):
            with self.subTest(text=text):
                found = EnhancedStatus.parse(text)
                self.assertEqual(found and str(found), expected)

    def test_find_skips_versions_and_addresses(self):
        for text, expected in (
            ("#5.1.1 User unknown", "5.1.1"),
            ("(4.4.7)", "4.4.7"),
            ("host 192.5.1.1 refused", None),
            ("5.1.1.7 is an address", None),
            ("v5.1.1 of the program", None),
            ("nothing here", None),
            ("5.7.1. Goodbye", "5.7.1"),
        ):
            with self.subTest(text=text):
                found = EnhancedStatus.find(text)
                self.assertEqual(found and str(found), expected)

    def test_order(self):
        self.assertLess(EnhancedStatus(4, 2, 2), EnhancedStatus(5, 1, 1))
