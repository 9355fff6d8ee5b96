"""What the service counts, for Prometheus."""

from __future__ import annotations

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
        with_registry = {"registry": self.registry}
        self.requests = Counter(
            "toprank_requests", "Requests answered.", ["method", "route", "status"], **with_registry
        )
        self.seconds = Histogram(
            "toprank_request_seconds", "How long they took.", ["method", "route"], buckets=_SECONDS, **with_registry
        )
        self.answered = Counter("toprank_answers", "Answers given.", ["kind", "arm"], **with_registry)
        self.in_flight = Gauge("toprank_requests_in_flight", "Requests being answered.", **with_registry)
        self.model = Gauge("toprank_model_loaded_seconds", "When a model was loaded.", ["arm", "version"], **with_registry)
        self.refused_models = Counter("toprank_models_refused", "Broken model folders.", **with_registry)
        self.refits = Counter("toprank_refits", "Refits, by how they ended.", ["outcome"], **with_registry)
        self.log_lost = Gauge("toprank_log_rows_lost", "Rows of the decision log not written.", **with_registry)
        self.store_bytes = Gauge("toprank_store_bytes", "What the store takes.", **with_registry)
        self.promise_broken = Gauge(
            "toprank_promise_broken", "1 where what was promised is not delivered.", ["kind"], **with_registry
        )

    def text(self) -> bytes:
        """Write them as Prometheus reads them."""
        return generate_latest(self.registry)
