import shutil
import tempfile
import zipfile
from pathlib import Path
from unittest.mock import patch

from ...tools.archive import container, outlook, zip_file
from ...tools.archive.container import Archive
from ...tools.archive.message import read_mail
from .common import DoctestCase
from .test_archive_mbox import BODY, mail, subjects, written


class TestArchiveContainer(DoctestCase):
    def setUp(self):
        super().setUp()
        self.folder = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)

    def write(self, name, data):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        return path

    def zip(self, files, name="a.zip", method=zipfile.ZIP_DEFLATED):
        path = self.folder / name
        with zipfile.ZipFile(path, "w", method) as archive:
            for inner, data in files:
                archive.writestr(inner, data)
        return path

    def problems(self, path):
        return {item.member: item.problem for item in Archive(path).items() if item.problem}

    def test_doctests(self):
        self.assertDoctests(zip_file, outlook)

    def test_one_mail(self):
        for data in (mail(1), b"\xef\xbb\xbf" + mail(1), mail(1, line_end="\r\n")):
            self.assertEqual(subjects(Archive(self.write("1.eml", data)).items()), ["1"])

    def test_maildir_and_folders(self):
        self.write("Maildir/cur/1:2,S", mail(1))
        self.write("Maildir/new/2", mail(2))
        self.write("Maildir/.Sent/cur/3:2,S", mail(3))
        self.write("Maildir/dovecot-uidlist", b"3 V1 N1\n")
        self.write("Thunderbird/Sent", written([mail(4), mail(5)]))
        self.write("Thunderbird/Sent.msf", b"// <!-- <mdb:mork:z")
        self.write("Thunderbird/Empty", b"")
        (self.folder / "link").symlink_to("/etc/passwd")
        found = list(Archive(self.folder).items())
        self.assertEqual(subjects(found), ["3", "1", "2", "4", "5"])
        self.assertFalse(self.problems(self.folder))
        self.assertEqual(found[-1].member, "Thunderbird/Sent")

    def test_zip(self):
        path = self.zip(
            [
                ("b/2.eml", mail(2)),
                ("a.mbox", written([mail(0), mail(1)])),
                ("dir/", b""),
                ("x.pdf", b"%PDF-1.4 x"),
                ("n.zip", b"PK\x03\x04"),
            ]
        )
        found = [item for item in Archive(path).items() if not item.problem]
        self.assertEqual(subjects(found), ["0", "1", "2"])
        self.assertEqual(self.problems(path), {"a.zip/x.pdf": "no_mail", "a.zip/n.zip": "nested"})

    def test_goes_on_where_it_was(self):
        path = self.zip(
            [("a.mbox", written([mail(0), mail(1)])), ("a.mbox#", mail(2)), ("b", written([mail(3), mail(4)]))]
        )
        found = list(Archive(path).items())
        for place, item in enumerate(found):
            rest = list(Archive(path).items(item.member, item.end))
            self.assertEqual(rest, found[place + 1 :])
        self.assertEqual([item.done for item in found], sorted({item.done for item in found}))

    def test_two_files_with_one_name(self):
        path = self.folder / "a.zip"
        with zipfile.ZipFile(path, "w") as archive, self.assertWarns(UserWarning):
            for number in range(3):
                archive.writestr("x.eml", mail(number))
        found = list(Archive(path).items())
        self.assertEqual(subjects(found), ["0", "1", "2"])
        self.assertEqual(subjects(Archive(path).items(found[0].member, found[0].end)), ["1", "2"])

    def test_path_names(self):
        """Names are names: nothing is unpacked to the disk."""
        before = sorted(self.folder.rglob("*"))
        names = ["../../evil.eml", "/etc/evil.eml", "C:\\evil.eml", "a\x07b\n.eml", "x" * 5000]
        path = self.zip([(name, mail(place)) for place, name in enumerate(names)])
        found = list(Archive(path).items())
        self.assertEqual(sorted(subjects(found)), list("01234"))
        self.assertTrue(all(item.member.isprintable() and len(item.member) < 600 for item in found))
        self.assertEqual(sorted(self.folder.rglob("*")), sorted([*before, path]))

    def test_a_file_without_a_name(self):
        path = self.zip([("x", mail(1)), ("y.eml", mail(2))])
        whole = bytearray(path.read_bytes())
        place = whole.index(b"PK\x01\x02") + 28  # the lengths of name and extra field (APPNOTE.TXT 4.3.12)
        whole[place : place + 4] = b"\0\0\1\0"
        path.write_bytes(whole)
        self.assertEqual(self.problems(path), {"a.zip/": "damaged"})
        self.assertEqual(subjects(item for item in Archive(path).items() if item.source), ["2"])

    def test_zip_bomb(self):
        self.assertEqual(self.problems(self.zip([("1.eml", mail(1) + b"\0" * 20_000_000)])), {"a.zip/1.eml": "bomb"})

    def test_zip_bomb_of_many_files(self):
        """Each is small enough to look harmless."""
        path = self.zip([(f"{number}.eml", mail(number) + b"\0" * 4_000_000) for number in range(4)])
        self.assertEqual(self.problems(path), {"a.zip": "bomb"})

    def test_many_copies_of_one_mail_are_no_bomb(self):
        path = self.zip([("a.mbox", written([mail(number, BODY * 40) for number in range(6_000)]))])
        self.assertFalse(self.problems(path))

    def test_files_that_share_their_bytes(self):
        data = mail(1) + bytes(range(256)) * 400
        path = self.zip([("1.eml", data)], method=zipfile.ZIP_STORED)
        whole = path.read_bytes()
        start = whole.rfind(b"PK\x01\x02")
        entry, end = whole[start : whole.rfind(b"PK\x05\x06")], whole[whole.rfind(b"PK\x05\x06") :]
        count = 50
        end = end[:8] + count.to_bytes(2, "little") * 2 + (len(entry) * count).to_bytes(4, "little") + end[16:]
        path.write_bytes(whole[:start] + entry * count + end)
        self.assertEqual(self.problems(path), {"a.zip": "bomb"})

    def test_too_many_files(self):
        path = self.zip([(str(number), mail(1)) for number in range(40)])
        with patch.object(zip_file, "MOST_LIST_BYTES", 500):
            self.assertEqual(self.problems(path), {"a.zip": "too_many"})

    def test_damaged(self):
        path = self.zip(
            [("a.mbox", written([mail(number) for number in range(3)])), ("b.eml", mail(9))], method=zipfile.ZIP_STORED
        )
        whole = bytearray(path.read_bytes())
        whole[whole.find(b"Subject: 2") + 9] ^= 1
        path.write_bytes(whole)
        found = list(Archive(path).items())
        self.assertEqual(found[-1].problem, "")
        self.assertIn("damaged", [item.problem for item in found])
        path.write_bytes(whole[:200])
        self.assertEqual(self.problems(path), {"a.zip": "damaged"})

    def test_encrypted(self):
        path = self.zip([("1.eml", mail(1))])
        whole = bytearray(path.read_bytes())
        for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
            whole[whole.find(mark) + place] |= 1
        path.write_bytes(whole)
        self.assertEqual(self.problems(path), {"a.zip/1.eml": "encrypted"})

    def test_outlook(self):
        msg = self.write("a.msg", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"garbage" * 900)
        expected = "outlook_damaged" if outlook.is_available() else "outlook"
        self.assertEqual(self.problems(msg), {"a.msg": expected})
        self.assertEqual(self.problems(self.write("a.pst", b"!BDN" + b"\0" * 99)), {"a.pst": "outlook_data"})

    def test_outlook_with_the_library(self):
        """What the library gives is read like any mail, and what it raises is told."""

        class Library:
            def openMsg(self, source):  # noqa: N802 (its name)
                raise NotImplementedError

        msg = self.write("a.msg", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"garbage" * 900)
        with patch.object(outlook, "extract_msg", Library()):
            self.assertEqual(self.problems(msg), {"a.msg": "outlook_damaged"})

    def test_names_of_files_that_nobody_can_write(self):
        bad = self.folder / "Maildir/cur"
        bad.mkdir(parents=True)
        (Path(str(bad)) / b"1\xff".decode(errors="surrogateescape")).write_bytes(mail(1))
        [item] = Archive(self.folder).items()
        self.assertEqual(item.member, "Maildir/cur/1?")

    def test_no_mail(self):
        self.assertEqual(self.problems(self.write("x.bin", b"\0" * 5000)), {"x.bin": "no_mail"})

    def test_a_mailbox_with_nothing_behind_its_line(self):
        """Found by test_parser_fuzz: a mail of nothing, which the import then tells as no mail."""
        found = list(Archive(self.write("a", b"\nFrom a@b.test Sat Nov 28 10:00:00 2026\n")).items())
        self.assertEqual([(bytes(item.source), item.problem) for item in found], [(b"", "")])
        self.assertFalse(read_mail(found[0].source).fields)

    def test_a_zip_file_in_a_folder(self):
        self.write("plain.eml", mail(1))
        self.zip([("inner.eml", mail(2))])
        items = list(Archive(self.folder).items())
        self.assertEqual(sorted(subjects(items)), ["1", "2"])
        self.assertIn("a.zip/inner.eml", [item.member for item in items])

    def test_a_mail_that_is_too_big(self):
        path = self.write("big.eml", mail(1))
        with patch.object(container, "MOST_MAIL_BYTES", 20):
            self.assertEqual(self.problems(path), {"big.eml": "too_big"})

    def test_a_long_list_of_the_newer_kind(self):
        end = b"PK\x06\x06" + bytes(36) + (2**40).to_bytes(8, "little") + bytes(8)
        self.assertEqual(self.problems(self.write("a.zip", b"PK\x03\x04" + bytes(90) + end)), {"a.zip": "too_many"})
