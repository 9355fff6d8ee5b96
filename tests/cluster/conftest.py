"""One Ray for all tests of a process: to start it takes seconds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

pytest.importorskip("ray", reason="Ray is not installed: pip install 'toprank[cluster]'")

from toprank.cluster.ray_engine import RayEngine, ray_engine


@pytest.fixture(scope="session")
def engine() -> Iterator[RayEngine]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TOPRANK_THREADS", "2")
        with ray_engine() as found:
            yield found
