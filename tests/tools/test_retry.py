from ...tools import retry
from .common import DoctestCase


class TestRetry(DoctestCase):
    def test_doctests(self):
        self.assertDoctests(retry)

    def test_delay_grows_to_its_limit(self):
        delays = [retry.retry_delay(attempts, None, 0.0) for attempts in range(1, 12)]
        self.assertEqual(delays, sorted(delays))
        self.assertEqual(delays[0], retry.FIRST_DELAY)
        self.assertEqual(delays[-1], retry.LONGEST_DELAY)

    def test_jitter_spreads_by_a_tenth(self):
        self.assertEqual(retry.retry_delay(1, None, 1.0), 330)

    def test_what_the_server_asks_for_is_bounded(self):
        self.assertEqual(retry.retry_delay(1, 10**5, 0.0), retry.LONGEST_DELAY)

    def test_suspensions_grow_to_their_limit(self):
        self.assertEqual([retry.suspension_delay(failures, 0) for failures in range(5)], [*retry.SUSPENSIONS])
        self.assertEqual(retry.suspension_delay(10, 0), retry.SUSPENSIONS[-1])

    def test_give_up(self):
        limit = retry.GIVE_UP_HOURS * 60 * 60
        self.assertTrue(retry.is_given_up(limit, limit))
        self.assertFalse(retry.is_given_up(limit - 1, limit))
