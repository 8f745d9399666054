"""Words of strangers in files that people download: in their names, and in lists for a spreadsheet."""

import csv
import io
import json

from openpyxl import load_workbook

from odoo import http
from odoo.tests import tagged
from odoo.tools import SQL

from .test_sent_message import TestSentMessageAccess

FORMULA = "=cmd|' /C calc'!A0"
NAMES = (
    "a\r\nX-Evil: 1\r\n\r\n<script>alert(1)</script>",
    'a"; filename="evil.exe',
    "..\\..//etc/passwd\x01\u2028\u202egpj.exe",
    "x" * 10_000,
    "Zażółć <b>gęślą</b> %0d%0aX-Evil: 1",
)


@tagged("post_install", "-at_install")
class TestHostileFiles(TestSentMessageAccess):
    allow_inherited_tests_method = False

    def write_in_database(self, record, name, value):
        self.env.flush_all()
        table, column = SQL.identifier(record._table), SQL.identifier(name)
        self.env.cr.execute(SQL("UPDATE %s SET %s = %s WHERE id = %s", table, column, value, record.id))
        self.env.invalidate_all()

    def test_the_name_of_a_mail_as_it_was_sent(self):
        login = self.user("base.group_system", "account.group_account_invoice")
        for name in NAMES:
            self.write_in_database(self.mail.mail_message_id, "subject", name)
            response = self.get(login)
            with self.subTest(name=name[:50]):
                self.assertEqual(response.status_code, 200)
                self.assertNotIn("X-Evil", response.headers)
                disposition = response.headers["Content-Disposition"]
                self.assertRegex(disposition, r"^attachment; filename\*=UTF-8''[\w.%-]+\.eml$")
                self.assertLess(len(disposition), 1000)
                self.assertIn("sandbox", response.headers["Content-Security-Policy"])
                self.assertEqual(response.headers["Content-Type"].partition(";")[0], "message/rfc822")

    def export(self, kind, model, names):
        fields = [{"name": name, "label": name, "type": "char"} for name in names]
        wanted = {"model": model, "fields": fields, "ids": False, "domain": [], "import_compat": False}
        token = http.Request.csrf_token(self)
        response = self.url_open(f"/web/export/{kind}", data={"data": json.dumps(wanted), "csrf_token": token})
        self.assertEqual(response.status_code, 200)
        return response.content

    def test_formulas_in_lists(self):
        """Odoo's own export to Excel would make formulas of them."""
        row = self.mail.recipient_status_ids[:1]
        for name in ("email", "smtp_reply", "smtp_receipt"):
            self.write_in_database(row, name, FORMULA)
        login = self.user("base.group_system", "base.group_allow_export")
        self.authenticate(login, "exact-password-1")
        names = ["email", "smtp_reply", "smtp_receipt"]
        rows = list(csv.reader(io.StringIO(self.export("csv", "mail.recipient", names).decode())))
        self.assertIn([f"'{FORMULA}"] * 3, rows)
        sheet = load_workbook(io.BytesIO(self.export("xlsx", "mail.recipient", names))).active
        cells = [cell for line in sheet.iter_rows() for cell in line if cell.value and "cmd|" in str(cell.value)]
        self.assertEqual({cell.data_type for cell in cells}, {"s"})
        self.assertEqual(len(cells), 3)
