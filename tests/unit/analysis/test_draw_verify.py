"""Proofs: a stranger computes the same with a program of their own, and any change is found on its line."""

import hashlib
import json
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from gis.analysis.draw.proof import draw, dump, write
from gis.analysis.draw.verify import verify
from gis.errors import DataRejected
from tests.unit.analysis.draw_town import NONCE, commitment, districts, proof

SMALL = proof()
ROWS = len(SMALL.splitlines())


def stranger(content: bytes) -> dict[str, Any]:
    """A draw by somebody who has read the description and nothing else: imports nothing of ours, knows no floats."""
    proof = json.loads(content)

    def stream(purpose: str) -> Any:
        text = "\n".join(("wangge-draw/1", purpose, proof["list"]["sha256"], proof["reveal"]["seed"]))
        key, block = hashlib.sha256(text.encode()).digest(), 0
        while True:
            yield from hashlib.sha256(key + block.to_bytes(8, "big")).digest()
            block += 1

    def below(bytes_: Any, bound: int) -> int:
        size = next(k for k in range(1, 99) if 256**k >= bound)
        while bound > 1:
            value = 0
            for _ in range(size):
                value = value * 256 + next(bytes_)
            if value < 256**size - 256**size % bound:
                return value % bound
        return 0

    def shuffled(bytes_: Any, items: list[Any]) -> list[Any]:
        for i in reversed(range(1, len(items))):
            j = below(bytes_, i + 1)
            items[i], items[j] = items[j], items[i]
        return items

    weight = {row["facility"]: row["weight"] for row in proof["candidates"]}
    certain: list[str] = []
    left = proof["terms"]["count"]
    while more := [f for f in weight if left * weight[f] >= sum(weight.values()) > 0]:
        certain, left = certain + more, left - len(more)
        weight = {f: w for f, w in weight.items() if f not in more}
    chance = {f: Fraction(left * w, sum(weight.values())) for f, w in weight.items()} | dict.fromkeys(
        certain, Fraction(1)
    )
    bytes_, drawn, reached, total = stream("facilities"), certain, 0, sum(weight.values())
    if left:
        order = shuffled(bytes_, list(weight))
        start = below(bytes_, total)
        for facility in order:
            ahead = reached + left * weight[facility]
            if any(reached <= start + k * total < ahead for k in range(left)):
                drawn = [*drawn, facility]
            reached = ahead
    bytes_, visits, pairs = stream("inspectors"), {row["inspector"]: 0 for row in proof["inspectors"]}, {}
    last = {row["facility"]: row["last_inspectors"] for row in proof["candidates"]}
    for facility in sorted(drawn):
        free = [
            row["inspector"]
            for row in proof["inspectors"]
            if facility not in row["interests"] + row["former_employers"] and row["inspector"] not in last[facility]
        ]
        mixed = sorted(shuffled(bytes_, free), key=visits.__getitem__)[: proof["terms"]["inspectors_each"]]
        pairs[facility] = sorted(mixed) if len(mixed) == proof["terms"]["inspectors_each"] else []
        for code in pairs[facility]:
            visits[code] += 1
    return {"pairs": pairs, "chance": {f: f"{p.numerator}/{p.denominator}" for f, p in chance.items()}}


def test_a_small_proof_holds() -> None:
    """What was drawn is verified from the file alone."""
    found = verify(SMALL)
    assert (found.on, found.candidates, found.inspectors, found.drawn) == ("2026-05-01", 7, 4, 2)
    assert found.commitment == commitment().sha256
    assert found.seal == json.loads(SMALL)["seal"]


@settings(max_examples=60)
@given(districts(), st.text("abc种子", min_size=1, max_size=6))
def test_a_draw_holds_and_a_stranger_draws_the_same(district: Any, seed: str) -> None:
    """Every draw is verified, and another program that reads the file finds the same facilities, pairs and chances."""
    settled, candidates, inspectors = district
    try:
        made = draw(settled, candidates, inspectors, commitment=commitment(seed), seed=seed, nonce=NONCE)
    except DataRejected:
        assume(False)
    verify(write(made))
    found = stranger(write(made))
    assert {line["facility"]: line["inspectors"] for line in made["drawn"]} == found["pairs"]
    assert {line["facility"]: line["probability"] for line in made["candidates"]} == found["chance"]


def refusal(content: bytes) -> DataRejected:
    """Why a proof does not hold."""
    with pytest.raises(DataRejected) as caught:
        verify(content)
    return caught.value


def test_every_changed_byte_is_found() -> None:
    """Each byte of a proof in three ways: one message, which names the line or the one after."""
    for place, byte in enumerate(SMALL):
        line = SMALL.count(b"\n", 0, place) + 1
        for other in (byte ^ 1, byte ^ 0xFF, ord("0") if byte != ord("0") else ord("1")):
            error = refusal(SMALL[:place] + bytes([other]) + SMALL[place + 1 :])
            assert error.message.count("\n") == 0
            assert error.details["line"] in (line, line + 1), (place, error.message)
            assert "$" in error.details["path"]


@given(st.data())
def test_any_mutation_is_found(data: st.DataObject) -> None:
    """Bytes taken out, put in or changed anywhere."""
    start = data.draw(st.integers(0, len(SMALL)))
    end = data.draw(st.integers(start, min(start + 40, len(SMALL))))
    changed = SMALL[:start] + data.draw(st.binary(max_size=40)) + SMALL[end:]
    assume(changed != SMALL)
    refusal(changed)


def forge(change: Any) -> bytes:
    """A proof changed by somebody who makes every link and the seal fit again."""
    document = json.loads(SMALL)
    change(document)
    link = "wangge-draw/1"
    for value in list(document.values())[1:-1]:
        for entry in value if isinstance(value, list) else [value]:
            del entry["link"]
            link = hashlib.sha256(f"{link}\n{dump(entry)}".encode()).hexdigest()
            entry["link"] = link
    document["seal"] = link
    return write(document)


def test_control_a_forger_who_changes_nothing_is_believed() -> None:
    """The links are made as the description says."""
    assert forge(lambda document: None) == SMALL


def put(*path: Any, value: Any) -> Any:
    """A change of one value."""

    def change(document: Any) -> None:
        for step in path[:-1]:
            document = document[step]
        document[path[-1]] = value

    return change


@pytest.mark.parametrize(
    ("change", "path"),
    [
        (put("candidates", 0, "weight", value=5), "$.candidates[0]"),
        (put("candidates", 0, "stratum", value="clean"), "$.candidates[0]"),
        (put("candidates", 0, "probability", value="1/2"), "$.candidates[0]"),
        (put("candidates", 1, "last_inspectors", value=[]), "$.list"),
        (put("candidates", 1, "facility", value="F1"), "$.candidates"),
        (put("terms", "count", value=3), "$.candidates[0]"),
        (put("terms", "count", value=9), "$.candidates"),
        (put("terms", "weights", "clean", value=0), "$.terms"),
        (put("inspectors", 0, "interests", value=["F2"]), "$.list"),
        (put("list", "sha256", value="0" * 64), "$.list"),
        (put("commitment", "sha256", value="0" * 64), "$.reveal"),
        (put("commitment", "committed_at", value="2026-05-01T08:00:03.000000+00:00"), "$.commitment"),
        (put("reveal", "seed", value="六月"), "$.reveal"),
        (put("reveal", "nonce", value="cd" * 32), "$.reveal"),
        (put("drawn", 0, "facility", value="F9"), "$.drawn[0]"),
        (put("drawn", 0, "inspectors", value=["L1"]), "$.drawn[0]"),
        (put("drawn", 1, "recused", value=[{"inspector": "L1", "reason": "interest"}]), "$.drawn[1]"),
        (lambda document: document["drawn"].pop(), "$.drawn[0]"),
        (lambda document: document["candidates"].reverse(), "$.candidates[0]"),
        (lambda document: document["drawn"].append(dict(document["drawn"][0])), "$.drawn[1]"),
    ],
)
def test_a_forgery_is_found_although_its_links_fit(change: Any, path: str) -> None:
    """Strata, chances, the hash of the list, commitment, and what is drawn: each is computed anew."""
    error = refusal(forge(change))
    assert error.details["path"] == path, error.message
    lines = forge(change).decode().splitlines()
    if "[" in path:
        assert lines[error.details["line"] - 1].startswith("{")
    else:
        assert lines[error.details["line"] - 1].startswith(f'"{path[2:]}"')


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"{",
        b"\xff",
        b"PK\x03\x04",
        b"[" * 200_000,
        b'{"a":' * 200_000,
        b'{"format": ' + b"9" * 5000 + b"}",
        b'{"format": NaN}\n',
        b'{\n"format": "\\ud800"\n}\n',
        b'{\n"format": "wangge-draw/2"\n}\n',
        SMALL.replace(b'"count": 2', b'"count": 1e2'),
        SMALL.replace(b'"count": 2', b'"count": true'),
        SMALL.replace(b'"on": "2026-05-01"', b'"on": "0001-01-01"'),
        SMALL.replace(b"2026-05-01T08:00:00.000000+00:00", b"0001-01-01T00:00:00.000000+23:59"),
        SMALL.replace(b'"candidates": [', b'"candidates": {', 1),
        SMALL + b"\n",
        SMALL[:-1],
        SMALL.replace(b"\n", b"\r\n"),
        b"\xef\xbb\xbf" + SMALL,
    ],
)
def test_what_is_no_proof_is_refused_in_one_sentence(content: bytes) -> None:
    """No JSON, deep JSON, other JSON, values of other types: never a traceback."""
    error = refusal(content)
    assert error.message.startswith("The proof does not hold.")
    assert len(error.message) < 600


def test_too_large_a_file_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before it is read."""
    monkeypatch.setattr("gis.analysis.draw.verify.MOST_BYTES", 100)
    assert "at most" in refusal(SMALL).message
