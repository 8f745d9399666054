"""The table of causes with their words."""

import causes

from .common import DevCase


class TestCauses(DevCase):
    def test_table(self):
        lines = causes.table({"You": "Ty"}).splitlines()
        self.assertEqual(len(lines), len(causes.Cause) + 2)
        line = next(
            line for line in lines if line.startswith("| **Mailbox full** | The recipient's mailbox is full. | ")
        )
        self.assertIn(" | The recipient | ", line)
        self.assertTrue(any(" | Ty | " in line for line in lines))
