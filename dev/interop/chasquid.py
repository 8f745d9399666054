"""chasquid: an MTA in Go. What follows a final dot too early it throws away; after a few refusals it hangs up."""

from subprocess import DEVNULL

from .server import GOOD, HOST, Server

CONFIGURATION = """\
hostname: "chasquid.odoo.test"
smtp_address: "{host}:{port}"
max_data_size_mb: 1
mail_delivery_agent_bin: "{files}/deliver"
mail_delivery_agent_args: "%from%"
mail_delivery_agent_args: "%to%"
data_dir: "{files}/data"
mail_log_path: "<stdout>"
"""
DOMAINS = "/etc/chasquid/domains"
DELIVER = """\
#!/usr/bin/python3
import smtplib
import sys

with smtplib.SMTP("{host}", {next_hop}) as onward:
    onward.sendmail(sys.argv[1], sys.argv[2:], sys.stdin.buffer.read().replace(b"\\n", b"\\r\\n"))
"""


class Chasquid(Server):
    title = "chasquid"
    packages = ("chasquid",)
    size_limit = 1024 * 1024  # it counts in megabytes

    def configure(self) -> None:
        self.files.chmod(0o755)
        facts = {"host": HOST, "port": self.port, "next_hop": self.next_hop, "files": self.files}
        self.box.write("/etc/chasquid/chasquid.conf", CONFIGURATION.format(**facts))
        self.box.write(f"{DOMAINS}/dest.test/users", "")
        deliver = self.files / "deliver"
        deliver.write_text(DELIVER.format(**facts))
        deliver.chmod(0o755)
        for name, file in (("fullchain.pem", self.certificate.certificate), ("privkey.pem", self.certificate.key)):
            self.box.write(f"/etc/chasquid/certs/chasquid.odoo.test/{name}", file.read_text())
        for address in GOOD:
            self.box.run(
                f"chasquid-util --configdir=/etc/chasquid user-add {address} --password=secret", stdout=DEVNULL
            )

    def command(self) -> str:
        return "chasquid"
