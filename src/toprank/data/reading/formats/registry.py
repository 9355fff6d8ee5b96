"""Every format that is known; a new one is an entry here, and a function that finds it."""

from __future__ import annotations

from collections.abc import Collection

from toprank.data.reading.formats import amazon, goodbooks, libraries, movielens, netflix, others, recbole
from toprank.data.reading.formats.format import Format, Found, Source
from toprank.errors import OptionError

__all__ = ["FORMATS", "PLAIN", "recognise"]

PLAIN = "plain"
"""What to call a table of no known format."""

FORMATS: tuple[Format, ...] = (
    Format(
        "movielens-100k",
        "MovieLens 100K",
        "a folder or zip with `u.data`: user, item, rating, timestamp, between tabs",
        "no header; `u.item` is latin-1, its genres columns of 0 and 1; `u.user`",
        movielens.find_100k,
    ),
    Format(
        "movielens-1m",
        "MovieLens 1M and 10M",
        "a folder or zip with `ratings.dat`: `user::item::rating::timestamp`",
        "no header; `movies.dat`: `id::title::A|B|C`, the year in the title; `users.dat`",
        movielens.find_1m,
    ),
    Format(
        "movielens",
        "MovieLens 20M to 32M, latest",
        "a folder or zip with `ratings.csv`, `userId,movieId,rating,timestamp`, and `movies.csv`",
        "stars from a half; `movieId,title,genres`, `(no genres listed)` is no genre",
        movielens.find_csv,
    ),
    Format(
        "goodbooks-10k",
        "goodbooks-10k",
        "a folder or zip with `ratings.csv`, `user_id,book_id,rating`, and `books.csv`",
        "`to_read.csv`: held, not rated; `book_tags.csv` and `tags.csv`: tags with counts",
        goodbooks.find,
    ),
    Format(
        "recbole",
        "RecBole's atomic files",
        "a folder or zip with one `.inter` file: `user_id:token`, `item_id:token`, `rating:float`",
        "tabs; `.item` and `.user` beside it; `token_seq` are lists; Anime's -1 is named",
        recbole.find,
    ),
    Format(
        "book-crossing-files",
        "Book-Crossing",
        "`User-ID;ISBN;Book-Rating`, alone or in a folder or zip with books and users",
        "latin-1, quotes escaped by a backslash; 0 means held, not rated",
        others.find_book_crossing,
    ),
    Format(
        "netflix",
        "Netflix prize",
        "`combined_data_1.txt` and the like: a line `movie:`, then `user,rating,YYYY-MM-DD`",
        "sections, no header; several files are read as one",
        netflix.find,
    ),
    Format(
        "amazon-2023",
        "Amazon reviews 2023",
        "`user_id,parent_asin,rating,timestamp`, or JSON lines with these keys",
        "the product is `parent_asin`; of several reviews by one reader the last counts",
        amazon.find_2023,
    ),
    Format(
        "amazon-json",
        "Amazon reviews 2014 and 2018, JSON",
        "JSON lines with `reviewerID`, `asin`, `overall`",
        "of several reviews by one reader the last counts",
        amazon.find_json,
    ),
    Format(
        "amazon-2018",
        "Amazon ratings 2018",
        "item, user, rating, timestamp, between commas",
        "no header, and the item comes first: told by what the ids look like",
        amazon.find_2018,
    ),
    Format(
        "amazon-2014",
        "Amazon ratings 2014",
        "user, item, rating, timestamp, between commas",
        "no header",
        amazon.find_2014,
    ),
    Format(
        "last-fm",
        "Last.fm, HetRec",
        "`user_artists.dat`: `userID`, `artistID`, `weight`",
        "counts of plays, not ratings: refused",
        others.find_play_counts,
    ),
    Format(
        "shelf",
        "one reader's export",
        "a file from Goodreads, StoryGraph, LibraryThing, BookWyrm or Calibre",
        "one reader's books: refused as ratings of many; `recommend --shelf` takes them",
        others.find_shelf,
    ),
    Format(
        "surprise",
        "Surprise",
        "a data set or training set of `surprise`",
        "its `raw_ratings`, with its rating scale",
        libraries.find_surprise,
    ),
    Format(
        "lenskit",
        "LensKit",
        "a data set of `lenskit`; frames of `user_id`, `item_id`, `rating`, or `user`, `item`",
        "ids as they were, not its own numbers",
        libraries.find_lenskit,
    ),
    Format(
        "cornac",
        "Cornac",
        "a data set of `cornac`; lists of rows of user, item and rating",
        "its `uir_tuple`",
        libraries.find_cornac,
    ),
    Format(
        "rectools",
        "RecTools",
        "a data set of `rectools`; columns `user_id`, `item_id`, `weight`, `datetime`",
        "weights are not always ratings: counts are refused",
        libraries.find_rectools,
    ),
    Format(
        "no-header",
        "any file without a header",
        "`user item rating [timestamp]`, between commas, semicolons, tabs, bars, `::` or blanks",
        "columns by their places; `--user-column 2` names another",
        libraries.find_place,
    ),
)
"""The first that finds something counts."""

_BY_PLACE = ("amazon-2018", "amazon-2014", "no-header")
_BY_OBJECT = ("surprise", "lenskit", "rectools", "cornac")


def recognise(source: Source, name: str | None, columns: Collection[str] = ()) -> tuple[Found, list[str]]:
    """Read a source as what it is; say which format that is. Where columns are named, none gets a name by its place."""
    names = [one.name for one in FORMATS]
    if name is not None and name not in (*names, PLAIN):
        raise OptionError(f"there is no format {name!r}; the formats are {', '.join([*names, PLAIN])}")
    if name == PLAIN:
        return Found(source.table), []
    known = [one for one in FORMATS if one.name == name or (name is None and not (columns and one.name in _BY_PLACE))]
    # An object is of some library or a frame; to look for files in it would read it.
    for one in sorted(known, key=lambda one: one.name not in _BY_OBJECT):
        found = one.find(source)
        if found is not None:
            said = f"format: {one.title} (recognised; --format {PLAIN} reads it as any table)"
            return found, [*found.notes, said]
    if name is not None:
        raise OptionError(f"{source.given} does not look like {name!r}; leave out --format to have it guessed")
    return Found(source.table), []
