"""The mails that a run has changed and that readers were not told of yet: told together, not after each commit."""

import time

# Seconds between two messages. A run commits many times a second; nobody reads that fast.
EVERY = 1.0


class News:
    """What is to be told, and when it was told last."""

    def __init__(self):
        self._ids = set()
        self._told_at = float("-inf")

    def add(self, ids) -> None:
        self._ids.update(ids)

    def is_due(self) -> bool:
        return bool(self._ids) and time.monotonic() - self._told_at >= EVERY

    def take(self) -> list[int]:
        """What is to be told now."""
        found, self._ids = sorted(self._ids), set()
        self._told_at = time.monotonic()
        return found
