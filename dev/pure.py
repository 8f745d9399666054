"""Run the tests of tools/ and of dev/ without Odoo.

    python3 dev/pure.py [-v] [-k PATTERN]

The repository is the package `mail_delivery_status`, but importing that would import Odoo. So two
empty packages with the same search paths stand in for it and for its `tests`.

tools/ is the standard library, idna and cryptography, which Odoo needs too: without them Odoo's Python runs the tests.
"""

import importlib.util
import os
import sys
import types
import unittest
from pathlib import Path

REPO = Path(__file__).resolve().parent.parent
PACKAGE = "mail_delivery_status"


def stand_in(name: str, folder: Path) -> None:
    module = types.ModuleType(name)
    module.__path__ = [str(folder)]
    sys.modules[name] = module
    parent, _, child = name.rpartition(".")
    if parent:
        setattr(sys.modules[parent], child, module)


def main() -> None:
    if not all(map(importlib.util.find_spec, ("idna", "cryptography"))):
        from odoo_install import odoo_python

        python = odoo_python()
        os.execv(python, [str(python), *sys.argv])
    stand_in(PACKAGE, REPO)
    stand_in(f"{PACKAGE}.tests", REPO / "tests")
    names = sorted(f"{PACKAGE}.tests.tools.{path.stem}" for path in (REPO / "tests/tools").glob("test_*.py"))
    sys.path.insert(0, str(REPO / "dev"))  # its files name each other so
    names += sorted(f"tests.{path.stem}" for path in (REPO / "dev/tests").glob("test_*.py"))
    unittest.main(module=None, argv=[sys.argv[0], *sys.argv[1:], *names])


if __name__ == "__main__":
    main()
