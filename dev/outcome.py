"""Count what a test run did, from what it prints."""

import re
from dataclasses import dataclass, field

RECORD = re.compile(r"\d{4}-\S+ \S+ \d+ (?P<level>[A-Z]+) \S+ (?P<logger>\S+): (?P<text>.*)")
FAILED = re.compile(r"(?P<how>FAIL|ERROR): (?:Subtest )?(?P<test>\S+)")
OF_CLASS = re.compile(r"ERROR: setUpClass \((?P<module>\S+)\.(?P<class>\w+)\)")
SUMMARY = re.compile(r"(\d+) failed, (\d+) error\(s\) of \d+ tests")


@dataclass
class Count:
    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __add__(self, other: "Count") -> "Count":
        return Count(self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped)

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"


def of_unittest(output: str) -> Count:
    """
    >>> of_unittest("Ran 5 tests in 0.1s\\n\\nFAILED (failures=1, errors=1, skipped=1)")
    Count(passed=2, failed=2, skipped=1)
    """
    numbers = {word: int(number) for word, number in re.findall(r"\b(failures|errors|skipped)=(\d+)", output)}
    ran = re.search(r"^Ran (\d+) test", output, re.M)
    failed, skipped = numbers.get("failures", 0) + numbers.get("errors", 0), numbers.get("skipped", 0)
    if not ran:  # it did not get as far as running any
        return Count(failed=1)
    return Count(max(int(ran[1]) - failed - skipped, 0), failed, skipped)


@dataclass
class OdooLog:
    """Reads Odoo's log line by line: Odoo's own sum leaves out skipped tests and counts subtests as tests."""

    started: set[str] = field(default_factory=set)
    failed: set[str] = field(default_factory=set)  # with the errors
    errors: set[str] = field(default_factory=set)
    skipped: set[str] = field(default_factory=set)
    problems: int = 0
    quiet: bool = False

    def read(self, line: str) -> bool:
        """Take in a line; True if it is worth showing."""
        record = RECORD.match(line)
        if not record:  # goes on with the record before it
            return not self.quiet
        text, logger = record["text"].rstrip(), record["logger"]
        self.quiet = record["level"] == "INFO" and not text.startswith(("Starting ", "skipped "))
        if text.startswith("Starting ") and text.endswith("..."):  # and not "Starting post tests"
            self.started.add(f"{logger}:{text.split()[1]}")
        elif text.startswith("skipped "):
            self.skipped.add(f"{logger}:{text.split(' : ')[0].removeprefix('skipped ')}")
        elif record["level"] == "ERROR" and (found := OF_CLASS.match(text)):
            name = f"{found['module']}:{found['class']}.setUpClass"
            self.failed.add(name)
            self.errors.add(name)
        elif record["level"] == "ERROR" and (found := FAILED.match(text)):
            name = f"{logger}:{found['test']}"
            self.failed.add(name)
            if found["how"] == "ERROR":
                self.errors.add(name)
        if found := SUMMARY.search(text):
            self.problems += int(found[1]) + int(found[2])
        return not self.quiet

    def count(self) -> Count:
        failed = len(self.failed) or self.problems
        return Count(len(self.started - self.failed - self.skipped), failed, len(self.skipped))
