"""Which picture of this very Odoo an address in a mail names: the forms of core's `/web/image` and `/logo.png`.

An address that is of another host, or of no such form, names none. Nothing is looked up in here.

>>> picture_at("https://erp.example.com/web/image/12-ab3f/a.png?access_token=t", "https://erp.example.com")
PictureAddress(model='ir.attachment', record_id=12, field='raw', access_token='t')
>>> picture_at("/logo.png?company=3", "")
PictureAddress(model='res.company', record_id=3, field='logo_web', access_token='')
>>> picture_at("https://elsewhere.example.com/web/image/12", "https://erp.example.com") is None
True
"""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl, urlsplit

MOST_CHARACTERS: Final = 2000

_OF_ATTACHMENT: Final = re.compile(r"/web/(?:image|content)/(\d{1,9})(?:-[^/]*)?(?:/.*)?")
_OF_RECORD: Final = re.compile(r"/web/(?:image|content)/([a-z][a-z0-9_.]{0,99})/(\d{1,9})/([a-z]\w{0,62})(?:/.*)?")
_LOGO_PATHS: Final = frozenset(("/logo", "/logo.png", "/web/binary/company_logo"))
_MODEL: Final = re.compile(r"[a-z][a-z0-9_.]{0,99}")
_FIELD: Final = re.compile(r"[a-z]\w{0,62}")
_NUMBER: Final = re.compile(r"\d{1,9}", re.ASCII)


@dataclass(frozen=True)
class PictureAddress:
    """A binary field of a record; ``access_token`` as it stands in the address, or ""."""

    model: str
    record_id: int
    field: str
    access_token: str = ""


def picture_at(address: str, base_url: str) -> PictureAddress | None:
    """Return which record's picture an address names; None for every other address.

    :param base_url: of this Odoo; an address without a host is of it, too
    """
    if len(address) > MOST_CHARACTERS:
        return None
    try:
        parts, base = urlsplit(address), urlsplit(base_url)
        options = dict(parse_qsl(parts.query, max_num_fields=20))
    except ValueError:
        return None
    if (parts.scheme or parts.netloc) and (parts.scheme, parts.netloc.lower()) != (base.scheme, base.netloc.lower()):
        return None
    token = options.get("access_token", "")
    if found := _OF_ATTACHMENT.fullmatch(parts.path):
        return PictureAddress("ir.attachment", int(found[1]), "raw", token)
    if found := _OF_RECORD.fullmatch(parts.path):
        return PictureAddress(found[1], int(found[2]), found[3], token)
    if parts.path in _LOGO_PATHS and _NUMBER.fullmatch(options.get("company", "")):
        return PictureAddress("res.company", int(options["company"]), "logo_web")
    if parts.path == "/web/image" and _NUMBER.fullmatch(options.get("id", "")):
        model, field = options.get("model", "ir.attachment"), options.get("field", "raw")
        if _MODEL.fullmatch(model) and _FIELD.fullmatch(field):
            return PictureAddress(model, int(options["id"]), field, token)
    return None
