from __future__ import annotations

import os
import threading
from pathlib import Path

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from toprank.core import threads
from toprank.core.threads import Once, one_blas_thread, side_by_side, thread_count
from toprank.errors import OptionError


def test_the_number_of_threads_is_what_is_asked_for_or_what_the_process_may_use(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TOPRANK_THREADS", " 7 ")
    assert thread_count() == 7
    monkeypatch.delenv("TOPRANK_THREADS")
    monkeypatch.setattr(threads, "QUOTAS", ())
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 2, 5, 6}, raising=False)
    assert thread_count() == 4
    one, quota, period = tmp_path / "cpu.max", tmp_path / "quota", tmp_path / "period"
    monkeypatch.setattr(threads, "QUOTAS", (str(one), f"{quota} {period}"))
    assert thread_count() == 4
    for told, count in (("150000 100000", 2), ("max 100000", 4), ("20000 100000", 1), ("900000 100000", 4)):
        one.write_text(told)
        assert thread_count() == count
    one.unlink()
    period.write_text("100000")
    for told, count in (("-1", 4), ("300000", 3)):
        quota.write_text(told)
        assert thread_count() == count


@pytest.mark.parametrize("asked", ["0", "-1", "two", "1.5", "²"])
def test_a_number_of_threads_that_is_none_is_refused(asked: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOPRANK_THREADS", asked)
    with pytest.raises(OptionError, match=r"TOPRANK_THREADS is .* at least 1"):
        thread_count()


def test_work_goes_side_by_side_in_one_pool_and_answers_come_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOPRANK_THREADS", "3")
    together = threading.Barrier(3, timeout=30)

    def inner(_: int) -> int:
        return threading.get_ident()

    def outer(number: int) -> tuple[int, int, set[int]]:
        together.wait()  # all three are at work at once
        return number, threading.get_ident(), set(side_by_side(inner, range(5)))

    found = side_by_side(outer, [1, 2, 3])
    assert [number for number, _, _ in found] == [1, 2, 3]
    assert len({thread for _, thread, _ in found}) == 3
    assert all(within == {thread} for _, thread, within in found)


def test_one_thread_does_all_where_one_is_asked_for_and_errors_come_through(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOPRANK_THREADS", "1")
    assert set(side_by_side(lambda _: threading.get_ident(), range(4))) == {threading.get_ident()}
    assert side_by_side(abs, []) == []
    monkeypatch.setenv("TOPRANK_THREADS", "2")
    with pytest.raises(ZeroDivisionError):
        side_by_side(lambda x: 1 // x, [1, 0])


def test_linear_algebra_keeps_to_one_thread_until_the_last_has_finished() -> None:
    def counts() -> set[int]:
        assert np.ones((2, 2)) @ np.ones(2) is not None
        return {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}

    before = counts()
    outer, inner = one_blas_thread(), one_blas_thread()
    outer.__enter__()
    inner.__enter__()
    outer.__exit__(None, None, None)
    assert counts() == {1}
    inner.__exit__(None, None, None)
    assert counts() == before


def test_linear_algebra_keeps_to_one_thread_whichever_thread_asks() -> None:
    seen = []

    def ask() -> None:
        with one_blas_thread():
            seen.append({one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"})

    ask()
    for _ in range(2):
        other = threading.Thread(target=ask)
        other.start()
        other.join()
    ask()
    assert seen == [{1}] * 4


@pytest.mark.parametrize("count", ["1", "2"])
def test_one_of_several_threads_does_what_there_is_to_do_meanwhile(count: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOPRANK_THREADS", count)
    begun = threading.Event()

    def spare() -> str:
        begun.set()
        return threading.current_thread().name

    find = Once(spare)

    def work(number: int) -> int:
        if number == 0 and count == "2":  # the other thread takes it up
            assert begun.wait(10)
        return number

    assert side_by_side(work, range(3), meanwhile=find) == [0, 1, 2]
    assert begun.is_set() == (count == "2")
    assert find() == find()
    assert (find() == "MainThread") == (count == "1")


def test_nobody_waits_for_what_is_done_meanwhile_but_who_asks_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOPRANK_THREADS", "2")
    go_on = threading.Event()
    find = Once(lambda: go_on.wait(10))
    assert side_by_side(abs, [-1, -2], meanwhile=find) == [1, 2]
    go_on.set()
    assert find()
