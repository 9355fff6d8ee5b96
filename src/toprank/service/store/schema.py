"""The tables. A change here needs a migration beside the others; a test holds both against each other."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)

__all__ = [
    "METADATA",
    "erased",
    "events",
    "facts",
    "idempotency",
    "imports",
    "keys",
    "outcomes",
    "served",
    "sessions",
    "statements",
]

METADATA = MetaData()
BIG = BigInteger().with_variant(Integer, "sqlite")

statements = Table(
    "statements",
    METADATA,
    Column("reader", Text, primary_key=True),
    Column("item", Text, primary_key=True),
    Column("mark", Text, nullable=False),  # rating, have, not-interested; withdrawn: a rating that the model knows
    Column("rating", Double),  # rating points; none of a mark
    Column("time", Double, nullable=False),  # seconds since 1970, as all times here
    Index("statements_time", "time"),
)
"""What readers said of items: one statement a pair."""

served = Table(
    "served",
    METADATA,
    Column("id", BIG, primary_key=True, autoincrement=True),
    Column("answer", Text, nullable=False),  # what was answered at once has one
    Column("reader", Text, nullable=False),
    Column("item", Text, nullable=False),
    Column("kind", Text, nullable=False),  # decision or list
    Column("arm", Text, nullable=False),  # champion or challenger
    Column("model", Text, nullable=False),  # its version
    Column("recommended", Boolean, nullable=False),
    Column("probability", Double, nullable=False),  # P(liked)
    Column("cutoff", Double, nullable=False),  # on it
    Column("promise", Double),  # what share of the recommended is promised to be liked; none where nothing is
    Column("rank", Integer),  # in a list, from 1
    Column("nearness", Double),  # to what the reader reads, where it is known
    Column("time", Double, nullable=False),
    Index("served_pair", "reader", "item"),
    Index("served_time", "time"),
)
"""What was answered to readers by id; what their own rating answered, or was asked without an id, is not here."""

outcomes = Table(
    "outcomes",
    METADATA,
    Column("served", BIG, ForeignKey("served.id", ondelete="CASCADE"), primary_key=True, autoincrement=False),
    Column("rating", Double, nullable=False),  # as it is now
    Column("liked", Boolean, nullable=False),
    Column("time", Double, nullable=False),  # when it first came
    Index("outcomes_time", "time"),
)
"""What the reader gave the book later, in any edition."""

erased = Table(
    "erased",
    METADATA,
    Column("reader", LargeBinary, primary_key=True),  # keyed digest of the id
    Column("time", Double, nullable=False),
)
"""Readers of whom a model may still know ratings that are not to be used any more."""

keys = Table(
    "keys",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("scope", Text, nullable=False),
    Column("reader", Text),  # the only one whom it may ask about; none for all
    Column("digest", LargeBinary, nullable=False, unique=True),
    Column("made", Double, nullable=False),
    Column("revoked", Double),
)

sessions = Table(
    "sessions",
    METADATA,
    Column("digest", LargeBinary, primary_key=True),  # of the cookie's token
    Column("reader", Text, nullable=False, index=True),
    Column("scope", Text, nullable=False),
    Column("key", Text),  # the key it was opened with; it ends with it
    Column("made", Double, nullable=False),
)

idempotency = Table(
    "idempotency",
    METADATA,
    Column("key", LargeBinary, primary_key=True),  # digest of who, where and the header
    Column("request", LargeBinary, nullable=False),  # digest of the body
    Column("status", Integer, nullable=False),
    Column("response", Text, nullable=False),
    Column("time", Double, nullable=False, index=True),
)

imports = Table(
    "imports",
    METADATA,
    Column("reader", Text, primary_key=True),
    Column("name", Text, nullable=False),  # in its page's address
    Column("done", Integer, nullable=False),  # rows looked at
    Column("total", Integer, nullable=False),  # rows in all; 0 before that is known
    Column("heard", Double, nullable=False, index=True),  # when its process last wrote here
    Column("trouble", Text),  # why nothing came of it
    Column("result", Text),  # what came of it, as JSON
)
"""The last file that each reader imported on the page: how far it is, and what came of it."""

events = Table(
    "events",
    METADATA,
    Column("id", BIG, primary_key=True, autoincrement=True),
    Column("time", Double, nullable=False),
    Column("kind", Text, nullable=False),  # swapped, refused, refit, updated, promise
    Column("words", Text, nullable=False),
)
"""What the owner wants to read about later."""

facts = Table("facts", METADATA, Column("name", Text, primary_key=True), Column("value", Text, nullable=False))
"""Of the whole store: its secret, and what its processes agree on."""
