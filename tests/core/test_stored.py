from __future__ import annotations

import ast
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

import toprank
from toprank.core.scale import RatingScale
from toprank.core.stored import stored, stored_as, stored_class


@stored("test_stored.Pair")
@dataclass(frozen=True, slots=True)
class Pair:
    one: int
    other: int


def test_a_marked_class_is_found_by_its_stored_name() -> None:
    assert stored_as(Pair) == f"{__name__}:test_stored.Pair"
    assert stored_class(f"{__name__}:test_stored.Pair") is Pair
    assert stored_as(RatingScale) == "toprank.core.scale:RatingScale"


def test_a_class_that_moved_is_found_by_the_module_it_left() -> None:
    assert stored_class("toprank.core.ratings:RatingScale") is RatingScale


def test_a_subclass_is_not_marked() -> None:
    @dataclass(frozen=True)
    class Triple(Pair):
        third: int

    assert stored_as(Triple) is None


def test_only_what_is_named_is_imported() -> None:
    code = """
import sys
from toprank.core.stored import stored_class
print(stored_class("toprank.core.scale:RatingScale").__name__, "toprank.evidence" in sys.modules)
try:
    stored_class("json.tool:main")
except ValueError:
    print("json.tool" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["RatingScale", "False", "False"]


@pytest.mark.parametrize(
    "where",
    [
        *("", "RatingScale2", "toprank:Nothing", "toprank.core.update:Update", "toprank.no:No", "toprank..core:X"),
        *("toprank.__main__:Main", "os:system", "toprankish.core:X", "toprank.core/../x:X", ["a"], 3, None),
    ],
)
def test_nothing_else_is_found(where: object) -> None:
    with pytest.raises(ValueError, match="is no class that this toprank keeps in model folders"):
        stored_class(where)


def test_a_name_is_given_once() -> None:
    with pytest.raises(TypeError, match="is stored as 'RatingScale'; give"):

        @stored("RatingScale")
        @dataclass
        class Other:
            pass


def test_no_two_classes_of_toprank_have_one_stored_name() -> None:
    names: Counter[str] = Counter()
    for path in Path(toprank.__path__[0]).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.ClassDef):
                continue
            for mark in node.decorator_list:
                if isinstance(mark, ast.Name) and mark.id == "stored":
                    names[node.name] += 1
                elif isinstance(mark, ast.Call) and ast.unparse(mark.func) == "stored":
                    names[ast.literal_eval(mark.args[0])] += 1
    assert len(names) > 50
    assert names.most_common(1)[0][1] == 1


def test_only_dataclasses_are_marked() -> None:
    with pytest.raises(TypeError, match="put @stored above @dataclass"):

        @stored
        class Plain:
            pass
