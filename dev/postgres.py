"""A private PostgreSQL in the cache folder: no port, a socket only. PGHOST names another server to use instead."""

import contextlib
import fcntl
import itertools
import os
import shlex
import shutil
import subprocess
from pathlib import Path

from cache import CACHE, ROOT, lock, out, say, sh
from programs import CLIENT, DATABASE, postgres_programs, provide

FOLDER = CACHE / "pg"
DATA = FOLDER / "data"
NEW = FOLDER / "data-new"
SETTINGS = f"-k {shlex.quote(str(FOLDER))} -c listen_addresses="
# What is in it can be made again, so speed counts more than a power failure.
FAST = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"
INITDB = ("-U", "odoo", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N")
# PostgreSQL refuses to run as root.
ACCOUNT = {"user": "postgres", "group": "postgres", "extra_groups": []} if ROOT else {}

DOES_NOT_START = """\
dev: PostgreSQL does not start. The end of its log, {log}:
{said}
Nothing was deleted. If it cannot be mended, `python3 dev/dev.py clean` removes the cache folder with all that is in it,
the demo's data too, and the next command makes it anew."""


def connection() -> dict[str, str]:
    if os.environ.get("PGHOST"):
        given = {name: value for name, value in os.environ.items() if name.startswith("PG")}
        return {"PGUSER": "odoo", **given}
    return {"PGHOST": str(FOLDER), "PGUSER": "odoo"}  # not postgres: Odoo refuses that name


def _control(*arguments, **options) -> subprocess.CompletedProcess:
    return subprocess.run([_programs() / "pg_ctl", "-D", DATA, *arguments], cwd="/", **ACCOUNT, **options)


def _programs() -> Path:
    """Those of the version that made the cluster, where they are still installed."""
    newest = postgres_programs()
    version = _version()
    own = newest.parent.parent / version / "bin"
    return own if version and (own / "pg_ctl").exists() else newest


def _version() -> str:
    """The major version of the cluster, "" if there is none."""
    with contextlib.suppress(FileNotFoundError):
        return (DATA / "PG_VERSION").read_text().strip()
    return ""


def _make() -> None:
    """Make an empty cluster. One made by a version that is gone is put aside, with the files that go with it."""
    version = _version()
    programs = postgres_programs()
    if version and _programs().parent.name != version and _major(programs) != version:
        put_aside(DATA, version)
        put_aside(CACHE / "data", version)
    if DATA.exists():
        return
    shutil.rmtree(NEW, ignore_errors=True)  # of a run that was killed
    sh(programs / "initdb", "-D", NEW, *INITDB, cwd="/", stdout=subprocess.DEVNULL, **ACCOUNT)
    NEW.rename(DATA)


def _major(programs: Path) -> str:
    """'15' of a folder with the programs of PostgreSQL 15.4."""
    return out(programs / "postgres", "--version").split()[2].split(".")[0]


def put_aside(folder: Path, version: str) -> None:
    """Keep a folder that no program here can use under another name, and say so."""
    if not folder.exists():
        return
    names = (folder.with_name(f"{folder.name}-of-{version}{'-' * number}") for number in itertools.count())
    kept = next(name for name in names if not name.exists())
    folder.rename(kept)
    say(f"made by PostgreSQL {version}, which is not installed: kept as {kept}, a new one is made")


def _forget_dead() -> None:
    """Remove the lock files of a server that died: another process can have got its number since.

    `pg_ctl status` asks only whether that number is in use, and PostgreSQL would not start.
    """
    for file in (DATA / "postmaster.pid", FOLDER / ".s.PGSQL.5432.lock"):
        with contextlib.suppress(OSError, IndexError):  # no such file, or no such process
            pid = file.read_text().split()[0].lstrip("-")
            if str(DATA) not in Path("/proc", pid, "cmdline").read_text(errors="replace"):
                file.unlink()


def _start(settings: str) -> None:
    FOLDER.mkdir(exist_ok=True)
    if ROOT:
        try:
            shutil.chown(FOLDER, "postgres", "postgres")
        except LookupError as error:
            raise SystemExit("dev: PostgreSQL does not run as root, and there is no user postgres: add one") from error
    if len(str(FOLDER / ".s.PGSQL.5432")) > 106:
        raise SystemExit(f"dev: the path {FOLDER} is too long for a socket: set ODOO_DEV_CACHE to a shorter one")
    _make()
    log = FOLDER / "log"
    log.unlink(missing_ok=True)
    run = _control("-w", "-s", "-l", log, "-o", settings, "start", stderr=subprocess.PIPE, text=True, errors="replace")
    if run.returncode:
        said = (log.read_text(errors="replace") if log.exists() else run.stderr).strip().splitlines()[-8:]
        raise SystemExit(DOES_NOT_START.format(log=log, said="\n".join(f"    {line}" for line in said)))


def _ensure_started() -> None:
    _forget_dead()
    if _control("status", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode:
        _start(f"{SETTINGS} {FAST}")


def stop_if_idle() -> None:
    """Stop the cluster, one that was left running too. The caller holds the lock `pg-use`."""
    if not os.environ.get("PGHOST") and postgres_programs() and (DATA / "postmaster.pid").exists():
        _forget_dead()
        _control("-m", "fast", "-s", "stop", stderr=subprocess.DEVNULL)


@contextlib.contextmanager
def postgres():
    """A server for the time of the block; several runs at once share it, the last one stops it."""
    if os.environ.get("PGHOST"):
        provide(CLIENT)
        _check_server()
        yield
        return
    provide({**DATABASE, **CLIENT})
    with lock("pg-use", fcntl.LOCK_SH) as use:
        with lock("pg"):
            _ensure_started()
        try:
            yield
        finally:
            with lock("pg"), contextlib.suppress(BlockingIOError):
                fcntl.flock(use, fcntl.LOCK_EX | fcntl.LOCK_NB)  # nobody else uses it
                stop_if_idle()


@contextlib.contextmanager
def durable_postgres():
    """The same server, alone for the block, with PostgreSQL's own settings: each commit waits for the disk.

    :raise SystemExit: another command uses it, or PGHOST names a server, whose settings are not ours
    """
    if os.environ.get("PGHOST"):
        raise SystemExit(
            "dev: PGHOST names a server whose settings are its own: without --fsync it is measured as it is"
        )
    provide({**DATABASE, **CLIENT})
    with contextlib.ExitStack() as stack:
        try:
            stack.enter_context(lock("pg-use", wait=False))
        except BlockingIOError as error:
            raise SystemExit("dev: PostgreSQL has to start anew for --fsync on, and another command uses it") from error
        with lock("pg"):
            stop_if_idle()
            _start(SETTINGS)
        try:
            yield
        finally:
            with lock("pg"):
                stop_if_idle()


def _check_server() -> None:
    try:
        sql("select 1")
    except subprocess.CalledProcessError as error:
        given = connection()
        raise SystemExit(
            f"dev: no connection to PostgreSQL at {given['PGHOST']} as {given['PGUSER']} (see above):"
            " set PGHOST, PGPORT, PGUSER and PGPASSWORD, or none of them for a private server"
        ) from error


def sql(text: str, database: str = "postgres", **options) -> str:
    environment = {**os.environ, "PGOPTIONS": "-c client_min_messages=warning", **connection()}
    return out("psql", "-X", "-qAt", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", text, env=environment, **options)
