"""What is known of stock Odoo, and the table that compares."""

import json
from dataclasses import dataclass, field

from cache import DEV
from outcome import OdooLog

KNOWN = DEV / "compat/stock.json"
COLUMNS = ("passed", "failed", "errors", "skipped")


@dataclass(frozen=True)
class Result:
    """What became of the tests of a suite; ``failed`` and ``errors`` are names, as `module.tests.file:Class.method`."""

    passed: int | None  # None: only those that fail are known
    skipped: int | None
    failed: frozenset[str] = field(default=frozenset())
    errors: frozenset[str] = field(default=frozenset())

    @classmethod
    def of(cls, log: OdooLog) -> "Result":
        names = {name: name.removeprefix("odoo.addons.") for name in log.failed}
        errors = frozenset(names[name] for name in log.errors)
        return cls(log.count().passed, len(log.skipped), frozenset(names.values()) - errors, errors)

    @classmethod
    def of_values(cls, values: dict) -> "Result":
        return cls(values["passed"], values["skipped"], frozenset(values["failed"]), frozenset(values["errors"]))

    def values(self) -> dict:
        return {
            "passed": self.passed,
            "skipped": self.skipped,
            "failed": sorted(self.failed),
            "errors": sorted(self.errors),
        }

    @property
    def bad(self) -> frozenset[str]:
        return self.failed | self.errors

    def cells(self) -> list[str]:
        numbers = (self.passed, len(self.failed), len(self.errors), self.skipped)
        return ["?" if number is None else str(number) for number in numbers]

    def passed_after_all(self, names: frozenset[str]) -> "Result":
        return Result(self.passed + len(names & self.bad), self.skipped, self.failed - names, self.errors - names)


def known(odoo: str) -> dict[str, Result]:
    """The results of stock Odoo by suite; none of another version of it."""
    if not KNOWN.exists():
        return {}
    kept = json.loads(KNOWN.read_text())
    return {name: Result.of_values(values) for name, values in kept["suites"].items()} if kept["odoo"] == odoo else {}


def keep(odoo: str, results: dict[str, Result]) -> None:
    suites = {name: result.values() for name, result in sorted(results.items())}
    KNOWN.write_text(json.dumps({"odoo": odoo, "suites": suites}, indent=1) + "\n")


def table(rows: list[tuple[str, Result | None, Result]]) -> str:
    """Both columns of numbers for each suite, and how many tests fail in one of them only."""
    lines = [["", "WITHOUT", "", "", "", "WITH", "", "", "", ""], ["suite", *COLUMNS, *COLUMNS, "differ"]]
    for name, without, ours in rows:
        differ = str(len(without.bad ^ ours.bad)) if without else "?"
        lines.append([name, *(without.cells() if without else "????"), *ours.cells(), differ])
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join("  ".join(map(str.ljust, line, widths)).rstrip() for line in lines)
