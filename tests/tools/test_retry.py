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

    def test_the_wish_of_the_server(self):
        for reply, expected in (
            ("4.7.1 Greylisted, try again in 300 seconds", 300),
            ("Please try again in 5 minutes.", 300),
            ("4.7.0 retry after 1 hour", 3600),
            ("wait 30s", 30),
            ("try again in 2 hrs", 7200),
            ("retry in 1 day", 86400),
            ("try again in 3 dogs", None),
            ("4.3.2 Service not available", None),
            ("4.2.2 Mailbox over its quota of 500 MB", None),
        ):
            with self.subTest(reply=reply):
                self.assertEqual(retry.delay_wish(reply), expected)
        self.assertEqual(retry.retry_delay(1, 10**5, 0.0), retry.LONGEST_DELAY)

    def test_give_up(self):
        self.assertTrue(retry.is_given_up(retry.GIVE_UP_AGE))
        self.assertFalse(retry.is_given_up(retry.GIVE_UP_AGE - 1))
