"""Drawings as inline SVG: well-formed, complete, deterministic, and harmless whatever the names in them are."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import matplotlib as mpl
import pytest
from matplotlib.axes import Axes

from toprank.report.svg import LIKED, inline_svg


def drawn(label: str = "a line", name: str = "x") -> str:
    def paint(axes: Axes) -> None:
        axes.plot([0, 1], [0, 1], color=LIKED, label=name)
        axes.fill_between([0, 1], [0, 1], color=LIKED, clip_on=True)
        axes.set_xlabel(name)

    return inline_svg(paint, key="key", label=label, width=300, height=200)


def test_it_refers_to_nothing_outside_itself() -> None:
    svg = drawn()
    root = ElementTree.fromstring(svg)
    assert root.tag == "svg"
    assert root.get("viewBox") == "0 0 300 200"
    assert root.get("aria-label") == root.findtext("title") == "a line"
    ids = re.findall(r'\sid="([^"]+)"', svg)
    assert ids
    assert all(one.startswith("key-") for one in ids)
    assert set(re.findall(r'(?:url\(|href=")#([^)"]+)', svg)) == set(ids)
    assert "http" not in svg
    assert "<style" not in svg


def test_colours_follow_the_page() -> None:
    svg = drawn()
    assert f"var(--liked, {LIKED})" in svg
    assert svg.count(LIKED) == svg.count(f"var(--liked, {LIKED})")


def test_it_is_deterministic_and_leaves_matplotlib_alone() -> None:
    before, first = dict(mpl.rcParams), drawn()
    with mpl.rc_context({"font.size": 30}):
        assert drawn() == first
    assert dict(mpl.rcParams) == before


@pytest.mark.parametrize("name", ["<script>alert(1)</script>", "$x^2", 'a"b&c', "本"])
def test_names_are_data(name: str) -> None:
    svg = drawn(label=name, name=name)
    assert ElementTree.fromstring(svg).findtext("title") == name
    assert name in ["".join(node.itertext()) for node in ElementTree.fromstring(svg).iter("text")]
    assert "<script" not in svg
