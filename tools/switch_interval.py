"""A shorter switch interval (`sys.setswitchinterval`) while some threads wait for the network and another one works.

A thread that has an answer from the network gets the interpreter when the turn of the working thread ends: after 5 ms
by default, a quarter of a round trip of 20 ms. The setting holds for the whole process, so it is given back.

>>> before = sys.getswitchinterval()
>>> with switch_interval(0.001), switch_interval(0.001):
...     round(sys.getswitchinterval(), 6)
0.001
>>> sys.getswitchinterval() == before
True
"""

from __future__ import annotations

import contextlib
import sys
import threading
from collections.abc import Iterator

_lock = threading.Lock()
_found: list[float] = []  # the interval as the first user found it, then one item for each other user


@contextlib.contextmanager
def switch_interval(seconds: float) -> Iterator[None]:
    """Switch between threads after so many seconds; the last of several users at once gives back what the first found.

    :param seconds: no longer than it is already
    """
    with _lock:
        _found.append(sys.getswitchinterval())
        sys.setswitchinterval(min(seconds, _found[-1]))
    try:
        yield
    finally:
        with _lock:
            found = _found.pop()
            if not _found:
                sys.setswitchinterval(found)
