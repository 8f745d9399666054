"""The DNS as dnspython reads it, from a name server on real sockets that answers badly, slowly or not at all."""

import time

from odoo.tests import BaseCase, tagged

from ..engine.name_server import name_server
from ..tools import name_server as adapter
from ..tools.doctor import NotAnswered, SendingPath, judge_domain
from ..tools.presets import dns as presets

try:
    import dns.resolver

    from .servers.dns import GARBAGE, SILENCE, DnsServer
except ImportError:  # the module itself does well without it
    dns = None

HUGE = "v=spf1 " + "ip4:192.0.8.1 " * 1000 + "-all"  # 14 kB


def in_strings(text):
    """A text as TXT has it, in strings of at most 255 bytes (RFC 1035 §3.3.14)."""
    return " ".join(f'"{text[begin : begin + 255]}"' for begin in range(0, len(text), 255))


@tagged("post_install", "-at_install")
class TestNameServer(BaseCase):
    def setUp(self):
        super().setUp()
        self.assertTrue(dns, "dnspython is missing: dev/requirements.txt names it")
        self.new_resolver = dns.resolver.Resolver

    def serve(self, records, cut=()):
        """Let this machine ask a name server that has these records."""
        self.server = self.enterContext(DnsServer(records, cut))
        resolver = self.new_resolver(configure=False)
        resolver.nameservers, resolver.port = ["127.0.0.1"], self.server.port
        self.patch(dns.resolver, "Resolver", lambda: resolver)

    def ask(self, records, cut=(), seconds=5.0):
        """Who asks a name server that has these records."""
        self.serve(records, cut)
        return name_server(seconds)

    def assertNotAnswered(self, reason, ask, kind, name):
        with self.assertRaises(NotAnswered) as caught:
            ask(kind, name)
        self.assertEqual(str(caught.exception), reason)

    def test_records(self):
        ask = self.ask(
            {
                ("MX", "a.test"): ["10 mx.a.test.", "20 mx2.a.test."],
                ("A", "a.test"): ["192.0.9.1"],
                ("AAAA", "a.test"): ["2001:db8::1"],
                ("TXT", "a.test"): ['"v=spf1 " "mx -all"', '"caf\\195\\169"', '"\\255\\254"'],
            }
        )
        self.assertEqual(sorted(ask("MX", "a.test")), ["mx.a.test.", "mx2.a.test."])
        self.assertEqual((ask("A", "a.test"), ask("AAAA", "a.test")), (["192.0.9.1"], ["2001:db8::1"]))
        # Strings are joined without a blank; what is no UTF-8 harms nobody.
        self.assertEqual(set(ask("TXT", "a.test")), {"v=spf1 mx -all", "café", "\ufffd\ufffd"})

    def test_nothing_there(self):
        ask = self.ask({("A", "a.test"): ["192.0.9.1"]})
        self.assertEqual(ask("TXT", "no.test"), [], "NXDOMAIN")
        self.assertEqual(ask("TXT", "a.test"), [], "the name has records of another kind only")

    def test_faults(self):
        for fault in ("SERVFAIL", "REFUSED", "FORMERR"):
            with self.subTest(fault):
                self.assertNotAnswered("no_dns", self.ask({("TXT", "a.test"): fault}), "TXT", "a.test")

    def test_silence(self):
        """Nobody answers, or says what is no answer: the time holds, for one question and for all."""
        self.patch(adapter, "SECONDS", 0.5)
        for fault in (SILENCE, GARBAGE):
            ask = self.ask({("TXT", "a.test"): fault}, seconds=0.8)
            begin = time.monotonic()
            self.assertNotAnswered("no_dns", ask, "TXT", "a.test")
            self.assertNotAnswered("no_dns", ask, "TXT", "a.test")
            self.assertNotAnswered("out_of_time", ask, "TXT", "a.test")
            self.assertLess(time.monotonic() - begin, 5)

    def test_cut_and_huge(self):
        """An answer that does not fit is asked for again by TCP."""
        ask = self.ask({("TXT", "a.test"): [in_strings(HUGE)]}, cut=["a.test"])
        self.assertEqual(ask("TXT", "a.test"), [HUGE])
        self.assertEqual([protocol for protocol, _kind, _name in self.server.asked], ["UDP", "TCP"])
        steps = judge_domain("a.test", ask, SendingPath("mx.a.test", "192.0.9.1"))
        self.assertEqual({one.name: one.finding for one in steps}["spf"], "spf_long")

    def test_names_that_lead_to_others(self):
        ask = self.ask(
            {
                ("CNAME", "alias.test"): ["a.test"],
                ("A", "a.test"): ["192.0.9.1"],
                ("CNAME", "one.test"): ["two.test"],
                ("CNAME", "two.test"): ["one.test"],
            }
        )
        self.assertEqual(ask("A", "alias.test"), ["192.0.9.1"])
        begin = time.monotonic()
        self.assertNotAnswered("no_dns", ask, "A", "one.test")  # round and round
        self.assertLess(time.monotonic() - begin, 5)

    def test_names_that_cannot_be(self):
        ask = self.ask({})
        for name in ("a..test", "a" * 64 + ".test", "x." * 130 + "test", "\ud800.test"):
            with self.subTest(name[:20]):
                self.assertNotAnswered("no_dns", ask, "A", name)
        self.assertFalse(self.server.asked)

    def test_no_name_server(self):
        def none():
            raise dns.resolver.NoResolverConfiguration

        self.patch(dns.resolver, "Resolver", none)
        with self.assertRaises(NotAnswered) as caught:
            name_server(5)
        self.assertEqual(str(caught.exception), "no_dns")

    def test_presets(self):
        """What the dialog for new servers asks about a domain, over the wire."""
        self.serve(
            {
                ("MX", "firma.example"): ["20 mx2.firma.example.", "10 mx.firma.example."],
                ("SRV", "_submissions._tcp.firma.example"): ["0 1 465 smtp.firma.example."],
                ("SRV", "_imaps._tcp.firma.example"): ["0 1 993 imap.firma.example."],
            }
        )
        found = presets.ask("firma.example")
        self.assertEqual((found.state, found.mx), ("answered", ["mx.firma.example.", "mx2.firma.example."]))
        self.assertEqual(found.srv["_submissions._tcp"], [("smtp.firma.example.", 465)])
        self.assertEqual(found.srv["_imaps._tcp"], [("imap.firma.example.", 993)])
        self.serve({("MX", "firma.example"): "SERVFAIL"})
        self.assertEqual(presets.ask("firma.example").state, "no_answer")
        self.patch(presets, "SECONDS", 0.3)
        self.serve({("MX", "firma.example"): SILENCE})
        self.assertEqual(presets.ask("firma.example").state, "no_answer")
        self.assertEqual(presets.ask("a..example").state, "no_answer")

    def test_a_domain(self):
        """All that the doctor asks about a domain, over the wire."""
        ask = self.ask(
            {
                ("MX", "a.test"): ["10 mx.a.test."],
                ("A", "mx.a.test"): ["192.0.9.1"],
                ("TXT", "a.test"): ['"v=spf1 mx include:b.test -all"'],
                ("TXT", "b.test"): "SERVFAIL",
                ("TXT", "s1._domainkey.a.test"): ['"v=DKIM1; p=MIIB"'],
                ("TXT", "_dmarc.a.test"): ['"v=DMARC1; p=reject"'],
            }
        )
        path = SendingPath("mx.a.test", "192.0.9.1")
        self.assertEqual(
            [one.finding for one in judge_domain("a.test", ask, path)], ["mx", "spf_passes", "dkim", "dmarc"]
        )
        # The name servers of an included domain are down: the rest is known all the same.
        path = SendingPath("mx.a.test", "192.0.9.2")
        self.assertEqual([one.finding for one in judge_domain("a.test", ask, path)], ["mx", "no_dns", "dkim", "dmarc"])
