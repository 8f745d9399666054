"""The tests: linters, the pure ones without Odoo, and Odoo's in a copy of the template database."""

import subprocess
import sys
from pathlib import Path

from cache import CACHE, DEV, HERE, MODULE, REPO, clean_environment, end_with_parent, say
from databases import scratch, template
from lint import lint
from odoo_install import Odoo
from outcome import Count, OdooLog, of_unittest
from postgres import postgres
from programs import BROWSER, EXIM, provide, provide_mail_servers

sys.path.insert(0, str(REPO / "tests"))
from servers.process import free_ports  # noqa: E402


def test(specs: list[str], browser: bool = True, slow: bool = True) -> int:
    """`specs` are Odoo's test tags; a class or class.method of this module may be named alone.

    `slow` are the tests that wait for real mail servers to give up and for mailboxes of thousands of mails.
    """
    good, count, pure = True, Count(), None
    if not specs:
        pure = start_pure_tests()  # beside the linters and Odoo
        good = lint()
    browser = browser and provide(BROWSER, required=False)
    provide_mail_servers()
    with postgres():
        odoo = Odoo()
        with scratch(odoo, template(odoo, assets=browser)) as database:
            code, odoo_count = odoo_tests(odoo, database, tags(specs, browser, slow))
    if pure:
        count = end_pure_tests(pure)
    if odoo_count == Count():
        say("no Odoo test ran")
        code = code or 1
    if code and not odoo_count.failed:
        odoo_count.failed = 1  # such as a module that cannot be loaded
    count += odoo_count
    if not good:
        say("the linters complain")
    sys.stderr.flush()
    print(count, flush=True)
    return code or int(bool(count.failed or not good))


def tags(specs: list[str], browser: bool, slow: bool) -> str:
    if specs:
        chosen = [f"/{MODULE}:{spec}" if spec[:1].isupper() else spec for spec in specs]
    else:  # the pure ones have run, and need not run again
        pure = sorted((REPO / "tests/tools").glob("test_*.py"))
        chosen = [f"/{MODULE}", *(f"-/{MODULE}/tests/tools/{path.name}" for path in pure)]
    return ",".join(chosen + ([] if browser else ["-browser"]) + ([] if slow else ["-slow"]))


def start_pure_tests() -> subprocess.Popen:
    command = [sys.executable, str(DEV / "pure.py")]
    log = (CACHE / f"{HERE}-pure.log").open("w+")
    return subprocess.Popen(
        command, cwd=REPO, env=clean_environment(), stdout=log, stderr=log, preexec_fn=end_with_parent
    )


def coverage() -> int:
    """Which lines and branches of tools/ the tests without Odoo do not reach."""
    command = [sys.executable, str(DEV / "pure.py"), "--coverage"]
    return subprocess.run(command, cwd=REPO, env=clean_environment()).returncode


def end_pure_tests(run: subprocess.Popen) -> Count:
    say("the tests of tools/, without Odoo")
    run.wait()
    text = (CACHE / f"{HERE}-pure.log").read_text(errors="replace")
    print(text, end="", flush=True)
    count = of_unittest(text)
    if run.returncode and not count.failed:
        count.failed = 1
    return count


def odoo_tests(odoo: Odoo, database: str, test_tags: str) -> tuple[int, Count]:
    say("the tests in Odoo")
    command = odoo.command("server", "-d", database, "-i", MODULE, "--test-tags", test_tags, "--stop-after-init")
    command += ["--http-port", str(free_ports(1)[0]), "--max-cron-threads=0"]
    log_file = CACHE / f"{HERE}-test.log"
    log = run_and_read(odoo, command, log_file)
    say(f"the whole log is in {log_file}")
    return log[0], log[1].count()


def run_and_read(
    odoo: Odoo, command: list[str], log_file: Path, show: bool = True, **variables: str
) -> tuple[int, OdooLog]:
    """Run Odoo, keep its log, show what matters of it (or nothing). `variables` are for its environment."""
    result = OdooLog()
    environment = {**odoo.environment(), "EXIM_ROOT": str(EXIM), **variables}
    run = subprocess.Popen(
        command,
        env=environment,
        cwd=CACHE,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        preexec_fn=end_with_parent,
    )
    try:
        with log_file.open("w") as log:
            for line in run.stdout:
                log.write(line)
                if result.read(line) and show:
                    print(line, end="", flush=True)
        return run.wait(), result
    finally:
        run.kill()
        run.wait()


DOORS = [
    "TestSecrets.test_matrix",
    "TestRights.test_matrix",
    "TestDoors.test_public_methods",
    "TestRpcMatrix.test_methods",
]


def doors() -> int:
    """Try every door to evidence and to texts; prints who came through which."""
    provide_mail_servers()
    with postgres():
        odoo = Odoo()
        with scratch(odoo, template(odoo)) as database:
            chosen = tags(DOORS, browser=False, slow=True)
            code, count = odoo_tests(odoo, database, chosen)
    for line in (CACHE / f"{HERE}-test.log").read_text(errors="replace").splitlines():
        if ": TABLE " in line:
            print(line.partition(": TABLE ")[2])
    print(count, flush=True)
    return code
