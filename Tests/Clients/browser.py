"""Web pages as people get them: in a Chromium without a window, which sees nothing but loopback, and judged by axe-core."""

from __future__ import annotations

import base64
import contextlib
import importlib.util
import os
import shutil
import tempfile
from pathlib import Path

import pytest

try:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service
except ImportError:
    webdriver = None

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice"]
# Timers never fire where scripts are off, in the browser or by a page's policy, and axe would wait for them: it gets others.
BEFORE_AXE = """
const setTimeout = (work, wait, ...rest) => { if (!(wait > 50)) Promise.resolve().then(() => work(...rest)); return 0; };
"""
AFTER_AXE = """
;const [rules, done] = arguments;
axe.run(document, {runOnly: rules}).then(done, error => done(String(error)));
"""


class Browser:
    """A browser with a profile of its own, and `driver`, Selenium's hold on it. The size is that of the page it shows."""

    def __init__(self, javascript: bool = True, width: int = 1280, height: int = 800, language: str = "mn"):
        chromium, chromedriver, self._axe = shutil.which("chromium"), shutil.which("chromedriver"), axe_source()
        needed = {"chromium": chromium, "chromedriver": chromedriver, "selenium": webdriver, "axe-core": self._axe}
        missing = [name for name, found in needed.items() if not found]
        if missing:
            raise RuntimeError(f"no {', no '.join(missing)}: run tools/setup --python")
        self._home = tempfile.mkdtemp(prefix="browser-")
        options = webdriver.ChromeOptions()
        options.binary_location = chromium
        for argument in (
            "--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--hide-scrollbars", "--no-first-run",
            f"--user-data-dir={self._home}/profile", "--disable-background-networking", "--disable-component-update",
            "--disable-sync", "--no-proxy-server",
            "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1 , EXCLUDE localhost",
        ):
            options.add_argument(argument)
        preferences = {"intl.accept_languages": language}
        if not javascript:
            preferences["profile.managed_default_content_settings.javascript"] = 2
        options.add_experimental_option("prefs", preferences)
        # A window is never as narrow as a phone; this is, and holds for every tab.
        size = {"width": width, "height": height, "pixelRatio": 1, "mobile": False, "touch": False}
        options.add_experimental_option("mobileEmulation", {"deviceMetrics": size})
        try:
            # With both paths given, Selenium looks for no driver or browser of its own.
            self.driver = webdriver.Chrome(options, Service(chromedriver, env={**os.environ, "HOME": self._home}))
        except BaseException:
            shutil.rmtree(self._home, ignore_errors=True)
            raise
        self.driver.set_page_load_timeout(20)
        self.driver.set_script_timeout(30)

    def open(self, url: str) -> None:
        """Goes to a page and waits until it is loaded; raises if there is none."""
        self.driver.get(url)
        # For some of its own refusals Selenium raises nothing.
        if self.driver.execute_script("return document.URL").startswith("chrome-error:"):
            raise RuntimeError(f"the browser shows an error instead of {url}")

    def violations(self, unsure: bool = False) -> list[str]:
        """What axe-core finds against WCAG 2.0 to 2.2, A and AA, and good practice; `unsure` adds what it cannot decide."""
        result = self.driver.execute_async_script(BEFORE_AXE + self._axe + AFTER_AXE, RULES)
        if not isinstance(result, dict) or result["url"].startswith("chrome-error:") or not result["passes"]:
            raise RuntimeError(f"axe did not run on a page: {str(result)[:500]}")
        return [
            finding(rule, node)
            for rule in result["violations"] + (result["incomplete"] if unsure else [])
            for node in rule["nodes"]
        ]

    def screenshot(self, path: str | Path) -> None:
        """The whole page as PNG, also what is below the window."""
        size = self.driver.execute_cdp_cmd("Page.getLayoutMetrics", {})["cssContentSize"]
        picture = self.driver.execute_cdp_cmd(
            "Page.captureScreenshot", {"format": "png", "captureBeyondViewport": True, "clip": {**size, "scale": 1}})
        Path(path).write_bytes(base64.b64decode(picture["data"]))

    def pdf(self, path: str | Path) -> None:
        """The page as printed: on A4, unless its own style says another size."""
        paper = {"paperWidth": 210 / 25.4, "paperHeight": 297 / 25.4, "preferCSSPageSize": True, "printBackground": True}
        printed = self.driver.execute_cdp_cmd("Page.printToPDF", paper)
        Path(path).write_bytes(base64.b64decode(printed["data"]))

    def close(self) -> None:
        try:
            self.driver.quit()
        finally:
            shutil.rmtree(self._home, ignore_errors=True)


def axe_source() -> str | None:
    """The axe-core that a Python package brings along; nothing else of that package is used."""
    package = importlib.util.find_spec("pytest_playwright_axe")
    script = Path(package.origin).parent / "resources" / "axe.min.js" if package and package.origin else None
    return script.read_text() if script and script.exists() else None


def finding(rule: dict, node: dict) -> str:
    """One line such as: image-alt (critical) at main > img: Element does not have an alt attribute."""
    place = " ".join(part if isinstance(part, str) else " ".join(part) for part in node["target"])
    checks = node["any"] + node["all"] + node["none"]
    return f"{rule['id']} ({rule['impact']}) at {place}: {checks[0]['message'] if checks else rule['help']}"


@pytest.fixture
def browser():
    """A function that starts a browser, with the options of `Browser`; the browser ends with the test."""
    with contextlib.ExitStack() as started:
        yield lambda **options: started.enter_context(contextlib.closing(Browser(**options)))
