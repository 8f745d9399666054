"""How fast mails leave, stock Odoo and ours in turn, at several distances from the mail server."""

from collections.abc import Iterator
from statistics import median

from cache import say

from .network import distant, mail_server
from .setting import CORE, OURS, TRACKING, Setting

SHAPES = ("plain", "pdf", "chatter")
# RTT in ms -> how the server can be talked to, with how many connections
CELLS = {
    0: (("pipeline", 3),),
    20: (("bdat", 4), ("pipeline", 4)),
    50: (("bdat", 8), ("pipeline", 16)),
}
OTHER = (("bdat", 4), ("pipeline", 4))
GOALS = {(20, "bdat"): 30, (20, "pipeline"): 19, (50, "bdat"): 60, (50, "pipeline"): 45}
GOALS_NEAR = {"plain": 6, "chatter": 6, "pdf": 4}
# Stock Odoo takes as long for each mail however many there are, and seconds per dozen at a distance.
CORE_SECONDS_PER_MAIL = 0.025
RUN_LIMIT = 1000  # stock Odoo sends no more in one run of its scheduled action


def core_mails(mails: int, rtt: float) -> int:
    """Enough for about 15 seconds."""
    return min(mails, RUN_LIMIT, max(50, int(15 / (CORE_SECONDS_PER_MAIL + 0.0045 * rtt))))


def cells(shapes, rtts, modes) -> Iterator[tuple[str, float, str, int]]:
    for rtt in rtts:
        for mode, connections in CELLS.get(rtt, OTHER):
            for shape in shapes:
                if not modes or mode in modes:
                    yield shape, rtt, mode, connections


def goal(shape: str, rtt: float, mode: str) -> int | None:
    return GOALS.get((rtt, mode)) if rtt else GOALS_NEAR[shape]


def send(
    at: Setting, shapes, rtts, modes, rounds: int, mails: int, connections: int | None, others: bool = False
) -> Iterator[dict]:
    """One row per cell.

    :param others: measure the OCA's mail_tracking in the same run, too
    """
    for shape, rtt, mode, usual in cells(shapes, rtts, modes):
        found = {CORE: [], OURS: [], **({TRACKING: []} if others else {})}
        with mail_server(mode) as port, distant(port, rtt) as (near, forwarder):
            for number in range(rounds):
                for engine in found:
                    count = mails if engine == OURS else core_mails(mails, rtt)
                    source = at.prepared(engine, shape, count)
                    result = at.measure(engine, source, port=near, connections=connections or usual)
                    if forwarder:
                        result["most_open"] = forwarder.ask()["most_open"]
                        result["rtt_ms"] = forwarder.rtt_ms
                    found[engine].append(result)
                    rate = result["mails"] / result["seconds"]
                    say(f"{shape}, {rtt} ms, {mode}, round {number + 1}: {engine} {rate:.1f} mails/s")
        yield row(shape, rtt, mode, found)


def row(shape: str, rtt: float, mode: str, found: dict[str, list[dict]]) -> dict:
    core, ours = found[CORE], found[OURS]
    found_ratios = ratios(core, ours)
    cpu = {name: [1000 * one["cpu_seconds"] / one["mails"] for one in rows] for name, rows in found.items()}
    result = {
        "bench": "send",
        "shape": shape,
        "rtt_ms": rtt,
        "mode": mode,
        "connections": max(one.get("most_open", one["connections"]) for one in ours),
        "core_per_s": round(median(map(rate, core)), 1),
        "ours_per_s": round(median(map(rate, ours)), 1),
        "ratio": round(median(found_ratios), 2),
        "sql_per_mail": round(median(per_mail(ours, "statements")), 2),
        "cpu_ms_per_mail": round(median(cpu[OURS]), 2),
        "core_sql_per_mail": round(median(per_mail(core, "statements")), 2),
        "core_cpu_ms_per_mail": round(median(cpu[CORE]), 2),
        "mails": ours[0]["mails"],
        "core_mails": core[0]["mails"],
        **({"tracking_per_s": round(median(map(rate, found[TRACKING])), 1)} if TRACKING in found else {}),
        "ratios": [round(ratio, 2) for ratio in found_ratios],
    }
    if mode == "pipeline" and rtt:  # DATA has to be answered: a connection cannot do more than a mail a round trip
        result["most_per_s"] = round(1000 * result["connections"] / ours[0]["rtt_ms"], 1)
    wanted = goal(shape, rtt, mode)
    return {
        **result,
        "goal": wanted,
        "met": wanted is None or result["ratio"] >= wanted and result["sql_per_mail"] <= 1,
    }


def rate(result: dict) -> float:
    return result["mails"] / result["seconds"]


def ratios(slower: list[dict], faster: list[dict]) -> list[float]:
    """How many times as fast, round by round."""
    return [rate(b) / rate(a) for a, b in zip(slower, faster, strict=True)]


def per_mail(results: list[dict], what: str) -> list[float]:
    return [one[what] / one["mails"] for one in results]
