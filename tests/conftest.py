from __future__ import annotations

import pytest

from toprank.core.dataset import Dataset
from toprank.data import book_crossing as source


@pytest.fixture(scope="session")
def book_crossing() -> Dataset:
    """The real data; fetched when they are not in the cache."""
    return source.load(progress=False)
