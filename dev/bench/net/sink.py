"""A mail server that takes everything and keeps nothing: PIPELINING, CHUNKING, DSN.

    sink.py [--record FILE] [--delay MIN_MS MAX_MS] [--no-chunking]

With --record it writes one JSON line per accepted mail, [Message-ID, X-Envelope-Id, recipients], before it answers.
With --delay it waits a random time before and after that, and at MAIL and DATA. When the client is gone it still
takes what it has read, as real servers do. Its facts: how many mails it took.
"""

import argparse
import asyncio
import contextlib
import json
import logging
import os
import random
import re

from loop import run

EXTENSIONS = ("sink", "PIPELINING", "SIZE 104857600", "8BITMIME", "ENHANCEDSTATUSCODES", "DSN", "SMTPUTF8", "CHUNKING")
OK = b"250 2.0.0 Ok\r\n"
END = b"\r\n.\r\n"
PATH = re.compile(rb"<(.*?)>")


class Sink:
    def __init__(self, record: str | None, delay: tuple[float, float], chunking: bool) -> None:
        names = [name for name in EXTENSIONS if chunking or name != "CHUNKING"]
        self.hello = "".join(f"250-{name}\r\n" for name in names[:-1]).encode() + f"250 {names[-1]}\r\n".encode()
        self.mails = 0
        self.delay = delay
        self.record = os.open(record, os.O_WRONLY | os.O_APPEND | os.O_CREAT) if record else None

    def facts(self) -> str:
        return json.dumps({"mails": self.mails})

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, EOFError):
            await Conversation(self, reader, writer).run()
        writer.close()

    async def pause(self) -> None:
        if self.delay[1]:
            await asyncio.sleep(random.uniform(*self.delay) / 2000)

    async def accept(self, content: bytes, recipients: list[str]) -> bytes:
        self.mails += 1
        if self.record is not None:
            await self.pause()
            line = json.dumps([header(content, b"Message-Id"), header(content, b"X-Envelope-Id"), recipients])
            os.write(self.record, line.encode() + b"\n")
        await self.pause()
        return b"250 2.0.0 Ok: queued as S%d\r\n" % self.mails


def header(content: bytes, name: bytes) -> str:
    head = content.partition(b"\r\n\r\n")[0]
    found = re.search(rb"(?im)^" + name + rb":\s*(\S+)", head)
    return found[1].decode() if found else ""


class Conversation:
    """One connection. Replies are sent together when there is nothing more to read (RFC 2920 §3.2)."""

    def __init__(self, sink: Sink, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.sink, self.reader, self.writer = sink, reader, writer
        self.buffer = bytearray()
        self.replies: list[bytes] = [b"220 sink ESMTP\r\n"]
        self.reset()

    def reset(self) -> None:
        self.recipients: list[str] = []
        self.content = bytearray()

    async def more(self) -> None:
        self.flush()
        data = await self.reader.read(65536)
        if not data:
            raise EOFError
        self.buffer += data

    def flush(self) -> None:
        if self.replies and not self.writer.is_closing():
            self.writer.write(b"".join(self.replies))
        self.replies.clear()

    async def until(self, mark: bytes) -> bytes:
        start = 0
        while (found := self.buffer.find(mark, start)) < 0:
            start = max(0, len(self.buffer) - len(mark))
            await self.more()
        return self.take(found + len(mark))

    async def exactly(self, size: int) -> bytes:
        while len(self.buffer) < size:
            await self.more()
        return self.take(size)

    def take(self, size: int) -> bytes:
        data = bytes(self.buffer[:size])
        del self.buffer[:size]
        return data

    async def run(self) -> None:
        while True:
            line = await self.until(b"\r\n")
            words = line.split()
            verb = words[0].upper() if words else b""
            if verb == b"QUIT":
                self.replies.append(b"221 2.0.0 Bye\r\n")
                self.flush()
                await self.writer.drain()
                return
            self.replies.append(await self.answer(verb, words, line))

    async def answer(self, verb: bytes, words: list[bytes], line: bytes) -> bytes:
        if verb in (b"EHLO", b"HELO"):
            return self.sink.hello
        if verb == b"BDAT":
            return await self.chunk(int(words[1]), words[2:] != [])
        if verb == b"DATA":
            await self.sink.pause()
            self.replies.append(b"354 End data with <CR><LF>.<CR><LF>\r\n")
            self.content += (await self.until(END))[: -len(END)]
            return await self.accepted()
        if verb in (b"MAIL", b"RSET"):
            self.reset()
            await self.sink.pause()
        elif verb.startswith(b"RCPT"):
            found = PATH.search(line)
            self.recipients.append(found[1].decode() if found else "")
        elif verb != b"NOOP":
            return b"502 5.5.2 Error: command not recognized\r\n"
        return OK

    async def chunk(self, size: int, last: bool) -> bytes:
        data = await self.exactly(size)
        if self.sink.record is not None:
            self.content += data
        return await self.accepted() if last else OK

    async def accepted(self) -> bytes:
        recipients, content = self.recipients, bytes(self.content)
        self.reset()
        reply = await self.sink.accept(content, recipients)
        if self.sink.record is not None:  # a slow server answers each mail when it has it
            self.replies.append(reply)
            self.flush()
            return b""
        return reply


if __name__ == "__main__":
    logging.getLogger("asyncio").setLevel(logging.ERROR)  # it warns of each client that is gone
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--record")
    arguments.add_argument("--delay", nargs=2, type=float, default=(0, 0))
    arguments.add_argument("--no-chunking", dest="chunking", action="store_false")
    given = arguments.parse_args()
    sink = Sink(given.record, tuple(given.delay), given.chunking)
    run(sink.talk, sink.facts)
