"""Send what `mails.py` prepared through the scheduled action and say what it cost: `measure.py JSON`.

Prints one JSON object: mails, seconds, cpu_seconds (of this process), statements, runs, rss_start_mb, rss_extra_mb.
"""

import json
import re
import resource
import time
from pathlib import Path

from boot import Statements, arguments, autocommit, environment, send_all, start, use_server


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
        found = measured(env, statements)
        cr.execute("SELECT count(*) FROM mail_mail WHERE state NOT IN ('sent', 'cancel')")
        [failed] = cr.fetchone()
    if failed:
        raise SystemExit(f"{failed} of {mails} mails were not sent")
    print(json.dumps({"mails": mails, "connections": connections, **found}))


if __name__ == "__main__":
    main()
