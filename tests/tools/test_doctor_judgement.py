"""What settings and DNS records are judged to be."""

from ...tools.doctor import BounceFacts, NotAnswered, Outcome, bounces, domain, judge_bounces, judge_domain
from .common import DoctestCase


def asking(records):
    return lambda kind, name: records.get((kind, name), [])


class TestDoctorJudgement(DoctestCase):
    def test_doctests(self):
        self.assertDoctests(bounces, domain)

    def findings(self, records, name="a.test"):
        return {one.name: (one.outcome.value, one.finding) for one in judge_domain(name, asking(records))}

    def test_spf(self):
        for texts, expected in (
            ([], ("warning", "no_spf")),
            (["v=spf10 -all", "other"], ("warning", "no_spf")),
            (["V=SPF1 mx -all", "google-site-verification=x"], ("ok", "spf")),
            (["v=spf1 +all"], ("warning", "spf_for_all")),
            (["v=spf1 a -all", "v=spf1 mx -all"], ("failed", "many_spf")),
        ):
            self.assertEqual(self.findings({("TXT", "a.test"): texts})["spf"], expected)

    def test_mx(self):
        for records, expected in (
            ({}, ("warning", "no_mx")),
            ({("MX", "a.test"): ["."]}, ("warning", "no_mx")),
            ({("MX", "a.test"): ["mx.a.test."]}, ("ok", "mx")),
            ({("AAAA", "a.test"): ["2001:db8::1"]}, ("ok", "mx_implicit")),
        ):
            self.assertEqual(self.findings(records)["mx"], expected)

    def test_dmarc_of_the_domain_above(self):
        records = {("TXT", "_dmarc.a.test"): ["v=DMARC1;p=none"]}
        self.assertEqual(self.findings(records, "mail.a.test")["dmarc"], ("ok", "dmarc_none"))
        self.assertEqual(self.findings({}, "mail.a.test")["dmarc"], ("warning", "no_dmarc"))

    def test_dkim(self):
        records = {("TXT", "google._domainkey.a.test"): ["v=DKIM1; p=MIIB"]}
        self.assertEqual(self.findings(records)["dkim"], ("ok", "dkim"))

    def test_nobody_answers(self):
        def ask(kind, _name):
            if kind == "TXT":
                raise NotAnswered("no_dns")
            return ["mx.a.test."]

        steps = judge_domain("a.test", ask)
        self.assertEqual([one.finding for one in steps], ["mx", "no_dns", "no_dns", "no_dns"])

    def test_bounces(self):
        both = ("bounce@a.test", "bounce@b.test")
        for facts, expected in (
            (BounceFacts((), (), ()), (Outcome.WARNING, "no_bounce_address")),
            (BounceFacts(both, (), ()), (Outcome.WARNING, "bounces_to_sender")),
            (BounceFacts(both, both[:1], ()), (Outcome.OK, "bounces_of_some")),
            (BounceFacts(both, both, ()), (Outcome.OK, "bounce_address")),
        ):
            one = judge_bounces(facts)[0]
            self.assertEqual((one.outcome, one.finding), expected)
        self.assertEqual(judge_bounces(BounceFacts(both, both, (), "2026-01-01"))[1].finding, "bounces_seen")
