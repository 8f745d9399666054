import re
from io import BytesIO
from pathlib import Path

import polib

from odoo.tests import TransactionCase, tagged
from odoo.tools.translate import trans_export

I18N = Path(__file__).resolve().parent.parent / "i18n"
# Of a tag what is not read by people.
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}|</?\w+|(?<= )(?!title|aria-label)[\w-]+=\"[^\"]*\"")


@tagged("post_install", "-at_install")
class TestTranslations(TransactionCase):
    def test_template_is_in_step(self):
        """`python3 dev/dev.py terms` writes it anew."""
        buffer = BytesIO()
        trans_export(False, ["mail_delivery_status"], buffer, "po", self.env)
        exported = {entry.msgid for entry in polib.pofile(buffer.getvalue().decode())}
        template = {entry.msgid for entry in polib.pofile(str(I18N / "mail_delivery_status.pot"))}
        self.assertEqual(template, exported)

    def test_polish_is_complete(self):
        template = {entry.msgid for entry in polib.pofile(str(I18N / "mail_delivery_status.pot"))}
        polish = polib.pofile(str(I18N / "pl.po"))
        self.assertEqual({entry.msgid for entry in polish if not entry.obsolete}, template)
        for entry in polish:
            with self.subTest(msgid=entry.msgid):
                self.assertTrue(entry.msgstr)
                self.assertNotIn("fuzzy", entry.flags)
                self.assertEqual(sorted(PLACEHOLDER.findall(entry.msgid)), sorted(PLACEHOLDER.findall(entry.msgstr)))
