"""Ten readers of Book-Crossing and twenty books for each, drawn by seed: what a saved model answers, and why.

    python benchmarks/answers.py ask MODEL answers.json
    python benchmarks/answers.py page answers.json docs/answers.md [--before older.json]

With ``PYTHONPATH=CHECKOUT/src`` before it, the first command asks another version of the code, and its model; the page
then shows both.

Readers are drawn from those with 10 to 200 ratings, each as likely as another; books from those that at least 30
readers have, each as likely as it is had, of different titles, that the reader has not rated.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np

import toprank as tr
from toprank.evidence.reason_words import rated

SEED = 20
READERS, BOOKS = 10, 20

HEAD = """# Ten readers, twenty answers each

Ten readers of Book-Crossing and twenty books for each, drawn by seed, not chosen (`python benchmarks/answers.py`), with
what the trees alone answer, by the default promise, and why. "Liked" is 8 or more. Of {n} answers {shares}.
"""


def drawn() -> list[dict[str, Any]]:
    """Draw readers and books by their ids."""
    data = tr.load("book-crossing")
    ratings, items = data.ratings, data.items
    assert items is not None
    assert data.implicit is not None
    titles = items.table.column("title").to_pylist()
    title = [titles[row] if row >= 0 else None for row in items.row.tolist()]
    rng = np.random.default_rng(SEED)
    count = np.bincount(ratings.user, minlength=len(ratings.users))
    had = np.bincount(np.append(ratings.item, data.implicit.item), minlength=len(title))
    known = np.array([name is not None for name in title])
    chance = np.where((had >= 30) & known, had, 0) / had[(had >= 30) & known].sum()
    found = []
    for user in rng.choice(np.flatnonzero((count >= 10) & (count <= 200)), READERS, replace=False).tolist():
        mine = np.flatnonzero(ratings.user == user)
        order = mine[np.argsort(-ratings.value[mine], kind="stable")].tolist()
        shelf = [(title[ratings.item[row]], float(ratings.value[row])) for row in order]
        seen = {str(name).casefold() for name, _ in shelf}
        books: list[Any] = []
        for item in rng.choice(len(title), 4 * BOOKS, replace=False, p=chance).tolist():
            if len(books) < BOOKS and str(title[item]).casefold() not in seen:
                seen.add(str(title[item]).casefold())
                books.append(ratings.items[item])
        named = [one for one in shelf if one[0] is not None]
        found.append({"user": ratings.users[user], "items": books, "n": len(mine), "shelf": named[:5] + named[-2:]})
    return found


def ask(model: Path, out: Path) -> None:
    """Ask a saved model, with the code that is imported."""
    recommender = tr.Recommender.load(model)
    asked = drawn()
    for one in asked:
        table = recommender.decide([one["user"]] * len(one["items"]), one["items"], reasons=True)
        kept = ("title", "author", "answer", "probability", "reason")
        one["answers"] = [{name: row[name] for name in kept} for row in table.rows()]
    out.write_text(json.dumps(asked, indent=1), encoding="utf-8")


def page(answers: Path, out: Path, before: Path | None = None) -> None:
    """Write the page."""
    versions = {"now": answers} if before is None else {"before": before, "now": answers}
    found = {name: json.loads(path.read_text(encoding="utf-8")) for name, path in versions.items()}
    share = {
        name: np.mean([row["answer"] == "yes" for one in each for row in one["answers"]])
        for name, each in found.items()
    }
    said = ", ".join(f"{value:.0%} are yes {name}" for name, value in share.items())
    lines = [HEAD.format(n=READERS * BOOKS, shares=said if before else said.removesuffix(" now"))]
    for number, same in enumerate(zip(*found.values(), strict=True), 1):
        one = same[-1]
        assert all((other["user"], other["items"]) == (one["user"], one["items"]) for other in same)
        shelf = "; ".join(rated(_cell(name), value) for name, value in one["shelf"])
        lines += [f"## Reader {number}: {one['user']}", "", f"{one['n']} ratings, the best and the last: {shelf}.", ""]
        names = list(found) if before else ["answer, P(liked), and why"]
        lines += [f"| book | {' | '.join(names)} |", "|---" * (1 + len(names)) + "|"]
        for rows in zip(*(other["answers"] for other in same), strict=True):
            cells = [f"**{row['answer']}** {row['probability']:.2f}: {_cell(row['reason'])}" for row in rows]
            lines.append(f"| {_cell(rows[-1]['title'])}, {_cell(rows[-1]['author'])} | {' | '.join(cells)} |")
        lines.append("")
    out.write_text("\n".join(lines), encoding="utf-8")


def _cell(text: str | None) -> str:
    return " ".join(str(text).replace("|", "/").replace("*", "").replace("<", "&lt;").split())


def main() -> None:
    """Ask, or write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    for name, paths in (("ask", ("model", "out")), ("page", ("answers", "out"))):
        command = commands.add_parser(name)
        for path in paths:
            command.add_argument(path, type=Path)
    commands.choices["page"].add_argument("--before", type=Path)
    arguments = parser.parse_args()
    if arguments.command == "ask":
        ask(arguments.model, arguments.out)
    else:
        page(arguments.answers, arguments.out, arguments.before)


if __name__ == "__main__":
    main()
