"""What a file would change: which server is which, and what becomes of the passwords."""

from dataclasses import replace

from ...tools.settings_file import (
    Action,
    Entry,
    Existing,
    Kind,
    Misfit,
    SecretChange,
    Setting,
    Shape,
    plan_entries,
    plan_values,
)
from .common import PureCase

SHAPE = Shape(
    settings=(
        Setting("name", Kind.LINE),
        Setting("host", Kind.HOST),
        Setting("port", Kind.INTEGER, least=1, most=65535),
        Setting("user", Kind.LINE),
        Setting("login", Kind.CHOICE, frozenset(("password", "certificate"))),
        Setting("tls", Kind.BOOLEAN),
        Setting("owner", Kind.RECORD, is_known=lambda name: name in ("anna", "jan")),
        Setting("limit", Kind.INTEGER, least=0),
    ),
    account=("host", "port", "user"),
    trusted=frozenset(("host", "user")),
    critical=frozenset(("host", "login", "owner")),
    must=frozenset(("name", "host")),
    unique=("owner",),
    needs={("login", "certificate"): ("key",)},
    clashes=((("login", "certificate"), ("tls", False)),),
    secrets=(Setting("password", Kind.SECRET), Setting("key", Kind.FILE)),
    untold=frozenset(("key",)),
)
HERE = {"name": "Office", "host": "mail.example.com", "port": 587, "user": "anna", "login": "password", "tls": True}
ANNA = Existing(1, {**HERE, "owner": None, "limit": 0}, {"password": "old", "token": "t", "key": "QUJD"})


def entry(secrets=None, **values):
    return Entry({**HERE, **values}, secrets or {})


def one(item):
    return [(change.name, change.secret.value if change.secret else change.after) for change in item.changes]


class TestSettingsFilePlan(PureCase):
    def plan(self, *entries, existing=(ANNA,)):
        return plan_entries(SHAPE, entries, existing)

    def test_the_same(self):
        [item] = self.plan(entry())
        self.assertEqual((item.action, item.target, item.changes), (Action.SAME, 1, ()))

    def test_new(self):
        [item] = self.plan(entry(name="Home", host="home.example.com"), existing=())
        self.assertEqual((item.action, item.target), (Action.NEW, None))
        self.assertEqual(dict(one(item))["host"], "home.example.com")

    def test_by_account(self):
        [item] = self.plan(entry(name="Another name", host="MAIL.example.com", limit=5))
        self.assertEqual((item.action, item.target), (Action.CHANGE, 1))
        self.assertIn(("limit", 5), one(item))

    def test_by_name(self):
        [item] = self.plan(entry(host="new.example.com"))
        self.assertEqual(item.target, 1)

    def test_without_a_host_there_is_no_account(self):
        """Such as servers that take their host from Odoo's configuration file: only names tell them apart."""
        shape = replace(SHAPE, must=frozenset(("name",)))
        there = [Existing(number, {"name": name, "host": None, "port": 25}) for number, name in ((1, "A"), (2, "B"))]
        entries = [Entry({"name": name, "host": None, "port": 25}) for name in ("B", "C")]
        items = plan_entries(shape, entries, there)
        self.assertEqual([(item.action, item.target) for item in items], [(Action.SAME, 2), (Action.NEW, None)])

    def test_what_is_not_stated_stays(self):
        [item] = self.plan(Entry({"name": "Office", "limit": 7}))
        self.assertEqual(one(item), [("limit", 7)])

    def test_two_of_one_account(self):
        """The same account under two names, such as for two senders: names decide, whatever the order."""
        other = Existing(2, {**ANNA.values, "name": "Other"})
        for order in (1, -1):
            items = self.plan(*[entry(name="Other"), entry()][::order], existing=(ANNA, other))
            self.assertEqual([item.target for item in items], [2, 1][::order])
        [item] = self.plan(entry(name="Third"), existing=(ANNA, other))
        self.assertEqual(item.reason, (Misfit.SEVERAL, "name"))
        first, second = self.plan(entry(), entry(name="Second"))
        self.assertEqual((first.target, second.action), (1, Action.NEW))

    def test_twice_in_the_file(self):
        first, second = self.plan(entry(limit=1), entry(limit=2))
        self.assertEqual((first.action, second.action), (Action.CHANGE, Action.SKIP))
        self.assertEqual(second.reason, (Misfit.TWICE, "name"))

    # === PASSWORDS === #

    def test_another_host_gets_no_password(self):
        [item] = self.plan(entry(host="evil.example"))
        self.assertEqual(one(item), [("host", "evil.example"), ("password", "removed"), ("token", "removed")])
        [item] = self.plan(entry(user="jan"))
        self.assertEqual(one(item), [("user", "jan"), ("password", "removed"), ("token", "removed")])
        [item] = self.plan(entry(port=465))
        self.assertEqual(one(item), [("port", 465)])

    def test_unless_the_file_brings_one(self):
        [item] = self.plan(entry({"password": "n3w-one"}, host="new.example.com"))
        self.assertEqual(one(item), [("host", "new.example.com"), ("password", "changed"), ("token", "removed")])
        [item] = self.plan(entry({"password": "old"}, host="new.example.com"))
        self.assertEqual(one(item), [("host", "new.example.com"), ("token", "removed")])

    def test_secrets(self):
        [item] = self.plan(entry({"password": "old"}))
        self.assertEqual(item.action, Action.SAME)
        [item] = self.plan(entry({"password": "n3w-one"}))
        self.assertEqual(one(item), [("password", "changed")])
        [item] = self.plan(entry({"password": "n3w-one"}, name="Home", host="home.example.com"))
        self.assertEqual(item.changes[-1].secret, SecretChange.SET)
        self.assertEqual(item.changes[-1].after, "n3w-one")
        self.assertNotIn("n3w-one", repr(item.changes[-1]))
        self.assertNotIn("n3w-one", str(item.outline()))

    def test_secrets_of_another_kind(self):
        [item] = self.plan(entry({"password": "a\nb", "another": "x"}))
        self.assertEqual((item.action, item.left_out), (Action.SAME, (("password", Misfit.CONTROL),)))

    # === WHAT IS LEFT OUT === #

    def test_a_value_that_does_not_fit(self):
        [item] = self.plan(entry(limit=-1, colour="red"))
        self.assertEqual((item.action, item.changes), (Action.SAME, ()))
        self.assertEqual(item.left_out, (("limit", Misfit.RANGE), ("colour", Misfit.UNKNOWN)))

    def test_a_server_that_would_be_another_one(self):
        for values, reason in (
            ({"login": "gmail"}, (Misfit.CHOICE, "login")),
            ({"host": "../x"}, (Misfit.HOST, "host")),
            ({"owner": "nobody"}, (Misfit.RECORD, "owner")),
            ({"host": None, "name": "x"}, (Misfit.MISSING, "host")),
            ({"name": 3, "host": "b.example"}, (Misfit.MISSING, "name")),
            ({"login": "certificate", "tls": False}, (Misfit.CLASH, "tls")),
            ({"login": "certificate", "host": "b.example", "name": "B"}, (Misfit.SECRET, "key")),
        ):
            with self.subTest(values):
                [item] = self.plan(entry(**values))
                self.assertEqual((item.action, item.reason, item.changes), (Action.SKIP, reason, ()))
        [item] = self.plan(entry({"key": "QUJD"}, login="certificate", host="b.example", name="B"))
        self.assertEqual(item.action, Action.NEW)

    def test_somebodys_own_server(self):
        anna = Existing(1, {**ANNA.values, "owner": "anna"})
        first, second = self.plan(
            entry(name="B", host="b.example", owner="anna"), entry(name="C", host="c.example", owner="jan")
        )
        self.assertEqual((first.action, second.action), (Action.NEW, Action.NEW))
        first, second = self.plan(
            entry(name="B", host="b.example", owner="jan"), entry(name="C", host="c.example", owner="jan")
        )
        self.assertEqual((first.action, second.reason), (Action.NEW, (Misfit.TAKEN, "owner")))
        [item] = self.plan(entry(name="B", host="b.example", owner="anna"), existing=(anna,))
        self.assertEqual(item.reason, (Misfit.TAKEN, "owner"))
        [item] = self.plan(entry(owner="anna"), existing=(anna,))
        self.assertEqual(item.action, Action.SAME)

    def test_settings(self):
        settings = (Setting("workers", Kind.INTEGER, least=1, most=16), Setting("mode", Kind.CHOICE, frozenset("ab")))
        item = plan_values(settings, {"workers": 17, "mode": "b", "x": 1}, {"workers": 1, "mode": "a"})
        self.assertEqual(one(item), [("mode", "b")])
        self.assertEqual(item.left_out, (("workers", Misfit.RANGE), ("x", Misfit.UNKNOWN)))
        self.assertEqual(plan_values(settings, {"mode": "a"}, {"mode": "a"}).action, Action.SAME)
