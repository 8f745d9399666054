"""The documents: pictures and links are there, both languages say the same much, and labels are those on the screen."""

import ast
import re
import unittest

from cache import REPO

PICTURES = REPO / "static/description"
# What is read by people; the first two in English and in Polish.
GUIDES = ("USAGE.md", "CONFIGURE.md")
DOCUMENTS = [REPO / "README.md", *(REPO / "readme").glob("*.md"), *(REPO / "readme/pl").glob("*.md")]
MOST_BYTES = 80_000
# Labels of Odoo's own and of other programs that the guides name.
OTHERS = {
    "en": {
        "Action",
        "Add API Key",
        "Emails",
        "General Settings",
        "Help",
        "My Preferences",
        "Profile Folder",
        "Security",
        "Settings",
        "Technical",
        "Test & Confirm",
        "Troubleshooting Information",
    },
    "pl": {
        "Akcja",
        "Dodaj klucz API",
        "Folder profilu",
        "Informacje dla pomocy technicznej",
        "Moje preferencje",
        "Pomoc",
        "Techniczne",
        "Testuj i potwierdź",
        "Ustawienia",
        "Ustawienia ogólne",
        "Zabezpieczenia",
    },
}
_PICTURE = re.compile(r"!\[([^\]]*)\]\(([^)\s]+)\)")
_LINK = re.compile(r"(?<!!)\[[^\]]+\]\((?!\w+:)([^)#\s]*)(?:#([^)\s]+))?\)")
_HEADING = re.compile(r"^#+ (.+)$", re.M)
_CODE = re.compile(r"```.*?```|`[^`\n]*`", re.S)
_BOLD = re.compile(r"\*\*([^*]{1,120})\*\*")
_ITALICS = re.compile(r"(?<![*\w])\*([^*]{1,160})\*(?![*\w])")
_ENTRY = re.compile(r'^msgid ((?:"[^\n]*"\n)+)msgstr ((?:"[^\n]*"\n)+)', re.M)


def text_of(path):
    """A document without what is code in it."""
    return _CODE.sub("", path.read_text())


def terms():
    """The Polish of each English term of the module."""
    text = (REPO / "i18n/pl.po").read_text() + "\n"
    return {_joined(term): _joined(polish) for term, polish in _ENTRY.findall(text)}


def _joined(lines):
    return "".join(ast.literal_eval(line) for line in lines.splitlines())


def labels(text):
    """What a guide names as it stands on the screen: what is bold, and the steps of a way (*A → B*)."""
    found = [" ".join(label.split()) for label in _BOLD.findall(text)]
    for way in _ITALICS.findall(_BOLD.sub("", text)):
        if "→" in way:
            found += [" ".join(step.split()) for step in way.split("→")]
    return found


def anchors(text):
    """The names that links can give to the headings, as GitHub makes them."""
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in _HEADING.findall(text)}


class TestDocuments(unittest.TestCase):
    def test_pictures_are_there_and_named(self):
        named = {}
        for path in DOCUMENTS:
            for words, place in _PICTURE.findall(path.read_text()):
                with self.subTest(document=path.name, picture=place):
                    self.assertTrue(words, "what is seen, for whoever does not see it")
                    picture = (path.parent / place).resolve()
                    self.assertTrue(picture.is_file())
                    named.setdefault(picture, []).append(path)
        there = {path for path in PICTURES.rglob("*.png") if path.name != "icon.png"}
        self.assertGreater(len(there), 40)
        self.assertEqual(there - set(named), set(), "no document shows it")

    def test_each_picture_can_be_taken_anew(self):
        """`dev.py pictures` takes all that there are, in both languages."""
        scenes = set(re.findall(r'^    Scene\("(\w+)"', (REPO / "dev/picture/scenes.py").read_text(), re.M))
        self.assertGreater(len(scenes), 20)
        for folder in (PICTURES, PICTURES / "pl"):
            self.assertEqual({path.stem for path in folder.glob("*.png")} - {"icon"}, scenes, folder.name)

    def test_pictures_are_small(self):
        big = {path.name: path.stat().st_size for path in PICTURES.rglob("*.png") if path.stat().st_size > MOST_BYTES}
        self.assertEqual(big, {}, "`dev.py pictures` takes them with fewer colours")

    def test_links_lead_somewhere(self):
        for path in DOCUMENTS:
            for place, anchor in _LINK.findall(_CODE.sub("", path.read_text())):
                with self.subTest(document=path.name, link=f"{place}#{anchor}"):
                    target = (path.parent / place).resolve() if place else path
                    self.assertTrue(target.exists())
                    if anchor:
                        self.assertIn(anchor, anchors(target.read_text()))

    def test_both_languages_say_the_same_much(self):
        for name in GUIDES:
            english, polish = ((REPO / "readme" / folder / name).read_text() for folder in (".", "pl"))
            with self.subTest(name=name):
                for mark in (r"^#{1,3} ", r"^- ", r"^\d\. ", r"^\| ", r"^```"):
                    counts = [len(re.findall(mark, text, re.M)) for text in (english, polish)]
                    self.assertEqual(counts[0], counts[1], mark)
                shown = [
                    [place.rpartition("/")[2] for _words, place in _PICTURE.findall(text)] for text in (english, polish)
                ]
                self.assertEqual(*shown)
                self.assertEqual(
                    {"/pl/" in place for _words, place in _PICTURE.findall(polish)}, {True}, "the Polish pictures"
                )

    def test_labels_are_those_on_the_screen(self):
        """As far as a rule can tell: what is bold, and the steps of a way, are terms of the module or of Odoo."""
        polish = terms()
        self.assertGreater(len(polish), 1000)
        known = {"en": set(polish) | OTHERS["en"], "pl": set(polish.values()) | OTHERS["pl"]}
        for name in GUIDES:
            for language, folder in (("en", "."), ("pl", "pl")):
                found = labels(text_of(REPO / "readme" / folder / name))
                with self.subTest(name=name, language=language):
                    self.assertGreater(len(found), 15)
                    self.assertEqual([label for label in found if label not in known[language]], [])

    def test_the_rule_finds_a_wrong_label(self):
        text = "Press **Sned**, on *Configuration → Certificats*, or *never* and `**x**`."
        self.assertEqual(labels(_CODE.sub("", text)), ["Sned", "Configuration", "Certificats"])
