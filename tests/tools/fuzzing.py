"""Texts nobody would think of, made by hypothesis: from the words that a parser looks for, crossed with anything.

The same texts each time, so that a failure comes again. `FUZZ_EXAMPLES=20000` in the environment is the long form: other
texts each time, and so many a test. Without hypothesis, as on an Odoo that is no developer's, the tests are skipped.
"""

import os
import time
import tracemalloc
import unittest
import zlib

from .common import PureCase

try:
    from hypothesis import HealthCheck, given, settings
    from hypothesis import strategies as st
except ImportError:
    given = None

LONG = int(os.environ.get("FUZZ_EXAMPLES") or 0)
USUAL = 150
SECONDS = 1.0  # of the processor, for one text of at most MOST_BYTES
MOST_BYTES = 200_000
REPEATS = (1, 1, 1, 1, 2, 30, 2_000)
# What a parser may take at once: the objects of Python that it makes of a byte, and tables that are read once.
BYTES_A_BYTE, BYTES_BESIDE = 120, 6_000_000
MEASURED = 10  # one text in so many, because measuring takes long


def texts(*words):
    """A strategy: texts of these words and of any characters, pieces of them again and again."""
    piece = st.one_of(st.sampled_from(words), st.sampled_from(words), st.text(max_size=12))
    return _joined(piece, "")


def data(*words):
    """The same in bytes."""
    piece = st.one_of(st.sampled_from(words), st.sampled_from(words), st.binary(max_size=12))
    return _joined(piece, b"")


def _joined(piece, nothing):
    block = st.tuples(st.lists(piece, max_size=5).map(nothing.join), st.sampled_from(REPEATS))
    return st.lists(block, max_size=6).map(
        lambda blocks: nothing.join(text * count for text, count in blocks)[:MOST_BYTES]
    )


def fuzzed(*strategies):
    """Run a test method with what these functions without arguments make strategies of."""

    def decorated(method):
        if given is None:
            return unittest.skip("hypothesis is not installed")(method)
        chosen = settings(
            max_examples=LONG or USUAL,
            derandomize=not LONG,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        )
        return chosen(given(*(strategy() for strategy in strategies))(method))

    return decorated


class FuzzCase(PureCase):
    def bounded(self, parse, *arguments, errors=()):
        """What `parse` returns, None for one of its declared errors; within time, and memory for what it was given."""
        size = sum(len(one) for one in arguments if isinstance(one, (str, bytes)))
        is_measured = zlib.crc32(repr(arguments)[:500].encode("utf-8", "replace")) % MEASURED == 0
        if is_measured:
            tracemalloc.start()
        try:
            start = time.process_time()
            result = self._result(parse, arguments, errors)
            seconds = time.process_time() - start
            peak = tracemalloc.get_traced_memory()[1] if is_measured else 0
        finally:
            tracemalloc.stop()
        self.assertLess(peak, size * BYTES_A_BYTE + BYTES_BESIDE, "memory")
        if seconds > SECONDS:  # once more: the machine may be busy
            start = time.process_time()
            self._result(parse, arguments, errors)
            self.assertLess(time.process_time() - start, SECONDS, "time")
        return result

    def _result(self, parse, arguments, errors):
        try:
            return parse(*arguments)
        except errors:
            return None
