"""What settings and DNS records are judged to be."""

from ...tools.doctor import BounceFacts, NotAnswered, Outcome, SendingPath, bounces, domain, judge_bounces, judge_domain
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
            (["V=SPF1 mx -all", "google-site-verification=x"], ("skipped", "spf")),
            (["v=spf1 +all"], ("warning", "spf_for_all")),
            (["v=spf1 a -all", "v=spf1 mx -all"], ("failed", "many_spf")),
        ):
            self.assertEqual(self.findings({("TXT", "a.test"): texts})["spf"], expected)

    def test_spf_of_the_server(self):
        """Whether the server is among those that may send, as far as that can be known from here."""
        google = "v=spf1 include:_spf.google.com ~all"
        for text, host, address, expected in (
            ("v=spf1 ip4:192.0.9.0/24 -all", "mx.a.test", "192.0.9.1", ("ok", "spf_passes")),
            ("v=spf1 ip4:192.0.9.0/24 -all", "mx.a.test", "192.0.8.1", ("warning", "spf_not_named")),
            ("v=spf1 ip4:192.0.9.0/24 -all", "mx.a.test", "2a01:111::1", ("warning", "spf_not_named")),
            ("v=spf1 ip4:192.0.9.0/24 -all", "localhost", "127.0.0.1", ("skipped", "spf_from_inside")),
            ("v=spf1 ip4:192.0.9.0/24 -all", "relay", "10.1.2.3", ("skipped", "spf_from_inside")),
            ("v=spf1 exists:%{i}.a.test -all", "mx.a.test", "192.0.9.1", ("skipped", "spf_unsure")),
            (google, "smtp.gmail.com", "142.250.1.1", ("ok", "spf_provider")),
            (google, "notgmail.com", "142.250.1.1", ("warning", "spf_not_named")),
            (google, "smtp.office365.com", "52.97.1.1", ("warning", "spf_no_provider")),
            ("v=spf1 ip4:1.2.3 -all", "mx.a.test", "192.0.9.1", ("failed", "spf_syntax")),
            ("v=spf1 include:no.test -all", "mx.a.test", "192.0.9.1", ("failed", "spf_no_record")),
        ):
            records = {("TXT", "a.test"): [text], ("TXT", "_spf.google.com"): ["v=spf1 ip4:35.190.247.0/24 ~all"]}
            with self.subTest(text=text, host=host, address=address):
                steps = judge_domain("a.test", asking(records), SendingPath(host, address))
                step = next(one for one in steps if one.name == "spf")
                self.assertEqual((step.outcome.value, step.finding), expected)
        # SPF is asked about the domain of the envelope sender.
        records = {("TXT", "bounce.test"): ["v=spf1 ip4:192.0.9.1 -all"], ("TXT", "a.test"): ["v=spf1 -all"]}
        path = SendingPath("mx.a.test", "192.0.9.1", "bounce.test")
        steps = {one.name: one for one in judge_domain("a.test", asking(records), path)}
        self.assertEqual((steps["spf"].finding, steps["spf"].values["domain"]), ("spf_passes", "bounce.test"))

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

    def test_who_answers_not(self):
        """A name server of somebody else that is down stops nothing; none at all, or no time, stops everything."""
        asked = []

        def ask(kind, name):
            asked.append(name)
            if name == wanted:
                raise NotAnswered(reason)
            return {"MX": ["mx.a.test."], "TXT": ["v=spf1 include:b.test -all"] if name == "a.test" else []}[kind]

        path = SendingPath("mx.a.test", "192.0.9.1")
        for wanted, reason, findings in (
            ("b.test", "no_dns", ["mx", "no_dns", "dkim_unknown", "no_dmarc"]),
            ("b.test", "out_of_time", ["mx", "out_of_time", "out_of_time", "out_of_time"]),
            ("a.test", "no_dns", ["no_dns", "no_dns", "no_dns", "no_dns"]),
        ):
            with self.subTest(wanted=wanted, reason=reason):
                asked.clear()
                self.assertEqual([one.finding for one in judge_domain("a.test", ask, path)], findings)
        self.assertEqual(asked, ["a.test"])

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
