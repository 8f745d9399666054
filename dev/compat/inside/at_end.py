"""Odoo's command, in which all tests run when all modules are loaded.

By itself Odoo runs a module's `at_install` tests when that module is loaded. Those of `mail` and `test_mail` would
never meet an add-on that depends on `account`. With NO_BROWSER in the environment, what drives a browser is left out.
"""

import inspect
import os
import re

from odoo.cli import main
from odoo.tests import loader

DRIVES_BROWSER = re.compile(r"\b(start_tour|browser_js)\(")
make_suite = loader.make_suite


def make_suite_at_end(module_names, position):
    suite = make_suite(module_names if position == "post_install" else [], "at_install,post_install")
    return type(suite)(filter(is_wanted, suite)) if os.environ.get("NO_BROWSER") else suite


def is_wanted(test):
    return not drives_browser(type(test), test._testMethodName, set())


def drives_browser(cls, name, seen):
    """Whether a method does, or one of the methods of a test file that it calls."""
    method = getattr(cls, name, None)
    if name in seen or not str(getattr(method, "__module__", "")).startswith("odoo.addons."):
        return False
    seen.add(name)
    source = inspect.getsource(method)
    called = re.findall(r"\bself\.(\w+)\(", source)
    return bool(DRIVES_BROWSER.search(source)) or any(drives_browser(cls, one, seen) for one in called)


loader.make_suite = make_suite_at_end
main()
