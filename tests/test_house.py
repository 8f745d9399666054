"""The rules of the house that a machine can check."""

import ast
from pathlib import Path

from odoo.tests import BaseCase

ROOT = Path(__file__).resolve().parent.parent


class TestHouse(BaseCase):
    def test_tools_are_pure(self):
        """Nothing in tools/ imports Odoo, runs SQL or reads a clock."""
        forbidden = {"odoo", "psycopg2", "time", "requests", "lxml"}
        for path in (ROOT / "tools").rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                names = []
                if isinstance(node, ast.Import):
                    names = [alias.name for alias in node.names]
                elif isinstance(node, ast.ImportFrom) and not node.level:
                    names = [node.module]
                elif isinstance(node, ast.Attribute):
                    self.assertNotIn(node.attr, ("now", "utcnow", "today", "monotonic"), f"a clock in {path.name}")
                for name in names:
                    self.assertNotIn(name.split(".")[0], forbidden, f"{path.relative_to(ROOT)} imports {name}")

    def test_tools_import_in_one_direction(self):
        """Inside tools/, only explanation and report use another package, and that is smtp."""
        for path in (ROOT / "tools/smtp").rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.ImportFrom):
                    self.assertLess(node.level, 2, f"{path.relative_to(ROOT)} imports from outside its package")

    def test_every_test_file_is_imported(self):
        """Odoo's runner sees only the modules that tests/__init__.py imports."""
        imported = set()
        for node in ast.walk(ast.parse((ROOT / "tests/__init__.py").read_text())):
            if isinstance(node, ast.ImportFrom):
                imported |= {".".join(filter(None, (node.module, alias.name))) for alias in node.names}
        files = {
            ".".join(path.relative_to(ROOT / "tests").with_suffix("").parts)
            for path in (ROOT / "tests").rglob("test_*.py")
        }
        self.assertEqual(imported, files)

    def test_no_dev_in_the_module(self):
        for path in ROOT.rglob("*.py"):
            if path.relative_to(ROOT).parts[0] in ("models", "tools", "wizards", "report"):
                self.assertNotIn("import dev", path.read_text())
