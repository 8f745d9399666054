"""aiosmtpd with a queue: server.py JSON (host, port, next_hop, size, queue, key, certificate).

A mail is a file, synced and renamed before the server says yes, and sent on until the next hop has it.
"""

import asyncio
import json
import os
import secrets
import smtplib
import ssl
import sys
from pathlib import Path

from aiosmtpd.smtp import SMTP

RETRY = 0.3  # seconds


class Handler:
    def __init__(self, facts: dict) -> None:
        self.folder, self.next_hop = Path(facts["queue"]), facts["next_hop"]

    async def handle_RCPT(self, _server, _session, envelope, address, options) -> str:  # noqa: N802 (its name)
        if not address.endswith("@dest.test"):
            return "550 5.1.1 No such user"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(self, _server, _session, envelope) -> str:  # noqa: N802 (its name)
        name = secrets.token_hex(8)
        new = self.folder / f"{name}.new"
        trace = f"Received: by aiosmtpd.odoo.test with ESMTP id {name}\r\n"
        with new.open("wb") as file:
            file.write(json.dumps([envelope.mail_from, envelope.rcpt_tos]).encode() + b"\n")
            file.write(trace.encode() + envelope.original_content)
            file.flush()
            os.fsync(file.fileno())
        new.rename(self.folder / name)
        return f"250 2.0.0 OK: queued as {name}"

    async def send_on(self) -> None:
        while True:
            for file in self.folder.glob("*"):
                if not file.suffix:
                    await asyncio.to_thread(self._send, file)
            await asyncio.sleep(RETRY)

    def _send(self, file: Path) -> None:
        head, _, content = file.read_bytes().partition(b"\n")
        with smtplib.SMTP("127.0.0.1", self.next_hop) as onward:
            onward.sendmail(*json.loads(head), content)
        file.unlink()


async def main(facts: dict) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(facts["certificate"], facts["key"])
    handler = Handler(facts)

    def factory() -> SMTP:
        return SMTP(handler, data_size_limit=facts["size"], hostname="aiosmtpd.odoo.test", tls_context=context)

    server = await asyncio.get_running_loop().create_server(factory, facts["host"], facts["port"])
    async with server:
        await handler.send_on()


if __name__ == "__main__":
    asyncio.run(main(json.loads(sys.argv[1])))
