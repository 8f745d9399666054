"""What others get: complete, nothing that is not theirs, the same bytes each time; and what it does when installed."""

import ast
import os
import re
import subprocess
import sys
import tempfile
import unittest
import zipfile
from pathlib import Path

from cache import MODULE, REPO
from package import build, can_build_wheels, unpack
from upgrade import RELEASED, has

from .common import DevCase

# Each takes minutes, PostgreSQL and Odoo: for whoever makes a release.
SLOW = os.environ.get("DEV_TEST_RELEASE")
LEFT_OUT = ("dev", "tests", ".ci", ".git", ".gitattributes", ".gitignore", ".pre-commit-config.yaml", "pyproject.toml")


@unittest.skipUnless(has("HEAD"), "no git repository")
class TestContent(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        cls.module = unpack("HEAD", cls.folder)
        cls.manifest = ast.literal_eval((cls.module / "__manifest__.py").read_text())

    def test_nothing_of_developers(self):
        self.assertEqual([name for name in LEFT_OUT if (self.module / name).exists()], [])
        self.assertEqual(list(self.module.rglob("*.eml")), [])
        self.assertNotIn("demo", self.manifest)

    def test_complete(self):
        """What the manifest names is there, and what the store asks for."""
        named = [
            *self.manifest["data"],
            *self.manifest["images"],
            "LICENSE",
            "README.md",
            "static/description/icon.png",
        ]
        self.assertEqual([name for name in named if not (self.module / name).is_file()], [])
        for field in ("name", "summary", "author", "license", "category"):
            self.assertTrue(self.manifest[field], field)
        self.assertRegex(self.manifest["version"], r"^19\.0\.\d+\.\d+\.\d+$")

    def test_license(self):
        """LGPL-3 adds to the GPL, and both texts are there."""
        text = (self.module / "LICENSE").read_text()
        self.assertEqual(self.manifest["license"], "LGPL-3")
        for title in ("GNU LESSER GENERAL PUBLIC LICENSE", "GNU GENERAL PUBLIC LICENSE"):
            self.assertIn(title, text)

    def test_news_of_this_version(self):
        """The newest version in the news is that of the manifest, or what is new waits to be gathered."""
        news = re.findall(r"^## (\S+) ", (self.module / "readme/HISTORY.md").read_text(), re.M)
        waiting = list((REPO / "readme/newsfragments").glob("*.md"))
        self.assertEqual(news[0] == self.manifest["version"], not waiting, "`towncrier build` gathers them: DEVELOP.md")
        self.assertIn("19.0.1.0.0", news)

    def test_migrations_belong_to_a_version(self):
        """Odoo runs a migration up to the manifest's version: one of a later version would not run."""
        versions = [path.name for path in (self.module / "migrations").iterdir()]
        parts = [tuple(map(int, version.split("."))) for version in [*versions, self.manifest["version"]]]
        self.assertEqual(max(parts), parts[-1])

    def test_page(self):
        """Readable without scripts and without the network; each picture is there."""
        text = (REPO / "static/description/index.html").read_text()
        sources = re.findall(r'(?:src|href)="([^"]*)"', text)
        self.assertGreaterEqual(len(sources), 5)
        self.assertEqual([name for name in sources if not (self.module / "static/description" / name).is_file()], [])
        self.assertNotIn("<script", text)
        self.assertNotIn(".md", text.partition("<body>")[2])


@unittest.skipUnless(has("HEAD"), "no git repository")
@unittest.skipUnless(can_build_wheels(), "whool is not installed: `dev.py package` does that")
class TestBuild(unittest.TestCase):
    def test_same_bytes(self):
        with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
            first, second = build(Path(one)), build(Path(other))
            self.assertEqual([path.name for path in first], [path.name for path in second])
            self.assertEqual([path.read_bytes() for path in first], [path.read_bytes() for path in second])
            wheel, zipped = first
            self.assertRegex(wheel.name, rf"^odoo_addon_{MODULE}-19\.0[.\d]+-py3-none-any\.whl$")
            with zipfile.ZipFile(zipped) as archive:
                names = set(archive.namelist())
            self.assertEqual({name.partition("/")[0] for name in names}, {MODULE})
            with zipfile.ZipFile(wheel) as archive:
                self.assertEqual({f"odoo/addons/{name}" for name in names} - set(archive.namelist()), set())
                [metadata] = [name for name in archive.namelist() if name.endswith("dist-info/METADATA")]
                needs = re.findall("^Requires-Dist: (.*)$", archive.read(metadata).decode(), re.M)
            self.assertEqual(sorted(needs), ["cryptography", "idna", "odoo==19.0.*", "qrcode"])


class TestWithoutGit(DevCase):
    def test_says_so(self):
        code = f"import package; package.REPO = package.Path({str(self.cache)!r}); package.build(package.Path('x'))"
        self.assertSays(self.python(code), "only what is in git can be packaged")


@unittest.skipUnless(SLOW, "DEV_TEST_RELEASE=1 installs and upgrades for real")
class TestRelease(unittest.TestCase):
    def run_command(self, *words):
        command = [sys.executable, str(REPO / "dev/dev.py"), *words]
        run = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        return run.stdout

    def test_wheel_in_a_fresh_odoo(self):
        self.assertIn("the wheel works", self.run_command("package", "--try"))

    def test_uninstalled(self):
        self.assertIn("nothing stays", self.run_command("uninstall"))

    def test_upgrades(self):
        for commit in (RELEASED, "9dddd19"):
            with self.subTest(commit=commit):
                if not has(commit):
                    self.skipTest(f"git does not have {commit} here")
                self.assertIn("nothing is lost", self.run_command("upgrade", "--from", commit))
