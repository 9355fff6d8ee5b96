"""What ``make run`` says at its end is about the model that it fitted."""

from __future__ import annotations

import re
from pathlib import Path

MAKEFILE = Path(__file__).parents[1] / "Makefile"


def test_the_report_of_make_run_is_that_of_the_model_it_fitted() -> None:
    text = MAKEFILE.read_text(encoding="utf-8")
    recipe = re.search(r"^run:.*\n((?:\t.*\n)+)", text, re.MULTILINE)
    assert recipe is not None
    commands = [line.strip().lstrip("@") for line in recipe[1].splitlines()]
    (fit,) = [command for command in commands if " fit " in command]
    folder = fit.split(" -o ")[1].split()[0]
    pages = re.findall(r"\S+\.html", recipe[1].replace("'", " "))
    assert pages == [f"{folder}/model.html"]
    answers = [command.split()[2] for command in commands if re.search(r" (decide|recommend) ", command)]
    assert answers == [folder] * 3
    served = re.findall(r"toprank serve (\S+)", recipe[1].replace("'", " "))
    assert served == [folder]
