"""A recording that tells of each step as soon as it is over: for a person who watches.

>>> steps = []
>>> recording = LiveRecording(lambda: 0.0, Settings("mx.test"), steps.append)
>>> recording.looked_up(["192.0.2.1"])
>>> recording.tried("192.0.2.1", None)
>>> recording.answered(220, b"mx.test ESMTP")
>>> [(step.name, step.finding) for step in steps]
[('resolve', 'resolved'), ('connect', 'connected'), ('greeting', 'greeted')]
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Final

from .connection import read_connection
from .handover import read_handover
from .recording import Recording
from .settings import Settings
from .step import Outcome, Step

# What is still going on reads like something that was cut off here.
_STILL_RUNNING: Final = TimeoutError("still running")


def is_over(step: Step) -> bool:
    """True if a step that was read in the middle of an examination will not come out otherwise by going on."""
    return step.outcome is not Outcome.FAILED and step.finding not in ("not_reached", "not_seen")


class LiveRecording(Recording):
    """A recording that somebody follows.

    :param tell: is handed each step once, and once more if it came out otherwise in the end; its time is not counted
    :ivar handover: the exchange from which on a mail is spoken of, None before that
    """

    def __init__(self, clock: Callable[[], float], settings: Settings, tell: Callable[[Step], None]) -> None:
        super().__init__(clock)
        self.handover: int | None = None
        self._settings = settings
        self._tell = tell
        self._told: dict[str, Outcome] = {}

    def looked_up(self, addresses: list[str]) -> None:
        """As in `Recording`."""
        super().looked_up(addresses)
        self._look()

    def tried(self, address: str, error: OSError | None) -> None:
        """As in `Recording`."""
        super().tried(address, error)
        self._look()

    def secured(self, sock: Any) -> None:
        """As in `Recording`."""
        super().secured(sock)
        self._look()

    def answered(self, code: int, text: bytes) -> None:
        """As in `Recording`."""
        super().answered(code, text)
        self._look()

    def tell(self, steps: Iterable[Step]) -> None:
        """Tell of steps that are known from elsewhere, or that came out otherwise than was told before."""
        for step in steps:
            if self._told.get(step.name) is not step.outcome:
                self._told[step.name] = step.outcome
                self._tell(step)

    def _look(self) -> None:
        if self.handover is None:
            steps = read_connection(self, self._settings, _STILL_RUNNING)
        else:
            steps = read_handover(self, self._settings.host, self.handover)
        self.tell(filter(is_over, steps))
        self._mark = self._clock()
