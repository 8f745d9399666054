"""The rules of mail delivery in pure Python: no Odoo, no database, no clock."""
