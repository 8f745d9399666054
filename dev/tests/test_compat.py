"""What `compat` reads from Odoo's log, keeps, and compares."""

import doctest

from compat import command, results
from outcome import OdooLog

from .common import DevCase

LINE = "2026-01-01 12:00:00,000 1 {} base {}: {} \n"
LOG = (
    ("INFO", "odoo.addons.a.tests.test_x", "Starting TestX.test_good ..."),
    ("INFO", "odoo.addons.a.tests.test_x", "Starting TestX.test_bad ..."),
    ("ERROR", "odoo.addons.a.tests.test_x", "FAIL: TestX.test_bad"),
    ("INFO", "odoo.addons.a.tests.test_x", "Starting TestX.test_broken ..."),
    ("ERROR", "odoo.addons.a.tests.test_x", "ERROR: Subtest TestX.test_broken (number=1)"),
    ("ERROR", "odoo.tests.suite", "ERROR: setUpClass (odoo.addons.a.tests.test_x.TestY)"),
)


class TestCompat(DevCase):
    def result(self):
        log = OdooLog()
        for record in LOG:
            log.read(LINE.format(*record))
        return results.Result.of(log)

    def test_names(self):
        result = self.result()
        self.assertEqual(result.passed, 1)
        self.assertEqual(result.failed, {"a.tests.test_x:TestX.test_bad"})
        self.assertEqual(result.errors, {"a.tests.test_x:TestX.test_broken", "a.tests.test_x:TestY.setUpClass"})
        self.assertEqual(doctest.testmod(command).failed, 0)

    def test_kept(self):
        """Only what is of the same Odoo counts."""
        self.addCleanup(setattr, results, "KNOWN", results.KNOWN)
        results.KNOWN = self.new_cache() / "stock.json"
        self.assertEqual(results.known("19.0.0"), {})
        results.keep("19.0.0", {"mail": self.result()})
        self.assertEqual(results.known("19.0.0"), {"mail": self.result()})
        self.assertEqual(results.known("19.0.1"), {})

    def test_passed_after_all(self):
        result = self.result()
        after = result.passed_after_all(frozenset({"a.tests.test_x:TestX.test_bad"}))
        self.assertEqual((after.passed, after.failed, after.errors), (2, frozenset(), result.errors))

    def test_table(self):
        result = self.result()
        rows = results.table([("mail", result, result), ("account", None, result)]).splitlines()
        self.assertEqual(rows[2].split(), ["mail", "1", "1", "2", "0", "1", "1", "2", "0", "0"])
        self.assertEqual(rows[3].split(), ["account", "?", "?", "?", "?", "1", "1", "2", "0", "?"])
