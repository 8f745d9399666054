"""A throw-away certificate authority and the certificates, good and bad, that a mail server can show."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

# Elliptic keys are made in a few milliseconds.
NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
GOOD_NAMES = "DNS:localhost,IP:127.0.0.1"


@dataclass(frozen=True)
class Certificate:
    certificate: Path
    key: Path


class Authority:
    """`authority.ca` is what a client must trust; `issue()` makes a certificate once and returns its files."""

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder).resolve()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.ca = self.folder / "ca.pem"
        if not self.ca.exists():
            self._self_signed("ca", "/CN=Test CA", "basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign")

    def _openssl(self, *arguments: str | Path) -> None:
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, cwd=self.folder)

    def _self_signed(self, name: str, subject: str, *extensions: str) -> None:
        options = [option for extension in extensions for option in ("-addext", extension)]
        files = ("-keyout", f"{name}.key", "-out", f"{name}.pem")
        self._openssl("req", "-x509", *NEW_KEY, *files, "-days", "3650", "-subj", subject, *options)

    def issue(self, name: str, alternative_names: str = GOOD_NAMES, days: int = 3650) -> Certificate:
        """A certificate signed by this authority. A negative number of days makes an expired one."""
        found = Certificate(self.folder / f"{name}.pem", self.folder / f"{name}.key")
        if not found.certificate.exists():
            self._openssl("req", *NEW_KEY, "-keyout", found.key, "-out", f"{name}.csr", "-subj", f"/CN={name}")
            (self.folder / f"{name}.ext").write_text(f"subjectAltName={alternative_names}\n")
            signing = ("-CA", self.ca, "-CAkey", "ca.key", "-CAcreateserial", "-extfile", f"{name}.ext")
            self._openssl("x509", "-req", "-in", f"{name}.csr", *signing, "-days", str(days), "-out", found.certificate)
            found.key.chmod(0o644)
        return found

    def good(self) -> Certificate:
        return self.issue("good")

    def expired(self) -> Certificate:
        return self.issue("expired", days=-1)

    def wrong_host(self) -> Certificate:
        return self.issue("wrong-host", "DNS:elsewhere.test")

    def self_signed(self) -> Certificate:
        found = Certificate(self.folder / "self-signed.pem", self.folder / "self-signed.key")
        if not found.certificate.exists():
            self._self_signed("self-signed", "/CN=localhost", f"subjectAltName={GOOD_NAMES}")
            found.key.chmod(0o644)
        return found
