"""What each group of evidence and each model adds: a model beside the same model without it."""

from __future__ import annotations

from dataclasses import dataclass

from toprank.evaluation.measurements import Comparison, Report
from toprank.report.phrases import added_words
from toprank.study.engine.study_result import Ablation, StudyResult

__all__ = ["METRICS", "AblationGroup", "AblationRow", "ablation_groups", "label"]

METRICS = {"auc": "AUC", "f1": "F1"}


@dataclass(frozen=True)
class AblationRow:
    """A model without some part: what the part adds to AUC and to F1, and whether that is more than chance."""

    label: str
    report: Report
    auc: Comparison
    f1: Comparison
    words: str


@dataclass(frozen=True)
class AblationGroup:
    """A model, and the same without its parts, the most missed in AUC first."""

    full: Report
    rows: list[AblationRow]


def ablation_groups(result: StudyResult) -> list[AblationGroup]:
    """Put a study's ablations in the order of the full models."""
    reports = {report.name: report for report in result.reports}
    groups = []
    for full in dict.fromkeys(ablation.full for ablation in result.ablations):
        of_full = [ablation for ablation in result.ablations if ablation.full == full]
        rows = [
            AblationRow(
                label(a), reports[a.name], a.of("auc"), a.of("f1"), added_words([a.of(metric) for metric in METRICS])
            )
            for a in sorted(of_full, key=lambda a: -a.of("auc").difference)
        ]
        groups.append(AblationGroup(reports[full], rows))
    return groups


def label(ablation: Ablation) -> str:
    """Say what is left out: ``without user author``, or ``boosted alone`` for one model of a blend."""
    return f"without {ablation.part.replace('-', ' ')}" if ablation.part else f"{ablation.name} alone"
