"""Requests made by schemathesis from the OpenAPI document, sent to the application in this process.

Half of them fit the document and half do not; all are the same in each run. A case is wrong where the answer is a
server error, or has a status, a content type or a shape that the document does not know.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.schemas import APIOperation
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.testclient import TestClient

BASE = "http://127.0.0.1:8000"
schemathesis.serializer.alias("application/offset+octet-stream", "application/octet-stream")
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]

Operation = APIOperation[Any, Any, Any, Any]
Sent = schemathesis.Case[Any]


@dataclass
class Tally:
    """What came of the cases."""

    cases: int = 0
    server_errors: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    operations: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


def fuzz(client: TestClient, cases: int, *, seed_number: int = 3) -> Tally:
    """Sends at least so many cases in all, the same number for each operation and each of the two kinds."""
    schema = schemathesis.openapi.from_dict(client.get("/openapi.json?lang=en").json())
    operations: list[Operation] = [result.ok() for result in schema.get_all_operations()]  # type: ignore[union-attr]
    tally = Tally()
    each = -(-cases // (2 * len(operations)))
    for operation in operations:
        for mode in GenerationMode:
            _send(client, operation, mode, tally, each=each, seed_number=seed_number)
    return tally


def _send(
    client: TestClient,
    operation: Operation,
    mode: GenerationMode,
    tally: Tally,
    *,
    each: int,
    seed_number: int,
) -> None:
    sent = 0

    @seed(seed_number)
    @settings(
        max_examples=each,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(mode))
    def try_one(case: Sent) -> None:
        nonlocal sent
        sent += 1
        _judge(client, case, tally)

    while sent < each:
        before = sent
        try_one()
        seed_number += 1
        if sent == before or sent < before + each // 10:
            break


def _judge(client: TestClient, case: Sent, tally: Tally) -> None:
    request = requests.Request(**case.as_transport_kwargs(base_url=BASE)).prepare()
    headers = {name: str(value) for name, value in request.headers.items() if name.lower() != "content-length"}
    body: Any = request.body
    answer = client.request(
        str(request.method), str(request.url), content=body, headers=headers, follow_redirects=False
    )
    tally.cases += 1
    tally.statuses[answer.status_code] += 1
    tally.operations[case.operation.label] += 1
    tally.server_errors += answer.status_code >= 500
    try:
        case.validate_response(answer, checks=CHECKS)
    except (Failure, FailureGroup) as failure:
        for fault in failure.exceptions if isinstance(failure, FailureGroup) else (failure,):
            told = getattr(fault, "message", str(fault))
            tally.faults.append(f"{case.operation.label}, {answer.status_code}: {fault}: {told}\n{_short(case)}")


def _short(case: Sent) -> str:
    """What was sent, as far as a reader of a report wants to see it."""
    return f"{case.path_parameters} {case.query} {case.body!r}"[:400]
