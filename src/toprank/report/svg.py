"""Matplotlib drawings as inline SVG: one look for all, in colours that follow the page's light or dark scheme."""

from __future__ import annotations

import html
import io
import re
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["ACCENT", "GRID", "INK", "LIKED", "MUTED", "OTHER", "PAPER", "SERIES", "inline_svg"]

# Each colour has one meaning. In the SVG it becomes var(--name, colour), so that the page's style sheet can give
# another one on a dark ground. The series are Okabe and Ito's, darkened where thin lines would be too pale.
INK, MUTED, GRID, LIKED, OTHER, ACCENT = "#1c2530", "#5a6572", "#dfe3e8", "#0067a5", "#aab3bd", "#c2410c"
PAPER = "#fefefe"
SERIES = ("#0072b2", "#d55e00", "#009e73", "#a8508f", "#8a6d00", "#3b3fb6")
_VARIABLES = {
    INK: "ink",
    MUTED: "muted",
    GRID: "grid",
    LIKED: "liked",
    OTHER: "other",
    ACCENT: "accent",
    PAPER: "paper",
    **{colour: f"series-{place}" for place, colour in enumerate(SERIES, 1)},
}

_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",
    "text.parse_math": False,  # names are data: a dollar sign in one is a dollar sign
    "font.size": 12,
    "text.color": INK,
    "axes.edgecolor": MUTED,
    "axes.labelcolor": MUTED,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelsize": 11,
    "ytick.labelsize": 11,
    "xtick.major.size": 3,
    "ytick.major.size": 0,
    "legend.frameon": False,
    "legend.fontsize": 11,
    "legend.borderaxespad": 0.2,
    "legend.handlelength": 1.6,
    "lines.linewidth": 1.8,
    "patch.linewidth": 0,
}

_STYLE_ELEMENT = re.compile(r"<style\b.*?</style>", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_ID = re.compile(r'\sid="([^"]*)"')
_NUMBER = re.compile(r"-?\d+\.\d{3,}")


def inline_svg(paint: Callable[[Axes], None], *, key: str, label: str, width: int, height: int) -> str:
    """Draw on one pair of axes and give the drawing as an SVG element to put into an HTML page.

    The same drawing gives the same text on every machine: ids derive from ``key``, text stays text, and the layout
    is measured in matplotlib's own font. Nothing in it refers outside itself.

    ``key`` begins the ids, so it must be unique in a page; ``label`` says what is drawn to those who do not see it;
    ``width`` and ``height`` are CSS pixels, and the drawing shrinks with its container.
    """
    import matplotlib as mpl
    from matplotlib.figure import Figure

    out = io.StringIO()
    with mpl.rc_context(), warnings.catch_warnings():
        # Names in any script are measured with glyphs that the font may lack; the browser has its own fonts.
        warnings.simplefilter("ignore")
        mpl.rcdefaults()
        mpl.rcParams.update(_STYLE)
        mpl.rcParams["svg.hashsalt"] = key
        figure = Figure(figsize=(width / 72, height / 72), dpi=72, layout="constrained")
        axes = figure.add_subplot()
        figure.patch.set_visible(False)
        axes.patch.set_visible(False)
        paint(axes)
        no_metadata: dict[str, Any] = dict.fromkeys(("Creator", "Date", "Format", "Type"))
        figure.savefig(out, format="svg", metadata=no_metadata)
    return _inline(out.getvalue(), key=key, label=label, width=width, height=height)


def _inline(document: str, *, key: str, label: str, width: int, height: int) -> str:
    start = document.index(">", document.index("<svg")) + 1
    body = _STYLE_ELEMENT.sub("", document[start : document.rindex("</svg>")])
    used = set(re.findall(r'(?:url\(|href=")#([^)"]+)', body))

    def clean(match: re.Match[str]) -> str:
        tag = " ".join(match[0].split())
        tag = _ID.sub(lambda found: f' id="{key}-{found[1]}"' if found[1] in used else "", tag)
        tag = tag.replace("url(#", f"url(#{key}-").replace('xlink:href="#', f'href="#{key}-')
        tag = re.sub(r"font-family:[^;\"]*;?", "", tag).replace('transform="rotate(-0 ', 'transform="rotate(0 ')
        for colour, name in _VARIABLES.items():
            tag = tag.replace(colour, f"var(--{name}, {colour})")
        return _NUMBER.sub(lambda number: f"{float(number[0]):.2f}", tag)

    body = "\n".join(line.strip() for line in _TAG.sub(clean, body).splitlines() if line.strip() not in ("", "<g/>"))
    title = html.escape(label)
    return (
        f'<svg role="img" aria-label="{title}" viewBox="0 0 {width} {height}">\n<title>{title}</title>\n{body}\n</svg>'
    )
