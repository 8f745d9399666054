"""A small IMAP server on a real socket, for what Dovecot cannot be made to do: other habits, and faults at any moment.

with ImapServer(SELECT=b"* 1 EXISTS\\r\\n", APPEND=Drop(after_taking=True)) as server:
    imaplib.IMAP4("127.0.0.1", server.port)

It logs in anybody and keeps what is appended. What a command is answered with is said by its verb (of UID commands the
second word): untagged lines before the OK, `No`, `Drop`, or a function of (socket, line) that returns one of these, or
None when it has said all there is to say.
"""

import re
from dataclasses import dataclass

from .raw import RawServer

GREETING = b"* OK ready\r\n"
_LITERAL = re.compile(rb"\{(\d+)(\+?)\}\r\n$")
_SEARCHED = re.compile(rb'HEADER X-Envelope-Id "([^"]*)"', re.IGNORECASE)


@dataclass(frozen=True)
class No:
    """Refuse."""

    text: bytes
    word: bytes = b"NO"


@dataclass(frozen=True)
class Drop:
    """Cut the connection: of APPEND when the mail has come, and perhaps has been kept."""

    after_taking: bool = False


class ImapServer(RawServer):
    """:ivar messages: list of (folder, flags and date, message)"""

    def __init__(self, **answers):
        self.answers = {"CAPABILITY": b"* CAPABILITY IMAP4rev1\r\n", "LOGOUT": b"* BYE\r\n", **answers}
        self.messages = []
        self.lines = []
        super().__init__(self.serve)

    def verbs(self):
        return [_verb(line) for line in self.lines]

    def serve(self, sock):
        sock.sendall(GREETING)
        with sock.makefile("rb") as file:
            for line in file:
                self.lines.append(line)
                literal = _LITERAL.search(line)
                message = b""
                if literal:
                    sock.sendall(b"+ go on\r\n")
                    message = file.read(int(literal[1]))
                    file.readline()
                if not self.reply(sock, line, message):
                    return

    def reply(self, sock, line, message):
        """:return: whether the connection goes on"""
        tag, verb = line.split()[0], _verb(line)
        answer = self.answers.get(verb)
        if callable(answer):
            answer = answer(sock, line)
            if answer is None:
                return True
        if isinstance(answer, No):
            sock.sendall(tag + b" " + answer.word + b" " + answer.text + b"\r\n")
            return True
        if verb == "APPEND" and (not isinstance(answer, Drop) or answer.after_taking):
            self.messages.append((line, message))
        if isinstance(answer, Drop):
            return False
        if answer is None:
            answer = {"SEARCH": self.search, "FETCH": self.fetch}.get(verb, lambda line: b"")(line)
        sock.sendall(answer + tag + (b" OK [READ-ONLY] done\r\n" if verb == "EXAMINE" else b" OK done\r\n"))
        return True

    def search(self, line):
        token = _SEARCHED.search(line)
        found = [b"%d" % uid for uid, (_line, message) in enumerate(self.messages, 1) if token and token[1] in message]
        return b"* SEARCH " + b" ".join(found) + b"\r\n"

    def fetch(self, line):
        answer = b""
        for uid in map(int, line.split()[3].split(b",")):
            lines = self.messages[uid - 1][1].split(b"\r\n") if uid <= len(self.messages) else ()
            header = b"".join(one + b"\r\n" for one in lines if one.startswith(b"X-Envelope-Id"))
            answer += b"* %d FETCH (UID %d BODY[HEADER] {%d}\r\n%s)\r\n" % (uid, uid, len(header), header)
        return answer


def _verb(line):
    words = line.split()
    return (words[2] if words[1] == b"UID" else words[1]).decode()
