"""Every route, with whatever its description allows and some of what it does not: no 5xx, every answer as described."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.testclient import TestClient

from toprank.service.keys import add_key

Serve = Callable[..., Any]

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
EXAMPLES = 12


def test_every_answer_is_as_the_description_says(served: Serve, either_store: str) -> None:
    client: TestClient = served(store=either_store)
    key = add_key(client.app.state.parts.store, "tester", "admin")  # type: ignore[attr-defined]
    headers = {"Authorization": f"Bearer {key}"}
    document = client.get("/v1/openapi.json", headers=headers).json()
    schema = schemathesis.openapi.from_dict(document)
    schema.app = client.app
    tried = 0
    for found in schema.get_all_operations():
        operation: Any = found.ok()  # type: ignore[union-attr]
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):

            @given(case=operation.as_strategy(generation_mode=mode))
            @settings(
                max_examples=EXAMPLES, derandomize=True, database=None, deadline=None,
                suppress_health_check=list(HealthCheck),
            )  # fmt: skip
            def attempt(case: Any) -> None:
                nonlocal tried
                case.call_and_validate(headers=headers, checks=CHECKS)
                tried += 1

            attempt()
    assert tried > 100
    assert client.get("/health/ready").status_code == 200


def test_the_description_has_examples_and_names_of_its_own(served: Serve) -> None:
    document = served().get("/v1/openapi.json").json()
    operations = [one for path in document["paths"].values() for one in path.values()]
    names = [one["operationId"] for one in operations]
    assert len(set(names)) == len(names) > 15
    assert {"decide", "recommend", "explain", "rate", "rate_many", "get_reader", "erase_reader"} <= set(names)
    for one in operations:
        assert one["summary"]
        assert one["description"]
        assert "application/problem+json" in one["responses"]["4XX"]["content"]
    for name in ("DecisionRequest", "RecommendationRequest", "RatingBody"):
        assert document["components"]["schemas"][name]["examples"]
