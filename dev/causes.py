"""Print the causes with their words, in Markdown: what a person reads, beside by what a cause is recognised.

    python3 dev/causes.py [POLISH.json]

Needs no Odoo: the words are taken from const/causes.py as they stand, or from POLISH.json, {english: translation}.
"""

import ast
import json
import sys
from pathlib import Path

REPO = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(REPO))

from tools.explanation import Cause  # noqa: E402
from tools.explanation.catalogue import recognised  # noqa: E402


def constants() -> dict:
    """The tables of const/causes.py by name, with `_lt()` and `Words()` taken for what is in them."""
    found = {}
    for node in ast.parse((REPO / "const/causes.py").read_text()).body:
        if isinstance(node, ast.Assign) and isinstance(node.value, (ast.List, ast.Dict)):
            found[node.targets[0].id] = ast.literal_eval(_Plain().visit(node.value))
    return found


class _Plain(ast.NodeTransformer):
    def visit_Call(self, node: ast.Call) -> ast.expr:  # noqa: N802 (the name that ast calls)
        values = [self.visit(value) for value in node.args]
        return values[0] if len(values) == 1 else ast.Tuple(values, ast.Load())


def table(translation: dict[str, str]) -> str:
    """The whole table."""
    words = constants()
    labels, actors = dict(words["CAUSES"]), dict(words["ACTORS"])
    lines = ["| cause | what it means | what to do | who | recognised by |", "|---|---|---|---|---|"]
    for cause in Cause:
        texts = (labels[cause], *words["CAUSE_WORDS"][cause], actors[cause.actor])
        label, meaning, what_to_do, actor = (translation.get(text, text) for text in texts)
        rules = "<br>".join(rule.replace("|", "\\|") for rule in recognised(cause))
        lines.append(f"| **{label}** | {meaning} | {what_to_do} | {actor} | {rules} |")
    return "\n".join(lines)


def main() -> None:
    print(table(json.loads(Path(sys.argv[1]).read_text()) if sys.argv[1:] else {}))


if __name__ == "__main__":
    main()
