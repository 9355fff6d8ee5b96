"""How much each source of evidence counts in what a recommender answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from toprank.core.rng import derive_rng
from toprank.decisions.reasons import named
from toprank.evidence.groupings import Groupings

if TYPE_CHECKING:
    from toprank.recommender.fitted import FittedRecommender

__all__ = ["importance", "known_attributes", "source_words"]

PAIRS = 500
"""Pairs looked at: exact shares of trees take some milliseconds each, and more pairs change little."""

_WORDS = {
    "expected": "all ratings taken together",
    "user": "how the reader rates",
    "item": "how the item is rated",
    "work": "how the item is rated, all editions together",
    "user x work": "what the reader gave other editions of it",
    "similar readers": "what readers with items in common gave it",
    "similar works": "what the reader gave items that its readers have",
    "reader ratings": "how the reader spreads ratings over the scale",
    "book ratings": "how its readers spread theirs",
    "likeness": "how near it lies to the reader's items",
    "book place": "where it lies among all items",
    "reader place": "where the reader's items lie",
    "taste place": "where the items lie that the reader rates high",
    "kind place": "where items of its kind lie",
    "attention": "the network that reads the ratings one by one",
}


def importance(recommender: FittedRecommender) -> tuple[list[tuple[str, float]], int]:
    r"""Measure how much each source of evidence counts.

    .. math:: \frac{1}{n} \sum_{k=1}^{n} |\phi_{ks} - \bar\phi_s|

    with the share :math:`\phi_{ks}` of source s in the log odds of P(liked) of pair k; see
    :meth:`toprank.models.boosted.FittedBoosted.shares`. The mean share is taken off because that of a judge that
    cannot share out its answer holds what it says of everybody.

    The pairs are readers and items of the tested rows, put together anew: of a pair that is rated, the evidence holds
    its own rating by now.

    Parameters
    ----------
    recommender : FittedRecommender

    Returns
    -------
    shares : list of (str, float)
        What each source is called, and how far it moves an answer, in log odds; the largest first.
    pairs : int
        How many pairs were looked at.
    """
    tested, ratings = recommender.tested, recommender.data.ratings
    rng = derive_rng(np.random.default_rng(recommender.settings.seed), "importance")
    user, item = rng.permutation(tested.user).astype(np.int64), rng.permutation(tested.item).astype(np.int64)
    size = len(ratings.items)
    free = ~np.isin(user * size + item, ratings.user.astype(np.int64) * size + ratings.item)
    user, item = user[free][:PAIRS], item[free][:PAIRS]
    if len(user) == 0:
        return [], 0
    evidence = recommender.model.evidence
    shares, _ = recommender.model.shares(evidence.matrix(user, item), user, item)
    moved = {source: float(np.abs(share - share.mean()).mean()) for source, share in shares.items()}
    largest = sorted(moved, key=lambda source: -moved[source])
    return [(source_words(source, evidence.known), moved[source]) for source in largest], len(user)


def source_words(source: str, known: Groupings) -> str:
    """Say what a source of evidence is, of any reader and any item.

    Parameters
    ----------
    source : str
        See :func:`toprank.evidence.columns.source_of`.
    known : Groupings
        The groups, which tell sources about readers from those about items.

    Returns
    -------
    str
    """
    if source in _WORDS:
        return _WORDS[source]
    if source in known.user_numbers:
        return f"the reader's {named(source)}"
    if source in known.item_numbers:
        return f"its {named(source)}"
    of_users = {group.name for group in known.users}
    if source in of_users:
        return f"how readers of the same {named(source)} rate"
    user, _, item = source.rpartition(" x ")
    rated = "the item" if item in ("item", "work") else f"items of the same {named(item)}"
    if user == "user":
        return f"what the reader gave {rated}"
    return f"how readers of the same {named(user)} rate {rated}" if user else f"how {rated} are rated"


def known_attributes(known: Groupings) -> dict[str, list[str]]:
    """Name what is known of items and of readers beside their ids.

    Parameters
    ----------
    known : Groupings

    Returns
    -------
    dict of str to list of str
        Of ``items`` and of ``readers``.
    """
    sides = {"items": (known.items, known.item_numbers), "readers": (known.users, known.user_numbers)}
    return {
        side: list(dict.fromkeys(named(name) for name in (*(g.name for g in groups[1:] if g.name != "work"), *numbers)))
        for side, (groups, numbers) in sides.items()
    }
