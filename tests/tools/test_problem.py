import ast
from pathlib import Path

from ... import tools
from ...tools import problem
from ...tools.bounded_imap import EndlessAnswer
from ...tools.compose.header_field import HeaderNameError
from ...tools.problem import AttachmentError, describe, split
from ...tools.report import mailbox
from ...tools.smtp import diagnosis, dialogue, reply, trouble
from ...tools.smtp.envelope import NO_SMTPUTF8, Envelope, EnvelopeError
from ...tools.smtp.pipelined_transaction import OutOfStep
from .common import DoctestCase

ROOT = Path(tools.__path__[0]).parent


def subclasses(kind):
    return {kind}.union(*map(subclasses, kind.__subclasses__()))


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


def diagnosis_problems():
    """The words that diagnosis hands to `_failed()`, and those of its tables."""
    yield from (words for _pattern, words in diagnosis._TLS_PROBLEMS)
    for node in ast.walk(ast.parse((ROOT / "tools/smtp/diagnosis.py").read_text())):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "_failed":
            for part in ast.walk(node.args[1]):
                if isinstance(part, ast.Constant) and isinstance(part.value, str) and part.value.strip(" ()"):
                    yield part.value.removesuffix(" (")


def known_words():
    """The keys of PROBLEM_MEANINGS, read without importing Odoo."""
    for node in ast.parse((ROOT / "const.py").read_text()).body:
        if isinstance(node, ast.Assign) and node.targets[0].id == "PROBLEM_MEANINGS":
            return {key.value for key in node.value.keys}
    raise AssertionError("PROBLEM_MEANINGS is not in const.py")


class TestProblems(DoctestCase):
    def test_doctests(self):
        self.assertDoctests(problem)

    def test_every_problem_has_a_meaning(self):
        words = {kind.problem for kind in subclasses(reply.SmtpError)}
        self.assertLessEqual(
            {EndlessAnswer.problem, OutOfStep.problem, mailbox.InvalidUid.problem, mailbox.UnaskedMail.problem}, words
        )
        words |= {trouble.LOGIN_REFUSED, dialogue.UNEXPECTED, NO_SMTPUTF8, *problem.WORDS}
        words |= {*envelope_problems()} | {*diagnosis_problems()}
        self.assertGreater(len(words), 50)
        self.assertFalse(words - known_words())

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
