"""What all commands share: the names, the cache folder, and how programs are called."""

import contextlib
import ctypes
import fcntl
import hashlib
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

MODULE = "mail_delivery_status"
SERIES = "19.0"
REPO = Path(__file__).resolve().parent.parent
DEV = REPO / "dev"
ROOT = os.geteuid() == 0
START = time.monotonic()
PR_SET_PDEATHSIG = 1
# By this file `clean` knows that the folder may be deleted, and backup programs that it need not be kept.
TAG = "CACHEDIR.TAG"
TAG_TEXT = "Signature: 8a477f597d28d172789f06886806bc55\n# Everything here can be made again by dev/dev.py.\n"
MADE_BEFORE = ("addons", "apt.lock")  # in a cache folder that is older than the tag


def key(*texts: str) -> str:
    return hashlib.sha1("".join(texts).encode()).hexdigest()[:8]


def _chosen_folder() -> Path:
    chosen = os.environ.get("ODOO_DEV_CACHE")
    if chosen:
        folder = Path(os.path.abspath(chosen))
        if folder == REPO or REPO in folder.parents:
            raise SystemExit(f"dev: the cache folder must be outside the repository, {folder} is in it")
        return folder
    # The user PostgreSQL runs as cannot look into root's home.
    base = "/var/cache" if ROOT else os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    if not os.path.isabs(base):
        raise SystemExit("dev: you have no home folder: set ODOO_DEV_CACHE to a folder for what is fetched and built")
    return Path(base, f"odoo-{SERIES}-dev")


CACHE = _chosen_folder()


def make_cache() -> None:
    """Make the cache folder, the only place where that is done.

    :raise SystemExit: with a sentence, if it cannot be written, holds somebody's files, or is closed to the servers
    """
    other = "set ODOO_DEV_CACHE to another folder"
    try:
        CACHE.mkdir(parents=True, exist_ok=True)
        names = set(os.listdir(CACHE))
        if TAG not in names and names and not names.intersection(MADE_BEFORE):
            raise SystemExit(f"dev: {CACHE} is not empty, and not a cache folder of this command: {other}")
        if TAG not in names:
            (CACHE / TAG).write_text(TAG_TEXT)
        if ROOT and CACHE.stat().st_mode & 0o055 != 0o055:
            CACHE.chmod(CACHE.stat().st_mode | 0o055)  # mktemp -d closes it
    except OSError as error:
        raise SystemExit(f"dev: cannot use {CACHE} ({error.strerror}): {other}") from error
    if not os.access(CACHE, os.W_OK):
        raise SystemExit(f"dev: you may not write into {CACHE}: {other}")
    if ROOT:  # PostgreSQL and the mail servers run as users of their own
        for folder in CACHE.parents:
            if not folder.stat().st_mode & 0o001:
                raise SystemExit(f"dev: {folder} is closed to the users that the servers run as: {other}")


def say(text: str) -> None:
    """Progress goes to stderr; stdout is for results."""
    print(f"dev: {time.monotonic() - START:5.1f} s  {text}", file=sys.stderr, flush=True)


def in_words(error: Exception) -> str:
    """What to tell somebody for whom a program or a file was missing, or failed."""
    if isinstance(error, subprocess.CalledProcessError):
        command = [error.cmd] if isinstance(error.cmd, str) else [str(word) for word in error.cmd]
        words = " ".join([os.path.basename(command[0]), *command[1:]])
        return f"`{words if len(words) < 120 else words[:120] + ' …'}` failed ({error.returncode}); why, it says above"
    if isinstance(error, FileNotFoundError) and error.filename and not {"/", "."} & set(str(error.filename)):
        return f"the program {error.filename} is missing: install it"
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error)


def sh(*command, **options) -> subprocess.CompletedProcess:
    return subprocess.run([str(word) for word in command], check=True, **options)


def out(*command, **options) -> str:
    return sh(*command, stdout=subprocess.PIPE, text=True, **options).stdout.strip()


def clean_environment() -> dict[str, str]:
    """Byte code is kept (else each start of Odoo takes 4 s more), but in the cache and not in the repository.

    UTF-8 whatever the language of the machine: our files are.
    """
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**environment, "PYTHONPYCACHEPREFIX": str(CACHE / "pyc"), "PYTHONUTF8": "1"}


def end_with_parent(how: int = signal.SIGTERM) -> None:
    """For `preexec_fn`: the kernel ends the child when we are killed."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, how)


@contextlib.contextmanager
def lock(name: str, how: int = fcntl.LOCK_EX, wait: bool = True):
    """Hold a lock of the cache folder; without `wait` raises BlockingIOError when somebody else has it.

    Whoever holds it may remove its file: whoever waited for that one then takes the new file.
    """
    path = CACHE / f"{name}.lock"
    while True:
        make_cache()
        with open(path, "w") as handle:
            fcntl.flock(handle, how if wait else how | fcntl.LOCK_NB)
            if _is_at(handle, path):
                yield handle
                return


def _is_at(handle, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _token() -> str:
    """On a PostgreSQL server that others use too (PGHOST): which databases are ours. Else nothing."""
    if not os.environ.get("PGHOST"):
        return ""
    file = CACHE / "token"
    with lock("token"):
        if not file.exists():
            file.write_text(secrets.token_hex(8))
    # An image of a machine, cache folder and all, may run more than once.
    return key(file.read_text(), socket.gethostname())


TOKEN = _token()
HERE = key(str(REPO), TOKEN)  # one set of databases and mail servers per checkout
