import ast
import re
from pathlib import Path

from ... import tools
from ...tools import problem
from ...tools.compose.header_field import HeaderNameError
from ...tools.problem import AttachmentError, describe, split
from ...tools.smtp.envelope import Envelope, EnvelopeError
from .common import DoctestCase
from .problem_words import HOLE, ProblemWords

ROOT = Path(tools.__path__[0]).parent


def envelope_problems():
    """The words of all that can be wrong with an envelope, by trying it."""
    bad = ["", "a\n@b", "a b@c", "<a@b>", "a\x01@b", "a\ud800@b", "a@\uff1e.test", "a@b..\u3002test"]
    tries = [{"recipients": ()}, {"envelope_id": "ż"}, {"notify": {"X"}}, {"notify": {"NEVER", "DELAY"}}]
    tries += [{"recipients": (address,)} for address in bad] + [{"sender": address} for address in bad if address]
    for values in tries:
        values = {"sender": "a@b", "recipients": ("c@d",), **values}
        values["notify"] = frozenset(values.get("notify", ()))
        try:
            Envelope(**values)
        except EnvelopeError as error:
            yield split(str(error))[0]


def known_words():
    """The keys of PROBLEM_MEANINGS, read without importing Odoo."""
    for node in ast.parse((ROOT / "const/__init__.py").read_text()).body:
        if isinstance(node, ast.Assign) and node.targets[0].id == "PROBLEM_MEANINGS":
            return {key.value for key in node.value.keys}
    raise AssertionError("PROBLEM_MEANINGS is not in const/__init__.py")


class TestProblems(DoctestCase):
    def test_doctests(self):
        self.assertDoctests(problem)

    def test_every_problem_has_a_meaning(self):
        sources = ProblemWords(path.read_text() for path in (ROOT / "tools").rglob("*.py"))
        found, tried, known = sources.found(), {*envelope_problems()}, known_words()
        self.assertGreater(len(found), 35)
        self.assertLessEqual({*problem.WORDS, "TLS error", "unexpected error", "endless answer"}, found)
        self.assertFalse({*found, *tried} - known)
        for text in sources.raised("EnvelopeError"):
            form = re.escape(text).replace(re.escape(HOLE), "(.+)")
            self.assertTrue([words for words in tried if re.fullmatch(form, words)], f"nobody tried {text!r}")

    def test_every_way_to_say_a_problem_is_found(self):
        for source in (
            "class Lost(SmtpError):\n    problem: ClassVar[str] = 'new words'",
            "class Lost(SmtpError):\n    problem = 'new words'",
            "NEW = 'new words'\nclass Lost(SmtpError):\n    problem = NEW",
            "NEW: Final = 'new words'\ndef f(self, kind, problem): ...\nself.f(1, trouble.NEW)",
            "class Result:\n    limit: ClassVar[int]\n    kind: str\n    problem: str = ''\nResult(1, 'new words')",
            "result(1, problem='new words' if error else '')",
            "def fail(problem): ...\nfail(f'new words ({error})')",
            "reply, problem = None, 'new words'",
            "for words, problem in (('x', 'new words'),): ...",
            "table = [problem for words, problem in [('x', 'new words')]]",
            "values = {'problem': error or 'new words'}",
            "def network_problem(error):\n    return '' if error else 'new words'",
        ):
            with self.subTest(source=source):
                self.assertEqual(ProblemWords([source]).found(), {"new words"})
        self.assertEqual(
            ProblemWords(["raise EnvelopeError(f'the {role} is new ({address!r})')"]).raised("EnvelopeError"),
            {"the {} is new"},
        )

    def test_the_words_are_found_again(self):
        for error, words, detail in (
            (ValueError("not enough values to unpack"), problem.NOT_BUILT, "ValueError: not enough values to unpack"),
            (
                ValueError("Header values may not contain linefeed or carriage return characters"),
                problem.LINE_BREAK,
                None,
            ),
            (ValueError("There may be at most 1 Subject headers in a message"), problem.TWO_HEADERS, None),
            (HeaderNameError("'X\\nBcc'"), problem.HEADER_NAME, "'X\\nBcc'"),
            (AttachmentError("Invoice (2).pdf"), problem.ATTACHMENT, "Invoice (2).pdf"),
            (UnicodeEncodeError("ascii", "ż", 0, 1, "no"), problem.CHARACTERS, None),
            (ZeroDivisionError(), problem.NOT_BUILT, "ZeroDivisionError: "),
            (KeyError("x" * 10_000), problem.NOT_BUILT, None),
        ):
            with self.subTest(error=str(error)[:40]):
                found = split(describe(error))
                self.assertEqual(found[0], words)
                self.assertIn(found[1], (detail, found[1] if detail is None else detail))
                self.assertLess(len(describe(error)), 700)

    def test_what_is_meant_for_people_stays(self):
        user_error = type("UserError", (Exception,), {"__module__": "odoo.exceptions"})("Your quota is used up.")
        self.assertEqual(describe(user_error), "Your quota is used up.")
        self.assertEqual(describe(AssertionError("code", "Malformed address: x")), "Malformed address: x")
        self.assertEqual(describe(AssertionError()), "AssertionError")
