"""A TCP forwarder that emulates distance: it holds every chunk for half the round trip, in each direction.

    forwarder.py TARGET_PORT RTT_MS

Latency only: no bandwidth limit, no loss, no slow start, and the TCP handshake itself is not delayed.
Its facts: the number of connections so far, and how many the target had open at once at most.
"""

import asyncio
import contextlib
import json
import sys

from loop import run


class Forwarder:
    def __init__(self, target: int, rtt: float) -> None:
        self.target = target
        self.delay = rtt / 2
        self.connections = self.open = self.most_open = 0

    def facts(self) -> str:
        found = json.dumps({"connections": self.connections, "most_open": self.most_open})
        self.connections, self.most_open = 0, self.open
        return found

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self.target)
            with contextlib.closing(back):
                await asyncio.gather(self._carry_there(reader, back), self._carry(there, writer))
        except OSError:
            pass  # one side has hung up: so does the other
        finally:
            writer.close()

    async def _carry_there(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            await self._carry(reader, writer)
        finally:
            self.open -= 1

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Read at once, write when it is time. None in the queue is the end."""
        chunks: asyncio.Queue = asyncio.Queue()
        late = asyncio.create_task(self._deliver(chunks, writer))
        try:
            while data := await reader.read(65536):
                chunks.put_nowait((asyncio.get_running_loop().time() + self.delay, data))
        finally:
            chunks.put_nowait((asyncio.get_running_loop().time() + self.delay, None))
            await late

    async def _deliver(self, chunks: asyncio.Queue, writer: asyncio.StreamWriter) -> None:
        while True:
            due, data = await chunks.get()
            await asyncio.sleep(max(0.0, due - asyncio.get_running_loop().time()))
            if data is None:
                with contextlib.suppress(OSError):
                    writer.write_eof()
                return
            with contextlib.suppress(OSError):
                writer.write(data)


if __name__ == "__main__":
    forwarder = Forwarder(int(sys.argv[1]), float(sys.argv[2]) / 1000)
    run(forwarder.talk, forwarder.facts)
