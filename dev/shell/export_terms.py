"""Print the module's terms for translation as a .pot file. For `dev.py terms`."""

from io import BytesIO

from odoo.tools.translate import trans_export

buffer = BytesIO()
trans_export(False, ["mail_delivery_status"], buffer, "po", env)
print(buffer.getvalue().decode())
