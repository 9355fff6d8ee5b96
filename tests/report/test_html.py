"""The shared templates: found from every package with pages, strict, and every text in them is data."""

from __future__ import annotations

import pytest
from jinja2 import UndefinedError

from toprank.data.datasets.built_in import BUILT_IN
from toprank.report.html import environment


@pytest.mark.parametrize("package", ["toprank.study", "toprank.recommender"])
def test_shared_templates_are_found_beside_a_packages_own(package: str) -> None:
    shared = {"base.html.j2", "data.html.j2", "elements.html.j2", "page.css"}
    found = set(environment(package).list_templates())
    assert shared < found
    for name in shared:
        environment(package).get_template(name)


def test_a_page_has_the_look_and_the_terms_of_a_built_in_dataset() -> None:
    page = environment("toprank.study").get_template("base.html.j2")
    for name, dataset in BUILT_IN.items():
        assert dataset.terms.split("'")[0].split('"')[0] in page.render(dataset=name)
    mine = page.render(dataset="mine")
    assert "Cite:" not in mine
    assert "prefers-color-scheme: dark" in mine
    with pytest.raises(UndefinedError):
        page.render()


def test_every_text_is_data() -> None:
    template = environment("toprank.study").from_string("{{ text }} {{ -0.25|decimal(2) }} {{ 2|pluralise('row') }}")
    assert template.render(text="<b>\x1b[31m") == "&lt;b&gt;�[31m −0.25 2 rows"
