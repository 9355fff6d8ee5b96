"""Results in the terminal: they fit its width, and what is lacking has a table of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from toprank.evaluation.measurements import Comparison, Report
from toprank.report.table import Table
from toprank.report.terminal import to_text
from toprank.study.engine.ablations import ablation_groups
from toprank.study.engine.seeds import over_seeds
from toprank.study.engine.study_result import Ablation, StudyResult
from toprank.study.seed_tables import means_table, seed_ablation_tables
from toprank.study.study_tables import ablation_table, results_tables

Make = Callable[..., Report]
MakeResult = Callable[..., StudyResult]


def printed(*tables: Table, width: int) -> str:
    text = "\n".join(to_text(table, width) for table in tables)
    assert max(len(line) for line in text.splitlines()) <= width
    return text


def test_results(make_report: Make, make_result: MakeResult) -> None:
    result = make_result(
        make_report("always", shift=0.0, constant=True, alone=True),
        make_report("jaccard-adjusted", shift=0.03),
        make_report("[red]broken", empty=True),
    )
    text = printed(*results_tables(result), width=100)
    assert "Always recommend has F1 0.7500 on the 10 test rows" in text
    assert "0.7800" in text
    assert "0.770 to 0.790" in text
    assert "[red]broken" in text
    assert "jaccard-adjusted: the verdict on jaccard-adjusted" in text
    assert text.index("jaccard-adjusted  ") < text.index("\nbaselines\nalways  ")  # the baselines come last


def test_verdicts_of_many_models_are_summed_up(make_report: Make, make_result: MakeResult) -> None:
    level = [make_report(f"level-{k}", shift=0.001) for k in range(8)]
    better, worse = make_report("better", shift=0.03), make_report("worse", shift=-0.03)
    always = make_report("always", shift=0.0, constant=True, alone=True)
    text = printed(*results_tables(make_result(always, better, worse, *level)), width=100)
    assert "better: the verdict on better" in text
    assert text.count("the verdict on") == 2  # with that on the baseline
    assert "not better than always recommend (9)" in text
    assert text.count("original; no better") == 8
    assert "original; worse by 0.030 (0.020 to 0.040)" in text
    short = printed(*results_tables(make_result(always, better, worse, *level[:7])), width=100)
    assert short.count("the verdict on") == 10
    unknown = [replace(r, comparisons=tuple(replace(c, low=np.nan, high=np.nan) for c in r.comparisons)) for r in level]
    text = printed(*results_tables(make_result(always, better, worse, *unknown)), width=120)
    assert text.count("original; too few readers to tell") == 8


def test_what_is_lacking_has_a_table_of_its_own(make_report: Make, make_result: MakeResult) -> None:
    always, full = make_report("always", shift=0.0, constant=True, alone=True), make_report("boosted", shift=0.03)
    name = "boosted-without-neighbours"
    adds = (Comparison(name, "f1", 0.001, -0.001, 0.003), Comparison(name, "auc", 0.0123, 0.0104, 0.0141))
    result = replace(make_result(always, full, make_report(name)), ablations=(Ablation(name, "boosted", adds),))
    assert "without" not in printed(*results_tables(result), width=100)
    text = printed(*map(ablation_table, ablation_groups(result)), width=100)
    assert "with everything" in text
    assert "0.6500" in text
    assert "without neighbours" in text
    assert "+0.0123" in text
    assert "0.0104 to 0.0141" in text
    assert "−0.0010 to 0.0030" in text
    assert text.split("without neighbours")[1].splitlines()[0].endswith("adds to AUC")


def test_seeds(make_report: Make, make_result: MakeResult) -> None:
    always = make_report("always", shift=0.0, constant=True, alone=True)
    name = "jaccard-adjusted"
    by_seed = [make_result(always, make_report(name, shift=shift)) for shift in (0.02, 0.03, -0.02)]
    results = [
        replace(result, split={**result.split, "seed": seed}) for seed, result in zip((3, 4, 9), by_seed, strict=True)
    ]
    study = over_seeds(results)
    text = printed(means_table(study), *seed_ablation_tables(study), width=100)
    assert "Means over 3 splits (seeds 3, 4 and 9)" in text
    for said in ("jaccard-adjusted", "0.7600", "±0.0265", "+0.0100", "2 better", "1 worse"):
        assert said in text
    assert text.index(f"\n{name}") < text.index("\nbaselines\nalways")
    one = printed(means_table(over_seeds(results[:1])), width=100)
    assert "1 split (seed 3)" in one
    assert "±–" in one
