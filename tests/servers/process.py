"""What the servers have in common: free ports, and daemons that do not outlive the process that started them."""

import atexit
import contextlib
import os
import random
import shlex
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

HOST = "127.0.0.1"
# Below the range that the kernel takes client ports from, so that nobody's connection sits on them.
FIRST_PORT, LAST_PORT = 20000, 32000
# The shell waits for us: when its standard input ends, because we closed it or because we died, it stops the daemon.
GUARD = 'sh -c "$1" || exit 1; echo started; read -r _; sh -c "$2"'
# It runs as nobody's child: Odoo's test runner ends the children that a test class leaves behind.
LAUNCH = 'exec 3<&0; sh -c "$1" "$2" "$3" "$4" <&3 3<&- & echo $! > "$5"'


def listening() -> set[int]:
    """The TCP ports somebody listens on. Read from the kernel: to try them out would disturb servers that start or count."""
    ports = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with contextlib.suppress(OSError), open(table) as lines:
            for fields in (line.split() for line in lines):
                if fields[3] == "0A":
                    ports.add(int(fields[1].rpartition(":")[2], 16))
    return ports


def free_ports(count: int, first: int | None = None) -> list[int]:
    """Ports that nobody listens on, searched upwards from `first` or from a random place."""
    taken = listening()
    port = first or random.randrange(FIRST_PORT, LAST_PORT)
    found: list[int] = []
    while len(found) < count:
        if port not in taken:
            found.append(port)
        port = port + 1 if port < LAST_PORT + 700 else FIRST_PORT
    return found


def wait_until(condition, timeout: float = 10, step: float = 0.02):
    """The first true result of `condition()`, or its last result when time is up."""
    end = time.monotonic() + timeout
    while not (result := condition()) and time.monotonic() < end:
        time.sleep(step)
    return result


def missing_programs(*programs: str) -> list[str]:
    path = os.environ.get("PATH", "") + os.pathsep + "/usr/sbin"
    return [program for program in programs if not shutil.which(program, path=path)]


def server_environment() -> dict[str, str]:
    """Debian keeps servers in /usr/sbin, which is not on every PATH; messages in English."""
    return {**os.environ, "PATH": os.environ.get("PATH", "") + ":/usr/sbin:/sbin", "LC_ALL": "C"}


class Guard:
    """The shell that stops the daemon when `stdin` is closed."""

    def __init__(self, name: str, folder: Path, start_command: str, stop_command: str) -> None:
        pid_file = folder / "guard.pid"
        with (folder / "start.log").open("w") as log:
            launcher = subprocess.Popen(
                ["sh", "-c", LAUNCH, "launch", GUARD, name, start_command, stop_command, str(pid_file)],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,  # a Ctrl-C is for us, we stop the servers in order
                env=server_environment(),
                cwd="/",
            )
        self.stdin = launcher.stdin
        launcher.wait()
        self._process = Path("/proc", pid_file.read_text().strip(), "stat")

    def is_running(self) -> bool:
        with contextlib.suppress(OSError):
            return self._process.read_text().rpartition(") ")[2][0] != "Z"  # nobody may come to reap it
        return False


class Daemon:
    """A daemon in `folder` with its ports. Subclasses say how it starts and stops, as shell commands."""

    name = "daemon"

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder).resolve()
        self.folder.mkdir(parents=True, exist_ok=True)
        self._let_mail_accounts_in()
        self._guard: Guard | None = None

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *exc_info) -> None:
        self.stop()

    def _let_mail_accounts_in(self) -> None:
        """tempfile.mkdtemp() folders are closed to everybody else."""
        temporary = Path(tempfile.gettempdir()).resolve()
        for folder in (self.folder, *self.folder.parents):
            if folder == self.folder or temporary in folder.parents:
                folder.chmod(folder.stat().st_mode | 0o055)

    def listening_ports(self) -> list[int]:
        raise NotImplementedError

    def configure(self) -> None:
        raise NotImplementedError

    def start_command(self) -> str:
        raise NotImplementedError

    def pid_file(self) -> Path:
        raise NotImplementedError

    def log_text(self) -> str:
        raise NotImplementedError

    def start(self) -> None:
        self.configure()
        self._stop_leftover()
        # Two Postfix instances can listen on one port, and would share its connections at random.
        if not wait_until(self._ports_are_free):
            raise RuntimeError(f"{self.name}: somebody else listens on one of {self.listening_ports()}")
        output = self.folder / "start.log"
        self._guard = Guard(self.name, self.folder, self.start_command(), terminate_command(self.pid_file()))
        atexit.register(self.stop)
        wait_until(lambda: "started" in output.read_text() or not self.is_running(), 30)
        if not wait_until(lambda: listening().issuperset(self.listening_ports()) or not self.is_running()):
            self.stop()
        if not self.is_running():
            raise RuntimeError(f"{self.name} does not start:\n{output.read_text()}{self.log_text()[-2000:]}")

    def _stop_leftover(self) -> None:
        """End an instance in our folder whose guard was killed too."""
        if self.pid_file().exists():
            if started_after(self.pid_file()):  # another process has got that number since
                self.pid_file().unlink()
            subprocess.run(["sh", "-c", terminate_command(self.pid_file())], env=server_environment())

    def ask_to_stop(self) -> None:
        if self._guard is not None:
            with contextlib.suppress(OSError):
                self._guard.stdin.close()

    def stop(self) -> None:
        """Stop it and wait until its ports are free."""
        if self._guard is None:
            return
        self.ask_to_stop()
        wait_until(lambda: not self.is_running(), 30)
        self._guard = None
        atexit.unregister(self.stop)
        wait_until(self._ports_are_free)

    def _ports_are_free(self) -> bool:
        return listening().isdisjoint(self.listening_ports())

    def is_running(self) -> bool:
        return self._guard is not None and self._guard.is_running()


def started_after(pid_file: Path) -> bool:
    """Whether the process in a pid file is younger than the file."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        pid = int(pid_file.read_text().split()[0])
        ticks = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])
        age = float(Path("/proc/uptime").read_text().split()[0]) - ticks / os.sysconf("SC_CLK_TCK")
        return time.time() - age > pid_file.stat().st_mtime + 1
    return False


def terminate_command(pid_file: Path, seconds: int = 8) -> str:
    """Shell code: end the process named in the pid file, wait for its end, kill it if it still runs then."""
    # A process that has ended but that its parent has not yet asked about counts as ended.
    runs = "grep -sq '^State:.[^ZX]' /proc/$pid/status"
    return (
        f"file={shlex.quote(str(pid_file))}; test -s $file || exit 0; read -r pid _ < $file; "
        f"kill $pid 2>/dev/null || exit 0; n=0; "
        f"while {runs} && test $n -lt {seconds * 50}; do sleep 0.02; n=$((n+1)); done; "
        f"{runs} && kill -9 $pid; rm -f $file"
    )
