"""A sanitised text of a mail without what it would fetch from elsewhere: such pictures tell when a mail is read.

Contract: for what Odoo's sanitiser has written. It puts a value that holds a double quote between single ones, so tags
are read attribute by attribute, and written anew: each value between double quotes. What is no tag is text then.

>>> without_remote_content('<img src="https://spy.example.com/1.gif" alt="x"><img src="cid:logo">', {"logo": 7})
'<img alt="x"><img src="/web/image/7">'
>>> without_remote_content("<p style='font-family:\\"a\\"; background-image:url(//spy.example.com)'>a < b", {})
'<p style="font-family:&quot;a&quot;; background-image:none">a &lt; b'
"""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import unquote

_NAME = r"[a-zA-Z][a-zA-Z0-9:_-]*"
_VALUE = r"\"[^\"]*\"|'[^']*'|[^\s\"'<>=`]+"
_ATTRIBUTE = re.compile(rf"\s([^\s\"'<>/=]+)(?:=({_VALUE}))?")
_TAG = re.compile(rf"<({_NAME})((?:\s+[^\s\"'<>/=]+(?:=(?:{_VALUE}))?)*)\s*(/?)>|</{_NAME}\s*>|<")
# What a browser fetches by itself. An address to click on is none of it, but on other elements than a link it may be.
_SOURCES = frozenset("src srcset background poster data lowsrc dynsrc imagesrcset manifest ping xlink:href".split())
_LINKS = frozenset(("a", "area"))
# Most tags have nothing of all that, and stay as they are.
_TO_LOOK_AT = re.compile(
    r"'|(?:src|srcset|background|poster|data|manifest|ping|href)=|url|image|src\s*\(|@|expression|//|/\*|\\|&#", re.I
)
_KEPT = re.compile(r"\s*data:image/(?:png|jpe?g|gif|webp);base64,", re.I)
_STYLE_URL = re.compile(r"url\s{0,5}\([^)]{0,5000}\)?", re.I)
# Also as it stands between comments, or written with a backslash.
_MAY_FETCH = re.compile(r"url|image|src\s*\(|@|expression|//|/\*|\\", re.I)
_HARMLESS = re.compile(r"background-image\s{0,5}:\s{0,5}none", re.I)


def without_remote_content(html: str, files: dict[str, int]) -> str:
    """The text with the mail's own pictures only.

    :param html: sanitised
    :param files: Content-ID → id of the attachment
    """

    def cleaned(found: re.Match[str]) -> str:
        name, attributes, end = found.groups()
        if name is None:
            return "&lt;" if found.group() == "<" else found.group()
        if not attributes or not _TO_LOOK_AT.search(attributes):
            return found.group()
        kept = [_attribute(name.lower(), one, quoted, files) for one, quoted in _ATTRIBUTE.findall(attributes)]
        return f"<{name}{''.join(kept)}{end}>"

    return _TAG.sub(cleaned, html)


def _attribute(tag: str, name: str, quoted: str, files: dict[str, int]) -> str:
    """An attribute as it may stay, with a space before it; "" if it has to go."""
    value = quoted[1:-1].replace('"', "&quot;") if quoted[:1] in ("'", '"') else quoted
    lowered = name.lower()
    if lowered in _SOURCES or (lowered == "href" and tag not in _LINKS):
        if value.strip().lower().startswith("cid:"):
            number = files.get(unquote(value.strip()[4:]))
            return f' src="/web/image/{number}"' if number else ""
        if not _KEPT.match(value):
            return ""
    elif lowered == "style":
        value = _style(value)
    return f' {name}="{value}"' if quoted else f" {name}"


def _style(value: str) -> str:
    """A style that fetches nothing; "" where that is not certain."""
    if not _MAY_FETCH.search(unescape(value)):
        return value
    value = _STYLE_URL.sub("none", value)
    return "" if _MAY_FETCH.search(_HARMLESS.sub("", unescape(value))) else value
