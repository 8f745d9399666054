"""From what is known to the cause: tables, their order, and every end of it."""

import ast
import random
from pathlib import Path

from ...tools import explanation
from ...tools.explanation import Actor, Cause, Facts, catalogue, cause, explain, problems, table, text
from ...tools.explanation.provider import PROVIDERS
from ...tools.smtp.enhanced_status import EnhancedStatus
from ...tools.smtp.reply import Reply
from ...tools.smtp.transaction import Phase
from .common import DoctestCase

ROOT = Path(explanation.__path__[0]).parents[1]


def constant(file, name):
    """A table of a file of const/, its keys alone where it is a dictionary, read without importing Odoo."""
    for node in ast.parse((ROOT / file).read_text()).body:
        if isinstance(node, ast.Assign) and node.targets[0].id == name:
            if isinstance(node.value, ast.Dict):
                return [key.value for key in node.value.keys]
            return [key for key, _label in ast.literal_eval(node.value)]
    raise AssertionError(f"{name} is not in {file}")


def written_for(row, words, server=""):
    """Facts that a row was written for: its code, its status code, one of its phrases."""
    klass, subject, detail, _last = row.statuses or (0, 0, 0, 0)
    klass = klass or row.code // 100 or 5
    status = EnhancedStatus(klass, subject, detail) if row.statuses else None
    code = row.code or (0 if status else 599)
    said = words.replace("…", " ").replace("*", "")
    phase = row.phases[0] if row.phases else Phase.RCPT
    return Facts(code, status, said, phase, server=server, returned=bool(row.returned))


class TestExplanation(DoctestCase):
    def test_doctests(self):
        self.assertDoctests(explanation, catalogue, cause, table, text)

    def test_no_row_stands_in_the_shadow_of_another(self):
        for name, rows in catalogue.TABLES:
            for row in rows:
                for words in row.words.split("|"):
                    with self.subTest(table=name, row=str(row)[:60], words=words):
                        self.assertEqual(explain(written_for(row, words)).cause, row.cause)
        for provider in PROVIDERS:
            for row in provider.rows:
                for words in row.words.split("|"):
                    with self.subTest(provider=provider.name, row=str(row)[:60], words=words):
                        self.assertEqual(explain(written_for(row, words, f"mx.{provider.hosts[0]}")).cause, row.cause)

    def test_a_star_ends_a_part_of_a_phrase(self):
        rows = [row for _name, rows in catalogue.TABLES for row in rows]
        for row in (*rows, *(row for provider in PROVIDERS for row in provider.rows)):
            self.assertNotRegex(row.words, r"\*\s*[^\s…|]|\|\||^\||\|$")

    def test_a_provider_is_known_by_its_words_or_its_server(self):
        limit = "5.4.5 That was enough"
        for facts in (
            Facts.of_reply(Reply.of(550, f"{limit} - gsmtp")),
            Facts.of_reply(Reply.of(550, limit), server="SMTP.Gmail.com."),
            Facts.of_return("5.4.5", limit, server="aspmx.l.google.com"),
        ):
            self.assertEqual(explain(facts).cause, Cause.SENDING_LIMIT)
        app_password = Facts.of_reply(Reply.of(534, "5.7.9"), Phase.AUTH, "login refused", "smtp.gmail.com")
        self.assertEqual(explain(app_password).cause, Cause.APP_PASSWORD_NEEDED)
        for server in ("", "notgmail.com", "gmail.com.odoo.test"):
            found = explain(Facts.of_reply(Reply.of(550, limit), server=server))
            self.assertEqual(found.cause, Cause.SERVICE_UNAVAILABLE)

    def test_what_is_not_tried_again_does_not_pass_by_itself(self):
        for facts, actor in (
            (Facts(450, None, "Greylisted"), Actor.NOBODY),
            (Facts(550, None, "Greylisted"), Actor.SENDER),
            (Facts.of_return("4.4.1", "Connection timed out"), Actor.SENDER),
            (Facts.of_return("4.4.1", "Connection timed out", delayed=True), Actor.NOBODY),
            (Facts(problem="connection lost", phase=Phase.DATA), Actor.NOBODY),
            (Facts(problem="not a valid address", phase=Phase.LOCAL), Actor.SENDER),
            (Facts(535, None, "no", Phase.AUTH), Actor.ADMINISTRATOR),
        ):
            with self.subTest(facts=facts):
                self.assertEqual(explain(facts).actor, actor)

    def test_returned_mails(self):
        for status, words, hard, expected in (
            ("5.0.0", "smtp; 550-5.1.1 <a@dest.test> User unknown", True, Cause.USER_UNKNOWN),
            ("5.1.1", "", True, Cause.USER_UNKNOWN),
            ("", "550 User unknown", None, Cause.USER_UNKNOWN),
            ("", "", None, Cause.RETURNED),
            ("5.0.0", "宛先", True, Cause.ADDRESS_WRONG),
            ("5.1.0", "550 #5.1.0 Address rejected.", True, Cause.ADDRESS_WRONG),
            ("5.1.0", "550 #5.1.0 Address rejected.", False, Cause.POLICY),
            ("5.1.0", "5.1.0 - Unknown address error 550-'5.2.2 <a@dest.test>... Mailbox Full'", False, Cause.MAILBOX_FULL),
            ("5.7.1", "554 5.7.1 <a@dest.test>: Relay access denied", False, Cause.DOMAIN_NOT_SERVED),
            ("4.4.7", "", False, Cause.GIVEN_UP),
            ("5.4.4", "Host or domain name not found", True, Cause.DOMAIN_UNKNOWN),
            ("5.2.2", "Skrzynka odbiorcy jest przepełniona", False, Cause.MAILBOX_FULL),
            ("5.0.0", "500 No such user", True, Cause.USER_UNKNOWN),
            ("5.0.0", "host mx.test[192.0.2.1] said: 551", False, Cause.USER_NOT_LOCAL),
            ("5.0.0", "said: 999 or 4444 or 460 or ٤٥٠", False, Cause.RETURNED),
            # Polish providers
            ("4.0.0", "451 BLAD SPF - zobacz strone / SPF Error: Please see", False, Cause.SENDER_NOT_PROVED),
            ("5.7.1", "host mx.poczta.onet.pl said: 554 5.7.1 Recipient address rejected: Spf check: fail", False,
             Cause.SENDER_NOT_PROVED),
            ("5.7.1", "550 5.7.1 Recipient doesn't want your mail", False, Cause.SENDER_BLOCKED),
            ("5.2.1", "host mx.poczta.interia.pl said: 550 5.2.1 Mailbox not available", False, Cause.MAILBOX_UNAVAILABLE),
        ):  # fmt: skip
            with self.subTest(status=status, words=words):
                self.assertEqual(explain(Facts.of_return(status, words, hard)).cause, expected)
        expired = explain(Facts.of_return("4.4.7", "", False, delayed=True))
        self.assertEqual((expired.cause, expired.actor), (Cause.PUT_OFF, Actor.NOBODY))

    def test_nothing_closer_is_known(self):
        for facts, expected in (
            (Facts(499, None, "So"), Cause.PUT_OFF),
            (Facts(599, None, "So"), Cause.REFUSED),
            (Facts(499, None, "So", Phase.AUTH), Cause.WRONG_LOGIN),
            (Facts(499, None, "So", Phase.TLS), Cause.ENCRYPTION_FAILED),
            (Facts(problem="Something of an add-on (x)"), Cause.NOT_SENT),
            (Facts(problem="Something of an add-on", phase=Phase.AUTH), Cause.WRONG_LOGIN),
            (Facts(599, None, "So", problem="login refused"), Cause.WRONG_LOGIN),
            (Facts(problem="Missing SMTP Server\nPlease define at least one SMTP server"), Cause.ACCOUNT_MISSING),
        ):
            with self.subTest(facts=facts):
                self.assertEqual(explain(facts).cause, expected)
                self.assertEqual(expected.is_general, expected in (Cause.PUT_OFF, Cause.REFUSED, Cause.NOT_SENT))
        for facts in (Facts(), Facts(250, None, "2.0.0 Ok: spam"), Facts(354), Facts.of_reply(Reply.of(220, "mx"))):
            self.assertIsNone(explain(facts))

    def test_problems(self):
        known = constant("const/__init__.py", "PROBLEM_MEANINGS")
        self.assertGreater(len(known), 60)
        for words in known:
            with self.subTest(problem=words):
                for problem in (words, f"{words} (some: detail)"):
                    self.assertFalse(explain(Facts(problem=problem)).cause.is_general)
        bare = {words.partition(" (")[0] for words in known}
        self.assertFalse(set(problems.PROBLEMS) - bare, "no part of tools/ says this any more")
        for words in (
            "connection lost",
            "timed out",
            "garbled reply",
            "unexpected reply",
            "TLS error",
            "network error",
        ):
            self.assertEqual(explain(Facts(problem=words, phase=Phase.CONTENT)).cause, Cause.OUTCOME_UNKNOWN)
            self.assertEqual(explain(Facts(problem=words, phase=Phase.DATA)).cause, problems.PROBLEMS[words])

    def test_every_cause_can_be_found_and_has_words(self):
        values = [one.value for one in Cause]
        for name in ("CAUSES", "CAUSE_WORDS"):
            self.assertEqual(constant("const/causes.py", name), values)
        self.assertEqual(constant("const/causes.py", "ACTORS"), [one.value for one in Actor])
        for one in Cause:
            if not one.is_general and one is not Cause.ADDRESS_WRONG:
                self.assertTrue(list(catalogue.recognised(one)), one)

    def test_nothing_raises(self):
        rng = random.Random(10)
        pieces = [chr(number) for number in (*range(256), 0x142, 0x301, 0x20AC, 0xD800, 0x10FFFF)]
        pieces += ["550", "5.1.1", "4.7.", "…", "spam", "user unknown", "@", "http://", "host ", "\n5.7.26 "]
        for _round in range(400):
            words = "".join(rng.choices(pieces, k=rng.randrange(60)))
            code = rng.choice((0, -1, 200, 421, 550, 10**6))
            phase = rng.choice((None, *Phase))
            for facts in (
                Facts(code, None, words, phase, words, words),
                Facts.of_return(words, words, rng.choice((None, True, False)), words, rng.random() < 0.5),
            ):
                found = explain(facts)
                self.assertTrue(found is None or isinstance(found.cause, Cause))

    def test_long_words_are_cut(self):
        self.assertEqual(explain(Facts(599, None, "x" * 10**6 + " spam")).cause, Cause.REFUSED)
        self.assertEqual(explain(Facts(599, None, "spam " + "x " * 10**6)).cause, Cause.SPAM)
