"""Dovecot's submission service: it keeps nothing, and passes each command on to the relay behind it."""

from .server import HOST, Server

CONFIGURATION = """\
base_dir = /run/dovecot
log_path = /dev/stderr
listen = {host}
protocols = submission
hostname = dovecot.odoo.test
mail_location = maildir:/tmp/%u
disable_plaintext_auth = no
auth_mechanisms = plain
first_valid_uid = 1
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{key}
submission_relay_host = {host}
submission_relay_port = {next_hop}
submission_relay_trusted = no
submission_max_mail_size = {size}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid=mail gid=mail home=/tmp/%u
}}
service submission-login {{
  inet_listener submission {{
    port = {port}
  }}
  inet_listener submissions {{
    port = 0
  }}
}}
"""


class Dovecot(Server):
    title = "Dovecot submission"
    packages = ("dovecot-submissiond",)
    login = ("alice@odoo.test", "secret")
    note = "a proxy: replies and receipts are those of the relay behind it"

    def configure(self) -> None:
        text = CONFIGURATION.format(
            host=HOST,
            port=self.port,
            next_hop=self.next_hop,
            size=self.size_limit,
            certificate=self.certificate.certificate,
            key=self.certificate.key,
            password=self.login[1],
        )
        self.box.write("/etc/dovecot/dovecot.conf", text)

    def command(self) -> str:
        return "dovecot -F"
