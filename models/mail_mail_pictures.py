import base64

from odoo.exceptions import AccessError, MissingError
from odoo.tools.mimetypes import guess_mimetype

from ..tools.picture_address import picture_at

MOST_BYTES = 5 * 1024 * 1024
MOST_LOOKUPS = 50
# By their content, whatever is said of it. An SVG is a document: it has scripts, and loads what it names.
_TYPES = frozenset(("image/bmp", "image/gif", "image/jpeg", "image/png", "image/webp"))


class PictureReader:
    """The pictures of this very Odoo in one text, for one reader: what core would show them at these addresses.

    Nothing is loaded over the network: who looks at a mail tells nobody by it.

    :param env: the reader's, not in superuser mode
    """

    def __init__(self, env):
        self.env = env
        self._base_url = env["ir.config_parameter"].sudo().get_param("web.base.url") or ""
        self._bytes_left, self._lookups_left = MOST_BYTES, MOST_LOOKUPS

    def data_address(self, address):
        """The picture as a ``data:`` address; False if it is none of ours, not the reader's to see, or too much."""
        picture = picture_at(address, self._base_url)
        if not picture or not self._lookups_left or picture.model not in self.env:
            return False
        if self.env[picture.model]._abstract:  # it has no table that could be asked
            return False
        self._lookups_left -= 1
        try:
            content = self._content(picture)
        except (AccessError, MissingError):
            return False
        mimetype = guess_mimetype(content)
        if mimetype not in _TYPES or len(content) > self._bytes_left:
            return False
        self._bytes_left -= len(content)
        return f"data:{mimetype};base64,{base64.b64encode(content).decode()}"

    def _content(self, picture):
        """The bytes of the picture; none if there are too many.

        :raise AccessError, MissingError: as core's ``/web/image`` refuses it
        """
        record = self.env["ir.binary"]._find_record(
            None, picture.model, picture.record_id, picture.access_token or None, picture.field
        )
        if record._name == "ir.attachment":
            return self._of_attachment(record) if picture.field == "raw" else b""
        field = record._fields.get(picture.field)
        if not field or field.type != "binary":
            return b""
        record._check_field_access(field, "read")
        if not field.attachment:
            return base64.b64decode(record.with_context(bin_size=False)[field.name] or b"")
        stored_in = [("res_model", "=", record._name), ("res_id", "=", record.id), ("res_field", "=", field.name)]
        return self._of_attachment(self.env["ir.attachment"].sudo().search(stored_in, limit=1))

    def _of_attachment(self, attachment):
        if attachment.type != "binary" or attachment.file_size > self._bytes_left:
            return b""
        return attachment.raw or b""
