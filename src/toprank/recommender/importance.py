"""How much each part of the evidence counts in what a recommender answers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from toprank.core.rng import derive_rng
from toprank.evidence.groupings import Groupings
from toprank.evidence.reason_words import group_words

if TYPE_CHECKING:
    from toprank.recommender.state import FittedState

__all__ = ["importance", "known_attributes"]

PAIRS = 500
"""Pairs looked at: exact shares of trees take some milliseconds each, and more pairs change little."""


def importance(state: FittedState) -> tuple[list[tuple[str, float]], int]:
    r"""Measure how much each part of the evidence counts.

    .. math:: \frac{1}{n} \sum_{k=1}^{n} |\phi_{ks} - \bar\phi_s|

    with the share :math:`\phi_{ks}` of source s in the log odds of P(liked) of pair k; see
    :meth:`toprank.models.boosted.FittedBoosted.attributions`. The mean share is taken off because that of a model that
    cannot share out its answer holds what it says of everybody.

    The pairs are readers and items of the tested rows, put together anew: of a pair that is rated, the evidence holds
    its own rating by now.

    Gives what each part is called and how far it moves an answer, in log odds, the largest first; and how many pairs
    were looked at.
    """
    tested, ratings = state.tested, state.data.ratings
    rng = derive_rng(np.random.default_rng(state.config.seed), "importance")
    user, item = rng.permutation(tested.user).astype(np.int64), rng.permutation(tested.item).astype(np.int64)
    size = len(ratings.items)
    free = ~np.isin(user * size + item, ratings.user.astype(np.int64) * size + ratings.item)
    user, item = user[free][:PAIRS], item[free][:PAIRS]
    if len(user) == 0:
        return [], 0
    evidence = state.model.evidence
    pairs = evidence.pairs(user, item)
    shares, _ = state.model.attributions(evidence.matrix(pairs), pairs)
    moved = {source: float(np.abs(share - share.mean()).mean()) for source, share in shares.items()}
    largest = sorted(moved, key=lambda source: -moved[source])
    return [(evidence.describe(source), moved[source]) for source in largest], len(user)


def known_attributes(groupings: Groupings) -> dict[str, list[str]]:
    """Name what is known of items and of readers beside their ids.

    Parameters
    ----------
    known : Groupings

    Returns
    -------
    dict of str to list of str
        Of ``items`` and of ``readers``.
    """
    sides = {"items": (groupings.items, groupings.item_numbers), "readers": (groupings.users, groupings.user_numbers)}
    return {
        side: list(
            dict.fromkeys(group_words(name) for name in (*(g.name for g in groups[1:] if g.name != "work"), *numbers))
        )
        for side, (groups, numbers) in sides.items()
    }
