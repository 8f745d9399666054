import copy
import pickle
import threading
from email import policy as standard
from email.message import EmailMessage
from email.mime.text import MIMEText

from ...tools.compose import header_field, policy, transfer_encoding
from ...tools.compose.flatten import flatten
from ...tools.compose.header_field import PlainHeader
from ...tools.compose.policy import POLICY
from .common import DoctestCase, PureCase
from .mails import BASE, BODIES, CHOICE, CORE, FILES, build, read, shapes, with_header


class TestSameMail(DoctestCase):
    def test_doctests(self):
        self.assertDoctests(header_field, policy, transfer_encoding)

    def test_the_receiver_reads_the_same(self):
        count = 0
        for name, arguments in shapes():
            with self.subTest(name=name):
                count += 1
                ours, core = build(POLICY, **arguments), build(CORE, **arguments)
                expected = read(flatten(core))
                before = str(ours)
                data = flatten(ours)
                self.assertEqual(read(data), expected)
                self.assertEqual(str(ours), before, "to flatten changes nothing")
                self.assertEqual([line for line in data.split(b"\r\n") if b"\n" in line or b"\r" in line], [])
                self.assertLessEqual(max(map(len, data.split(b"\r\n"))), 998)
                self.assertNotIn(b"secret@", data)
        self.assertGreater(count, 200)

    def test_the_sender_reads_the_same(self):
        # Before it is sent, other add-ons look at the mail.
        for name, arguments in shapes():
            with self.subTest(name=name):
                ours, core = build(POLICY, **arguments), build(CORE, **arguments)
                self.assertEqual(*(sorted(set(mail.items()) - CHOICE) for mail in (ours, core)))
                for field in ("To", "Cc", "From", "Date", "Subject", "Message-Id"):
                    mine, theirs = ours[field], core[field]
                    for attribute in ("addresses", "groups", "datetime", "defects", "max_count", "name"):
                        self.assertEqual(
                            repr(getattr(mine, attribute, None)),
                            repr(getattr(theirs, attribute, None)),
                            (field, attribute),
                        )
                for mine, theirs in zip(ours.walk(), core.walk(), strict=True):
                    if not isinstance(mine, EmailMessage):
                        continue  # a mail within the mail
                    self.assertEqual(mine.get_content_type(), theirs.get_content_type())
                    self.assertEqual(mine.get_filename(), theirs.get_filename())
                    self.assertEqual(mine.get_content_disposition(), theirs.get_content_disposition())
                    self.assertEqual(mine.is_attachment(), theirs.is_attachment())
                mine, theirs = (mail.get_body(("html", "plain")) for mail in (ours, core))
                self.assertEqual(mine.get_content().splitlines(), theirs.get_content().splitlines())

    def test_other_ways_out_of_the_mail(self):
        # A signing add-on, the debug log, SMTPUTF8: they use email's own generator.
        for name, arguments in list(shapes())[::3]:
            with self.subTest(name=name):
                ours, core = build(POLICY, **arguments), build(CORE, **arguments)
                self.assertEqual(read(ours.as_bytes()), read(core.as_bytes()))
                self.assertEqual(read(copy.deepcopy(ours).as_bytes()), read(core.as_bytes()))
                self.assertEqual(
                    read(ours.as_bytes(policy=standard.default)), read(core.as_bytes(policy=standard.default))
                )
                if "jan@bücher" not in name:
                    self.assertEqual(read(flatten(ours, utf8=True)), read(flatten(core, utf8=True)))

    def test_a_link_to_unsubscribe_is_not_encoded(self):
        # Core's folding makes encoded words of a long link, which RFC 2369 does not allow.
        link = f"<https://erp.example/unsubscribe?token={'t' * 120}>"
        data = flatten(build(POLICY, [("List-Unsubscribe", link)], "x"))
        self.assertTrue(data.startswith(f"List-Unsubscribe: {link}\r\n".encode()))


class TestRules(PureCase):
    def test_same_errors(self):
        for name, value in (
            ("Subject", "a\nb"),
            ("Subject", "a\r\nBcc: x@dest.test"),
            ("To", "a@dest.test\nBcc: x@dest.test"),
            ("X-Tag", "a\rb"),
            ("X-Tag", "a\u2028b"),
            ("Message-Id", "<a@b>\r\nX: y"),
            ("Subject", None),
            ("Subject", 5),
            ("To", [None]),
            ("To", 5),
            ("Date", 5),
        ):
            with self.subTest(name=name, value=value):
                errors = []
                for chosen in (CORE, POLICY):
                    mail = EmailMessage(policy=chosen)
                    try:
                        mail[name] = value
                        errors.append(str(mail[name]))
                    except Exception as error:
                        errors.append(type(error))
                self.assertEqual(errors[0], errors[1])

    def test_line_breaks_in_a_list_of_addresses(self):
        # Core checks a single string only, and writes these to the wire.
        for items in (["b@dest.test\r\nX-Injected: yes"], ["a@dest.test", "b@dest.test\nX-Injected: yes"]):
            mail = EmailMessage(policy=POLICY)
            with self.subTest(items=items), self.assertRaises(ValueError):
                mail["To"] = items

    def test_a_field_that_may_come_once(self):
        for name in ("Subject", "To", "From", "Date", "Message-Id", "Content-Type", "MIME-Version"):
            mail = EmailMessage(policy=POLICY)
            mail[name] = "1.0"
            with self.subTest(name=name), self.assertRaises(ValueError):
                mail[name] = "1.0"

    def test_replaced_headers(self):
        mail = build(POLICY, BASE, "x")
        mail.replace_header("To", "b@dest.test")
        del mail["Subject"]
        mail["Subject"] = "other"
        data = flatten(mail)
        self.assertIn(b"To: b@dest.test\r\n", data)
        self.assertIn(b"Subject: other\r\n", data)

    def test_parts_of_other_makers(self):
        for chosen in (CORE, POLICY):
            mail = build(chosen, BASE, "x", attachments=FILES[:1])
            mail.attach(MIMEText("zażółć\n", _charset="utf-8"))
            mail.attach(build(standard.default, [("X-Tag", "ż")], "8bit ż"))
            self.assertEqual(len(read(flatten(mail))[1]), 4)
            mail.preamble, mail.epilogue = "before\n", "after\n"
            self.assertEqual(len(read(flatten(mail))[1]), 4)
            self.assertIn(b"before\r\n", flatten(mail))

    def test_a_boundary_that_is_given(self):
        mail = EmailMessage(policy=POLICY)
        mail.set_content("x")
        mail.make_mixed(boundary="given")
        mail.add_attachment(b"x", "application", "pdf", filename="a.pdf")
        self.assertIn(b"\r\n--given--\r\n", flatten(mail))
        self.assertEqual(flatten(mail), flatten(mail))

    def test_boundaries_do_not_occur_in_the_content(self):
        numbers = iter([1, 1, 2])
        usual = policy.random.getrandbits
        try:
            policy.random.getrandbits = lambda _bits: next(numbers)
            mail = build(POLICY, BASE, f"{'=' * 15}{1:029d}==", attachments=FILES[:1])
            self.assertIn(f'boundary="{"=" * 15}{2:029d}=="'.encode(), flatten(mail))
        finally:
            policy.random.getrandbits = usual

    def test_rare_arguments(self):
        for arguments in (
            {"cte": "base64"},
            {"cte": "quoted-printable"},
            {"params": {"format": "flowed"}},
            {"headers": ["X-Part: yes"]},
            {"charset": "latin-1"},
            {"charset": "no such charset"},
            {"cte": "unknown"},
            {"disposition": "inline"},
            {"filename": "a.txt", "cid": "<1@x>"},
        ):
            with self.subTest(arguments=arguments):
                found = []
                for chosen in (CORE, POLICY):
                    mail = EmailMessage(policy=chosen)
                    try:
                        mail.set_content("zażółć\n".replace("ż", "z").replace("ł", "l").replace("ć", "c"), **arguments)
                        found.append(read(flatten(mail)))
                    except Exception as error:
                        found.append(type(error))
                self.assertEqual(found[0], found[1])
        for cte in ("quoted-printable", "7bit", "8bit"):
            found = []
            for chosen in (CORE, POLICY):
                mail = EmailMessage(policy=chosen)
                mail.set_content(b"abc\n", "application", "x-thing", cte=cte, params={"a": "b"})
                found.append(flatten(mail))
            self.assertEqual(found[0], found[1])

    def test_headers_survive_copying(self):
        mail = build(POLICY, BASE, "x")
        self.assertIsInstance(mail["Subject"], PlainHeader)
        self.assertEqual(pickle.loads(pickle.dumps(mail["To"])).addresses, mail["To"].addresses)
        self.assertIs(copy.deepcopy(mail["To"]), mail["To"])
        for name in ("no_such_thing", "__no_such_thing__"):
            with self.assertRaises(AttributeError):
                getattr(mail["Subject"], name)

    def test_a_policy_of_ones_own(self):
        mine = POLICY.clone(max_line_length=40)
        mail = build(mine, with_header("Subject", "word " * 12 + "end"), "x")
        self.assertLessEqual(max(len(line) for line in flatten(mail).split(b"\r\n")[1:3]), 40)
        plain = policy.SmtpPolicy(linesep="\r\n")
        self.assertEqual(read(flatten(build(plain, BASE, "x"))), read(flatten(build(CORE, BASE, "x"))))

    def test_odd_headers(self):
        for name, value in (
            ("X Tag", "a space in the name"),
            ("X-Tag", "x" * 2000),
            ("References", "<" + "x" * 2000 + "@erp.example>"),
            ("To", ["x" * 2000 + "@dest.test"]),
            ("To", "Jan jan@dest.test"),
            ("To", ["Jan jan@dest.test"]),
        ):
            with self.subTest(name=name, value=value[:20]):
                ours, core = EmailMessage(policy=POLICY), EmailMessage(policy=CORE)
                ours[name] = core[name] = value
                self.assertEqual((ours.items(), flatten(ours)), (core.items(), flatten(core)))

    def test_seven_bits_only(self):
        for body in BODIES:
            mine, core = (EmailMessage(policy=chosen.clone(cte_type="7bit")) for chosen in (POLICY, CORE))
            for mail in (mine, core):
                mail.set_content(body)
            with self.subTest(body=body[:40]):
                self.assertTrue(flatten(mine).isascii())
                self.assertEqual(read(flatten(mine)), read(flatten(core)))

    def test_content_by_hand(self):
        mail = EmailMessage(policy=POLICY)
        mail.set_payload("one\rtwo\r\nthree\n")
        self.assertEqual(flatten(mail), b"\r\none\r\ntwo\r\nthree\r\n")

    def test_nothing_of_email_is_changed(self):
        self.assertIs(type(standard.SMTP), standard.EmailPolicy)
        self.assertNotIn(transfer_encoding.CONTENT.set_handlers[str], standard.raw_data_manager.set_handlers.values())

    def test_many_threads(self):
        expected = [read(flatten(build(CORE, **arguments))) for _name, arguments in list(shapes())[:40]]
        failures = []

        def work():
            for number, (_name, arguments) in enumerate(list(shapes())[:40]):
                if read(flatten(build(POLICY, **arguments))) != expected[number]:
                    failures.append(number)

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])
