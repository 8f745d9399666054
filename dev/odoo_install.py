"""Odoo itself: Debian's package unpacked into the cache (or ODOO_HOME), and a venv with the packages it needs."""

import ast
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from cache import CACHE, DEV, HERE, MODULE, REPO, SERIES, clean_environment, key, lock, out, say, sh
from postgres import connection
from programs import provide

SUITES = ("sid", "forky")  # where Debian has it; the first that does counts
REQUIREMENTS = DEV / "requirements.txt"
PACKAGE = "odoo-" + SERIES.split(".")[0]
KEYRINGS = [Path("/usr/share/keyrings/debian-archive-keyring" + end) for end in (".pgp", ".gpg")]
# Odoo has 90 languages, two thirds of the package. The demo is in Polish, too; Odoo's own mail tests use the others.
LANGUAGES = ("pl", "fr", "es")
LEFT_OUT = ("--exclude=*.po", "--exclude=*.pot")
# What is unpacked is part of the folder's name: an older version of this command left other things out.
CONTENT = "-".join(LANGUAGES)
# Every outside service Odoo's demo would call leads to a closed port.
NOWHERE = "http://127.0.0.1:9"


def series_of(home: Path) -> str | None:
    """'19.0' for a folder that holds the package odoo."""
    try:
        text = (home / "odoo" / "release.py").read_text()
    except OSError:
        return None
    found = re.search(r"^version_info\s*=\s*\(['\"]?(\w+)['\"]?,\s*(\d+)", text, re.M)
    return f"{found[1]}.{found[2]}" if found else None


def debian_mirror() -> str:
    """The archive that this machine's own apt sources name (in either format)."""
    release = dict(re.findall(r'^(\w+)="?(.*?)"?$', Path("/etc/os-release").read_text(), re.M))
    codename = release.get("VERSION_CODENAME", "stable")
    addresses = out("apt-get", "update", "--print-uris")
    found = re.search(rf"^'(\S+)/dists/{codename}/(?:In)?Release'", addresses, re.M)
    if not found:
        raise SystemExit(f"dev: no Debian archive among the apt sources: set ODOO_HOME to an Odoo {SERIES} checkout")
    return found[1]


def _private_apt() -> Path:
    """An apt of our own: its lists and sources touch nothing of the machine's."""
    apt = CACHE / "apt"
    for folder in ("none", "state/lists/partial", "cache/archives/partial", "deb"):
        (apt / folder).mkdir(parents=True, exist_ok=True)
    (apt / "state/status").touch()
    (apt / "apt.conf").write_text(
        f'Dir::Etc::sourcelist "{apt}/debian.sources";\nDir::Etc::sourceparts "{apt}/none";\n'
        f'Dir::Etc::preferencesparts "{apt}/none";\nDir::State "{apt}/state";\n'
        f'Dir::State::status "{apt}/state/status";\nDir::Cache "{apt}/cache";\n'
        'APT::Sandbox::User "";\nAcquire::Languages "none";\n'
    )
    return apt


def _download(apt: Path) -> None:
    mirror = debian_mirror()
    if not any(path.exists() for path in KEYRINGS):
        provide({str(KEYRINGS[-1]): "debian-archive-keyring"})
    keyring = next(path for path in KEYRINGS if path.exists())
    environment = {**os.environ, "APT_CONFIG": str(apt / "apt.conf")}
    for suite in SUITES:
        (apt / "debian.sources").write_text(
            f"Types: deb\nURIs: {mirror}\nSuites: {suite}\nComponents: main\n"
            f"Architectures: all\nTargets: Packages\nSigned-By: {keyring}\n"
        )
        say(f"fetching {PACKAGE} from Debian {suite}")
        try:
            sh("apt-get", "-qq", "update", env=environment)
            sh("apt-get", "-qq", "download", PACKAGE, "libjs-jquery", env=environment, cwd=apt / "deb")
            return
        except subprocess.CalledProcessError:
            continue
    raise SystemExit(f"dev: no {PACKAGE} in Debian {', '.join(SUITES)}: set ODOO_HOME to an Odoo {SERIES} checkout")


def _unpack_into(target: Path, package: Path, *options: str) -> None:
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", package], stdout=subprocess.PIPE) as tar:
        sh("tar", "-x", "-C", target, "--no-same-owner", *options, stdin=tar.stdout)
    if tar.returncode:
        raise SystemExit(f"dev: {package} does not unpack")


def _unpack(apt: Path) -> Path:
    newest = max(apt.glob(f"deb/{PACKAGE}_*.deb"))
    target = CACHE / "odoo" / f"{out('dpkg-deb', '-f', newest, 'Version')}-{CONTENT}"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    say("unpacking it")
    for package in apt.glob("deb/*.deb"):  # relative links lead from one package into the other
        _unpack_into(target, package, *LEFT_OUT)
    _unpack_into(target, newest, "--wildcards", *(f"*/{language}.po" for language in LANGUAGES))
    # Debian leaves this library out, and without the file every page logs an error, which fails browser tests.
    stub = (
        target / "usr/lib/python3/dist-packages/odoo/addons/mail/static/lib/selfie_segmentation/selfie_segmentation.js"
    )
    if not stub.exists():
        stub.parent.mkdir(parents=True, exist_ok=True)
        stub.write_text("// not in Debian's package: no background blur in calls\n")
    return target


def debian_odoo() -> Path:
    with lock("odoo"):
        done = sorted(CACHE.glob(f"odoo/*-{CONTENT}/complete"))
        if done:
            return done[-1].parent
        shutil.rmtree(CACHE / "apt", ignore_errors=True)  # of a run that was killed
        apt = _private_apt()
        _download(apt)
        target = _unpack(apt)
        shutil.rmtree(apt)
        (target / "complete").touch()
        return target


def venv_folder(name: str, requirements: Path) -> Path:
    return CACHE / f"{name}-{key(sys.version + requirements.read_text())}"


def venv(name: str, requirements: Path, *options: str) -> Path:
    """A virtual environment with exactly these packages, made once per list; returns its bin folder."""
    folder = venv_folder(name, requirements)
    with lock("venv"):
        if not (folder / "complete").exists():
            if not (3, 10) <= sys.version_info < (3, 13):
                raise SystemExit(f"dev: the packages are for Python 3.10 to 3.12, this is {sys.version.split()[0]}")
            provide({str(Path(sysconfig.get_path("stdlib"), "ensurepip/__init__.py")): "python3-venv"})
            say(f"installing the packages of {requirements.name}")
            sh(sys.executable, "-m", "venv", "--clear", folder)
            pip = (folder / "bin/python", "-m", "pip", "install", "-q", "--disable-pip-version-check", "--no-deps")
            sh(*pip, *options, "-r", requirements, stdout=sys.stderr)
            (folder / "complete").touch()
    return folder / "bin"


def odoo_python() -> Path:
    """The Python that runs Odoo, with the packages that Odoo needs."""
    return venv("venv", REQUIREMENTS, "--only-binary", ":all:", "--no-binary", "docopt") / "python"


class Odoo:
    """Where Odoo is, which Python runs it, and with which configuration."""

    def __init__(self) -> None:
        home = os.environ.get("ODOO_HOME")
        self.home = Path(home).expanduser().resolve() if home else debian_odoo() / "usr/lib/python3/dist-packages"
        if series_of(self.home) != SERIES:
            raise SystemExit(f"dev: {self.home} holds Odoo {series_of(self.home)}, not {SERIES}")
        self.python = odoo_python()
        self.data = CACHE / "data"
        self.conf = CACHE / f"{HERE}.conf"
        self.depends = ast.literal_eval((REPO / "__manifest__.py").read_text())["depends"]
        self.key = key("|".join((str(self.home), REQUIREMENTS.read_text(), *self.depends)))
        self._configure()

    @property
    def version(self) -> str:
        """Debian's version of the package, or the series of a checkout."""
        return SERIES if os.environ.get("ODOO_HOME") else self.home.parents[3].name.removesuffix(f"-{CONTENT}")

    def _configure(self) -> None:
        own = [path for path in (self.home / "addons",) if (path / "web").is_dir()]
        self.addons_path = [*own, module_link().parent]
        self.conf.write_text(
            "[options]\n"
            f"addons_path = {','.join(map(str, self.addons_path))}\n"
            f"data_dir = {self.data}\n"
            "http_interface = 127.0.0.1\nlist_db = False\n"
            # Until the demo has its own outgoing server nothing is listening here.
            "smtp_server = 127.0.0.1\nsmtp_port = 9\n"
            f"publisher_warranty_url = {NOWHERE}/\n"
        )

    def command(self, *arguments) -> list[str]:
        command, *rest = arguments
        return [str(self.python), "-m", "odoo", command, "-c", str(self.conf), *map(str, rest)]

    def environment(self) -> dict[str, str]:
        return {**clean_environment(), "PYTHONPATH": str(self.home), **connection()}

    def __call__(self, *arguments, **options) -> subprocess.CompletedProcess:
        return sh(*self.command(*arguments), env=self.environment(), cwd=CACHE, **options)

    def script(self, database: str, script: str, variables: dict[str, str] | None = None) -> str:
        """Run a file of dev/shell/ in an Odoo shell; what it prints comes back."""
        environment = {**self.environment(), **(variables or {})}
        command = self.command("shell", "-d", database, "--no-http", "--log-level=warn")
        with (DEV / "shell" / script).open() as source:
            return out(*command, stdin=source, env=environment, cwd=CACHE)


def module_link() -> Path:
    """Through it Odoo sees the repository under the module's name. Inside that it would be an endless path."""
    link = CACHE / "addons" / HERE / MODULE
    link.parent.mkdir(parents=True, exist_ok=True)
    if not link.is_symlink() or os.readlink(link) != str(REPO):
        link.unlink(missing_ok=True)
        link.symlink_to(REPO)
    return link
