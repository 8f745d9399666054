import sys
import threading

from ...tools import switch_interval as module
from ...tools.switch_interval import switch_interval
from .common import DoctestCase


class TestSwitchInterval(DoctestCase):
    def test_doctests(self):
        self.assertDoctests(module)

    def test_several_users_that_end_in_any_order(self):
        before = sys.getswitchinterval()
        may_end, has_begun = threading.Event(), threading.Event()

        def use():
            with switch_interval(0.0005):
                has_begun.set()
                may_end.wait(10)

        thread = threading.Thread(target=use)
        with switch_interval(0.001):
            thread.start()
            has_begun.wait(10)
        self.assertLess(sys.getswitchinterval(), before, "one of them still needs it")
        may_end.set()
        thread.join()
        self.assertEqual(sys.getswitchinterval(), before)

    def test_no_longer_than_it_is(self):
        before = sys.getswitchinterval()
        with switch_interval(before * 2):
            self.assertEqual(sys.getswitchinterval(), before)
