"""How much of the rooms that need Odoo its tests reach: lines and branches, by room and by file."""

import json
import subprocess
import tempfile
from pathlib import Path

from cache import CACHE, HERE, REPO
from databases import scratch, template
from odoo_install import Odoo
from postgres import postgres
from programs import provide_mail_servers
from testing import odoo_tests, tags

ROOMS = ("models", "engine", "wizards", "controllers", "report")
# Percent of the lines and branches of models/; of a file that is below, the lines are told.
LEAST = 90.0


class MeasuredOdoo(Odoo):
    """Odoo, watched by coverage.py."""

    def __init__(self, settings: Path) -> None:
        super().__init__()
        self._settings = settings

    def command(self, *arguments) -> list[str]:
        python, *rest = super().command(*arguments)
        return [python, "-m", "coverage", "run", f"--rcfile={self._settings}", *rest]


def reach() -> int:
    """Which lines and branches of models/ and its neighbours the tests in Odoo reach; fails below 90 % of models/."""
    provide_mail_servers()
    with postgres(), tempfile.TemporaryDirectory(dir=CACHE, prefix=f"reach-{HERE}-") as folder:
        settings, found = Path(folder, "settings"), Path(folder, "found.json")
        source = ",".join(str(REPO / room) for room in ROOMS)
        settings.write_text(f"[run]\nbranch = true\nsource = {source}\ndata_file = {folder}/data\n")
        plain = Odoo()
        with scratch(plain, template(plain)) as database:
            code, count = odoo_tests(MeasuredOdoo(settings), database, tags([], browser=False, slow=True))
        command = [str(plain.python), "-m", "coverage", "json", f"--rcfile={settings}", "-o", str(found), "-q"]
        subprocess.run(command, check=True, cwd=REPO, env=plain.environment())
        files = json.loads(found.read_text())["files"]
    print(table(files), count, sep="\n", flush=True)
    return code or int(percent(files, "models") < LEAST)


def percent(files: dict[str, dict], room: str) -> float:
    """Of the lines and branches of a room together.

    >>> one = {"covered_lines": 8, "num_statements": 10, "covered_branches": 1, "num_branches": 2, "display": "75 %"}
    >>> percent({"models/a.py": {"summary": one}, "engine/b.py": {"summary": one}}, "models")
    75.0
    """
    found = [file["summary"] for name, file in files.items() if name.startswith(f"{room}/")]
    every = sum(one["num_statements"] + one["num_branches"] for one in found)
    reached = sum(one["covered_lines"] + one["covered_branches"] for one in found)
    return 100 * reached / every if every else 100.0


def table(files: dict[str, dict]) -> str:
    """A line a room, and one for each file below the least, with the lines that no test reaches."""
    lines = [f"{percent(files, room):6.1f} %  {room}/" for room in ROOMS]
    for name, file in sorted(files.items()):
        reached = file["summary"]["percent_covered"]
        if reached < LEAST:
            lines.append(f"{reached:6.1f} %  {name}: {', '.join(map(str, file['missing_lines']))}")
    return "\n".join(lines)
