import doctest

from odoo.tests import BaseCase, tagged

from ..engine import claim_count
from ..engine.claim_count import MOST_CLAIMS, MOST_IDLE_CLAIMS, ClaimCount


@tagged("post_install", "-at_install")
class TestClaimCount(BaseCase):
    def test_doctests(self):
        self.assertFalse(doctest.testmod(claim_count).failed)

    def test_idle_in_a_row(self):
        count = ClaimCount()
        for _ in range(MOST_IDLE_CLAIMS - 1):
            self.assertEqual(count.stuck([1], ()), [])
        self.assertEqual(count.stuck([1], {1}), [], "something of it is tried")
        for _ in range(MOST_IDLE_CLAIMS - 1):
            self.assertEqual(count.stuck([1, 2], ()), [])
        self.assertEqual(count.stuck([1], ()), [1])

    def test_at_all(self):
        """A mail that is busy every other time is not claimed for ever either."""
        count = ClaimCount()
        found = [count.stuck([1], {1} if number % 2 else ()) for number in range(MOST_CLAIMS + 1)]
        self.assertEqual(found.index([1]), MOST_CLAIMS)
