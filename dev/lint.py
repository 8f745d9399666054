"""The linters, at pinned versions in a venv of their own: ruff (rules and format) and pylint-odoo."""

import subprocess
import sys

from cache import CACHE, DEV, REPO, clean_environment, say
from odoo_install import module_link, venv

# What pylint-odoo says beyond pylint, but for README.rst (it is README.md), and two rules that misunderstand a method
# which writes past the model's own guard with super().write().
PYLINT_RULES = (
    "--disable=all",
    "--enable=odoolint",
    "--disable=missing-readme,super-method-mismatch,missing-return",
)
REQUIREMENTS = DEV / "requirements-lint.txt"


def lint(fix: bool = False) -> bool:
    """True when there is nothing to complain about. `fix` mends what ruff can mend."""
    programs = venv("venv-lint", REQUIREMENTS)
    ruff = [programs / "ruff"]
    commands = [
        [*ruff, "check", "--output-format=concise", *(["--fix"] if fix else []), "."],
        [*ruff, "format", *([] if fix else ["--check", "--output-format=concise"]), "."],
        # Through the link, or it would take the name of the checkout's folder for the module's.
        [programs / "pylint", f"--rcfile={REPO / 'pyproject.toml'}", *PYLINT_RULES, module_link()],
    ]
    environment = {**clean_environment(), "RUFF_CACHE_DIR": str(CACHE / "ruff"), "PYLINTHOME": str(CACHE / "pylint")}
    good = True
    for command in commands:
        words = [str(word) for word in command]
        run = subprocess.run(words, cwd=REPO, env=environment, stdout=sys.stdout, stderr=sys.stderr)
        if run.returncode:
            say(f"{command[0].name} {command[1] if command[0].name == 'ruff' else ''} complains")
            good = False
    return good
