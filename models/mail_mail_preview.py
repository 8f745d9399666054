import re

from lxml import etree, html

from odoo import models
from odoo.tools.mail import formataddr

from .mail_mail_pictures import PictureReader

# What a picture of the mail needs. Everything else can load, run or lead somewhere.
_ATTRIBUTES = frozenset(
    "align alt bgcolor border cellpadding cellspacing class color colspan dir height lang role rowspan size style"
    " title type valign width".split()
)
_DROPPED = (
    "script noscript iframe frame frameset object embed applet link meta base form input button select textarea"
    " audio video source svg math template portal"
).split()
_REMOTE = re.compile(r"url\s*\(|@import|expression\s*\(|image-set\s*\(|\\", re.IGNORECASE)


class MailMail(models.Model):
    """A look at a mail as one of its recipients gets it, before it leaves or afterwards."""

    _inherit = "mail.mail"

    def action_preview(self):
        """Show this mail as its recipients get it."""
        self.ensure_one()
        self._check_there_to_read()
        wizard = self.env["mail.mail.preview"].create({"mail_id": self.id})
        return wizard._open(self.env._("Preview"))

    def _preview_recipients(self):
        """Each email that is made of this mail: a list of (contact or none, To, Cc) in the words of its header."""
        typed = [(partner, kinds) for partner, kinds in self._recipients_by_email()]
        found = []
        for partner, kinds in typed:
            if partner:
                found.append((partner, ", ".join(formataddr((partner.name or "", one)) for one in kinds), ""))
            else:
                found.append((partner, self.email_to or "", self.email_cc or ""))
        return found or [(self.env["res.partner"], self.email_to or "", self.email_cc or "")]

    def _preview_html(self, partner, with_links):
        """The text as this recipient gets it, made harmless: nothing in it runs, loads or leads anywhere.

        :param res.partner partner: empty for addresses that were typed
        :param bool with_links: tell where links lead to: their tokens are for administrators alone
        """
        followers = {}
        if "/mail/unfollow" in (self.body_html or ""):
            followers = self.env["mail.followers"]._get_mail_doc_to_followers(self.ids)
        body = self._personalize_outgoing_body(self._prepare_outgoing_body(), partner, doc_to_followers=followers)
        return harmless(body, with_links, PictureReader(self.sudo(False).env).data_address)


def harmless(source, with_links=False, data_address=None):
    """HTML of which nothing runs, loads or leads anywhere, for a frame without rights.

    :param bool with_links: tell where links lead to
    :param data_address: gives the ``data:`` address of a picture, or a false value, by its address

    >>> harmless('<p onclick="x()">a<script>b</script><a href="https://x.example/?token=1">c</a></p>')
    '<div><p>a<a>c</a></p></div>'
    """
    if not (source or "").strip():
        return ""
    try:
        tree = html.fragment_fromstring(str(source), create_parent="div")
    except (etree.ParserError, ValueError):
        return ""
    for node in list(tree.iter()):
        if node is tree:
            continue
        if not isinstance(node.tag, str) or node.tag.lower() in _DROPPED:
            node.drop_tree()
        else:
            _clean(node, with_links, data_address)
    return etree.tostring(tree, encoding="unicode", method="html")


def _clean(node, with_links, data_address):
    link = node.get("href") if node.tag == "a" else None
    picture = node.get("src", "") if node.tag == "img" else ""
    for name in list(node.attrib):
        if name.lower() not in _ATTRIBUTES or (name == "style" and _REMOTE.search(node.get(name))):
            del node.attrib[name]
    if node.tag == "style" and _REMOTE.search(node.text or ""):
        node.text = ""
    if picture.startswith("data:image/"):
        node.set("src", picture)
    elif picture and data_address and (data := data_address(picture)):
        node.set("src", data)
    if link and with_links:
        node.set("title", link)
