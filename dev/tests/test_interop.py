"""What `dev.py interop` holds against a server, and the table it writes. The servers themselves are not tried here."""

import unittest
from types import SimpleNamespace

from interop.page import Row, shown
from interop.verdict import changed, in_short, verdict, whose


def copies(*headers: str) -> list[SimpleNamespace]:
    return [SimpleNamespace(header=header, own_id=f"4A{number}") for number, header in enumerate(headers)]


class TestVerdict(unittest.TestCase):
    def test_each(self):
        for outcome, headers, expected in (
            ("accepted", ("id 1",), "ok"),
            ("accepted", (), "lost"),
            ("accepted", ("id 1", "id 2"), "doubled"),
            ("accepted", ("id 1", "id 1"), "doubled by the server itself"),
            ("unknown", (), "ok"),
            ("unknown", ("id 1",), "ok"),
            ("unknown", ("id 1", "id 2"), "doubled"),
            ("refused", (), "ok"),
            ("refused", ("id 1",), "stored though refused"),
            ("deferred", (), "ok"),
            ("deferred", ("id 1",), "stored though deferred"),
        ):
            with self.subTest(outcome=outcome, headers=headers):
                self.assertEqual(verdict(outcome, copies(*headers)), expected)

    def test_changed(self):
        for bodies, expected in (
            (("sent",), {}),
            (("other",), {"changed": 1}),
            (("sent", "other"), {"of these with another content": 1}),
            (("other", "other"), {"changed": 2}),
        ):
            with self.subTest(bodies=bodies):
                found = changed("sent", [SimpleNamespace(header="id 1", own_id="", body=body) for body in bodies])
                self.assertEqual(+found, expected)

    def test_whose_receipt(self):
        for receipt, log, expected in (
            ("", "", "none told"),
            ("ABC", "", "in the mail's trace"),
            ("4A0", "", "of the next hop"),
            ("XYZ", "queued XYZ", "in the server's log"),
            ("XYZ", "", "**found nowhere**"),
        ):
            with self.subTest(receipt=receipt, log=log):
                self.assertEqual(whose(receipt, copies("with ESMTP id ABC"), log), expected)

    def test_in_short(self):
        self.assertEqual(in_short(["a", "b", "a"]), ["2 a", "1 b"])


class TestTable(unittest.TestCase):
    def test_what_is_bad(self):
        for cells, is_bad in (({"good": "ok"}, False), ({"good": "**1 lost**", "bad": "ok"}, True), ({}, True)):
            with self.subTest(cells=cells):
                self.assertEqual(Row("Courier", "1.0", "pipeline", cells).is_bad, is_bad)

    def test_text(self):
        rows = [
            Row("Exim", "4.96", "bdat", {"good": "ok", "receipt": "in the mail's trace"}),
            Row("Courier", "", "", {}, "does not run here: no fork"),
        ]
        self.assertEqual(
            shown(rows, ["good"]),
            """\
| server  | version | mode | good | receipt             |
|---------|---------|------|------|---------------------|
| Exim    | 4.96    | bdat | ok   | in the mail's trace |
| Courier |         |      |      |                     |

- Courier: does not run here: no fork.""",
        )
