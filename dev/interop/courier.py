"""Courier: its receipt is the id alone, and what follows a final dot too early it throws away."""

from .server import HOST, Server

START = """\
mkdir -p /run/courier /run/courier/authdaemon
chown -R courier:courier /run/courier
makesmtpaccess; makeacceptmailfor; makehosteddomains; makealiases
authdaemond start
courierfilter start
courier start
esmtpd start
"""
# name -> lines that are added at the end
SETTINGS = {
    "courierd": "ESMTP_USE_STARTTLS=0\n",
    "esmtpd": """\
ADDRESS={host}
PORT={port}
BOFHCHECKDNS=0
TARPIT=0
MAXPERIP=40
MAXPERC=40
TCPDOPTS="-noidentlookup -nodnslookup"
ULIMIT=unlimited
TLS_CERTFILE={files}/esmtpd.pem
""",
}


class Courier(Server):
    title = "Courier"
    packages = ("courier-mta",)

    def configure(self) -> None:
        facts = {"host": HOST, "port": self.port, "files": self.files}
        for name, text in SETTINGS.items():
            usual = (self.box.changes / "etc/courier" / name).read_text()
            self.box.write(f"/etc/courier/{name}", usual + text.format(**facts))
        for name, text in {
            "me": "courier.odoo.test\n",
            "locals": "courier.odoo.test\n",
            "hosteddomains/odoo.test": "odoo.test\n",
            "esmtproutes": f":[{HOST}],{self.next_hop}\n",
            "sizelimit": f"{self.size_limit}\n",
            "queuetime": "1d\n",
            "retryalpha": "2s\n",
            "retrygamma": "2s\n",
            "smtpaccess/default": "127.0.0.1\tallow,RELAYCLIENT\n",
        }.items():
            self.box.write(f"/etc/courier/{name}", text)
        both = self.certificate.key.read_text() + self.certificate.certificate.read_text()
        (self.files / "esmtpd.pem").write_text(both)

    def command(self) -> str:
        return f"{START}sleep infinity"
