"""Odoo's command, in which all tests run when all modules are loaded.

By itself Odoo runs a module's `at_install` tests when that module is loaded. Those of `mail` and `test_mail` would never
meet an add-on that depends on `account`.
"""

from odoo.cli import main
from odoo.tests import loader

make_suite = loader.make_suite


def make_suite_at_end(module_names, position):
    return make_suite(module_names if position == "post_install" else [], "at_install,post_install")


loader.make_suite = make_suite_at_end
main()
