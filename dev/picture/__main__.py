"""Take the pictures of the documents, in English and in Polish. `dev.py pictures` starts this with Odoo's Python.

    python dev/picture ADDRESS PORT FACTS FOLDER [NAME ...]

ADDRESS is where Odoo answers, PORT a free one for Chromium, FACTS the file with the ids of what is shown
(dev/shell/demo_pictures.py). A picture that an error stands in, or in the browser's console, is not written.
"""

import io
import itertools
import json
import sys
from pathlib import Path

from browser import Browser, chromium
from PIL import Image
from scenes import ADMINISTRATOR, CLERK, DIALOG, SCENES, Ids, Scene

MOST_BYTES = 80_000
# Tried one after the other, until the file is small enough.
COLOURS = (256, 128, 64, 32)
LANGUAGES = {"en_US": ".", "pl_PL": "pl"}
TIMEZONE = "Europe/Warsaw"
# In JavaScript, what must not stand in a picture, or null: without and with a dialog that it is about.
UNWANTED = (
    "document.querySelector('.modal, .o_view_nocontent')?.innerText",
    "document.querySelector('.o_error_dialog')?.innerText",
)


def main(address: str, port: str, facts: str, folder: str, *names: str) -> int:
    if unknown := set(names) - {scene.name for scene in SCENES}:
        print(f"there is no picture {', '.join(sorted(unknown))}", file=sys.stderr)
        return 1
    shown, faults = json.loads(Path(facts).read_text()), 0
    for (language, place), who in itertools.product(LANGUAGES.items(), (CLERK, ADMINISTRATOR)):
        target = Path(folder, place)
        target.mkdir(exist_ok=True)
        scenes = [scene for scene in SCENES if scene.who == who and (not names or scene.name in names)]
        if not scenes:
            continue
        with chromium(int(port)):
            browser = Browser(address, int(port), language.replace("_", "-"), TIMEZONE)
            browser.log_in(f"{who}-{language[:2]}")
            for scene in scenes:
                failed = Path(facts).parent / f"failed-{language}-{scene.name}.png"
                faults += not take(browser, scene, shown[language], target / f"{scene.name}.png", failed)
    return int(bool(faults))


def take(browser: Browser, scene: Scene, ids: Ids, file: Path, failed: Path) -> bool:
    """Whether it went well; if not, `failed` has what the browser shows then, for whoever mends it."""
    browser.errors.clear()
    browser.size(scene.width, scene.height)
    try:
        scene.act(browser, ids)
        picture = browser.picture(scene.frame, scene.margin)
        fault = "; ".join(browser.errors) or browser.run(UNWANTED[scene.frame == DIALOG])
    except (RuntimeError, TimeoutError) as error:
        picture, fault = browser.picture(calm=False), f"{type(error).__name__} {error}"
    if fault:
        failed.write_bytes(picture)
        print(f"{scene.name}: {fault} (what was seen: {failed})", file=sys.stderr)
        return False
    file.write_bytes(small(picture))
    print(f"{file.stat().st_size:>6}  {file}", file=sys.stderr)
    return True


def small(picture: bytes) -> bytes:
    """With the colours that it has most of, as many as there is room for."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    common = [colour for _times, colour in sorted(image.getcolors(image.width * image.height), reverse=True)]
    for count in COLOURS:
        found = io.BytesIO()
        _with_palette(image, common[:count]).save(found, "PNG", optimize=True)
        if found.tell() <= MOST_BYTES:
            break
    return found.getvalue()


def _with_palette(image: Image.Image, colours: list[tuple[int, ...]]) -> Image.Image:
    """What has one of the colours keeps exactly that; Pillow alone would take a near one, even for white."""
    palette = Image.new("P", (1, 1))
    palette.putpalette([level for colour in colours for level in colour])
    found = image.quantize(palette=palette, dither=Image.Dither.NONE)
    exact = {colour: index for index, colour in enumerate(colours)}
    near, pixels = found.tobytes(), image.tobytes()
    colours_of_pixels = zip(pixels[::3], pixels[1::3], pixels[2::3], strict=True)
    indexes = bytes(exact.get(colour, index) for colour, index in zip(colours_of_pixels, near, strict=True))
    found.frombytes(indexes)
    return found


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
