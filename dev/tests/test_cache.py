"""The cache folder: made however a command starts, never anybody else's files, never removed under anybody's feet."""

import os
import unittest

from .common import DEV, DevCase

# All of `test` up to the first thing that would be fetched. The tests that it starts are a file that does nothing.
FIRST_COMMAND = """
import sys, dev, testing
testing.lint = lambda: sys.exit("far enough")
testing.DEV = testing.Path(sys.argv[1])
sys.argv[1:] = ["test"]
dev.main()
"""
HOLD = "import fcntl, cache\nwith cache.lock('use', fcntl.LOCK_SH):\n    print('held', flush=True); input()"


class TestCache(DevCase):
    def test_first_command_of_all(self):
        """`dev.py test` on a machine without the folder: it opens a log there at once."""
        (self.cache / "pure.py").touch()
        folder = self.cache / "not/yet"
        code = FIRST_COMMAND.replace("sys.argv[1])", f"{str(self.cache)!r})")
        run = self.python(code, ODOO_DEV_CACHE=str(folder))
        self.assertEqual(run.stderr.strip(), "far enough")
        self.assertTrue(list(folder.glob("*-pure.log")))

    def test_every_command_makes_the_folder(self):
        """Before it does anything else; `clean` does not make what it removes."""
        probe = "import argparse, dev\ndev.parser = lambda: argparse.ArgumentParser()\n"
        probe += (
            "argparse.ArgumentParser.parse_args = lambda _: argparse.Namespace(do=lambda: print(dev.CACHE.is_dir()))\n"
        )
        folder = self.cache / "not/yet"
        run = self.python(probe + "dev.main()", ODOO_DEV_CACHE=str(folder))
        self.assertEqual(run.stdout.strip(), "True", run.stderr)
        self.assertEqual(self.command("clean", ODOO_DEV_CACHE=str(self.cache / "other")).returncode, 0)
        self.assertFalse((self.cache / "other").exists())

    def test_servers_may_enter(self):
        """As root PostgreSQL runs as another user, and mktemp makes folders that are closed to others."""
        self.cache.chmod(0o700)
        run = self.python("import cache; cache.make_cache()")
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual(self.cache.stat().st_mode & 0o055, 0o055 if os.geteuid() == 0 else 0)

    @unittest.skipUnless(os.geteuid() == 0, "only root's servers run as another user")
    def test_servers_may_not_enter(self):
        """A folder above that is not ours is left as it is."""
        self.cache.chmod(0o700)
        run = self.command("lint", ODOO_DEV_CACHE=str(self.cache / "cache"))
        self.assertSays(run, f"{self.cache} is closed", "set ODOO_DEV_CACHE")
        self.assertEqual(self.cache.stat().st_mode & 0o777, 0o700)

    def test_unusable_folders(self):
        """One that cannot be made, one in the repository, a file."""
        self.assertSays(self.command("lint", ODOO_DEV_CACHE="/proc/cache"), "cannot use /proc/cache", "ODOO_DEV_CACHE")
        self.assertSays(self.command("lint", ODOO_DEV_CACHE=str(DEV / "cache")), "outside the repository")
        (self.cache / "file").touch()
        self.assertSays(self.command("lint", ODOO_DEV_CACHE=str(self.cache / "file")), "cannot use")
        self.assertFalse((DEV / "cache").exists())

    def test_foreign_files_are_safe(self):
        """`clean` in a folder that is not ours, such as a home, removes nothing."""
        (self.cache / "letter.txt").write_text("mine")
        for command in ("clean", "lint"):
            self.assertSays(self.command(command), "not empty", "set ODOO_DEV_CACHE")
        self.assertEqual([path.name for path in self.cache.iterdir()], ["letter.txt"])

    def test_clean(self):
        self.python("import cache; cache.make_cache(); (cache.CACHE / 'apt').mkdir()")
        self.assertEqual(self.command("clean").returncode, 0)
        self.assertFalse(self.cache.exists())
        self.assertEqual(self.command("clean").returncode, 0, "there is nothing to remove")

    def test_clean_while_in_use(self):
        with self.running(HOLD) as process:
            self.assertEqual(process.said, "held")
            self.assertSays(self.command("clean"), "running", "stop it first")
        self.assertTrue((self.cache / "CACHEDIR.TAG").exists())
        self.assertEqual(self.command("clean").returncode, 0)

    def test_lock_whose_file_is_removed(self):
        """Who waited for it must not hold a lock that nobody else can see."""
        code = (
            "import cache, os, threading, time\n"
            "path = cache.CACHE / 'a.lock'\n"
            "def second():\n"
            "    with cache.lock('a'): print(os.stat(path).st_ino != first, flush=True)\n"
            "with cache.lock('a'):\n"
            "    first = os.stat(path).st_ino\n"
            "    thread = threading.Thread(target=second); thread.start(); time.sleep(0.3)\n"
            "    keep = open(path); path.unlink(); path.touch()\n"
            "thread.join(5)\n"
        )
        self.assertEqual(self.python(code).stdout.strip(), "True")


class TestSentences(DevCase):
    def test_in_words(self):
        code = "import subprocess, cache\ntry: {}\nexcept Exception as error: print(cache.in_words(error))"
        for statement, words in {
            "cache.sh('false', 'x')": "`false x` failed (1); why, it says above",
            "cache.sh('no-such-program')": "the program no-such-program is missing: install it",
            "open('/no/such')": "/no/such: No such file or directory",
            "raise OSError(28, 'No space left on device')": "No space left on device",
        }.items():
            self.assertEqual(self.python(code.format(statement)).stdout.strip(), words)

    def test_error_at_the_top(self):
        """A sentence; with DEV_TRACEBACK the traceback."""
        code = "import sys, dev\ndef lint(fix): open('/no/such')\ndev.lint = lint\nsys.argv[1:] = ['lint']\ndev.main()"
        self.assertSays(self.python(code), "/no/such: No such file", "DEV_TRACEBACK=1")
        self.assertIn("Traceback", self.python(code, DEV_TRACEBACK="1").stderr)

    def test_server_that_is_not_there(self):
        run = self.command("psql", PGHOST=str(self.cache), PGUSER="odoo")
        self.assertSays(run, "no connection to PostgreSQL", str(self.cache))

    def test_missing_program(self):
        """psql is no part of the server that PGHOST names."""
        code = "import programs\nprograms.ROOT = False\nprograms.provide({'no-such': 'postgresql-client'})"
        self.assertSays(self.python(code), "missing", "apt-get install postgresql-client")

    def test_missing_keyring(self):
        """Debian's keys are no part of every image."""
        code = (
            "import odoo_install, programs\n"
            "programs.ROOT = False\n"
            f"odoo_install.KEYRINGS = [odoo_install.Path({str(self.cache)!r}, 'none.gpg')]\n"
            "odoo_install.debian_mirror = lambda: 'http://mirror.example.com'\n"
            "odoo_install._download(odoo_install.CACHE)\n"
        )
        self.assertSays(self.python(code), "apt-get install debian-archive-keyring")

    def test_missing_venv(self):
        """Debian's Python cannot make virtual environments without another package."""
        code = (
            "import odoo_install, programs\n"
            "programs.ROOT = False\n"
            f"odoo_install.sysconfig.get_path = lambda name: {str(self.cache)!r}\n"
            "odoo_install.venv('venv', odoo_install.REQUIREMENTS)\n"
        )
        self.assertSays(self.python(code), "apt-get install python3-venv")

    def test_umask(self):
        """Who closes new files to others still gets servers that can read theirs."""
        if os.geteuid():
            self.skipTest("only root's servers run as another user")
        code = "import argparse, os, dev\ndev.parser = lambda: argparse.ArgumentParser()\nos.umask(0o077)\n"
        code += "argparse.ArgumentParser.parse_args = lambda _: argparse.Namespace(do=lambda: print(os.umask(0)))\n"
        self.assertEqual(self.python(code + "dev.main()").stdout.strip(), str(0o022))

    def test_what_was_unpacked_by_an_older_version(self):
        """It had no translations; it is not taken for what is unpacked now."""
        code = (
            "import odoo_install\n"
            "old = odoo_install.CACHE / 'odoo/19.0.0+dfsg-1'; old.mkdir(parents=True); (old / 'complete').touch()\n"
            "odoo_install._private_apt = lambda: None\n"
            "def fetch(apt): raise SystemExit('fetched anew')\n"
            "odoo_install._download = fetch\n"
            "odoo_install.debian_odoo()\n"
        )
        code = "import cache; cache.make_cache()\n" + code
        self.assertEqual(self.python(code).stderr.strip(), "fetched anew")
