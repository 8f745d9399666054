"""From an address to a provider, and the table of providers."""

import contextlib
import io
import re
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

from ...tools import presets
from ...tools.presets import (
    BY_KEY,
    PROVIDERS,
    WITHOUT_SOURCE,
    Address,
    AddressError,
    Encryption,
    Need,
    __main__,
    address,
    ask,
    dns,
    host_name,
    lookup,
    model,
    preset_of_domain,
    preset_of_mx,
    preset_of_provider,
    preset_of_srv,
)
from .common import DoctestCase

ROOT = Path(presets.__path__[0]).parents[1]
FIRM = Address.parse("no-office@firma.example")


def mx(preference, exchange):
    return SimpleNamespace(preference=preference, exchange=exchange)


def srv(target, port, priority=0, weight=0):
    return SimpleNamespace(target=target, port=port, priority=priority, weight=weight)


class TestPresets(DoctestCase):
    def test_doctests(self):
        self.assertDoctests(presets, __main__, address, dns, lookup, model)

    # === ADDRESSES === #

    def test_addresses(self):
        for text, local, domain in (
            ("not-a-person@wp.pl", "not-a-person", "wp.pl"),
            ("  JAN@WP.PL ", "JAN", "wp.pl"),
            ("Jan <not-a-person@wp.pl>", "not-a-person", "wp.pl"),
            ("not-a-person@Żółw.example", "not-a-person", "xn--w-uga1v8h.example"),
            ("not-a-person@xn--w-uga1v8h.example", "not-a-person", "xn--w-uga1v8h.example"),
            ("not-a-person@straße.example", "not-a-person", "xn--strae-oqa.example"),
            ("not-a-person@a.b.c.example.", "not-a-person", "a.b.c.example"),
        ):
            with self.subTest(text):
                found = Address.parse(text)
                self.assertEqual((found.local, found.ascii_domain), (local, domain))

    def test_no_addresses(self):
        for text in (
            "",
            "@",
            "not-a-person",
            "not-a-person@",
            "@wp.pl",
            "not-a-person@wp",
            "not-a-person@localhost",
            "not-a-person@127.0.0.1",
            "not-a-person@[127.0.0.1]",
            "not-a-person@wp.pl, no-other@wp.pl",
            "not-a-person@wp.pl@wp.pl",
            "not-a-person@wp..pl",
            "not-a-person@-wp.pl",
            "not-a-person@wp.pl/../x",
            "ja no-n@wp.pl",
            "not-a-person\no-n@wp.pl",
            "not-a-person@wp.pl\0",
            f"not-a-person@{'a' * 64}.example",
            f"{'a' * 400}@wp.pl",
            f"not-a-person@{'ż' * 5000}.example",
        ):
            with self.subTest(text[:40]), self.assertRaises(AddressError):
                Address.parse(text)

    def test_names_that_dns_knows_and_idna_does_not(self):
        self.assertEqual(Address.parse("not-a-person@x_y.example").domain, "x_y.example")
        self.assertEqual(host_name("\u0301.example"), "")

    def test_what_is_no_name_of_a_host(self):
        for text in (
            "",
            ".",
            "a b",
            "/etc/passwd",
            "..",
            "file:///x",
            "http://x.pl",
            "x.pl:25",
            "[::1]",
            "1.2.3.4",
            "x@y.pl",
            "a\nb",
            "%s",
            "${x}",
        ):
            self.assertEqual(host_name(text), "", text)

    # === BY DOMAIN === #

    def test_by_domain(self):
        for text, key, user, sender in (
            ("Not.A.Person@gmail.com", "gmail", "Not.A.Person@gmail.com", "Not.A.Person@gmail.com"),
            ("not-a-person+odoo@GMAIL.COM", "gmail", "not-a-person@gmail.com", "not-a-person+odoo@gmail.com"),
            ("not-a-person@wp.pl", "wp", "not-a-person", "not-a-person@wp.pl"),
            ("not-a-person+x@tlen.pl", "o2", "not-a-person", "not-a-person+x@tlen.pl"),
            ("not-a-person@op.pl", "onet", "not-a-person@op.pl", "not-a-person@op.pl"),
            ("not-a-person@interia.pl", "interia", "not-a-person@interia.pl", "not-a-person@interia.pl"),
            ("not-a-person@hotmail.fr", "outlook_com", "not-a-person@hotmail.fr", "not-a-person@hotmail.fr"),
        ):
            with self.subTest(text):
                found = preset_of_domain(Address.parse(text))
                self.assertEqual((found.provider.key, found.user, found.sender), (key, user, sender))

    def test_a_domain_below_is_another_one(self):
        for text in (
            "not-a-person@sub.wp.pl",
            "not-a-person@gmail.com.example",
            "not-a-person@notgmail.com",
            "not-a-person@firma.example",
        ):
            self.assertIsNone(preset_of_domain(Address.parse(text)), text)

    def test_services_send_for_the_domain(self):
        bücher = Address.parse("shop@Bücher.example")
        for key, user in (("sendgrid", "apikey"), ("mailgun_eu", "postmaster@xn--bcher-kva.example"), ("ses", "")):
            found = preset_of_provider(BY_KEY[key], bücher)
            self.assertEqual((found.user, found.sender), (user, "bücher.example"))

    def test_regions(self):
        for region, host in (("us-east-1", "us-east-1"), ("", "eu-central-1"), ("../x", "eu-central-1")):
            found = preset_of_provider(BY_KEY["ses"], FIRM, region)
            self.assertEqual(found.outgoing.host, f"email-smtp.{host}.amazonaws.com")

    # === BY DNS === #

    def test_by_mx(self):
        for hosts, key in (
            (["aspmx.l.google.com."], "google_workspace"),
            (["SMTP.GOOGLE.COM"], "google_workspace"),
            (["firma-example.mail.protection.outlook.com."], "microsoft_365"),
            (["eur.olc.protection.outlook.com."], "outlook_com"),
            (["mx-eu.mail.am0.yahoodns.net."], "yahoo"),
            (["mx-aol.mail.gm0.yahoodns.net."], "aol"),
            (["mx1.mail.ovh.net."], "ovh"),
            (["mx00.kundenserver.de."], "ionos_de"),
            (["own.firma.example.", "mx.poczta.onet.pl."], "onet"),
        ):
            with self.subTest(hosts):
                self.assertEqual(preset_of_mx(FIRM, hosts).provider.key, key)
        for hosts in ([], ["."], ["evilgoogle.com"], ["google.com.evil.example"], ["mx.firma.example"]):
            self.assertIsNone(preset_of_mx(FIRM, hosts), hosts)

    def test_by_srv(self):
        both = {"_submission._tcp": [("b.example.", 587)], "_submissions._tcp": [("a.example.", 465)]}
        found = preset_of_srv(FIRM, {**both, "_imaps._tcp": [("i.example.", 993)]})
        self.assertEqual((found.outgoing.host, found.outgoing.encryption), ("a.example", Encryption.SSL))
        self.assertEqual((found.incoming.host, found.incoming_user), ("i.example", "no-office@firma.example"))
        both["_submissions._tcp"] = [(".", 0)]  # there is no such service
        found = preset_of_srv(FIRM, both)
        self.assertEqual((found.outgoing.host, found.outgoing.port, found.incoming), ("b.example", 587, None))
        self.assertEqual(found.outgoing.encryption, Encryption.STARTTLS)
        for record in (("../x", 465), ("a.example", 0), ("a.example", 70000), ("127.0.0.1", 465)):
            self.assertIsNone(preset_of_srv(FIRM, {"_submissions._tcp": [record]}), record)
        self.assertIsNone(preset_of_srv(FIRM, {}))

    def test_asking(self):
        records = {
            ("firma.example.", "MX"): [mx(20, "mx2.example."), mx(10, "mx1.example.")],
            ("_submissions._tcp.firma.example.", "SRV"): [srv("b.example.", 465, 5), srv("a.example.", 465, 0, 10)],
        }
        found = ask("firma.example", lambda: lambda name, kind, _seconds: records.get((name, kind), []))
        self.assertEqual((found.state, found.mx), ("answered", ["mx1.example.", "mx2.example."]))
        self.assertEqual(found.srv, {"_submissions._tcp": [("a.example.", 465), ("b.example.", 465)]})

    def test_nobody_answers(self):
        asked = []

        def silent(name, kind, _seconds):
            asked.append((name, kind))
            raise OSError("timed out")

        self.assertEqual((ask("firma.example", lambda: silent).state, len(asked)), ("no_answer", 1))

    def test_a_flood_of_records(self):
        many = [mx(1, f"{i}.example.") for i in range(1000)]
        found = ask("firma.example", lambda: lambda name, kind, _seconds: many if kind == "MX" else [])
        self.assertEqual(len(found.mx), 20)

    # === THE TABLE === #

    def test_each_row(self):
        keys, domains = set(), set()
        for one in PROVIDERS:
            with self.subTest(one.key):
                self.assertRegex(one.key, r"^[a-z0-9_]+$")
                self.assertNotIn(one.key, keys)
                self.assertFalse(domains & set(one.domains))
                keys.add(one.key)
                domains |= set(one.domains)
                for name in (
                    *one.domains,
                    *one.mx,
                    one.outgoing.host.replace("{region}", "x"),
                    one.incoming.host if one.incoming else "x.y",
                ):
                    self.assertEqual(host_name(name), name)
                # A port and the encryption that belongs to it; nothing in the clear.
                self.assertEqual(
                    one.outgoing.port, {Encryption.SSL: 465, Encryption.STARTTLS: 587}[one.outgoing.encryption]
                )
                self.assertTrue(
                    not one.incoming or (one.incoming.port, one.incoming.encryption) == (993, Encryption.SSL)
                )
                self.assertTrue(one.sources)
                for page in (*one.sources, *([one.page] if one.page else [])):
                    self.assertRegex(page, r"^https?://[^\s]+( \(.+\))?$")
                self.assertTrue(re.fullmatch(r"20\d\d-\d\d-\d\d", one.read))
                self.assertTrue(one.domains or one.mx or one.is_service, "no address leads to it")
                self.assertTrue(one.is_service or one.user)
                self.assertEqual("{region}" in one.outgoing.host, bool(one.regions))
        self.assertGreater(len(keys), 30)
        self.assertFalse(domains & set(WITHOUT_SOURCE))

    def test_what_was_asked_for(self):
        """The providers that the administrator's issue names: in the table, or said to be without a source."""
        names = " ".join([*(one.name for one in PROVIDERS), *WITHOUT_SOURCE]).lower()
        for name in (
            "gmail", "google workspace", "microsoft 365", "outlook.com", "yahoo", "icloud", "amazon ses", "sendgrid",
            "mailgun", "brevo", "wp.pl", "onet", "o2.pl", "interia", "home.pl", "nazwa.pl", "ovh", "ionos", "zoho",
            "fastmail", "gmx",
        ):  # fmt: skip
            self.assertIn(name, names)

    def test_oauth_where_passwords_end(self):
        self.assertIn(Need.MICROSOFT_OAUTH, BY_KEY["microsoft_365"].needs)
        self.assertIn(Need.GOOGLE_OAUTH, BY_KEY["gmail"].needs)

    # === THE COMMAND === #

    def test_table(self):
        with contextlib.redirect_stdout(io.StringIO()) as output:
            self.assertEqual(__main__.main([]), 0)
        lines = output.getvalue().splitlines()
        rows = lines[2 : lines.index("")]
        self.assertEqual(len(rows), len(PROVIDERS))
        self.assertEqual({row.count(" | ") for row in rows}, {8})
        self.assertIn("home.pl, nazwa.pl", lines[-1])

    def test_as_a_process(self):
        run = subprocess.run(
            [sys.executable, "-m", "tools.presets", "no-a@wp.pl"], cwd=ROOT, capture_output=True, text=True, check=True
        )
        self.assertEqual(
            run.stdout, "wp.pl, known by wp.pl: smtp.wp.pl:465 ssl_strict, user no-a, IMAP imap.wp.pl:993\n"
        )
