import ssl

from ...tools import expiry, own_addresses
from ...tools.explanation import fault
from ...tools.own_addresses import OwnAddresses
from ...tools.smtp import network
from ...tools.smtp.network import require_tls
from .common import DoctestCase


class TestServerFacts(DoctestCase):
    """What tools/ knows of one mail server: its addresses, its certificates, its last fault, its TLS."""

    def test_doctests(self):
        self.assertDoctests(expiry, own_addresses, fault, network)

    def test_a_stage_for_every_day(self):
        stages = [expiry.expiry_stage(days) for days in range(60, -5, -1)]
        self.assertEqual(list(dict.fromkeys(stages)), [None, 30, 7, 1, 0])

    def test_which_reply_to_is_replaced(self):
        own = OwnAddresses(reply_to="office@x.test", defaults=frozenset({"catchall@bücher.example"}))
        for reply_to, expected in (
            ("", True),
            ("Anna@X.test", True),
            ("CatchAll@xn--bcher-kva.example", True),
            ("jan@x.test", False),
        ):
            with self.subTest(reply_to=reply_to):
                self.assertEqual(own.replaces(reply_to, "anna@x.test"), expected)

    def test_faults(self):
        for reason, cause in (
            ("timed out", "no_answer"),
            ("no access token for the login", "wrong_login"),
            ("no TLS version or cipher in common", "encryption_failed"),
            ("unexpected error (ValueError)", "settings_problem"),
            ("530 5.7.0 Authentication Required", "login_required"),
            ("550 5.4.5 Daily user sending limit exceeded.", "sending_limit"),
            ("421-4.7.0 first line\n421 4.7.0 second line", "service_unavailable"),
            ("words that nobody knows", "not_sent"),
        ):
            with self.subTest(reason=reason):
                found = fault.cause_of_fault(reason)
                self.assertEqual(found.value, cause)

    def test_what_a_context_asks_for_is_never_lowered(self):
        context = ssl.create_default_context()
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        self.assertIs(require_tls(context, ssl.TLSVersion.TLSv1_2), context)
        self.assertEqual(context.minimum_version, ssl.TLSVersion.TLSv1_3)
        self.assertTrue(context.check_hostname, "it still checks what it checked")
