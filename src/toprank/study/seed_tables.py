"""The tables of a study on several splits, and its answer in a sentence."""

from __future__ import annotations

from collections.abc import Sequence

from toprank.evaluation.scorecard import BASELINES
from toprank.report.phrases import (
    decimal,
    percent,
    pluralise,
    seed_words,
    signed,
    splits_answer,
    splits_words,
)
from toprank.report.table import Cell, Column, Content, Group, Heading, Row, Table, table_of
from toprank.study.engine.ablations import METRICS, label
from toprank.study.engine.seeds import AGAINST, FIGURES, SeedDifference, SeedStudy, Spread
from toprank.study.study_tables import baselines

__all__ = ["HEADINGS", "means_table", "seed_ablation_tables", "seeds_answer", "splits_table"]

HEADINGS = {"auc": "AUC", "f1": "F1 learned", "log_loss": "log loss", "brier": "Brier", "mcc": "MCC", "ece": "ECE"}
"""How to call what is averaged."""

_OPTIONAL = {"brier": 4, "mcc": 2, "ece": 3, "log_loss": 1}
_THAN = {name: BASELINES[name] for name in AGAINST}


def means_table(study: SeedStudy) -> Table:
    """Lay out each model's mean figures and its mean differences to the baselines, which come last."""
    metric, unit = study.judged
    simple = baselines(study.results[0].reports)
    seeds = f"{pluralise(len(study.seeds), 'split')} (seed{'s' * (len(study.seeds) > 1)} {seed_words(study.seeds)})"
    title = f"Means over {seeds}, on the test rows; ± is the standard deviation"
    title += "; models were given the validation ratings" if study.results[0].validation_added else ""
    columns = [Column("model", "name"), *(Column(HEADINGS[key], optional=_OPTIONAL.get(key, 0)) for key in FIGURES)]
    columns += [Column(f"{unit} over\n{words}") for words in _THAN.values()]
    rows: dict[bool, list[Row]] = {False: [], True: []}
    for model in study.models:
        if model.name not in study.ablated:
            cells = [_figure(model.figures[key]) for key in FIGURES]
            cells += [Cell() if than == model.name else _difference(model.difference(than, metric)) for than in _THAN]
            rows[model.name in simple].append(Row((Cell(model.name), *cells)))
    groups = Group(tuple(rows[False]), "models"), Group(tuple(rows[True]), "baselines")
    return Table(tuple(columns), tuple(group for group in groups if group.rows), title)


def seed_ablation_tables(study: SeedStudy) -> list[Table]:
    """Lay out, for each full model, what its parts add to AUC and to F1, the most missed in AUC first."""
    known = {(a.full, a.name): a for result in study.results for a in result.ablations}
    models = {model.name: model for model in study.models}
    tables = []
    for full in dict.fromkeys(full for full, _ in known):
        ablations = [a for (f, _), a in known.items() if f == full]
        parts = [(a, [models[full].difference(a.name, metric) for metric in METRICS]) for a in ablations]
        parts.sort(key=lambda pair: -(pair[1][0].difference.mean if pair[1][0] else 0.0))
        rows = [Row((Cell(label(a)), *map(_difference, gaps))) for a, gaps in parts]
        tables.append(table_of(["model", "AUC added", "F1 added"], rows, title=f"What each part of {full} adds"))
    return tables


def splits_table(study: SeedStudy, links: Sequence[str]) -> Table:
    """Lay out the splits, each with a link to its own report."""
    columns: list[Heading] = [
        Column("its own report", "name"),
        "test rows",
        "share liked",
        "F1 of always",
        Column("failed", "text"),
    ]
    rows: list[list[Content]] = []
    for seed, result, link in zip(study.seeds, study.results, links, strict=True):
        number = int(result.split["test"])
        share = percent(result.liked["test"] / number, 2)
        failed = ", ".join(result.failed) or "none"
        rows.append([Cell(f"seed {seed}", href=link), f"{number:,}", share, decimal(result.always["test"]), failed])
    return table_of(columns, rows)


def seeds_answer(study: SeedStudy) -> str:
    """Say which models beat the baselines by more than chance on every split."""
    metric, unit = study.judged
    others = baselines(study.results[0].reports) | study.ablated
    ahead = {}
    for than, words in _THAN.items():
        gaps = [(m.name, m.difference(than, metric)) for m in study.models if m.name not in others]
        always = [(name, g.difference.mean) for name, g in gaps if g and g.better == len(study.seeds)]
        ahead[words] = sorted(always, key=lambda pair: -pair[1])
    return splits_answer(ahead, unit, len(study.seeds))


def _figure(figure: Spread) -> Cell:
    return Cell(decimal(figure.mean), f"±{decimal(figure.deviation)}")


def _difference(gap: SeedDifference | None) -> Cell:
    if gap is None:
        return Cell()
    return Cell(signed(gap.difference.mean), splits_words(gap.better, gap.worse, gap.decided).replace(", ", "\n"))
