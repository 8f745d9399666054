"""Who may import what in this house, read from the source: the rules, and who breaks them.

Imports run `wizards, views → models → engine → tools`; `const` holds words, `hooks` installs. A path is relative to the
repository, with slashes. Pure Python, so that a rule can be tried on sources that nobody has written.

>>> list(imports("tools/smtp/reply.py", "from .. import retry\\nfrom ...const import PHASES\\nimport socket"))
['.tools.retry', '.const.PHASES', 'socket']
>>> list(faults("tools/retry.py", "def f():\\n    from ..models import mail_mail"))
['tools/retry.py imports .models.mail_mail: tools may not import models']
"""

import ast
from collections.abc import Iterator

MODULE = "odoo.addons.mail_delivery_status"
# Folder or file of the root → what it may import of the house beside itself. Nothing imports dev.
ROOMS = {
    "__manifest__": set(),
    "const": set(),
    "tools": set(),
    "engine": {"const", "tools"},
    "models": {"const", "engine", "tools"},
    "hooks": {"const", "engine", "models", "tools"},
    "controllers": {"const", "models", "tools"},
    "wizards": {"const", "engine", "hooks", "models", "tools"},
    "__init__": {"controllers", "engine", "hooks", "models", "wizards"},
    "migrations": set(),  # loaded as the next
    "cli": set(),  # Odoo loads it under another name: it cannot import relatively
    "tests": {"__manifest__", "const", "engine", "hooks", "models", "tools", "wizards"},
}
# Package of tools/ → what it may import of tools/ beside itself. A file that lies in tools/ itself may import all.
PACKAGES_OF_TOOLS = {
    "smtp": set(),  # RFC 5321 and nothing else; it has no exception
    "compose": {"smtp"},
    "imap": set(),
    "report": {"address", "imap", "smtp"},
    "explanation": {"smtp"},
    "doctor": {"explanation", "smtp"},
    "presets": {"name_server"},
    "settings_file": {"presets"},
    "archive": {"address", "report"},
}
# Room → names of others that it may not use, as modules or parts of them.
FOREIGN = {
    "tools": {"odoo", "psycopg2", "time", "requests", "lxml", "importlib"},
    "models": {"threading", "_thread", "queue", "socket", "multiprocessing", "concurrent", "psycopg2.connect"},
}
CLOCKS = {"now", "utcnow", "today", "monotonic"}


def imports(path: str, source: str) -> Iterator[str]:
    """Yield what a file imports: ``.tools.retry`` where it is written as relative, else ``socket``, ``odoo.tests``.

    The last part may be the name of a module, or of something in it.
    """
    package = path.split("/")[:-1]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            steps = node.level - 1
            above = package[: len(package) - steps] if steps <= len(package) else ["outside"]
            start = "".join(f".{part}" for part in above) if node.level else ""
            start += ("." if node.level else "") + node.module if node.module else ""
            names = [f"{start}.{alias.name}" for alias in node.names]
        else:
            continue
        yield from names


def faults(path: str, source: str) -> Iterator[str]:
    """Yield a sentence for each rule that a file of the module breaks."""
    first, *rest = path.removesuffix(".py").split("/")
    if first not in ROOMS:
        yield f"{path} is in no room of the house: say in house_rules.ROOMS what it may import"
        return
    for name in imports(path, source):
        here = name.removeprefix(MODULE) if f"{name}.".startswith(f"{MODULE}.") else name
        fault = "" if name.startswith(".") else _outside(first, name)
        fault = fault or (_inside(first, rest, here) if here.startswith(".") else "")
        if fault:
            yield f"{path} imports {name}: {fault}"
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute):
            if first == "tools" and node.attr in CLOCKS:
                yield f"{path} reads a clock: {ast.unparse(node)}"
            if ast.unparse(node) in FOREIGN.get(first, ()):
                yield f"{path} uses {ast.unparse(node)}"
        elif first == "tools" and isinstance(node, ast.Name) and node.id == "__import__":
            yield f"{path} uses __import__"


def _inside(room: str, rest: list[str], name: str) -> str:
    """Return what is wrong with an import within the house, "" if nothing."""
    _dot, target, *inner = name.split(".")
    if target != room and target not in ROOMS[room]:
        return f"{room} may not import {target}"
    package = rest[0] if room == "tools" and len(rest) > 1 else None
    if package and target == "tools" and inner[:1] != [package]:
        if package not in PACKAGES_OF_TOOLS:
            return f"say in house_rules.PACKAGES_OF_TOOLS what tools/{package} may import"
        if not set(inner[:1]) & PACKAGES_OF_TOOLS[package]:
            return f"tools/{package} may not import it"
    return ""


def _outside(room: str, name: str) -> str:
    if name.split(".")[0] == "dev":
        return "nothing in the module imports dev"
    for foreign in FOREIGN.get(room, ()):
        if f"{name}.".startswith(f"{foreign}."):
            return f"{room} may not use {foreign}"
    return ""
