"""Every word for a problem that a source can produce, found by its names: whatever is called `problem`.

That is what is given to a parameter, a field, a variable or a key of that name, what a class says under it, and what a
function returns that is called so. Nothing is imported or run.
"""

import ast
import re

_RETURNS_WORDS = re.compile(r"_(?:problem|words)$")
HOLE = "{}"  # what an f-string fills in


class ProblemWords:
    """The words of some sources; `raised` are the texts that exceptions of a class are raised with."""

    def __init__(self, sources):
        self.trees = [ast.parse(source) for source in sources]
        self.constants = {}  # by name, wherever it stands
        self.positions = {}  # name of a function or class → place of its argument `problem`
        for node in self._nodes():
            self._learn(node)

    def found(self):
        """The words, with a hole for each part that is not known: set of str."""
        return {word for node in self._nodes() for value in self._values(node) for word in self.texts(value)} - {""}

    def raised(self, kind):
        """The texts that exceptions of a class of this name are raised with: set of str."""
        calls = (node.exc for node in self._nodes() if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call))
        return {word for call in calls if _name(call.func) == kind and call.args for word in self.texts(call.args[0])}

    def texts(self, value):
        """What an expression can be, as far as that is written down; the detail in brackets left out."""
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            yield value.value.partition(" (")[0]
        elif isinstance(value, ast.JoinedStr):
            parts = (part.value if isinstance(part, ast.Constant) else HOLE for part in value.values)
            yield "".join(parts).partition(" (")[0]
        elif isinstance(value, ast.IfExp):
            yield from (text for one in (value.body, value.orelse) for text in self.texts(one))
        elif isinstance(value, ast.BoolOp):
            yield from (text for one in value.values for text in self.texts(one))
        elif _name(value) in self.constants:
            yield self.constants[_name(value)]

    def _nodes(self):
        return (node for tree in self.trees for node in ast.walk(tree))

    def _learn(self, node):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            names = [one.arg for one in (*node.args.posonlyargs, *node.args.args) if one.arg not in ("self", "cls")]
        elif isinstance(node, ast.ClassDef):
            fields = [one for one in node.body if isinstance(one, ast.AnnAssign)]
            names = [_name(one.target) for one in fields if "ClassVar" not in ast.unparse(one.annotation)]
        else:
            value = getattr(node, "value", None) if isinstance(node, (ast.Assign, ast.AnnAssign)) else None
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                for target in getattr(node, "targets", None) or [node.target]:
                    if str(_name(target)).isupper():
                        self.constants[_name(target)] = value.value
            return
        if "problem" in names and not hasattr(str, node.name):  # who calls `split` means the text's
            self.positions[node.name] = names.index("problem")

    def _values(self, node):
        """The expressions that a node gives to something called `problem`."""
        if isinstance(node, ast.Call):
            place = self.positions.get(_name(node.func))
            if place is not None:
                yield from node.args[place : place + 1]
            yield from (one.value for one in node.keywords if one.arg == "problem")
        elif isinstance(node, ast.Assign):
            yield from (value for target in node.targets for value in _given(target, node.value))
        elif isinstance(node, ast.AnnAssign) and node.value:
            yield from _given(node.target, node.value)
        elif isinstance(node, (ast.For, ast.comprehension)) and isinstance(node.iter, (ast.Tuple, ast.List)):
            yield from (value for row in node.iter.elts for value in _given(node.target, row))
        elif isinstance(node, ast.Dict):
            keys = (getattr(key, "value", None) for key in node.keys)
            yield from (value for key, value in zip(keys, node.values, strict=True) if key == "problem")
        elif isinstance(node, ast.FunctionDef) and _RETURNS_WORDS.search(node.name):
            yield from (one.value for one in ast.walk(node) if isinstance(one, ast.Return) and one.value)


def _name(node):
    return getattr(node, "attr", None) or getattr(node, "id", None)


def _given(target, value):
    """The parts of a value that an assignment gives to `problem`."""
    if _name(target) == "problem":
        yield value
    elif isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple) and len(target.elts) == len(value.elts):
        for one, part in zip(target.elts, value.elts, strict=True):
            yield from _given(one, part)
