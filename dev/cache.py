"""What all commands share: the names, the cache folder, and how programs are called."""

import contextlib
import ctypes
import fcntl
import hashlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

MODULE = "mail_delivery_status"
SERIES = "19.0"
REPO = Path(__file__).resolve().parent.parent
DEV = REPO / "dev"
ROOT = os.geteuid() == 0
# The user PostgreSQL runs as cannot look into root's home.
HOME = Path("/var/cache" if ROOT else os.environ.get("XDG_CACHE_HOME", "~/.cache")).expanduser()
CACHE = Path(os.environ.get("ODOO_DEV_CACHE") or HOME / f"odoo-{SERIES}-dev").absolute()
HERE = hashlib.sha1(str(REPO).encode()).hexdigest()[:8]  # one set of databases and mail servers per checkout
START = time.monotonic()
PR_SET_PDEATHSIG = 1


def say(text: str) -> None:
    """Progress goes to stderr; stdout is for results."""
    print(f"dev: {time.monotonic() - START:5.1f} s  {text}", file=sys.stderr, flush=True)


def sh(*command, **options) -> subprocess.CompletedProcess:
    return subprocess.run([str(word) for word in command], check=True, **options)


def out(*command, **options) -> str:
    return sh(*command, stdout=subprocess.PIPE, text=True, **options).stdout.strip()


def key(*texts: str) -> str:
    return hashlib.sha1("".join(texts).encode()).hexdigest()[:8]


def clean_environment() -> dict[str, str]:
    """Byte code is kept (else each start of Odoo takes 4 s more), but in the cache and not in the repository."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**environment, "PYTHONPYCACHEPREFIX": str(CACHE / "pyc")}


def end_with_parent() -> None:
    """For `preexec_fn`: the kernel ends the child when we are killed."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


@contextlib.contextmanager
def lock(name: str, how: int = fcntl.LOCK_EX, wait: bool = True):
    """Hold a lock of the cache folder; without `wait` raises BlockingIOError when somebody else has it."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with open(CACHE / f"{name}.lock", "w") as handle:
        fcntl.flock(handle, how if wait else how | fcntl.LOCK_NB)
        yield handle
