import smtplib

from ...tools.smtp import dot_stuffing
from ...tools.smtp.dot_stuffing import dot_stuff
from .common import DoctestCase


class TestDotStuffing(DoctestCase):
    def test_doctests(self):
        self.assertDoctests(dot_stuffing)

    def test_same_bytes_as_smtplib(self):
        for data in (
            b"",
            b".",
            b"x",
            b"x\r\n",
            b".\r\n.\r\n..x\r\n",
            b"a.b\r\n",
            b"a\n.b\n",
            b"x\r\n.",
            b"\r\n",
            b"x\r",
        ):
            with self.subTest(data=data):
                expected = smtplib._quote_periods(data)
                expected += b".\r\n" if expected[-2:] == b"\r\n" else b"\r\n.\r\n"
                self.assertEqual(dot_stuff(data), expected)
