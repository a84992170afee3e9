"""A headless Chromium, where this machine has one, and axe-core, which finds what keeps people out of a page."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from typing import Any

from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

# What is looked for where DOSSIER_BROWSER names none.
_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_QUIET = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"]
# The views that a page is looked at in; 360 pixels are a small phone.
VIEWS: dict[str, dict[str, Any]] = {
    "light": {"color_scheme": "light", "viewport": {"width": 1280, "height": 900}},
    "dark": {"color_scheme": "dark", "viewport": {"width": 1280, "height": 900}},
    "phone": {"color_scheme": "light", "viewport": {"width": 360, "height": 740}, "has_touch": True},
    "dark phone": {"color_scheme": "dark", "viewport": {"width": 360, "height": 740}, "has_touch": True},
}


def executable() -> str | None:
    """The browser's program, if there is one."""
    found = [os.environ.get("DOSSIER_BROWSER"), *map(shutil.which, _NAMES)]
    return next((path for path in found if path), None)


@contextmanager
def launched(program: str) -> Iterator[Browser]:
    """A browser, until the block ends."""
    # Root, as in most containers, has no sandbox in Chromium; what is opened is our own.
    unboxed = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=[*_QUIET, *unboxed])
        try:
            yield browser
        finally:
            browser.close()


def is_error(said: ConsoleMessage) -> bool:
    """Whether a page said that something is wrong; Swagger UI takes each underscore for an old form of a space."""
    return said.type == "error" and not said.text.startswith("Deprecated: escaping deep link whitespace")


class Visit:
    """A page that is open, and what went wrong with it."""

    def __init__(self, browser: Browser, base: str, **view: Any) -> None:
        """Make an empty page; `base` is the gateway's base URL, and `view` as in `VIEWS`."""
        self.base = base
        self.wrong: list[str] = []
        self.asked: list[str] = []
        self.page: Page = browser.new_context(reduced_motion="reduce", **view).new_page()
        self.page.set_default_timeout(20_000)
        # A Content-Security-Policy that was violated is an error of the console.
        self.page.on("console", lambda said: self.wrong.append(said.text) if is_error(said) else None)
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("requestfailed", lambda request: self.wrong.append(f"failed: {request.url}"))
        self.page.on("request", lambda request: self.asked.append(request.url))

    def open(self, path: str) -> Page:
        """Open a page of the gateway and wait until it has all it asks for."""
        self.page.goto(self.base + path)
        if path.startswith("/docs") and "problems" not in path:
            self.page.wait_for_selector("#operations .opblock")
        return self.page

    def barriers(self) -> list[str]:
        """What axe-core finds to be serious or worse, each with the first place where it does."""
        self.page.evaluate((files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8"))
        found = self.page.evaluate("axe.run()")["violations"]
        return [
            f"{one['impact']}: {one['id']} at {one['nodes'][0]['html'][:120]}"
            for one in found
            if one["impact"] in {"serious", "critical"}
        ]

    def overflow(self) -> int:
        """By how many pixels the page is wider than the window."""
        shown = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        return int(self.page.evaluate(shown))
