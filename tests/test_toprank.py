from __future__ import annotations

import importlib.metadata

import pytest

import toprank


@pytest.mark.parametrize("name", toprank.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(toprank, name) is not None
    assert name in dir(toprank)


def test_other_names_are_not() -> None:
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = toprank.nonsense


def test_the_version_is_that_of_the_package() -> None:
    assert toprank.__version__ == importlib.metadata.version("toprank")
