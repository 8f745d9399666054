"""Real questions to a name server on this machine."""

import unittest
from unittest.mock import patch

from ...tools import name_server
from ...tools.presets.dns import ask
from .common import PureCase

try:
    import dns.resolver

    from ..servers.dns import DnsServer
except ImportError:
    dns = None

RECORDS = {
    ("MX", "firma.test"): ["20 b.mx.test.", "10 a.mx.test."],
    ("SRV", "_submission._tcp.firma.test"): ["10 0 587 smtp.test."],
    ("MX", "broken.test"): "SERVFAIL",
}


@unittest.skipUnless(dns, "dnspython is not installed")
class TestPresetsDns(PureCase):
    def ask(self, domain):
        with DnsServer(RECORDS) as server:
            resolver = dns.resolver.Resolver(configure=False)
            resolver.nameservers, resolver.port = ["127.0.0.1"], server.port
            with patch.object(dns.resolver, "Resolver", lambda: resolver):  # else it would be the machine's
                return ask(domain)

    def test_answered(self):
        found = self.ask("firma.test")
        self.assertEqual((found.state, found.mx), ("answered", ["a.mx.test.", "b.mx.test."]))
        self.assertEqual(found.srv, {"_submission._tcp": [("smtp.test.", 587)]})

    def test_a_name_without_records(self):
        found = self.ask("none.test")
        self.assertEqual((found.state, found.mx, found.srv), ("answered", [], {}))

    def test_no_answer(self):
        self.assertEqual(self.ask("broken.test").state, "no_answer")
        self.assertEqual(self.ask(f"{'a' * 64}.test").state, "no_answer")

    def test_nobody_to_ask(self):
        with patch.object(dns.resolver, "Resolver", side_effect=dns.resolver.NoResolverConfiguration):
            self.assertEqual(ask("firma.test").state, "no_resolver")
        with patch.object(name_server, "dns", None):
            self.assertEqual(ask("firma.test").state, "no_resolver")
