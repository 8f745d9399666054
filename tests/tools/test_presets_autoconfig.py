"""The autoconfig file of a domain: what it says, and what nobody gets into here with one."""

import time
import tracemalloc

from ...tools.presets import Address, AutoconfigError, Encryption, Need, parse_autoconfig
from ...tools.presets.autoconfig import MOST_BYTES, Reason
from .common import PureCase

JAN = Address.parse("jan+odoo@Firma.example")


def server(host="mail.firma.example", port="465", socket="SSL", user="%EMAILADDRESS%", kind="smtp", extra=""):
    tag = "outgoingServer" if kind == "smtp" else "incomingServer"
    return (
        f'<{tag} type="{kind}"><hostname>{host}</hostname><port>{port}</port><socketType>{socket}</socketType>'
        f"<username>{user}</username>{extra}</{tag}>"
    )


def config(*servers, head="", domain="firma.example", version="1.1", name="Firma"):
    text = (
        f'<?xml version="1.0" encoding="UTF-8"?>{head}<clientConfig version="{version}">'
        f'<emailProvider id="firma.example"><domain>{domain}</domain><displayName>{name}</displayName>'
        f"{''.join(servers)}</emailProvider></clientConfig>"
    )
    return text.encode()


class TestPresetsAutoconfig(PureCase):
    def assertRefused(self, data, reason):
        with self.assertRaises(AutoconfigError) as caught:
            parse_autoconfig(data, JAN)
        self.assertEqual(caught.exception.reason, reason)
        return caught.exception

    # === WHAT IT SAYS === #

    def test_a_file(self):
        found = parse_autoconfig(
            config(
                server(kind="pop3", port="995"),
                server("imap.firma.example", "993", kind="imap", user="%EMAILLOCALPART%"),
                server(),
            ),
            JAN,
        )
        self.assertEqual((found.name, found.sender, found.proof), ("Firma", "jan+odoo@firma.example", "firma.example"))
        self.assertEqual((found.outgoing.host, found.outgoing.port), ("mail.firma.example", 465))
        self.assertEqual((found.outgoing.encryption, found.user), (Encryption.SSL, "jan@firma.example"))
        self.assertEqual(
            (found.incoming.host, found.incoming.port, found.incoming_user), ("imap.firma.example", 993, "jan")
        )
        self.assertFalse(found.needs)

    def test_encryption_comes_first(self):
        plain, starttls = server(port="25", socket="plain"), server(port="587", socket="STARTTLS")
        found = parse_autoconfig(config(plain, starttls, server()), JAN)
        self.assertEqual((found.outgoing.port, found.outgoing.encryption), (587, Encryption.STARTTLS))
        found = parse_autoconfig(config(plain), JAN)
        self.assertEqual((found.outgoing.encryption, found.needs), (Encryption.NONE, (Need.NO_ENCRYPTION,)))

    def test_a_mailbox_in_the_clear_is_left_out(self):
        for socket in ("plain", "STARTTLS"):
            found = parse_autoconfig(config(server(kind="imap", port="143", socket=socket), server()), JAN)
            self.assertIsNone(found.incoming)

    def test_ways_to_log_in(self):
        def user_and_needs(*methods):
            extra = "".join(f"<authentication>{method}</authentication>" for method in methods)
            found = parse_autoconfig(config(server(extra=extra)), JAN)
            return found.user, found.needs

        self.assertEqual(user_and_needs("password-cleartext"), ("jan@firma.example", ()))
        self.assertEqual(user_and_needs("OAuth2", "password-cleartext"), ("jan@firma.example", ()))
        self.assertEqual(user_and_needs("OAuth2"), ("jan@firma.example", (Need.OAUTH,)))
        self.assertEqual(user_and_needs("client-IP-address"), ("", ()))

    def test_user_names(self):
        for template, user in (
            ("%EMAILLOCALPART%", "jan"),
            ("%EMAILLOCALPART%.%EMAILDOMAIN%", "jan.firma.example"),
            ("fixed", "fixed"),
            ("%REALNAME%", ""),
            ("", ""),
        ):
            self.assertEqual(parse_autoconfig(config(server(user=template)), JAN).user, user)

    def test_for_other_domains(self):
        found = parse_autoconfig(config(server(), domain="other.example"), JAN)
        self.assertEqual((found.needs, found.other_domains), ((Need.OTHER_DOMAINS,), ("other.example",)))

    def test_a_domain_with_other_letters(self):
        address = Address.parse("jan@Żółw.example")
        found = parse_autoconfig(config(server("Poczta.Żółw.example"), domain="żółw.example"), address)
        self.assertEqual(
            (found.outgoing.host, found.user), ("poczta.xn--w-uga1v8h.example", "jan@xn--w-uga1v8h.example")
        )
        self.assertFalse(found.needs)

    def test_other_encodings(self):
        text = config(server(), name="Żółw").decode()
        for encoding in ("utf-16", "iso-8859-2"):
            data = text.replace("UTF-8", encoding).encode(encoding)
            self.assertEqual(parse_autoconfig(data, JAN).name, "Żółw")

    # === WHAT IS PASSED OVER === #

    def test_wrong_types(self):
        for wrong in (
            server(port="abc"),
            server(port="0"),
            server(port="-1"),
            server(port="70000"),
            server(port="4.65"),
            server(port="٤٦٥"),
            server(port="9" * 5000),
            server(port=""),
            server(port="<a>465</a>"),
            server(socket="TLS13"),
            server(socket=""),
            server(host=""),
            server(host="../../etc/passwd"),
            server(host="file:///etc/passwd"),
            server(host="http://169.254.169.254/latest"),
            server(host="127.0.0.1"),
            server(host="[::1]"),
            server(host="a b"),
            server(host="a" * 300 + ".example"),
            server(kind="imap"),
            server().replace("smtp", "http"),
            server().replace(' type="smtp"', ""),
        ):
            with self.subTest(wrong[:120]):
                self.assertRefused(config(wrong), Reason.NO_OUTGOING)
                self.assertEqual(
                    parse_autoconfig(config(wrong, server("good.example")), JAN).outgoing.host, "good.example"
                )

    def test_texts_are_short_and_of_one_line(self):
        found = parse_autoconfig(config(server(user="u" * 5000), name="Firma\n\tBcc: x" + "y" * 500), JAN)
        self.assertEqual((len(found.user), len(found.name)), (320, 100))
        self.assertTrue(found.name.startswith("Firma Bcc: xy"))

    def test_many_domains(self):
        domains = "</domain><domain>".join(f"d{i}.example" for i in range(5000))
        self.assertEqual(len(parse_autoconfig(config(server(), domain=domains), JAN).other_domains), 50)

    # === WHAT IS REFUSED === #

    def test_entity_bomb(self):
        bomb = (
            '<!DOCTYPE x [<!ENTITY a0 "ha">'
            + "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 30))
            + "]>"
        )
        started = time.monotonic()
        self.assertRefused(config(server(user="&a29;"), head=bomb), Reason.DOCUMENT_TYPE)
        self.assertLess(time.monotonic() - started, 1)

    def test_external_entities(self):
        for head in (
            '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
            '<!DOCTYPE x [<!ENTITY e SYSTEM "http://127.0.0.1/x">]>',
            '<!DOCTYPE x [<!ENTITY % e SYSTEM "http://127.0.0.1/x"> %e;]>',
            '<!DOCTYPE clientConfig SYSTEM "http://127.0.0.1/x.dtd">',
            '<!DOCTYPE clientConfig PUBLIC "x" "ftp://127.0.0.1/x.dtd">',
            "<!DOCTYPE clientConfig>",
        ):
            with self.subTest(head):
                self.assertRefused(config(server(user="&e;"), head=head), Reason.DOCUMENT_TYPE)
        self.assertRefused(config(server(user="&e;")), Reason.BROKEN)

    def test_includes_are_only_text(self):
        include = '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd" parse="text"/>'
        found = parse_autoconfig(config(server(user=include), head='<?xml-stylesheet href="http://127.0.0.1/x"?>'), JAN)
        self.assertEqual(found.user, "")

    def test_50_megabytes(self):
        data = config(server(), name="x" * 50_000_000)
        tracemalloc.start()
        self.assertRefused(data, Reason.TOO_BIG)
        self.assertLess(tracemalloc.get_traced_memory()[1], 1_000_000)
        tracemalloc.stop()
        self.assertRefused(config(server(), name="x" * MOST_BYTES), Reason.TOO_BIG)

    def test_depth(self):
        self.assertRefused(b"<clientConfig>" + b"<a>" * 40_000, Reason.TOO_DEEP)

    def test_many_elements(self):
        started = time.monotonic()
        self.assertRefused(b"<clientConfig>" + b"<a/>" * 60_000 + b"</clientConfig>", Reason.NO_AUTOCONFIG)
        self.assertLess(time.monotonic() - started, 5)

    def test_truncated(self):
        data = config(server())
        for length in range(0, len(data) - 1, 7):
            self.assertRefused(data[:length], Reason.BROKEN)
        self.assertRegex(self.assertRefused(data[:200], Reason.BROKEN).detail, r"^\d+:\d+$")

    def test_no_autoconfig(self):
        for data in (
            b"<html/>",
            b"<clientConfig/>",
            b'<clientConfig version="1.1"><x/></clientConfig>',
            b"<a:clientConfig/>",
        ):
            self.assertRefused(data, Reason.NO_AUTOCONFIG)
        for data in (
            b"",
            b"\0\1\2",
            b"PK\3\4",
            b"{}",
            b"\xff\xfe",
            b'<?xml version="1.0" encoding="x"?><a/>',
            b'<?xml version="1.0" encoding="hex"?><a/>',
        ):
            self.assertRefused(data, Reason.BROKEN)

    def test_newer(self):
        self.assertEqual(self.assertRefused(config(server(), version="2.0"), Reason.NEWER).detail, "2.0")
        self.assertTrue(parse_autoconfig(config(server(), version="1.2"), JAN))

    def test_no_server(self):
        self.assertRefused(config(), Reason.NO_OUTGOING)
