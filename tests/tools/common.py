"""The base class of the tests of tools/: they run in Odoo's runner and without Odoo (dev/pure.py)."""

import doctest

try:
    from odoo.tests import BaseCase as PureCase
    from odoo.tests import tagged
except ImportError:
    from unittest import TestCase as PureCase

    def tagged(*_tags):
        """Without Odoo everything runs."""
        return lambda case: case


def recipients_with(result, outcome):
    """The recipients of a transaction that had this outcome."""
    return [one for one in result.recipients if one.outcome.value == outcome]


class DoctestCase(PureCase):
    """Odoo's runner never calls load_tests, so a test method runs the doctests."""

    def assertDoctests(self, *modules):
        for module in modules:
            with self.subTest(module=module.__name__):
                result = doctest.testmod(module)
                self.assertTrue(result.attempted, "the module shows no example")
                self.assertFalse(result.failed)
