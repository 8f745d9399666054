"""The network between Odoo and the mail server, which fails when it is told to. In a thread of this process.

What it may do to a connection, by its `fault`:

    drop     it is closed as soon as it is made, or reset
    delay    every piece is held for up to a second and a half
    cut      after some pieces, in one direction or the other, both sides are cut off
    stall    nothing is carried for some seconds; then it is cut off
    garble   some bytes change on the way

Bytes change so that nobody can take them for others that mean something else: an octet above 127, never a line's end.
A reply that becomes another reply, or content that becomes other content, no client can notice; what is encrypted may
change in both directions, what is not only on the way back.
"""

import asyncio
import contextlib
import random
import socket
import struct
import threading
from collections import Counter

FAULTS = ("drop", "delay", "cut", "stall", "garble")
PIECE = 65536
LINE_END = b"\r\n"


class Proxy:
    """One listener in front of one port of the mail server.

    :param is_encrypted: whether the content that goes by is
    """

    def __init__(self, target: int, chance: random.Random, is_encrypted: bool) -> None:
        self.target, self._chance, self._is_encrypted = target, chance, is_encrypted
        self.fault = ""
        self.done: Counter[str] = Counter()
        self.connections = self.open = self.most_open = 0
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def start(self) -> None:
        self._thread.start()
        self._ready.wait(10)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(10)

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        with contextlib.closing(self._loop):
            self._loop.run_until_complete(self._listen())

    async def _listen(self) -> None:
        self._end = asyncio.Event()
        server = await asyncio.start_server(self._talk, "127.0.0.1", 0, backlog=100)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._end.wait()
        server.close()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
        await asyncio.sleep(0.1)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            if self.fault == "drop":
                self._drop(writer)
                return
            there, back = await asyncio.open_connection("127.0.0.1", self.target)
            try:
                sides = (self._carry(reader, back, is_reply=False), self._carry(there, writer, is_reply=True))
                carrying = {asyncio.ensure_future(side) for side in sides}
                _done, left = await asyncio.wait(carrying, return_when=asyncio.FIRST_COMPLETED)
                # A side that has hung up still hears what is on its way to it, for a moment.
                _done, left = await asyncio.wait(left, timeout=0.5) if left else ((), ())
                for side in left:
                    side.cancel()
            finally:
                back.close()
        except OSError:
            pass
        finally:
            writer.close()
            self.open -= 1

    def _drop(self, writer: asyncio.StreamWriter) -> None:
        self.done["drop"] += 1
        if self._chance.random() < 0.5:  # with a reset in place of an end
            sock = writer.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, is_reply: bool) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(PIECE):
                data, goes_on = await self._spoil(data, is_reply)
                writer.write(data)
                await writer.drain()
                if not goes_on:
                    return

    async def _spoil(self, data: bytes, is_reply: bool) -> tuple[bytes, bool]:
        """What of a piece goes on, and whether the connection does."""
        fault = self.fault
        if fault == "delay":
            self.done["delay"] += 1
            await asyncio.sleep(self._chance.uniform(0, 1.5))
        elif fault == "cut" and self._chance.random() < 0.2:
            self.done["cut"] += 1
            return data[: self._chance.randrange(len(data) + 1)], False
        elif fault == "stall" and self._chance.random() < 0.3:
            self.done["stall"] += 1
            await asyncio.sleep(self._chance.uniform(1, 5))
            return b"", False
        elif fault == "garble" and (is_reply or self._is_encrypted) and self._chance.random() < 0.2:
            self.done["garble"] += 1
            return garbled(data, self._chance), True
        return data, True


def garbled(data: bytes, chance: random.Random) -> bytes:
    """Change a few bytes.

    >>> changed = garbled(b"250 2.0.0 Ok\\r\\n", random.Random(1))
    >>> changed.endswith(b"\\r\\n"), len(changed), changed == b"250 2.0.0 Ok\\r\\n"
    (True, 14, False)
    """
    places = [place for place, byte in enumerate(data) if byte not in LINE_END]
    found = bytearray(data)
    for place in chance.sample(places, min(len(places), chance.randint(1, 4))):
        found[place] = chance.choice([byte for byte in range(0x80, 0x100) if byte != data[place]])
    return bytes(found)
