import sys
import threading

from ...tools import short_turns
from ...tools.short_turns import short_turns as shorter
from .common import DoctestCase


class TestShortTurns(DoctestCase):
    def test_doctests(self):
        self.assertDoctests(short_turns)

    def test_several_users_that_end_in_any_order(self):
        before = sys.getswitchinterval()
        may_end, has_begun = threading.Event(), threading.Event()

        def use():
            with shorter(0.0005):
                has_begun.set()
                may_end.wait(10)

        thread = threading.Thread(target=use)
        with shorter(0.001):
            thread.start()
            has_begun.wait(10)
        self.assertLess(sys.getswitchinterval(), before, "one of them still needs it")
        may_end.set()
        thread.join()
        self.assertEqual(sys.getswitchinterval(), before)

    def test_no_longer_than_it_is(self):
        before = sys.getswitchinterval()
        with shorter(before * 2):
            self.assertEqual(sys.getswitchinterval(), before)
