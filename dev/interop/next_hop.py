"""Where all servers hand their mails on to: it keeps account of what they had, and whether it is what was sent."""

import hashlib
import re
from collections import defaultdict

from servers.scripted import EXTENSIONS, ScriptedServer

from .server import BAD

LIFETIME = 3600.0  # seconds
MESSAGE_ID = re.compile(rb"(?im)^Message-ID:\s*<(.*?)>")


class NextHop(ScriptedServer):
    """A relay that takes everything, but not for the address that a server without knowledge of its own has to ask for.

    It forgets nothing: mails are counted by their Message-ID.
    """

    def __init__(self) -> None:
        super().__init__({f"RCPT {BAD}": b"550 5.1.1 No such user"}, extensions=EXTENSIONS, lifetime=LIFETIME)

    def copies(self) -> dict[tuple[str, str], list["Copy"]]:
        """What came, by Message-ID and address."""
        found = defaultdict(list)
        for number, mail in enumerate(self.messages[:], 1):
            copy = Copy(mail.data, f"{0x4A00000000 + number:010X}")
            for address in mail.recipients:
                found[copy.message_id, address.lower()].append(copy)
        return found


class Copy:
    """One mail that came.

    :ivar body: SHA-1 of all that follows the header
    :ivar header: as it came, with the line that the server added when it took the mail
    :ivar own_id: the receipt that the next hop gave
    """

    def __init__(self, data: bytes, own_id: str) -> None:
        header, _, body = data.partition(b"\r\n\r\n")
        self.header = header.decode("utf-8", "replace")
        self.body = hashlib.sha1(body).hexdigest()
        self.own_id = own_id
        found = MESSAGE_ID.search(header)
        self.message_id = found[1].decode() if found else ""
