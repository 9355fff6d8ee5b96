"""What the service counts, for Prometheus."""

from __future__ import annotations

from functools import partial

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

__all__ = ["Figures"]

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Figures:
    """The metrics of one service, in a registry of their own; no label holds anything of a person.

    Examples
    --------
    >>> figures = Figures()
    >>> figures.requests.labels("GET", "/v1/model", "200").inc()
    >>> b"toprank_requests_total" in figures.text()
    True
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        counter, gauge = partial(Counter, registry=self.registry), partial(Gauge, registry=self.registry)
        self.requests = counter("toprank_requests", "Requests answered.", ["method", "route", "status"])
        self.seconds = Histogram(
            "toprank_request_seconds", "How long they took.", ["method", "route"], buckets=_SECONDS,
            registry=self.registry,
        )  # fmt: skip
        self.answered = counter("toprank_answers", "Answers given.", ["kind", "arm"])
        self.in_flight = gauge("toprank_requests_in_flight", "Requests being answered.")
        self.model = gauge("toprank_model_loaded_seconds", "When it was loaded.", ["arm", "version"])
        self.refused_models = counter("toprank_models_refused", "Broken model folders.")
        self.missing_models = counter("toprank_models_missing", "Model folders that were gone while they were served.")
        self.refits = counter("toprank_refits", "Refits, by how they ended.", ["outcome"])
        self.log_lost = gauge("toprank_log_rows_lost", "Rows of the decision log not written.")
        self.store_bytes = gauge("toprank_store_bytes", "What the store takes.")
        self.promise_broken = gauge("toprank_promise_broken", "1 where a promise is broken.", ["kind"])

    def text(self) -> bytes:
        """Write them as Prometheus reads them."""
        return generate_latest(self.registry)
