"""A file that somebody has put into a dialog."""

import base64
import binascii


class UploadError(ValueError):
    """A file that is not to be read. :param bool is_too_big: else it is broken"""

    def __init__(self, is_too_big):
        super().__init__("too big" if is_too_big else "broken")
        self.is_too_big = is_too_big


def is_too_big(wizard, name, most_bytes):
    """Whether the file in a field is bigger than that, told without decoding it."""
    return len(wizard.with_context(bin_size=False)[name] or b"") > most_bytes * 4 // 3 + 4


def uploaded(wizard, name, most_bytes):
    """The content of the file in a field.

    :rtype: bytes
    :raise UploadError: it is too big, or not what a browser sends
    """
    if is_too_big(wizard, name, most_bytes):
        raise UploadError(is_too_big=True)
    try:
        return base64.b64decode(wizard.with_context(bin_size=False)[name] or b"", validate=True)
    except (binascii.Error, ValueError, TypeError) as error:
        raise UploadError(is_too_big=False) from error
