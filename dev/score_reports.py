"""Score tools/report on the returned mails beside the checkout, and time it.

    python3 dev/score_reports.py [--misses FILE]

Reads ../shared/bounces, which belongs to no repository, and calls the scorer there. Prints its table and how many
mails a second one core reads.
"""

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REPO = Path(__file__).resolve().parent.parent
BOUNCES = REPO.parent / "shared" / "bounces"
sys.path.insert(0, str(REPO))

from tools.report import Kind, Report, parse_report  # noqa: E402


def predictions(report: Report) -> list[dict]:
    """The report in the form that the scorer reads: only DSNs can be bounces."""
    if report.kind is not Kind.DSN:
        return []
    return [
        {
            "recipient": one.recipient,
            "status": str(one.status or ""),
            "action": one.action.value if one.action else "",
            "hard": one.hard,
            "message_id": report.message_id,
        }
        for one in report.recipients
    ]


def main() -> None:
    if not BOUNCES.is_dir():
        sys.exit(f"{BOUNCES} is not there")
    sources = {name: (BOUNCES / name).read_bytes() for name in json.loads((BOUNCES / "truth.json").read_text())}
    answers = {name: predictions(parse_report(source)) for name, source in sources.items()}
    best = float("inf")
    for _ in range(3):
        start = time.perf_counter()
        for source in sources.values():
            parse_report(source)
        best = min(best, time.perf_counter() - start)
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(answers, file)
        file.flush()
        command = [sys.executable, str(BOUNCES / "score.py"), file.name, str(BOUNCES / "truth.json"), *sys.argv[1:]]
        subprocess.run(command, check=True)
    print(f"{'mails/s':15} {len(sources) / best:.0f}")


if __name__ == "__main__":
    main()
