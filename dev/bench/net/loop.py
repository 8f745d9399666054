"""What the network programs of the benchmark share: they say their port, and end when their standard input does."""

import asyncio
import contextlib
import os
import selectors
import sys
from collections.abc import Callable


async def serve(talk: Callable, facts: Callable[[], str]) -> None:
    """Serve `talk(reader, writer)` on a free port of 127.0.0.1.

    Prints the port, then a line of `facts()` for each line that comes in.
    """
    loop, end = asyncio.get_running_loop(), asyncio.Event()

    def asked() -> None:
        lines = os.read(sys.stdin.fileno(), 4096)
        if not lines:
            end.set()
        for _line in lines.splitlines():
            print(facts(), flush=True)

    server = await asyncio.start_server(talk, "127.0.0.1", 0, backlog=100, limit=2**17)
    loop.add_reader(sys.stdin.fileno(), asked)
    print(server.sockets[0].getsockname()[1], flush=True)
    await end.wait()


def run(talk: Callable, facts: Callable[[], str]) -> None:
    # epoll() waits whole milliseconds, rounded up: for each step of a mail's way one too many.
    with contextlib.closing(asyncio.SelectorEventLoop(selectors.SelectSelector())) as loop:
        loop.run_until_complete(serve(talk, facts))
