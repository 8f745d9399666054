"""Odoo as its web client uses it: log in, call methods."""

import http.client
import json
import time
import urllib.error
import urllib.request
from collections import Counter
from http.cookiejar import CookieJar

LIMIT = 120  # seconds that a call may take
AGAIN = 180  # seconds for which it is tried again
# What Odoo tells a person: not a fault.
TOLD = frozenset(f"odoo.exceptions.{name}Error" for name in ("User", "Access", "Missing"))
# The server's answer while PostgreSQL is away. Other errors of it, such as a conflict, no person should see.
AWAY = (
    "psycopg2.OperationalError",
    "psycopg2.InterfaceError",
    "psycopg2.DatabaseError",
    "psycopg2.errors.AdminShutdown",
    "psycopg2.errors.CrashShutdown",
    "psycopg2.errors.CannotConnectNow",
    "odoo.http.SessionExpiredException",
)
LOST = "server closed the connection"


class Told(Exception):
    """Odoo said no, in words for people."""


class Away(Exception):
    """No answer: the worker, or the database behind it, is gone. Whether it was done nobody knows."""


class Unexpected(Exception):
    """An exception that a person would see as a crash."""


class Client:
    """One person. Not for several threads."""

    def __init__(self, address: str, database: str, login: str, password: str) -> None:
        self._address, self._database = address, database
        self._who = {"login": login, "password": password}
        self._opener = None
        self.uid = 0
        self.counts: Counter[str] = Counter()

    def __call__(self, model: str, method: str, *arguments, **options):
        if self._opener is None:
            self._log_in()
        params = {"model": model, "method": method, "args": arguments, "kwargs": options}
        return self._counted(f"/web/dataset/call_kw/{model}/{method}", params)

    def _log_in(self) -> None:
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        try:
            self.uid = self._counted("/web/session/authenticate", {"db": self._database, **self._who})["uid"]
        except Exception:
            self._opener = None
            raise

    def _counted(self, path: str, params: dict):
        try:
            found = self._post(path, params)
        except (Told, Away, Unexpected) as error:
            self.counts[type(error).__name__.lower()] += 1
            raise
        self.counts["done"] += 1
        return found

    def _post(self, path: str, params: dict):
        body = json.dumps({"jsonrpc": "2.0", "method": "call", "params": params}).encode()
        request = urllib.request.Request(self._address + path, body, {"Content-Type": "application/json"})
        try:
            with self._opener.open(request, timeout=LIMIT) as answer:
                found = json.load(answer)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise Away(f"{path}: {error}") from error
        if "error" not in found:
            return found.get("result")
        raise self._error(path, found["error"])

    def _error(self, path: str, error: dict) -> Exception:
        data = error.get("data", {})
        name, debug = data.get("name", ""), data.get("debug", "")
        words = f"{path}: {name}: {data.get('message') or error['message']}"
        if name in TOLD:
            return Told(words)
        if name in AWAY or LOST in debug:
            if "Session" in name:  # a new one the next time
                self._opener = None
            return Away(words)
        return Unexpected(f"{words}\n{debug}")


def again(call: Client, *arguments):
    """Call until there is an answer: what may be done twice."""
    end = time.monotonic() + AGAIN
    while True:
        try:
            return call(*arguments)
        except Away:
            if time.monotonic() > end:
                raise
            time.sleep(0.3)
