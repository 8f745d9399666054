import doctest
import json

from ...tools.certificate import facts
from ...tools.certificate.facts import CONCEALED, canonical, check_code, concealed, digest, is_same
from .common import PureCase, tagged


@tagged("post_install", "-at_install")
class TestCertificateFacts(PureCase):
    def test_doctests(self):
        self.assertFalse(doctest.testmod(facts).failed)

    def test_the_same_facts_are_the_same_text(self):
        one = {"b": "ż\n\u2028", "a": [{"y": None, "x": True}, 1]}
        other = {"a": [{"x": True, "y": None}, 1], "b": "ż\n\u2028"}
        self.assertEqual(canonical(one), canonical(other))
        self.assertEqual(json.loads(canonical(one)), one)
        with self.assertRaises(ValueError):
            canonical({"a": float("nan")})

    def test_what_people_type(self):
        whole = digest(canonical({"a": 1}))
        code = check_code(whole)
        for typed in (
            whole,
            whole.upper(),
            f"  {whole[:32]}\n{whole[32:]} ",
            code,
            code.lower(),
            code.replace(" ", "-"),
            code.replace(" ", ":"),
            code.replace(" ", "\u00a0"),
            code.replace(" ", "\u2013"),
        ):
            self.assertTrue(is_same(whole, typed), typed)

    def test_what_is_not_the_hash(self):
        whole = digest(canonical({"a": 1}))
        other = digest(canonical({"a": 2}))
        for typed in (
            "",
            other,
            check_code(other),
            whole[:19],
            whole[:21],
            whole[:63],
            whole + "0",
            whole[:20] + other[20:],
            other[:20] + whole[20:],
            "０" + whole[1:],
            "ż" * 64,
            " " * 10**6 + whole,
            "\x00" * 64,
        ):
            self.assertFalse(is_same(whole, typed), typed[:80])

    def test_concealed(self):
        found = {"n": 1, "is": True, "no": None, "l": ["to BOSS@x.test, x", {"boss@x.test": "boss@x.test"}]}
        self.assertEqual(
            concealed(found, {"boss@x.test", ""}),
            {"n": 1, "is": True, "no": None, "l": [f"to {CONCEALED}, x", {"boss@x.test": CONCEALED}]},
        )
        self.assertEqual(concealed(found, [""]), found)
        self.assertEqual(concealed("a+b@x.test a@x.test", ["a@x.test", "a+b@x.test"]), f"{CONCEALED} {CONCEALED}")
