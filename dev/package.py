"""The add-on as others get it: a wheel for pip, and a zip for Odoo's store of apps. Both from the last commit."""

import ast
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from pathlib import Path

from cache import CACHE, HERE, MODULE, REPO, say, sh
from databases import QUIET, scratch, template
from odoo_install import Odoo, venv, venv_folder
from page import PAGE, REQUIREMENTS, made
from postgres import postgres

sys.path.insert(0, str(REPO / "tests"))
from servers.scripted import ScriptedServer  # noqa: E402

DIST = REPO / "dist"
BUILD = "import sys; from whool.buildapi import build_wheel; build_wheel(sys.argv[1])"
# The earliest day that a zip can tell.
ZIP_START = (1980, 1, 1, 0, 0, 0)


def package(try_it: bool = False) -> int:
    """Build the wheel and the zip of the last commit into dist/; `try_it` installs the wheel into an Odoo and sends."""
    if DIST.exists():
        shutil.rmtree(DIST)
    built = build(DIST)
    for path in built:
        print(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.stat().st_size:>8}  {path.relative_to(REPO)}")
    return try_wheel(built[0]) if try_it else 0


def build(target: Path, commit: str = "HEAD") -> list[Path]:
    """The wheel and the zip of a commit; of the same commit always the same bytes.

    :raise SystemExit: if this is no git repository, or does not have the commit
    """
    if _git("status", "--porcelain", "--untracked-files=no"):
        say("what is not committed is not packaged")
    moment = int(_git("log", "-1", "--format=%ct", commit))
    target.mkdir(parents=True, exist_ok=True)
    # In the cache, not in the repository: whool asks git for the files of the repository it finds itself in.
    with tempfile.TemporaryDirectory(dir=CACHE) as folder:
        source = unpack(commit, Path(folder))
        if (source / PAGE).read_text() != made(source):
            say(f"{PAGE} is not what readme/ gives any more: `python3 dev/dev.py page` writes it anew")
        zipped = _zip(source, target, time.gmtime(moment)[:6])
        python = venv("venv-build", REQUIREMENTS) / "python"
        wheels = Path(folder, "wheel")
        wheels.mkdir()
        environment = {**os.environ, "SOURCE_DATE_EPOCH": str(moment)}
        run = subprocess.run(
            [python, "-c", BUILD, wheels], cwd=source, env=environment, capture_output=True, text=True, errors="replace"
        )
        if run.returncode:
            raise SystemExit(f"dev: whool does not build the wheel:\n{run.stderr.strip()}")
        [wheel] = wheels.glob("*.whl")
        return [Path(shutil.copy(wheel, target)), zipped]


def can_build_wheels() -> bool:
    """Whether the programs that build the wheel are installed already."""
    return (venv_folder("venv-build", REQUIREMENTS) / "complete").exists()


def unpack(commit: str, folder: Path) -> Path:
    """The add-on as it is packaged at a commit (`.gitattributes` says what is left out), under the module's name."""
    archive = subprocess.run(
        ["git", "archive", f"--prefix={MODULE}/", commit], cwd=REPO, check=True, stdout=subprocess.PIPE
    )
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as tar:
        for member in tar.getmembers():  # the same rights whatever the umask of who builds
            member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
            tar.extract(member, folder)
    return folder / MODULE


def _git(*arguments: str) -> str:
    run = subprocess.run(["git", *arguments], cwd=REPO, capture_output=True, text=True)
    if run.returncode:
        raise SystemExit(f"dev: only what is in git can be packaged: {run.stderr.strip()}")
    return run.stdout.strip()


def _zip(source: Path, target: Path, moment: tuple[int, ...]) -> Path:
    """The folder of the add-on in a zip, as Odoo's store wants it."""
    path = target / f"{MODULE}-{_version(source)}.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        for file in sorted(file for file in source.rglob("*") if file.is_file()):
            entry = zipfile.ZipInfo(str(file.relative_to(source.parent)), max(moment, ZIP_START))
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = file.stat().st_mode << 16
            packed.writestr(entry, file.read_bytes())
    return path


def _version(source: Path) -> str:
    return ast.literal_eval((source / "__manifest__.py").read_text())["version"]


class FreshOdoo(Odoo):
    """An Odoo that knows no addons path: what it finds beside its own add-ons was installed by pip."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        stock = self.python
        sh(sys.executable, "-m", "venv", folder)
        self.python = folder / "bin/python"
        [site] = folder.glob("lib/python*/site-packages")
        [packages] = stock.parent.parent.glob("lib/python*/site-packages")
        # Odoo and its packages as they are in the cache: fetching them again takes minutes and would show nothing.
        (site / "odoo-and-packages.pth").write_text(f"{self.home}\n{packages}\n")
        own = [path for path in (self.home / "addons",) if (path / "web").is_dir()]
        lines = self.conf.read_text().splitlines()
        lines = [line for line in lines if not line.startswith("addons_path")]
        lines += [f"addons_path = {','.join(map(str, own))}"] if own else []
        self.conf = folder / "odoo.conf"
        self.conf.write_text("\n".join(lines) + "\n")

    def environment(self) -> dict[str, str]:
        return {name: value for name, value in super().environment().items() if name != "PYTHONPATH"}

    def pip(self, *arguments) -> None:
        sh(self.python, "-m", "pip", "-q", "--disable-pip-version-check", *arguments, stdout=sys.stderr)


def try_wheel(wheel: Path) -> int:
    """Install a wheel by pip beside an Odoo, the module into a new database, and send a mail to a server."""
    with postgres(), tempfile.TemporaryDirectory(dir=CACHE, prefix=f"wheel-{HERE}-") as folder:
        os.chmod(folder, 0o755)
        odoo = FreshOdoo(Path(folder))
        # Without its dependencies: Odoo itself is in no package index.
        odoo.pip("install", "--no-deps", "--no-index", wheel)
        with scratch(odoo, template(odoo)) as database, ScriptedServer(lifetime=600) as smtp:
            say("installing the module from the wheel")
            odoo("server", "-d", database, "-i", MODULE, *QUIET)
            found = odoo.script(database, "package_try.py", {"SMTP_PORT": str(smtp.port)})
            result = json.loads(found.splitlines()[-1])
            received = len(smtp.messages)
    result["from the wheel"] = result.pop("folder").startswith(folder)
    print(json.dumps({**result, "received": received}, indent=1))
    good = result["from the wheel"] and received == 1 and result["delivery_status"] == "accepted" and result["receipt"]
    print("the wheel works" if good else "NOT as it should be", flush=True)
    return int(not good)
