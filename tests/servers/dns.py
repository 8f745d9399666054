"""A name server on real sockets, UDP and TCP on one port, that answers what a test wants.

with DnsServer({("TXT", "a.test"): ["v=spf1 -all"], ("A", "a.test"): "SERVFAIL"}) as server:
    server.port, server.asked
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from collections.abc import Mapping, Sequence
from typing import Final

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

SILENCE: Final = "SILENCE"  # no answer at all
GARBAGE: Final = "GARBAGE"  # what is no message
CUT: Final = "CUT"  # as the answer to UDP: cut, ask by TCP


class DnsServer:
    """:param records: what is answered to (kind, name): the texts of the records; an rcode such as "SERVFAIL"; `SILENCE`,
    `GARBAGE`; a mapping {"CNAME": …} leads to another name. Other names do not exist (NXDOMAIN), those of other kinds have
    no such record.
    :param cut: names whose UDP answers are cut
    """

    def __init__(self, records: Mapping[tuple[str, str], Sequence[str] | str], cut: Sequence[str] = ()) -> None:
        self.records = records
        self.cut = cut
        self.asked: list[tuple[str, str, str]] = []  # protocol, kind, name
        self._tcp = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._tcp.getsockname()[1]
        self._udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._udp.bind(("127.0.0.1", self.port))

    def __enter__(self) -> DnsServer:
        for serve in (self._serve_udp, self._serve_tcp):
            threading.Thread(target=serve, daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        for sock in (self._udp, self._tcp):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()

    def _serve_udp(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                data, peer = self._udp.recvfrom(65535)
                if peer and (answer := self._answer(data, "UDP")):
                    self._udp.sendto(answer, peer)

    def _serve_tcp(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                sock, _peer = self._tcp.accept()
                with sock, contextlib.suppress(OSError):
                    size = struct.unpack("!H", sock.recv(2, socket.MSG_WAITALL))[0]
                    if answer := self._answer(sock.recv(size, socket.MSG_WAITALL), "TCP"):
                        sock.sendall(struct.pack("!H", len(answer)) + answer)

    def _answer(self, data: bytes, protocol: str) -> bytes:
        query = dns.message.from_wire(data)
        question = query.question[0]
        name = question.name.to_text().rstrip(".")
        kind = dns.rdatatype.to_text(question.rdtype)
        self.asked.append((protocol, kind, name))
        answer = dns.message.make_response(query, recursion_available=True)
        found = self.records.get((kind, name), self._of_no_kind(name))
        if found == SILENCE:
            return b""
        if found == GARBAGE:
            return b"\xff" * 40
        if protocol == "UDP" and name in self.cut:
            answer.flags |= dns.flags.TC
        elif isinstance(found, str):
            answer.set_rcode(dns.rcode.from_text(found))
        else:
            self._fill(answer, question, found)
        return answer.to_wire(max_size=65535)

    def _of_no_kind(self, name: str) -> Sequence[str] | str:
        """A name with records of other kinds has none of this one; any other name does not exist."""
        return [] if any(name == known for _kind, known in self.records) else "NXDOMAIN"

    def _fill(self, answer: dns.message.Message, question: dns.rrset.RRset, found: Sequence[str]) -> None:
        name, kind = question.name, question.rdtype
        for _number in range(20):  # a chain of names, with its end if it has one
            alias = self.records.get(("CNAME", name.to_text().rstrip(".")))
            if not alias:
                break
            answer.answer.append(dns.rrset.from_text(name, 60, "IN", "CNAME", f"{alias[0]}."))
            name = dns.rrset.from_text(name, 60, "IN", "CNAME", f"{alias[0]}.")[0].target
            found = self.records.get((dns.rdatatype.to_text(kind), name.to_text().rstrip(".")), [])
        if found:
            answer.answer.append(dns.rrset.from_text(name, 60, "IN", kind, *found))
