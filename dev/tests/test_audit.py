"""What is told of the packages that have known holes, and of those nobody could be asked about."""

import doctest

import audit

from .common import DevCase


class TestAudit(DevCase):
    def test_report(self):
        found = doctest.testmod(audit)
        self.assertEqual((found.failed, found.attempted), (0, 1))
