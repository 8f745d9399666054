"""Send what `mails.py` prepared through the scheduled action and say what it cost: `measure.py JSON`.

Prints one JSON object: mails, seconds, cpu_seconds (of this process), statements, runs, rss_start_mb, rss_extra_mb.
With workers as many processes do it at once, and it tells mails, seconds and cpu_seconds (of all).
"""

import json
import os
import re
import resource
import time
from pathlib import Path

from boot import (
    Statements,
    arguments,
    autocommit,
    count_outgoing,
    count_unsent,
    environment,
    send_all,
    start,
    use_server,
)

from odoo.sql_db import close_all


def memory_mb(name: str) -> float:
    status = Path("/proc/self/status").read_text()
    return int(re.search(rf"{name}:\s+(\d+) kB", status)[1]) / 1024


def cpu_seconds() -> float:
    own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def release(env, database: str) -> int:
    """Let the mails go that were held back. Returns how many."""
    env.cr.execute("UPDATE mail_mail SET scheduled_date = NULL WHERE state = 'outgoing'")
    count = env.cr.rowcount
    env.cr.commit()
    autocommit(database, "VACUUM ANALYZE mail_mail", "CHECKPOINT")
    return count


def keep_exact(env, is_on: bool) -> None:
    env["res.config.settings"].create({"mail_keep_exact": is_on}).execute()
    env.cr.commit()


def measured(env, statements: Statements) -> dict:
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    memory, counted, cpu, begin = memory_mb("VmRSS"), statements.value(), cpu_seconds(), time.perf_counter()
    runs = send_all(env)
    return {
        "seconds": time.perf_counter() - begin,
        "cpu_seconds": cpu_seconds() - cpu,
        "statements": statements.value() - counted,
        "runs": runs,
        "rss_start_mb": memory,
        "rss_extra_mb": memory_mb("VmHWM") - memory,
    }


def measured_workers(registry, count: int) -> dict:
    """As many processes that come from this one, as Odoo's workers do."""
    close_all()  # a connection cannot be shared
    cpu, begin = cpu_seconds(), time.perf_counter()
    children = []
    for number in range(count):
        if not (child := os.fork()):
            work(registry, number)
            os._exit(0)
        children.append(child)
    failed = [child for child in children if os.waitpid(child, 0)[1]]
    if failed:
        raise SystemExit(f"{len(failed)} of {count} workers failed")
    return {"seconds": time.perf_counter() - begin, "cpu_seconds": cpu_seconds() - cpu}


def work(registry, number: int) -> None:
    """Each worker runs a scheduled action of its own."""
    with registry.cursor() as cr:
        env = environment(cr)
        while count_outgoing(cr):
            env["mail.mail"]._buffer_crons()[number].method_direct_trigger()
            cr.commit()


def main() -> None:
    given = arguments()
    statements = Statements()
    registry = start(given["conf"], given["database"])
    with registry.cursor() as cr:
        env = environment(cr)
        connections = use_server(env, given["port"], given["connections"])
        if "keep_exact" in given:
            keep_exact(env, given["keep_exact"])
        cr.commit()
        send_all(env)  # the first mails, to warm up
        mails = release(env, given["database"])
        if given.get("workers"):
            env["mail.mail"]._set_buffer_crons(given["workers"])
            cr.commit()
        else:
            found = measured(env, statements)
    if given.get("workers"):
        found = measured_workers(registry, given["workers"])
    with registry.cursor() as cr:
        failed = count_unsent(cr)
    if failed:
        raise SystemExit(f"{failed} of {mails} mails were not sent")
    print(json.dumps({"mails": mails, "connections": connections, **found}))


if __name__ == "__main__":
    main()
