"""SPF as RFC 7208 has it: what matches, what counts, and what breaks a record."""

from ...tools.doctor import spf
from ...tools.doctor.spf import Verdict, evaluate
from .common import DoctestCase


class TestDoctorSpf(DoctestCase):
    def test_doctests(self):
        self.assertDoctests(spf)

    def evaluate(self, text, address="192.0.9.1", **records):
        """Evaluate a record of a.test; the names of others are written with two underscores for the kind."""
        known = {("TXT", "a.test"): [text]}
        for key, values in records.items():
            kind, _sign, name = key.partition("__")
            known[kind, name.replace("_", ".")] = values
        self.asked = []

        def ask(kind, name):
            self.asked.append((kind, name))
            return known.get((kind, name), [])

        return evaluate("a.test", address, ask)

    def assertVerdict(self, verdict, *args, **records):
        found = self.evaluate(*args, **records)
        self.assertEqual(found.verdict, verdict, found)
        return found

    def test_mechanisms(self):
        others = {
            "A__a_test": ["192.0.9.1"],
            "AAAA__a_test": ["2001:db8::1"],
            "MX__a_test": ["mx.a.test", "mx2.a.test"],
            "A__mx2_a_test": ["192.0.9.7"],
            "A__mx_a_test": ["198.51.100.1"],
            "AAAA__mx_a_test": ["2001:db8:1::25"],
            "TXT__b_test": ["v=spf1 ip4:203.0.113.0/24 -all"],
        }
        for text, address, verdict in (
            ("v=spf1 a -all", "192.0.9.1", Verdict.PASS),
            ("v=spf1 a -all", "192.0.9.2", Verdict.FAIL),
            ("v=spf1 a -all", "2001:db8::1", Verdict.PASS),
            ("v=spf1 A/24 -ALL", "192.0.9.200", Verdict.PASS),
            ("v=spf1 a:a.test//64 -all", "2001:db8::77", Verdict.PASS),
            ("v=spf1 a//64 -all", "192.0.9.2", Verdict.FAIL),
            ("v=spf1 mx ~all", "192.0.9.7", Verdict.PASS),
            ("v=spf1 mx:a.test/24//48 ~all", "2001:db8:1:2::3", Verdict.PASS),
            ("v=spf1 mx ~all", "192.0.9.8", Verdict.SOFTFAIL),
            ("v=spf1 ip4:192.0.9.1 -all", "192.0.9.1", Verdict.PASS),
            ("v=spf1 ip6:2001:db8::/32 -all", "2001:db8:9::1", Verdict.PASS),
            ("v=spf1 ip6:2001:db8::/32 -all", "192.0.9.1", Verdict.FAIL),
            ("v=spf1 include:b.test ?all", "203.0.113.9", Verdict.PASS),
            ("v=spf1 include:b.test ?all", "203.0.114.9", Verdict.NEUTRAL),
            ("v=spf1 redirect=b.test", "203.0.113.9", Verdict.PASS),
            ("v=spf1 redirect=b.test", "203.0.114.9", Verdict.FAIL),
            ("v=spf1 redirect=b.test -all", "203.0.113.9", Verdict.FAIL),  # all comes first
            ("v=spf1 -ip4:192.0.9.1 +all", "192.0.9.1", Verdict.FAIL),
            ("v=spf1 exp=explain.a.test moo=x ip4:192.0.9.1", "192.0.9.1", Verdict.PASS),
            ("v=spf1", "192.0.9.1", Verdict.NEUTRAL),
            ("v=spf10 +all", "192.0.9.1", Verdict.NONE),
        ):
            with self.subTest(text=text, address=address):
                self.assertVerdict(verdict, text, address, **others)

    def test_what_only_a_mail_can_tell(self):
        for term in ("exists:%{i}.x.test", "ptr", "a:%{d}", "include:%{ir}.x.test", "mx:%{o}"):
            with self.subTest(term):
                self.assertVerdict(Verdict.UNSURE, f"v=spf1 {term} -all")
                self.assertVerdict(Verdict.PASS, f"v=spf1 {term} ip4:192.0.9.1 -all")
        self.assertVerdict(Verdict.UNSURE, "v=spf1 redirect=%{d}.x.test")
        self.assertVerdict(Verdict.UNSURE, "v=spf1 include:b.test -all", TXT__b_test=["v=spf1 ptr -all"])

    def test_broken(self):
        for text, problem in (
            ("v=spf1 ip4:192.0.9 -all", "syntax"),
            ("v=spf1 ip4: -all", "syntax"),
            ("v=spf1 ip4:192.0.9.0/33 -all", "syntax"),
            ("v=spf1 include: -all", "syntax"),
            ("v=spf1 include -all", "syntax"),
            ("v=spf1 ipv4:192.0.9.1 -all", "syntax"),
            ("v=spf1 include:no.test -all", "no_record"),
            ("v=spf1 redirect=no.test", "no_record"),
            ("v=spf1 include:two.test -all", "many"),
            ("v=spf1 a:no1.test a:no2.test a:no3.test -all", "void"),
            ("v=spf1 include:a.test -all", "lookups"),  # of itself, for ever
            ("v=spf1 redirect=a.test", "lookups"),
            ("v=spf1 " + "include:b.test " * 11 + "-all", "lookups"),
            ("v=spf1 mx -all", "lookups"),  # eleven hosts
            ("v=spf1 " + "ip4:192.0.8.1 " * 400, "long"),
        ):
            with self.subTest(text[:60]):
                found = self.assertVerdict(
                    Verdict.BROKEN,
                    text,
                    TXT__b_test=["v=spf1 -all"],
                    TXT__two_test=["v=spf1 -all", "v=spf1 +all"],
                    MX__a_test=[f"mx{number}.a.test" for number in range(11)],
                )
                self.assertEqual(found.problem, problem)
                self.assertLess(len(self.asked), 15)

    def test_a_bomb_of_includes(self):
        """Each record includes ten others: still no more than ten are read."""
        text = "v=spf1 " + " ".join(f"include:b{number}.test" for number in range(10)) + " -all"
        self.asked = []

        def ask(kind, name):
            self.asked.append(name)
            return [text]

        self.assertEqual(evaluate("a.test", "192.0.9.1", ask).problem, "lookups")
        self.assertEqual(len(self.asked), 11)
