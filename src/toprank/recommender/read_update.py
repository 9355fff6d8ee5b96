"""New ratings, from wherever they are, as an update of what a recommender knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from toprank.core.dataset import Dataset
from toprank.core.update import Update
from toprank.errors import OptionError
from toprank.recommender.matching import match_ids
from toprank.recommender.state import FittedState
from toprank.recommender.unknown import UNKNOWN

if TYPE_CHECKING:
    from toprank.data.reading.read_options import ReadKeywords, TableSource

__all__ = ["read_update"]


def read_update(state: FittedState, new: Dataset | TableSource, **options: Unpack[ReadKeywords]) -> Update:
    """Read ratings on the model's scale; see :meth:`toprank.recommender.facade.FittedRecommender.update`."""
    scale = state.data.ratings.scale
    if not isinstance(new, Dataset):
        from toprank.data.datasets.load import load_ratings

        new = load_ratings(new, scale, **options)
    if (new.ratings.scale.low, new.ratings.scale.high) != (scale.low, scale.high):
        raise OptionError(f"the new ratings are on the scale {new.ratings.scale}, the model's on {scale}; convert them")
    if new.implicit is not None and len(new.implicit):
        raise OptionError(
            f"{len(new.implicit):,} of the new rows have no rating; an update takes ratings, so leave them out"
        )
    ratings = new.ratings
    match_ids(state.data.ratings, ratings).check(new_may_come=True)
    ids = ratings.users.ids[ratings.user], ratings.items.ids[ratings.item]
    update = Update.of(state.data, *ids, ratings.value, time=ratings.time)
    added = update.after.ratings.take(update.added)
    if bool(((added.user == UNKNOWN) | (added.item == UNKNOWN)).any()):
        raise OptionError("a new rating has the id that stands for the unknown; give it another id")
    return update
