"""Programs that come as Debian packages. Root installs what is missing; anybody else is told what to ask for."""

import contextlib
import os
import shutil
import subprocess
from pathlib import Path

from cache import CACHE, ROOT, lock, say, sh

# program -> Debian package; a name with a slash is a file
DATABASE = {"initdb": "postgresql"}
CLIENT = {"psql": "postgresql-client"}
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
POLICY_MARK = "dev.py installs packages"
# Of /proc/PID/stat: field 2 is the name, "(sh)", 3 the state, Z for one that has ended, 22 when the process started.
POLICY_TEXT = f"""\
#!/bin/sh
# No server starts while {POLICY_MARK}.
set -- $(cat /proc/{{pid}}/stat 2>/dev/null)
test "$3" != Z && test "${{{{22}}}}" = "{{start}}" && exit 101
rm -f "{{file}}"
exit 0
"""


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
    """Keep a package from starting its own server: ours are private. Debian asks a script before it starts one.

    A shell removes the script when the pipe ends that is yielded, which apt-get inherits: when both of us are done or
    dead. Were the shell killed too, the script finds that out when it is asked, removes itself and says yes.

    :return: the file descriptor for apt-get, or None where the machine has a script of its own
    """
    if POLICY.exists() and POLICY_MARK not in POLICY.read_text(errors="replace"):
        yield None
        return
    guard = subprocess.Popen(
        ["sh", "-c", 'read -r _; rm -f "$1" "$1.$$"', "guard", POLICY], stdin=subprocess.PIPE, start_new_session=True
    )
    try:
        temporary = POLICY.with_name(f"{POLICY.name}.{guard.pid}")
        temporary.write_text(POLICY_TEXT.format(pid=guard.pid, start=_start_time(guard.pid), file=POLICY))
        temporary.chmod(0o755)
        temporary.rename(POLICY)
        yield guard.stdin.fileno()
    finally:
        guard.stdin.close()
        guard.wait()


def _start_time(pid: int) -> str:
    """Of a process, in ticks since the machine started: with it the number is not taken for another process."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]


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
    with no_service_starts() as pipe:
        inherited = () if pipe is None else (pipe,)
        _apt("install", "-y", "--no-install-recommends", *packages, pass_fds=inherited)
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
