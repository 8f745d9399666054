"""Programs that come as Debian packages. Root installs what is missing; anybody else is told what to ask for."""

import contextlib
import os
import shutil
import subprocess
from pathlib import Path

from cache import CACHE, ROOT, lock, say, sh

# program -> Debian package; a name with a slash is a file
DATABASE = {"initdb": "postgresql"}
BROWSER = {"chromium": "chromium"}
PRINT = {"wkhtmltopdf": "wkhtmltopdf"}
MAIL = {
    "postfix": "postfix",
    "/usr/lib/dovecot/imap": "dovecot-imapd",
    "/usr/lib/dovecot/lmtp": "dovecot-lmtpd",
    "openssl": "openssl",
}
# Another mail server cannot be installed beside Postfix, so Exim is only unpacked.
EXIM_PACKAGES = ("exim4-base", "exim4-daemon-light", "libidn12")
EXIM = CACHE / "exim"
APT_OPTIONS = ("-qq", "-o", "DPkg::Lock::Timeout=400")
POLICY = Path("/usr/sbin/policy-rc.d")


def postgres_programs() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    if found:
        return found[-1].parent
    initdb = shutil.which("initdb")
    return Path(initdb).parent if initdb else None


def is_here(program: str) -> bool:
    if program == "initdb":
        return postgres_programs() is not None
    if "/" in program:
        return Path(program).exists()
    return bool(shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin"))


@contextlib.contextmanager
def no_service_starts():
    """Keep a package from starting its own server: ours are private. Debian asks this script before it starts one."""
    if POLICY.exists():
        yield
        return
    POLICY.write_text("#!/bin/sh\nexit 101\n")
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink()


def _apt(*arguments: str, **options) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    sh("apt-get", *APT_OPTIONS, *arguments, env=environment, stdout=subprocess.DEVNULL, **options)


def _install(packages: list[str]) -> None:
    say("installing " + " ".join(packages))
    if "postfix" in packages:
        answer = "postfix postfix/main_mailer_type select No configuration\n"
        with contextlib.suppress(OSError):
            subprocess.run(["debconf-set-selections"], input=answer, text=True, check=False)
    _apt("update")
    with no_service_starts():
        _apt("install", "-y", "--no-install-recommends", *packages)
    services = {"postfix": "postfix", "dovecot-imapd": "dovecot"}.keys() & packages
    if services and shutil.which("systemctl"):  # nor at the next start of the machine
        names = [{"postfix": "postfix", "dovecot-imapd": "dovecot"}[package] for package in services]
        subprocess.run(["systemctl", "disable", *names], capture_output=True)


def provide(wanted: dict[str, str], required: bool = True) -> bool:
    """Install the packages of the programs that are missing. True when all are here."""
    with lock("apt"):
        missing = list(dict.fromkeys(package for program, package in wanted.items() if not is_here(program)))
        if missing and ROOT:
            _install(missing)
            return True
    if missing:
        message = "missing (install as root): apt-get install " + " ".join(missing)
        if required:
            raise SystemExit("dev: " + message)
        say(message)
    return not missing


def provide_mail_servers() -> None:
    """Postfix and Dovecot, and an unpacked Exim. They start only as root; without them their tests are skipped."""
    if not ROOT:
        say("not root: Postfix and Dovecot cannot start, what needs them is left out")
        return
    provide(MAIL, required=False)
    with lock("apt"):
        if not (EXIM / "complete").exists():
            try:
                _unpack_exim()
            except subprocess.CalledProcessError as error:
                say(f"no Exim, its tests are skipped: {error}")


def _unpack_exim() -> None:
    say("unpacking Exim")
    shutil.rmtree(EXIM, ignore_errors=True)
    (EXIM / "deb").mkdir(parents=True)
    download = ("download", "-o", 'APT::Sandbox::User=""', *EXIM_PACKAGES)
    try:
        _apt(*download, cwd=EXIM / "deb", stderr=subprocess.DEVNULL)
    except subprocess.CalledProcessError:  # the package lists may be missing or old
        _apt("update")
        _apt(*download, cwd=EXIM / "deb")
    for package in (EXIM / "deb").glob("*.deb"):
        sh("dpkg-deb", "-x", package, EXIM)
    (EXIM / "usr/sbin/exim4").chmod(0o755)  # not setuid
    shutil.rmtree(EXIM / "deb")
    (EXIM / "complete").touch()
