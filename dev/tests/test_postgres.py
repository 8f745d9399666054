"""The private cluster: never thrown away; and databases on a server that two machines share."""

import os
import signal
import subprocess
import unittest

import programs

from .common import DevCase, runs

USE = "from postgres import *\nwith postgres():\n    {}"
ASK = "print(sql('select 6 * 7'))"
SCRATCH = """
import types
from databases import *
from postgres import postgres
odoo = types.SimpleNamespace(data=CACHE / "data")
with postgres(), scratch(odoo, "template1") as name:
    {}
"""
HOLD = "print(name, flush=True); input()"


@unittest.skipUnless(programs.postgres_programs(), "PostgreSQL is not installed")
class TestCluster(DevCase):
    def use(self, what: str = ASK) -> subprocess.CompletedProcess:
        return self.python(USE.format(what))

    @property
    def data(self):
        return self.cache / "pg/data"

    def test_killed(self):
        """After a kill -9 of the server: the number in its lock file now belongs to another process."""
        what = (
            "sql('create database kept'); print((DATA / 'postmaster.pid').read_text().split()[0], flush=True); input()"
        )
        with self.running(USE.format(what)) as process:
            process.kill()
            os.kill(int(process.said), signal.SIGKILL)
        file = self.data / "postmaster.pid"
        lines = file.read_text().splitlines()
        file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
        kept = self.use("""print(sql("select datname from pg_database where datname = 'kept'"))""")
        self.assertEqual(kept.stdout.strip(), "kept", kept.stderr)

    def test_left_running(self):
        """The next command uses it, and stops it."""
        with self.running(USE.format("print('up', flush=True); input()")) as process:
            self.assertEqual(process.said, "up")
        self.assertTrue((self.data / "postmaster.pid").exists())
        self.assertEqual(self.use().stdout.strip(), "42")
        self.assertFalse((self.data / "postmaster.pid").exists())

    def test_durable(self):
        """With PostgreSQL's own settings, also where one was left running; then with ours again."""
        durable = "from postgres import *\nwith durable_postgres():\n    {}"
        ask = "print(*(sql(f'show {name}') for name in ('fsync', 'synchronous_commit', 'full_page_writes')))"
        with self.running(USE.format("print('up', flush=True); input()")):
            self.assertSays(self.python(durable.format(ask)), "another command uses it")
        self.assertTrue((self.data / "postmaster.pid").exists(), "killed")
        self.assertEqual(self.python(durable.format(ask)).stdout.strip(), "on on on")
        self.assertFalse((self.data / "postmaster.pid").exists())
        self.assertEqual(self.use(ask).stdout.strip(), "off off off")
        self.assertSays(self.python(durable.format(ask), PGHOST="x"), "its own")

    def test_clean_stops_it(self):
        with self.running(
            USE.format("print((DATA / 'postmaster.pid').read_text().split()[0], flush=True); input()")
        ) as up:
            server = int(up.said)
            self.assertTrue(runs(server))
            self.assertSays(self.command("clean"), "stop it first")
        self.assertEqual(self.command("clean").returncode, 0)
        self.assertFalse(self.cache.exists())
        self.assertFalse(runs(server))

    def test_does_not_start(self):
        """Its log is shown; nothing is deleted."""
        self.use()
        (self.data / "global/pg_control").write_bytes(b"")
        (self.cache / "data").mkdir()
        self.assertSays(self.use(), "PostgreSQL does not start", "pg_control", "Nothing was deleted", "clean")
        self.assertTrue((self.data / "PG_VERSION").exists())
        self.assertTrue((self.cache / "data").exists())

    def test_made_by_another_version(self):
        self.use()
        (self.data / "PG_VERSION").write_text("9.6\n")
        (self.cache / "data").mkdir()
        run = self.use()
        self.assertEqual(run.stdout.strip(), "42", run.stderr)
        self.assertIn("made by PostgreSQL 9.6", run.stderr)
        self.assertEqual(self.use().stdout.strip(), "42", "and then goes on with the new one")
        self.assertEqual(len(list(self.cache.glob("pg/data-of-*"))), 1)
        self.assertIn("data-of-9.6", os.listdir(self.cache), "the files of its databases")
        (self.data / "PG_VERSION").write_text("9.6\n")
        self.assertEqual(self.use().stdout.strip(), "42")
        self.assertEqual(len(list(self.cache.glob("pg/data-of-*"))), 2, "one does not overwrite the other")

    def test_killed_while_it_was_made(self):
        """Half a cluster is no cluster."""
        half = self.cache / "pg/data-new"
        half.mkdir(parents=True)
        (self.cache / "addons").mkdir()
        (half / "PG_VERSION").touch()
        self.assertEqual(self.use().stdout.strip(), "42")

    def test_folder_with_a_space(self):
        self.cache = self.cache / "my cache"
        self.assertEqual(self.use().stdout.strip(), "42")

    def test_folder_whose_path_is_too_long(self):
        self.cache = self.cache / ("long" * 25)
        self.assertSays(self.use(), "too long", "ODOO_DEV_CACHE")


@unittest.skipUnless(programs.postgres_programs(), "PostgreSQL is not installed")
class TestSharedServer(DevCase):
    """Two cache folders, as of two machines, with one checkout path and one server."""

    def setUp(self):
        super().setUp()
        server = self.running(USE.format("print(FOLDER, flush=True); input()"))
        self.shared = {"PGHOST": server.__enter__().said, "PGUSER": "odoo"}
        self.addCleanup(self._stop, self.cache)
        self.addCleanup(server.__exit__, None, None, None)
        self.machines = [self.new_cache(), self.new_cache()]

    def _stop(self, cache):
        self.cache = cache
        self.command("clean")

    def on(self, machine: int) -> dict[str, str]:
        return {**self.shared, "ODOO_DEV_CACHE": str(self.machines[machine])}

    def databases(self) -> set[str]:
        run = self.python("from postgres import sql; print(sql('select datname from pg_database'))", **self.on(0))
        return {name for name in run.stdout.split() if name.startswith(("test-", "template-", "demo-"))}

    def test_one_does_not_drop_the_others(self):
        with self.running(SCRATCH.format(HOLD), **self.on(0)) as first:
            again = self.python(SCRATCH.format("print(name)"), **self.on(1))
            self.assertEqual(again.returncode, 0, again.stderr)
            self.assertNotEqual(again.stdout.strip(), first.said)
            self.assertEqual(self.databases(), {first.said})
            beside = self.python(SCRATCH.format("print(name)"), **self.on(0))
            self.assertEqual(beside.returncode, 0, beside.stderr)
            self.assertEqual(self.databases(), {first.said}, "a second run on the same machine")
        self.python(SCRATCH.format("pass"), **self.on(1))
        self.assertEqual(self.databases(), {first.said}, "left by a run that was killed, on the other machine")
        self.python(SCRATCH.format("pass"), **self.on(0))
        self.assertEqual(self.databases(), set())

    def test_names(self):
        """Demo and templates: each machine has its own, and the same ones each time."""
        code = "import cache, databases, demo, types, contextlib\ndatabases.exists = lambda name: True\n"
        code += "print(demo.DATABASE, databases.template(types.SimpleNamespace(key='k', data=cache.CACHE)))"
        names = [self.python(code, **self.on(machine)).stdout.split() for machine in (0, 1, 0)]
        self.assertEqual(len(names[0]), 2)
        self.assertEqual(names[0], names[2])
        self.assertFalse(set(names[0]) & set(names[1]))

    def test_clean_drops_its_own(self):
        make = "from databases import *\nfrom postgres import sql\nsql(f'create database \"demo-{HERE}\"')\n"
        make += "sql(f'create database \"template-x-{TOKEN}-demo\"'); (CACHE / 'addons' / HERE).mkdir(parents=True)"
        for machine in (0, 1):
            self.assertEqual(self.python(make, **self.on(machine)).stderr, "")
        before = self.databases()
        self.assertEqual(len(before), 4)
        run = self.command("clean", **self.on(0))
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertFalse(self.machines[0].exists())
        self.assertEqual(len(self.databases()), 2)
