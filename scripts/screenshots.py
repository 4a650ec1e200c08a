"""Takes the screenshots of docs/screenshots: simulator and every page of the desk, at 360 and 1280 px, from a running stack of its own."""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.support.browser import log_in, named, open_browser, press  # noqa: E402
from tests.support.providers import FakeProvider  # noqa: E402
from tests.support.stack import Stack, wait_for  # noqa: E402

PASSWORD = "a-long-enough-password"
OUT = ROOT / "docs" / "screenshots"


def write(stack: Stack, style: str, phone: str, text: str) -> None:
    """One simulated message, and a moment for the reply."""
    stack.http.post(f"{stack.assistant}/simulator/{style}/messages", json={"phone": phone, "text": text})
    time.sleep(1.5)


def shots(browser: object, name: str) -> None:
    for width in (360, 1280):
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}  # a headless window stops at 500 by itself
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)  # type: ignore[attr-defined]
        browser.execute_script("document.activeElement.blur(); scrollTo(0, 0)")  # type: ignore[attr-defined]
        time.sleep(0.4)
        browser.save_screenshot(str(OUT / f"{name}-{width}.png"))  # type: ignore[attr-defined]


def main() -> int:
    """Writes sixteen pictures."""
    chromium = shutil.which("chromium")
    if not chromium:
        print("Chromium is not installed", file=sys.stderr)
        return 1
    provider = FakeProvider()
    stack = Stack(Path(tempfile.mkdtemp()), provider)
    stack.start()
    stack.run("counselor", "add", "Ana", "--role", "supervisor", "--password-stdin", given=PASSWORD + "\n")
    browser = open_browser(chromium)
    try:
        browser.get(f"{stack.assistant}/simulator/")
        for style, text in (
            ("WhatsApp", "cuanto cuesta el ppt en colombia"),
            ("Telegram", "konbyen viza brezil la koute"),
            ("by SMS", "me quitaron el pasaporte y no me dejan salir"),
        ):
            name = f"Message on {style}" if style != "by SMS" else "Message by SMS"
            field = browser.find_element("xpath", f'//label[normalize-space()="{name}"]/following-sibling::input')
            field.send_keys(text + "\n")
            time.sleep(2.5)
        shots(browser, "simulator")
        browser.get(f"{stack.desk}/login")
        shots(browser, "desk-login")
        log_in(browser, stack.desk, "Ana", PASSWORD)
        for phone, text in (
            ("p1", "me quitaron el pasaporte y no me dejan salir"),
            ("p2", "he is outside kicking the door i have my babies with me"),
            ("p3", "m vle pale ak yon moun"),
        ):
            write(stack, "telegram", phone, text)
            write(stack, "telegram", phone, "si" if phone == "p1" else "yes" if phone == "p2" else "wi")
        browser.get(f"{stack.desk}/queue")
        named(browser, "Claim")
        shots(browser, "desk-queue")
        browser.get(f"{stack.desk}/practice")
        shots(browser, "desk-practice")
        browser.get(f"{stack.desk}/queue")
        press(browser, "Claim")
        named(browser, "Message").send_keys("Hi, I'm here. Take your time.")
        press(browser, "Send")
        write(stack, "telegram", "p2", "ok thank you")
        wait_for(lambda: "ok thank you" in browser.page_source, what="her reply")
        shots(browser, "desk-talk")
        here = browser.current_url.split("?")[0]
        for name, path in (("case", f"{here}/case"), ("handover", f"{stack.desk}/handover"), ("overview", f"{stack.desk}/supervisor")):
            browser.get(path)
            shots(browser, f"desk-{name}")
    finally:
        browser.quit()
        stack.stop()
        provider.close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
