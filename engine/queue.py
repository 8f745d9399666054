"""The deliveries that wait for a connection to one server. No ORM in here."""

import threading
from collections import deque
from collections.abc import Iterable

from .delivery import Delivery

# Bytes of messages after which a connection takes no more deliveries at a time.
WINDOW_BYTES = 8 * 1024 * 1024


class DeliveryQueue:
    """The deliveries that wait for a connection to one server. Any number of threads take from it."""

    def __init__(self) -> None:
        self._deliveries: deque[Delivery] = deque()
        self._changed = threading.Condition()
        self._is_closed = False
        self._takers = 0

    def __len__(self) -> int:
        return len(self._deliveries)

    def put(self, deliveries: Iterable[Delivery]) -> None:
        """Append deliveries."""
        with self._changed:
            self._deliveries.extend(deliveries)
            self._changed.notify_all()

    def give_back(self, deliveries: list[Delivery]) -> None:
        """Put deliveries that were taken, or follow on such, to the front."""
        with self._changed:
            self._deliveries.extendleft(reversed(deliveries))
            self._changed.notify_all()

    def take(self, count: int, wait: bool) -> list[Delivery]:
        """Take up to so many deliveries, fewer big ones: others may have a connection to spare.

        :param wait: until there is one; then none means that no more will come
        """
        taken: list[Delivery] = []
        size = 0
        with self._changed:
            while wait and not self._deliveries and not self._is_closed:
                self._changed.wait()
            while self._deliveries and len(taken) < count and size < WINDOW_BYTES:
                taken.append(self._deliveries.popleft())
                size += len(taken[-1].message)
        return taken

    def close(self) -> None:
        """No more deliveries will come."""
        with self._changed:
            self._is_closed = True
            self._changed.notify_all()

    def join(self) -> None:
        """A sender begins to take."""
        with self._changed:
            self._takers += 1

    def leave(self, failed: bool) -> list[Delivery]:
        """A sender ends. The last one that fails takes along what nobody else will send.

        :return: the deliveries left behind
        """
        with self._changed:
            self._takers -= 1
            if not failed or self._takers:
                return []
            left = list(self._deliveries)
            self._deliveries.clear()
            return left
