"""The pages as people use them: with a finger, with a keyboard alone, without any script, with a screen reader."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.service.browser.conftest import Open

if TYPE_CHECKING:
    from playwright.sync_api import Page

PAGES = ["/", "/search?q=volume", "/book/b003", "/list", "/mine", "/promise", "/owner", "/sign-in"]
HOSTILE = "<img src=x onerror=alert(1)>"


def rate(page: Page, place: int, rating: int) -> None:
    """Rate one of the books on the page, and wait until the page says so."""
    button = page.locator("article.book").nth(place).get_by_role("button", name=f"{rating} of 5", exact=True)
    button.click()
    page.locator("article.book").nth(place).locator(f'button[value="{rating}"][aria-pressed="true"]').wait_for()


def test_first_visit_to_list(opened: Open) -> None:
    page = opened("/")
    assert page.locator("article.book").count() == 12
    asked: list[str] = []
    page.on("framenavigated", lambda frame: asked.append(frame.url))
    for place, rating in enumerate((5, 1, 4)):
        rate(page, place, rating)
    assert asked == []  # one touch, no new page
    page.get_by_role("link", name="See what to read").click()
    page.get_by_role("heading", name="Ten books for you").wait_for()
    assert 0 < page.locator("ol.ten > li").count() <= 10
    assert page.locator("ol.ten .chance").first.inner_text().endswith("readers like you would like it")
    page.locator("ol.ten a").first.click()
    assert page.locator(".verdict").inner_text() == "Yes"
    page.get_by_role("button", name="2 of 5", exact=True).click()
    page.get_by_text("You gave it, or another edition, 2.").wait_for()  # the answer follows the rating
    assert page.locator(".verdict").inner_text() == "No"


def test_a_search_finds_while_one_types_and_forgives_a_slip(opened: Open) -> None:
    page = opened("/search")
    page.get_by_label("Title or author", exact=True).press_sequentially("Volmue 3", delay=20)
    page.locator("#found").get_by_role("link", name="Volume 3", exact=True).wait_for()
    assert "search" in page.url
    page.get_by_label("Title or author", exact=True).fill("zzzzzz")
    page.get_by_text("Nothing like “zzzzzz” is known.").wait_for()


def test_an_import_shows_its_progress_and_what_did_not_match(opened: Open, tmp_path: Path) -> None:
    export = tmp_path / "mine.csv"
    rows = "".join(f'"{HOSTILE} {k}",Nobody,,3\n' for k in range(60))
    export.write_text(f"Title,Author,ISBN,My Rating\nVolume 7,Anybody,,5\n{rows}", encoding="utf-8")
    page = opened("/mine")
    page.get_by_label("Exported file").set_input_files(export)
    page.get_by_role("button", name="Import").click()
    page.get_by_role("progressbar").wait_for()
    page.get_by_role("heading", name="Rows that are not used").wait_for()
    lines = page.locator("tbody tr td:nth-child(2)").all_inner_texts()
    assert f"{HOSTILE} 59, Nobody" in lines
    assert page.locator("main img").count() == 0


def test_erased_is_erased(opened: Open) -> None:
    page = opened("/")
    rate(page, 0, 5)
    page.get_by_role("link", name="Your books", exact=True).click()
    assert page.locator("article.book").count() == 1
    page.get_by_role("button", name="Erase").click()  # the box is not ticked: the browser keeps the form
    assert page.url.endswith("/mine")
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Erase").click()
    page.get_by_role("heading", name="Erased").wait_for()
    page.goto("/mine")
    assert page.locator("article.book").count() == 0


def test_with_the_keyboard_alone(opened: Open) -> None:
    page = opened("/")
    keys = page.keyboard
    keys.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the page"
    keys.press("Enter")
    for _ in range(30):
        keys.press("Tab")
        if page.evaluate("document.activeElement.name") == "rating":
            break
    first: str = page.evaluate("document.activeElement.id")
    keys.press("Enter")
    page.locator(f'#{first}[aria-pressed="true"]').wait_for()
    assert page.evaluate("document.activeElement.id") == first  # focus stays where it was
    outlined = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outlined == "solid"
    page.goto("/search")
    assert page.evaluate("document.activeElement.id") == "q"
    keys.type("volume 5")
    keys.press("Enter")
    page.wait_for_url("**q=volume*")
    page.locator("#q").focus()
    for _ in range(30):
        keys.press("Tab")
        if "Should I read it?" in page.evaluate("document.activeElement.textContent"):
            break
    keys.press("Enter")
    page.locator(".verdict").wait_for()


def test_without_any_script(opened: Open, tmp_path: Path) -> None:
    page = opened("/", java_script_enabled=False)
    for place, rating in enumerate((5, 1)):
        rate(page, place, rating)
    # With the third the page, loaded anew, shows other books.
    page.locator("article.book").nth(2).get_by_role("button", name="4 of 5", exact=True).click()
    page.get_by_role("link", name="See what to read").click()
    assert page.locator("ol.ten > li").count() > 0
    page.get_by_role("searchbox").first.fill("volume 3")
    page.get_by_role("button", name="Find").first.click()
    page.locator("#found article.book").first.wait_for()
    page.get_by_role("link", name=re.compile("^Should I read it")).first.click()
    page.locator(".verdict").wait_for()
    export = tmp_path / "mine.csv"
    export.write_text("item,rating\nb011,5\nnobody,2\n", encoding="utf-8")
    page.goto("/mine")
    page.get_by_label("Exported file").set_input_files(export)
    page.get_by_role("button", name="Import").click()
    page.get_by_text("the id nobody is not known").wait_for()  # the page asks again by itself
    page.goto("/mine")
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Erase").click()
    page.get_by_role("heading", name="Erased").wait_for()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_pages_are_accessible_and_fit_every_screen(opened: Open, theme: str) -> None:
    from axe_playwright_python.sync_playwright import Axe

    page = opened("/", color_scheme=theme, viewport={"width": 390, "height": 844})
    for place, rating in enumerate((5, 1, 4)):
        rate(page, place, rating)
    for path in PAGES:
        page.goto(path)
        for width in (1920, 768, 390):
            page.set_viewport_size({"width": width, "height": 900})
            spare = page.evaluate("document.documentElement.clientWidth - document.documentElement.scrollWidth")
            assert spare >= 0, (path, width)
        found: list[dict[str, Any]] = Axe().run(page).response["violations"]
        said = [(one["id"], one["impact"], one["nodes"][0]["html"]) for one in found]
        assert said == [], (path, theme)


def test_targets_are_large_enough_for_a_finger(opened: Open) -> None:
    page = opened("/", viewport={"width": 390, "height": 844})
    sizes = page.evaluate(
        "[...document.querySelectorAll('button')].map(b => b.getBoundingClientRect()).map(r => [r.width, r.height])"
    )
    assert len(sizes) > 60
    assert min(min(size) for size in sizes) >= 24
