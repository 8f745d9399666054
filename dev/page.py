"""The page of the add-on in Odoo's list of apps and in its store: static/description/index.html, from readme/."""

import ast
import html
import re
import subprocess
from pathlib import Path

from cache import DEV, REPO, say
from odoo_install import venv

REQUIREMENTS = DEV / "requirements-build.txt"
PAGE = Path("static/description/index.html")
FRAGMENTS = ("DESCRIPTION.md", "USAGE.md")
# Odoo keeps no style sheet of a page, so each picture has its own.
PICTURE = 'style="max-width: 100%; border: 1px solid #ddd; margin: 8px 0"'
DOCUMENT = """\
<!DOCTYPE html>
<!-- Written by `python3 dev/dev.py page` from readme/{fragments}: change those. -->
<html lang="en">
<head><meta charset="utf-8"><title>{name}</title></head>
<body>
<section class="oe_container" style="max-width: 60em; margin: 0 auto; padding: 0 16px; font-family: sans-serif">
<p><img src="icon.png" alt="" width="96" height="96"></p>
<h1>{name}</h1>
<p><strong>{summary}.</strong></p>
{body}
</section>
</body>
</html>
"""
# [words](FILE.md): the other files of readme/ are not there to be followed, nor what only points to one.
_SENTENCE_TO_FILE = re.compile(r"(?<=[.:?]) \[[^\]\n]{1,200}\]\([^:)\n]{1,200}\.md\)[^.\n]{0,100}\.")
_LINK_TO_FILE = re.compile(r"\[([^\]\n]{1,200})\]\((?!\w{1,9}:)[^)\n]{1,200}\.md\)")
_PICTURE = re.compile(r'<img alt="([^"]*)" src="(?:\.\./)?static/description/([^"]+)" ?/?>')


def page() -> int:
    """Write static/description/index.html anew from readme/."""
    (REPO / PAGE).write_text(made(REPO))
    say(f"written: {PAGE}")
    return 0


def made(source: Path) -> str:
    """The page that the fragments of a folder with the module give."""
    text = "\n\n".join((source / "readme" / name).read_text() for name in FRAGMENTS)
    text = _LINK_TO_FILE.sub(r"\1", _SENTENCE_TO_FILE.sub("", text))
    command = [venv("venv-build", REQUIREMENTS) / "python", "-m", "markdown", "-x", "tables", "-x", "sane_lists"]
    run = subprocess.run(command, input=text, capture_output=True, text=True, check=True)
    body = _PICTURE.sub(rf'<img alt="\1" src="\2" {PICTURE}>', run.stdout)
    manifest = ast.literal_eval((source / "__manifest__.py").read_text())
    names = {name: html.escape(manifest[name]) for name in ("name", "summary")}
    return DOCUMENT.format(body=body.strip(), fragments=", ".join(FRAGMENTS), **names)
