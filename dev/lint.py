#!/usr/bin/env python3
"""The linters of `.pre-commit-config.yaml`, at pinned versions in a venv of their own.

    python3 dev/lint.py PROGRAM [ARGUMENT ...]

runs a program of that venv; `{module}` among the arguments is the repository under the module's name (the checkout's
folder may be called otherwise), `{copy}` a copy of it, `{python}` the Python that runs Odoo.
"""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

sys.dont_write_bytecode = True  # not into the repository

from cache import CACHE, DEV, MODULE, REPO, clean_environment, say  # noqa: E402
from odoo_install import module_link, odoo_python, venv  # noqa: E402

REQUIREMENTS = DEV / "requirements-lint.txt"
# For the programs: do not change a file.
CHECK_ONLY = "DEV_LINT_CHECK_ONLY"


def lint(fix: bool = False) -> bool:
    """True when there is nothing to complain about. `fix` mends what ruff can mend."""
    programs = venv("venv-lint", REQUIREMENTS)
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    files = subprocess.run(listed, cwd=REPO, capture_output=True, text=True)
    if files.returncode:
        say(f"nothing is linted, git cannot tell the files: {files.stderr.strip()}")
        return True
    names = [name for name in files.stdout.split("\0") if (REPO / name).is_file()]
    environment = _environment() if fix else {**_environment(), CHECK_ONLY: "1"}
    command = [programs / "pre-commit", "run", "--color=never", "--files", *names]
    run = subprocess.run(command, cwd=REPO, env=environment, stdin=subprocess.DEVNULL, stdout=sys.stderr)
    return not run.returncode


def run_program(name: str, *arguments: str) -> None:
    """Become a program of the venv."""
    program = venv("venv-lint", REQUIREMENTS) / name
    words = [str(module_link()) if word == "{module}" else word for word in arguments]
    words = [word.replace("{python}", str(odoo_python())) if "{python}" in word else word for word in words]
    if name == "ruff" and os.environ.get(CHECK_ONLY):
        words = [word for word in words if word != "--fix"]
        words += ["--check"] if words[:1] == ["format"] else []
    if "{copy}" not in words:
        os.execve(program, [str(program), *words], _environment())
    with _copy() as folder:
        words = [str(folder) if word == "{copy}" else word for word in words]
        sys.exit(subprocess.run([program, *words], env=_environment()).returncode)


@contextlib.contextmanager
def _copy():
    """The module within a repository, as OCA has them; of one that is the repository its checks see nothing at all."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, ".git").mkdir()
        left_out = shutil.ignore_patterns(".git", "dev", "samples", "__pycache__")
        yield shutil.copytree(REPO, Path(folder, MODULE), ignore=left_out)


def _environment() -> dict[str, str]:
    """What the linters remember goes into the cache folder."""
    places = {
        "RUFF_CACHE_DIR": "ruff",
        "PYLINTHOME": "pylint",
        "PRE_COMMIT_HOME": "pre-commit",
        "MYPY_CACHE_DIR": "mypy",
    }
    return {**clean_environment(), **{name: str(CACHE / folder) for name, folder in places.items()}}


if __name__ == "__main__":
    run_program(*sys.argv[1:])
