"""No regular expression of tools/ can be made to hang: each is found by looking, and attacked with texts made for it."""

import ast
import dataclasses
import importlib
import pkgutil
import re
from pathlib import Path

from ... import tools
from . import pumping
from .common import PureCase, tagged

FOLDER = Path(tools.__path__[0])
METHODS = ("match", "fullmatch", "search", "findall", "finditer", "sub", "split")
ANCHORED = {"match", "fullmatch"}
LENGTH = 4_000  # of a text: one that is quadratic takes about 20 ms for it, a linear one half of one
QUICK = 0.004
LONG = 100_000  # and a quadratic one takes half a minute for this


def modules():
    for found in pkgutil.walk_packages(tools.__path__, f"{tools.__name__}."):
        yield importlib.import_module(found.name)


def patterns(value, name):
    """Every pattern in a value: in tuples, dictionaries, dataclasses, however deep."""
    if isinstance(value, re.Pattern):
        yield name, value
    elif isinstance(value, dict):
        for key, one in value.items():
            yield from patterns(one, f"{name}[{key!r}]")
    elif isinstance(value, (tuple, list, set, frozenset)):
        for number, one in enumerate(value):
            yield from patterns(one, f"{name}[{number}]")
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        for field in dataclasses.fields(value):
            yield from patterns(getattr(value, field.name), f"{name}.{field.name}")


def everything():
    """{pattern: its name} of all modules, each pattern once."""
    found = {}
    for module in modules():
        for name, value in vars(module).items():
            if not name.startswith("__"):
                for path, pattern in patterns(value, name):
                    found.setdefault(pattern, f"{module.__name__.partition('.tools.')[2]}.{path}")
    return found


def trees():
    return [(path, ast.parse(path.read_text())) for path in sorted(FOLDER.rglob("*.py"))]


def uses():
    """{(file, name): the methods called on it}. `scan` and the recipient of a `TextFormat` match line by line."""
    found = {}
    for path, node in ((path, node) for path, tree in trees() for node in ast.walk(tree)):
        if isinstance(node, ast.Attribute) and node.attr in METHODS:
            found.setdefault((path.stem, _name(node.value)), set()).add(node.attr)
        elif isinstance(node, ast.Call) and _name(node.func) == "scan":
            for argument in node.args[1:]:
                found.setdefault((path.stem, _name(argument)), set()).add("match")
        elif isinstance(node, ast.keyword) and node.arg == "recipient":
            found.setdefault((path.stem, _name(node.value)), set()).add("match")
    return found


def _name(node):
    return getattr(node, "id", getattr(node, "attr", ""))


class PatternCase(PureCase):
    def attack_all(self, tastes):
        used = uses()
        found = everything()
        self.assertGreater(len(found), 150, "the patterns are not found any more")
        for pattern, name in found.items():
            with self.subTest(pattern=name):
                for one in pumping.alternatives(pattern):
                    self.attack(self.use(one, name, used), one, tastes)

    def use(self, pattern, name, used):
        *_folders, file, variable = re.split(r"[.\[]", name)
        methods = used.get((file, variable), set())
        if name.endswith(".recipient") or (methods and methods <= ANCHORED):
            return pattern.fullmatch if methods == {"fullmatch"} else pattern.match
        return lambda text: sum(1 for _found in pattern.finditer(text))

    def attack(self, use, pattern, tastes=pumping.TASTES):
        for write in pumping.texts(pattern, tastes):
            size = max(1, len(write(2)) - len(write(1)))
            for count in (*pumping.STEPS, *(length // size + 27 for length in (100, 800, LENGTH))):
                if pumping.seconds(use, write(count)) > QUICK and not self.is_bearable(use, write, count, size):
                    self.fail(f"{write(count)[:60]!r}… hangs")

    def is_bearable(self, use, write, count, size):
        """Whether longer and longer texts of this kind are read at once, too."""
        if pumping.seconds(use, write(count), 3) < QUICK:
            return True  # the machine was busy
        while count * size < LONG:
            if pumping.seconds(use, write(count)) > 0.5:
                return False
            count += 1 if count < 40 else count
        return True

    def attack_what_hangs(self, texts):
        for text in texts:
            pattern = re.compile(text, re.M)
            with self.assertRaises(AssertionError, msg=text):
                self.attack(lambda text, pattern=pattern: sum(1 for _found in pattern.finditer(text)), pattern)


class TestPatterns(PatternCase):
    def test_none_can_be_made_to_hang(self):
        self.attack_all(pumping.TASTES[:1])

    def test_the_attack_finds_what_hangs(self):
        self.attack_what_hangs((r"(?:[ \t]+[^\n]*\n){0,20}x", r"\s+$"))

    def test_patterns_are_where_they_are_found(self):
        """Those written within a function would not be attacked."""
        for path, tree in trees():
            for node in ast.walk(tree):
                if (
                    isinstance(node, ast.Call)
                    and isinstance(node.func, ast.Attribute)
                    and _name(node.func.value) == "re"
                ):
                    self.assertIn(node.func.attr, ("compile",), f"{path}:{node.lineno}")
                if isinstance(node, ast.FunctionDef) and node.name not in ("row", "any_of", "any_of_lower", "_rules"):
                    calls = [one for one in ast.walk(node) if isinstance(one, ast.Attribute) and one.attr == "compile"]
                    self.assertFalse(calls, f"{path}:{node.lineno} {node.name}")


@tagged("slow")
class TestPatternsLong(PatternCase):
    def test_none_can_be_made_to_hang(self):
        self.attack_all(pumping.TASTES[1:])

    def test_the_attack_finds_what_hangs(self):
        self.attack_what_hangs((
            r"(a+)+b", r"(?:a|aa)*b", r"<[^>]*>x", r"a\w* b", r"x.*y.*z", r"(?s)a.*?b.*?c", r"^(?:.*\n)*end",
            r"[ \t]*\n[ \t]*\n!",
        ))  # fmt: skip
