"""A box to run a mail server in: the machine's own files beneath, what the server adds and changes above (overlayfs).

Mail servers exclude each other as Debian packages. In a box one is installed with all that its package does – accounts,
folders, configuration – and the machine notices nothing. A box is also a process namespace of its own: when its first
process is killed everything in it is, at once and without a word, as when a machine loses its power.
"""

import os
import shlex
import shutil
import signal
import subprocess
from pathlib import Path

from cache import CACHE, end_with_parent, lock, say, sh

IMAGES = CACHE / "interop"
# $1: the folder of the box, $2: a shell command. The folder has the same name inside.
ENTER = """\
set -e
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/changes,workdir=$1/work" "$1/root"
mount -t proc proc "$1/root/proc"
mount --rbind /dev "$1/root/dev"
mount -t tmpfs -o mode=755 tmpfs "$1/root/run"
mkdir -p "$1/root$1/files"
mount --bind "$1/files" "$1/root$1/files"
exec chroot "$1/root" sh -c "$2"
"""
NAMESPACES = ("unshare", "--mount", "--pid", "--fork", "--kill-child=KILL")
NO_SERVICE = "#!/bin/sh\nexit 101\n"


def die_with_parent() -> None:
    end_with_parent(signal.SIGKILL)  # unshare takes no notice of SIGTERM


class Box:
    """`files` is a folder that both sides see under the same name; `changes` holds the rest of what is written inside.

    :param image: the changes of another box to begin with
    """

    def __init__(self, folder: Path, image: Path | None = None) -> None:
        self.folder = folder
        self.changes, self.files = folder / "changes", folder / "files"
        self.log = folder / "output"
        self._process: subprocess.Popen | None = None
        if image:  # not a layer of its own: that may not lie within the one beneath it
            sh("cp", "-a", f"{image}/.", self.changes)
        for name in ("changes", "work", "root", "files"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        for path in (folder, self.changes, self.files):
            path.chmod(0o755)

    def write(self, path: str, text: str, mode: int = 0o644) -> None:
        """Write a file of the box, by its name inside."""
        target = self.changes / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
        target.chmod(mode)

    def _command(self, command: str) -> list[str]:
        return [*NAMESPACES, "sh", "-c", ENTER, "box", str(self.folder), command]

    def run(self, command: str, **options) -> subprocess.CompletedProcess:
        """Run a shell command inside to its end. Not while the server runs."""
        return sh(*self._command(command), preexec_fn=die_with_parent, **options)

    def start(self, command: str) -> None:
        """Start a shell command, which is to last, from the main thread: it ends when that does."""
        with self.log.open("ab") as log:
            pipes = {"stdin": subprocess.DEVNULL, "stdout": log, "stderr": log}
            # The shell stays: a server that is the first process of a namespace would have to take care of orphans.
            command = f"{command}\nwait"
            self._process = subprocess.Popen(self._command(command), **pipes, preexec_fn=die_with_parent)

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """kill -9 for all that runs inside."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None


def image(name: str, packages: tuple[str, ...]) -> Path:
    """What Debian packages change when they are installed, made once."""
    folder = IMAGES / name
    with lock("interop"):
        if not (folder / "complete").exists():
            say(f"installing {' '.join(packages)}, in a box")
            shutil.rmtree(folder, ignore_errors=True)
            _install(Box(folder), packages)
            (folder / "complete").touch()
    return folder / "changes"


def _install(box: Box, packages: tuple[str, ...]) -> None:
    box.write("/usr/sbin/policy-rc.d", NO_SERVICE, 0o755)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    names = shlex.join(packages)
    options = "-qq -o APT::Sandbox::User=root -o Acquire::Languages=none"
    install = f"apt-get {options} install -y --no-install-recommends {names}"
    box.run(f"{install} || {{ apt-get {options} update && {install}; }}; apt-get clean", env=environment)
