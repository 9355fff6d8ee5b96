"""A service that listens on loopback, and Chromium in front of it."""

from __future__ import annotations

import os
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import uvicorn

from toprank.service.app import create_app
from toprank.service.settings import Settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page, Request

Open = Callable[..., "Page"]

FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
]  # fmt: skip


def _chromium() -> str:
    """Give the program, or say why these tests are skipped; where nothing may be skipped, fail."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    lacking = [] if found else ["Chromium (Debian's package chromium)"]
    lacking += [name for name in ("playwright", "axe_playwright_python") if find_spec(name) is None]
    if lacking:
        words = f"the pages are not tried in a browser: {' and '.join(lacking)} is not installed"
        if os.environ.get("TOPRANK_REQUIRE_ALL"):
            pytest.fail(words)
        pytest.skip(words)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = _chromium()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield found
        found.close()


@pytest.fixture
def address(model: Path, store: str) -> Iterator[str]:
    """Serve the model with a new store; gives where."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    app = create_app(Settings(model, store=store, port=port, rate=1e6))
    server = uvicorn.Server(uvicorn.Config(app, port=port, log_config=None, access_log=False))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.02)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(20)


@pytest.fixture
def opened(browser: Browser, address: str) -> Iterator[Open]:
    """Open a page as a new visitor; whatever a script complains of, pops up, or asks elsewhere, fails the test."""
    contexts: list[Any] = []
    wrong: list[str] = []

    def noted(said: ConsoleMessage) -> None:
        if said.type in ("error", "warning"):
            wrong.append(said.text)

    def dismissed(dialog: Dialog) -> None:
        wrong.append(f"a dialog: {dialog.message}")
        dialog.dismiss()

    def looked_at(sent: Request) -> None:
        if not sent.url.startswith(address):
            wrong.append(f"asked for {sent.url}")

    def open_(path: str = "/", **options: Any) -> Page:
        context = browser.new_context(base_url=address, **options)
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        page.on("console", noted)
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("dialog", dismissed)
        page.on("request", looked_at)
        page.goto(path)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert wrong == []
