"""Tests of tools/. Each file here is imported by tests/__init__.py too, or Odoo's runner would not see it."""
