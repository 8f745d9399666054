"""Run the tests of tools/ and of dev/ without Odoo.

    python3 dev/pure.py [-v] [-k PATTERN]
    python3 dev/pure.py --coverage    prints which lines and branches of tools/ no test reaches; fails if there are any

The repository is the package `mail_delivery_status`, but importing that would import Odoo. So two
empty packages with the same search paths stand in for it and for its `tests`.

tools/ is the standard library, idna and cryptography, which Odoo needs too; without them, or without what the tests
need, Odoo's Python runs them.
"""

import importlib.util
import os
import sys
import types
import unittest
from pathlib import Path

REPO = Path(__file__).resolve().parent.parent
PACKAGE = "mail_delivery_status"
NEEDED = ("idna", "cryptography", "hypothesis", "coverage")
# Attacks with thousands of texts: they would take many times as long, and what they reach proves nothing.
NOT_FOR_COVERAGE = ("test_patterns", "test_report_fuzz", "test_parser_fuzz")


def stand_in(name: str, folder: Path) -> None:
    module = types.ModuleType(name)
    module.__path__ = [str(folder)]
    sys.modules[name] = module
    parent, _, child = name.rpartition(".")
    if parent:
        setattr(sys.modules[parent], child, module)


def main() -> None:
    if not all(map(importlib.util.find_spec, NEEDED)):
        from odoo_install import odoo_python

        python = odoo_python()
        os.execv(python, [str(python), *sys.argv])
    stand_in(PACKAGE, REPO)
    stand_in(f"{PACKAGE}.tests", REPO / "tests")
    names = sorted(f"{PACKAGE}.tests.tools.{path.stem}" for path in (REPO / "tests/tools").glob("test_*.py"))
    sys.path.insert(0, str(REPO / "dev"))  # its files name each other so
    names += sorted(f"tests.{path.stem}" for path in (REPO / "dev/tests").glob("test_*.py"))
    if "--coverage" in sys.argv:
        names = [name for name in names if ".tools." in name and not name.endswith(NOT_FOR_COVERAGE)]
        sys.exit(measure(names))
    unittest.main(module=None, argv=[sys.argv[0], *sys.argv[1:], *names])


def measure(names: list[str]) -> int:
    """What is measured, and how, says pyproject.toml."""
    from coverage import Coverage

    os.chdir(REPO)
    measured = Coverage(data_file=None, config_file=str(REPO / "pyproject.toml"))
    with measured.collect():
        run = unittest.main(module=None, argv=[sys.argv[0], *names], exit=False, warnings="ignore")
    percent = measured.report()
    return int(not run.result.wasSuccessful() or percent < 100)


if __name__ == "__main__":
    main()
