"""A private PostgreSQL in the cache folder: no port, a socket only. PGHOST names another server to use instead."""

import contextlib
import fcntl
import os
import shutil
import subprocess

from cache import CACHE, ROOT, lock, out, say, sh
from programs import DATABASE, postgres_programs, provide

FOLDER = CACHE / "pg"
DATA = FOLDER / "data"
# What is in it can be made again, so speed counts more than a power failure.
SETTINGS = f"-k {FOLDER} -c listen_addresses= -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
# PostgreSQL refuses to run as root.
ACCOUNT = {"user": "postgres", "group": "postgres", "extra_groups": []} if ROOT else {}


def connection() -> dict[str, str]:
    if os.environ.get("PGHOST"):
        given = {name: value for name, value in os.environ.items() if name.startswith("PG")}
        return {"PGUSER": "odoo", **given}
    return {"PGHOST": str(FOLDER), "PGUSER": "odoo"}  # not postgres: Odoo refuses that name


def _control(*arguments, **options) -> subprocess.CompletedProcess:
    return subprocess.run([postgres_programs() / "pg_ctl", "-D", DATA, *arguments], cwd="/", **ACCOUNT, **options)


def _start() -> None:
    programs = postgres_programs()
    FOLDER.mkdir(exist_ok=True)
    if ROOT:
        shutil.chown(FOLDER, "postgres", "postgres")
    version = DATA / "PG_VERSION"
    if not version.exists() or version.read_text().strip() != programs.parent.name:
        shutil.rmtree(DATA, ignore_errors=True)
        how = ("-U", "odoo", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N")
        sh(programs / "initdb", "-D", DATA, *how, cwd="/", stdout=subprocess.DEVNULL, **ACCOUNT)
    _control("-w", "-s", "-l", FOLDER / "log", "-o", SETTINGS, "start", check=True)


def _ensure_started() -> None:
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    if _control("status", **quiet).returncode == 0:
        return
    try:
        _start()
    except subprocess.CalledProcessError:  # nothing in it is worth a repair
        say("the cluster does not start: making a new one")
        shutil.rmtree(DATA, ignore_errors=True)
        shutil.rmtree(CACHE / "data", ignore_errors=True)
        _start()


@contextlib.contextmanager
def postgres():
    """A server for the time of the block; several runs at once share it, the last one stops it."""
    if os.environ.get("PGHOST"):
        yield
        return
    provide(DATABASE)
    with lock("pg-use", fcntl.LOCK_SH) as use:
        with lock("pg"):
            _ensure_started()
        try:
            yield
        finally:
            with lock("pg"), contextlib.suppress(BlockingIOError):
                fcntl.flock(use, fcntl.LOCK_EX | fcntl.LOCK_NB)  # nobody else uses it
                _control("-m", "fast", "-s", "stop")


def sql(text: str, database: str = "postgres") -> str:
    environment = {**os.environ, "PGOPTIONS": "-c client_min_messages=warning", **connection()}
    return out("psql", "-X", "-qAt", "-v", "ON_ERROR_STOP=1", "-d", database, "-c", text, env=environment)
