"""A small SMTP server on a real socket that does what a real one cannot be made to do.

    with ScriptedServer({"RCPT bad@dest.test": b"550 5.1.1 No such user", ".": Step(drop=True)}) as server:
        smtplib.SMTP("127.0.0.1", server.port)

Without a script it accepts everything. A script names a moment and says what happens there: `"CONNECT"`, a verb
(`"MAIL"`, `"RCPT"`, `"DATA"`, `"RSET"`, ...), a verb with an address (`"RCPT a@dest.test"`, goes before the verb alone),
`"CONTENT"` (the first bytes of a mail have come) and `"."` (the final dot or the last chunk has come). It says bytes (the
reply), a Step, a list of both for the first, second, ... time (None: as usual; after the last one: as usual), or a
function from the command's line (of `"."`: the mail's first line) to one of them.

CHUNKING is understood if it is among the extensions. As Exim, and unlike Postfix, the server keeps a transaction open
whose last chunk came without a recipient.

Standard library only. Every thread ends with the `with` block, at the latest after LIFETIME seconds.
"""

from __future__ import annotations

import contextlib
import os
import re
import smtplib
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO, NamedTuple

LIFETIME = 60.0
EXTENSIONS = ("PIPELINING", "SIZE 10240000", "8BITMIME", "ENHANCEDSTATUSCODES", "DSN", "SMTPUTF8")

_PATH = re.compile(r"<(.*?)>")


@dataclass(frozen=True)
class Step:
    """What happens at one moment.

    The server waits `delay` seconds, sends `reply` (None: the usual one, unless it drops; written around TLS if
    `plain`), and drops the connection if `drop`. `keep` tells whether a mail is kept; None: if the reply is 2xx.
    `linger` reads on until the client has closed too: who closes with unread input (a pipelining client's next commands)
    sends a reset, and its kernel throws away the replies that wait for an ACK.
    """

    reply: bytes | None = None
    delay: float = 0.0
    drop: bool = False
    keep: bool | None = None
    plain: bool = False
    linger: bool = False


Action = bytes | Step | None
Script = Mapping[str, Action | Sequence[Action] | Callable[[str], Action]]


class ReceivedMail(NamedTuple):
    """A mail the server took; `data` without dot-stuffing and without the line of the final dot."""

    sender: str
    recipients: tuple[str, ...]
    data: bytes


class Hangup(Exception):
    """The server ends this connection."""


class ScriptedServer:
    """Listens on 127.0.0.1 at `port` while it is entered.

    :param extensions: the EHLO keywords with their parameters; None: a server that knows HELO only
    :param context: offers STARTTLS with it, or speaks TLS from the start if `implicit_tls`
    :param stop_after: shuts down after so many mails: 421 at the next MAIL, then no connection is taken any more
    """

    def __init__(
        self,
        script: Script | None = None,
        *,
        extensions: Sequence[str] | None = EXTENSIONS,
        context: ssl.SSLContext | None = None,
        implicit_tls: bool = False,
        stop_after: int | None = None,
        lifetime: float = LIFETIME,
    ) -> None:
        self.script = script or {}
        self.extensions = extensions
        self.context = context
        self.implicit_tls = implicit_tls
        self.stop_after = stop_after
        self.messages: list[ReceivedMail] = []
        self.commands: list[str] = []
        self.connections = 0
        self._lock = threading.Lock()
        self._times: dict[str, int] = {}
        self._ends_at = time.monotonic() + lifetime
        self._sockets: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]

    def __enter__(self) -> ScriptedServer:
        self._start(self._accept)
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()
        for thread in self._threads:
            thread.join(timeout=5)

    def stop(self) -> None:
        """Take no more connections and cut those that are open."""
        for sock in (self._listener, *self._sockets):
            _shut(sock)
            sock.close()

    def connect(self, timeout: float = 5.0) -> smtplib.SMTP:
        """Return a client connection that has said EHLO."""
        connection = smtplib.SMTP("127.0.0.1", self.port, local_hostname="client.test", timeout=timeout)
        connection.ehlo_or_helo_if_needed()
        return connection

    def verbs(self) -> list[str]:
        """Return the verbs of all commands so far, in upper case."""
        return [command.split(None, 1)[0].upper() for command in self.commands if command.strip()]

    # What the conversations ask

    def action(self, moment: str, line: str = "") -> Step:
        """Return what the script says for this moment, each time it comes."""
        address = _path(line)
        for key in (f"{moment} {address}", moment):
            if address is None and key != moment or key not in self.script:
                continue
            entry = self.script[key]
            with self._lock:
                time_before = self._times.get(key, 0)
                self._times[key] = time_before + 1
            if callable(entry):
                entry = entry(line)
            elif isinstance(entry, (list, tuple)):
                entry = entry[time_before] if time_before < len(entry) else None
            return entry if isinstance(entry, Step) else Step(entry)
        return Step()

    def keep(self, mail: ReceivedMail) -> int:
        """Add a mail and return how many there are."""
        with self._lock:
            self.messages.append(mail)
            return len(self.messages)

    @property
    def is_stopping(self) -> bool:
        """True once `stop_after` mails are here."""
        return self.stop_after is not None and len(self.messages) >= self.stop_after

    @property
    def seconds_left(self) -> float:
        """How long the server may still live."""
        return max(self._ends_at - time.monotonic(), 0.01)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # closed, or lived long enough
            while not self.is_stopping:
                self._listener.settimeout(self.seconds_left)
                sock, _address = self._listener.accept()
                if self.is_stopping:
                    sock.close()
                    break
                self.connections += 1
                self._sockets.append(sock)
                self._start(_Conversation(self, sock).run)
        self._listener.close()

    def _start(self, target: Callable[[], None]) -> None:
        thread = threading.Thread(target=target, daemon=True)
        self._threads.append(thread)
        thread.start()


@dataclass
class _Conversation:
    """One connection."""

    server: ScriptedServer
    sock: socket.socket
    sender: str | None = None
    recipients: list[str] = field(default_factory=list)
    chunks: list[bytes] = field(default_factory=list)

    def run(self) -> None:
        self.sock.settimeout(self.server.seconds_left)
        # It answers each of several commands at once with a packet: without this each would wait for the last one's ACK.
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            with contextlib.suppress(OSError, Hangup):
                if self.server.context and self.server.implicit_tls:
                    self._start_tls(self.server.context)
                self.file: BinaryIO = self.sock.makefile("rb")
                self._do(self.server.action("CONNECT"), b"220 mx.dest.test ESMTP")
                while True:
                    self._command()
        finally:
            _shut(self.sock)
            self.sock.close()

    def _command(self) -> None:
        raw = self.file.readline(65536)
        if not raw:
            raise Hangup
        line = raw.decode("utf-8", "replace").rstrip("\r\n")
        self.server.commands.append(line)
        verb = line.split(None, 1)[0].split(":")[0].upper() if line.strip() else ""
        if verb == "BDAT" and "CHUNKING" in (self.server.extensions or ()):
            self._chunk(line)
            return
        usual = getattr(self, f"_usual_{verb.lower()}", self._usual_unknown)(line)
        step = self.server.action(verb, line)
        reply = self._do(step, usual)
        after = getattr(self, f"_after_{verb.lower()}", None)
        if after:
            after(line, reply)

    def _do(self, step: Step, usual: bytes) -> bytes:
        """Carry out a step and return the reply it gave."""
        if step.delay:
            time.sleep(min(step.delay, self.server.seconds_left))
        reply = step.reply
        if reply is None:
            reply = b"" if step.drop else usual
        if reply:
            data = reply if reply.endswith(b"\n") else reply + b"\r\n"
            if step.plain:
                os.write(self.sock.fileno(), data)
            else:
                self.sock.sendall(data)
        if step.drop:
            if step.linger:
                self._linger()
            raise Hangup
        return reply

    def _linger(self) -> None:
        self.sock.shutdown(socket.SHUT_WR)
        while self.sock.recv(65536):
            pass

    # The usual replies

    def _usual_ehlo(self, _line: str) -> bytes:
        if self.server.extensions is None:
            return b"502 5.5.1 Command not implemented"
        keywords = list(self.server.extensions)
        if self.server.context and not isinstance(self.sock, ssl.SSLSocket):
            keywords.append("STARTTLS")
        lines = ["mx.dest.test", *keywords]
        marks = ["-"] * (len(lines) - 1) + [" "]
        return "\r\n".join(f"250{mark}{text}" for mark, text in zip(marks, lines, strict=True)).encode()

    def _usual_helo(self, _line: str) -> bytes:
        return b"250 mx.dest.test"

    def _usual_starttls(self, _line: str) -> bytes:
        return b"220 2.0.0 Ready to start TLS" if self.server.context else b"502 5.5.1 Error: command not implemented"

    def _usual_auth(self, line: str) -> bytes:
        answers = {"LOGIN": (b"334 VXNlcm5hbWU6", b"334 UGFzc3dvcmQ6")}
        words = line.upper().split()
        if len(words) == 2:  # no initial response: ask for it
            for challenge in answers.get(words[1], (b"334 ",)):
                self.sock.sendall(challenge + b"\r\n")
                self.file.readline(65536)
        return b"235 2.7.0 Authentication successful"

    def _usual_mail(self, _line: str) -> bytes:
        if self.server.is_stopping:
            self._do(Step(b"421 4.3.2 mx.dest.test Service shutting down", drop=True), b"")
        return b"503 5.5.1 Error: nested MAIL command" if self.sender is not None else b"250 2.1.0 Ok"

    def _usual_rcpt(self, _line: str) -> bytes:
        return b"503 5.5.1 Error: need MAIL command" if self.sender is None else b"250 2.1.5 Ok"

    def _usual_data(self, _line: str) -> bytes:
        if self.sender is None:
            return b"503 5.5.1 Error: need RCPT command"
        if not self.recipients:
            return b"554 5.5.1 Error: no valid recipients"
        return b"354 End data with <CR><LF>.<CR><LF>"

    def _usual_rset(self, _line: str) -> bytes:
        return b"250 2.0.0 Ok"

    def _usual_noop(self, _line: str) -> bytes:
        return b"250 2.0.0 Ok"

    def _usual_quit(self, _line: str) -> bytes:
        return b"221 2.0.0 Bye"

    def _usual_unknown(self, _line: str) -> bytes:
        return b"502 5.5.2 Error: command not recognized"

    # What a reply changes

    def _after_starttls(self, _line: str, reply: bytes) -> None:
        if reply[:1] == b"2" and self.server.context:
            self._start_tls(self.server.context)
            self.file = self.sock.makefile("rb")

    def _after_mail(self, line: str, reply: bytes) -> None:
        if reply[:1] == b"2":
            self.sender = _path(line) or ""

    def _after_rcpt(self, line: str, reply: bytes) -> None:
        if reply[:1] == b"2":
            self.recipients.append(_path(line) or "")

    def _after_rset(self, _line: str, _reply: bytes) -> None:
        self._reset()

    def _after_quit(self, _line: str, _reply: bytes) -> None:
        raise Hangup

    def _after_data(self, _line: str, reply: bytes) -> None:
        if reply[:1] != b"3":
            return
        self._on_content()
        self._receive(self._content())

    def _chunk(self, line: str) -> None:
        """Take one chunk (RFC 3030): its bytes follow the command whatever the answer will be."""
        words = line.split()
        self._on_content()
        data = self.file.read(int(words[1]))
        if len(data) < int(words[1]):
            raise Hangup
        is_last = words[2:3] == ["LAST"]
        if not self.recipients:
            usual = b"503 5.5.1 Error: need MAIL command" if self.sender is None else b"554 5.5.1 No valid recipients"
            self._do(self.server.action("BDAT", line), usual)
        elif not is_last:
            self.chunks.append(data)
            self._do(self.server.action("BDAT", line), b"250 2.0.0 Ok: %d bytes" % len(data))
        else:
            self._receive(b"".join([*self.chunks, data]))

    def _on_content(self) -> None:
        if "CONTENT" in self.server.script:
            self.file.peek(1)  # type: ignore[attr-defined]
            self._do(self.server.action("CONTENT"), b"")

    def _receive(self, data: bytes) -> None:
        """Answer a whole mail."""
        mail = ReceivedMail(self.sender or "", tuple(self.recipients), data)
        self._reset()
        step = self.server.action(".", data.split(b"\r\n", 1)[0].decode("utf-8", "replace"))
        kept = step.keep
        if kept is None:
            kept = not step.drop if step.reply is None else step.reply[:1] == b"2"
        count = self.server.keep(mail) if kept else 0
        self._do(step, b"250 2.0.0 Ok: queued as %010X" % (0x4A00000000 + count))

    def _content(self) -> bytes:
        lines: list[bytes] = []
        while True:
            line = self.file.readline()
            if not line:
                raise Hangup
            if line == b".\r\n":
                return b"".join(lines)
            lines.append(line[1:] if line.startswith(b".") else line)

    def _reset(self) -> None:
        self.sender = None
        self.recipients = []
        self.chunks = []

    def _start_tls(self, context: ssl.SSLContext) -> None:
        self.sock = context.wrap_socket(self.sock, server_side=True)
        self.server._sockets.append(self.sock)


def _path(line: str) -> str | None:
    """Return the address of MAIL or RCPT, None in other lines."""
    found = _PATH.search(line) if line[:4].upper() in ("MAIL", "RCPT") else None
    return found.group(1) if found else None


def _shut(sock: socket.socket) -> None:
    with contextlib.suppress(OSError):
        sock.shutdown(socket.SHUT_RDWR)
