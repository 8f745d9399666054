from ...tools import context_key, evidence
from ...tools.context_key import KEEP, SEND_NOW, ContextKey
from .common import DoctestCase


class TestContextKey(DoctestCase):
    def test_doctests(self):
        self.assertDoctests(context_key, evidence)

    def test_only_what_was_put_there_counts(self):
        for value in (True, 1, "x", [1], {"key": "mail_delivery_keep", "value": True}, None):
            with self.subTest(value):
                self.assertIsNone(KEEP.get({KEEP.name: value}))
                self.assertEqual(KEEP.get(KEEP.put(value)), value)
        self.assertIsNone(KEEP.get({}))

    def test_a_value_counts_under_its_own_key(self):
        [sealed] = SEND_NOW.put(True).values()
        self.assertIsNone(KEEP.get({KEEP.name: sealed}))

    def test_equal_values_make_equal_contexts(self):
        """Odoo looks for an environment with the same context before it makes one."""
        self.assertEqual(KEEP.put(True), KEEP.put(True))
        self.assertNotEqual(KEEP.put(True), KEEP.put(False))
        self.assertEqual(hash(KEEP.put(["unhashable"])[KEEP.name]), hash(KEEP.put(True)[KEEP.name]))

    def test_names(self):
        keys = [key for key in vars(context_key).values() if isinstance(key, ContextKey)]
        self.assertEqual(len({key.name for key in keys}), len(keys))
