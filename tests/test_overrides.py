"""Each method of a model is defined once, so the order of the files in models/__init__.py decides nothing."""

import ast
from collections import defaultdict
from pathlib import Path

from odoo.tests import BaseCase

ROOT = Path(__file__).resolve().parent.parent


def definitions():
    """``{(model, method): [files]}`` of all classes of models in this module."""
    found = defaultdict(list)
    for folder in ("models", "engine", "wizards"):
        for path in sorted((ROOT / folder).glob("*.py")):
            for node in ast.parse(path.read_text()).body:
                if isinstance(node, ast.ClassDef) and (model := model_of(node)):
                    for method in node.body:
                        if isinstance(method, ast.FunctionDef):
                            found[model, method.name].append(path.name)
    return found


def model_of(node):
    """The name of the model that a class defines or extends."""
    names = {}
    for statement in node.body:
        if isinstance(statement, ast.Assign) and isinstance(statement.value, ast.Constant):
            names[statement.targets[0].id] = statement.value.value
    return names.get("_name") or names.get("_inherit")


class TestOverrides(BaseCase):
    def test_each_method_once(self):
        found = definitions()
        self.assertIn(("mail.mail", "send"), found)
        self.assertFalse({place: files for place, files in found.items() if len(files) > 1})
