"""Whether the packages that developers use have known holes: pip-audit asks PyPI about each pinned release.

The module itself brings no package: it uses what Odoo 19.0 needs anyway.
"""

import json
import subprocess

from cache import DEV, clean_environment
from odoo_install import venv


def audit() -> int:
    """Look the packages of dev/requirements*.txt up; prints what is known, and what could not be looked up."""
    program = venv("venv-audit", DEV / "requirements-audit.txt") / "pip-audit"
    good = True
    for path in sorted(DEV.glob("requirements*.txt")):
        command = [program, "--vulnerability-service=pypi", "--no-deps", "--disable-pip", "--format=json", "-r", path]
        run = subprocess.run(command, env=clean_environment(), capture_output=True, text=True)
        lines = report(run.stdout) if run.stdout else run.stderr.strip().splitlines()[-1:] or ["no answer"]
        good &= not lines
        print(f"{path.name}: {'' if lines else 'nothing known'}".rstrip(), *lines, sep="\n  ", flush=True)
    return int(not good)


def report(answer: str) -> list[str]:
    """A line for each package that has a known hole, and one about those that nobody could be asked about.

    >>> report('{"dependencies": [{"name": "a", "version": "1", "vulns": [{"id": "X-1", "fix_versions": ["2"]}]},'
    ...        ' {"name": "b", "skip_reason": "not found"}]}')
    ['a 1: X-1, mended in 2', 'not looked up: 1 of 2 (not found)']
    """
    found = json.loads(answer)["dependencies"]
    lines = [
        f"{one['name']} {one['version']}: {hole['id']}, mended in {', '.join(hole['fix_versions']) or 'no release'}"
        for one in found
        for hole in one.get("vulns", ())
    ]
    skipped = [one["skip_reason"] for one in found if "skip_reason" in one]
    return lines + [f"not looked up: {len(skipped)} of {len(found)} ({skipped[0]})"] * bool(skipped)
