"""A headless Chromium, driven through its DevTools websocket."""

import base64
import contextlib
import json
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import websocket

# In seconds: how long a page may take until it shows what was waited for, and how long it must then stay as it is.
PATIENCE, CALM = 45, 0.4
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--hide-scrollbars",
    "--force-color-profile=srgb",
    "--mute-audio",
)
# What moves, blinks or comes and goes would make each picture another one.
STILL = """
const style = document.createElement("style");
style.textContent = "*, *::before, *::after {transition: none !important; animation: none !important;"
    + " caret-color: transparent !important} .o_notification_manager {display: none !important}";
document.head.append(style);
"""
IS_CALM = """
document.fonts.status === "loaded" && [...document.images].every((image) => image.complete)
    && !document.querySelector(".o_loading_indicator, .o_blockUI, .o_view_sample_data, .fa-spin")
"""


class Browser:
    """`errors` are the lines that a page has written into its console as errors."""

    def __init__(self, address: str, port: int, language: str, timezone: str) -> None:
        self.address = address
        self.errors: list[str] = []
        self._count = 0
        self._socket = websocket.create_connection(_page(port), timeout=PATIENCE + 20)
        for domain in ("Page", "Runtime", "Network"):
            self.command(f"{domain}.enable")
        self.command("Emulation.setTimezoneOverride", timezoneId=timezone)
        self.command("Emulation.setLocaleOverride", locale=language)

    def command(self, method: str, **parameters) -> dict:
        """:raise RuntimeError: if Chromium says that it cannot"""
        self._count += 1
        number = self._count
        self._socket.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            message = json.loads(self._socket.recv())
            if message.get("id") == number:
                if "error" in message:
                    raise RuntimeError(f"{method}: {message['error']}")
                return message["result"]
            self._hear(message)

    def _hear(self, message: dict) -> None:
        facts = message.get("params", {})
        if message.get("method") == "Runtime.exceptionThrown":
            self.errors.append(json.dumps(facts["exceptionDetails"])[:600])
        elif message.get("method") == "Runtime.consoleAPICalled" and facts["type"] == "error":
            self.errors.append(json.dumps(facts["args"])[:600])

    def run(self, code: str):
        """The value of a JavaScript expression."""
        found = self.command("Runtime.evaluate", expression=code, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in found:
            raise RuntimeError(f"{code}: {found['exceptionDetails'].get('exception', {}).get('description')}")
        return found["result"].get("value")

    def size(self, width: int, height: int) -> None:
        phone = width < 500
        metrics = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": phone}
        self.command("Emulation.setDeviceMetricsOverride", **metrics)
        self.command("Emulation.setTouchEmulationEnabled", enabled=phone)

    def open(self, path: str, shows: str) -> None:
        """Go to a page and wait for an element of it."""
        self.command("Page.navigate", url="about:blank")  # so that nothing of the page before is taken for this one
        self.command("Page.navigate", url=self.address + path)
        self.wait(f"!!document.querySelector({json.dumps(shows)})")

    def log_in(self, login: str) -> None:
        """As a user whose password is the login."""
        self.open("/web/login", ".oe_login_form input[name=password]")
        fill = "".join(f"form.querySelector('[name={name}]').value = '{login}';" for name in ("login", "password"))
        self.run(f"(() => {{const form = document.querySelector('.oe_login_form'); {fill} form.submit()}})()")
        self.wait("!!document.querySelector('.o_main_navbar')")

    def wait(self, condition: str) -> None:
        """:raise TimeoutError: if the JavaScript condition does not come true"""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            with contextlib.suppress(RuntimeError):  # between two pages
                if self.run(condition):
                    return
            time.sleep(0.1)
        raise TimeoutError(condition)

    def click(self, selector: str, text: str = "") -> None:
        """On the first element that is shown and has the text."""
        find = (
            f"[...document.querySelectorAll({json.dumps(selector)})]"
            f".find((one) => one.offsetParent && one.innerText.includes({json.dumps(text)}))"
        )
        self.wait(f"!!{find}")
        self.run(f"{find}.click()")

    def type(self, selector: str, text: str) -> None:
        """Into a field, as a person does, and leave it."""
        self.wait(f"!!document.querySelector({json.dumps(selector)})")
        self.run(f"(() => {{const one = document.querySelector({json.dumps(selector)}); one.focus(); one.select()}})()")
        self.command("Input.insertText", text=text)
        self.run("document.activeElement.dispatchEvent(new Event('change', {bubbles: true}))")

    def picture(self, frame: str = "", margin: int = 0, calm: bool = True) -> bytes:
        """A PNG of the window, or of one element in it; `calm`: when all is loaded and nothing moves."""
        self.run(f"(() => {{{STILL}}})()")
        if calm:
            self.wait(IS_CALM)
            time.sleep(CALM)
            self.wait(IS_CALM)
        self.run("document.activeElement?.blur(), scrollTo(0, 0)")
        options = {"clip": self._box(frame, margin)} if frame else {}
        return base64.b64decode(self.command("Page.captureScreenshot", format="png", **options)["data"])

    def _box(self, frame: str, margin: int) -> dict[str, float]:
        box = self.run(
            f"(() => {{const box = document.querySelector({json.dumps(frame)}).getBoundingClientRect();"
            " return [box.x, box.y, box.width, box.height]})()"
        )
        x, y, width, height = (round(number) for number in box)
        return {
            "x": max(x - margin, 0),
            "y": max(y - margin, 0),
            "width": width + 2 * margin,
            "height": height + 2 * margin,
            "scale": 1,
        }


def _page(port: int) -> str:
    """The websocket of Chromium's one page."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/json", timeout=5) as answer:
                pages = [page for page in json.load(answer) if page["type"] == "page"]
            return pages[0]["webSocketDebuggerUrl"]
        except (OSError, IndexError):
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


@contextlib.contextmanager
def chromium(port: int) -> Iterator[None]:
    """For the time of the block; with a profile of its own, which is gone afterwards."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        options = (f"--remote-debugging-port={port}", "--remote-allow-origins=*", f"--user-data-dir={folder}")
        with Path(folder, "log").open("w") as log:
            run = subprocess.Popen(["chromium", *FLAGS, *options, "about:blank"], stdout=log, stderr=log)
        try:
            yield
        finally:
            run.terminate()
            run.wait()
