"""OpenSMTPD: no PIPELINING, refuses what its neighbours overlook."""

from .server import HOST, SIZE_LIMIT, Server

CONFIGURATION = """\
smtp max-message-size {size}
listen on {host} port {port} hostname opensmtpd.odoo.test
action "onward" relay host smtp://{host}:{next_hop}
match from any for domain "dest.test" action "onward"
"""


class OpenSMTPD(Server):
    title = "OpenSMTPD"
    packages = ("opensmtpd",)
    has_tls = False
    note = 'TLS is not tried: Debian 12\'s build fails in every handshake (its issue 1239, "EVP lib")'

    def configure(self) -> None:
        text = CONFIGURATION.format(
            size=SIZE_LIMIT,
            host=HOST,
            port=self.port,
            next_hop=self.next_hop,
        )
        self.box.write("/etc/smtpd.conf", text)

    def command(self) -> str:
        return "smtpd -d"
