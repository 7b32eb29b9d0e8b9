"""Judging the answers of an inspection: pass, pass with conditions, or fail."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gis.checklists import ANSWERS, Checklist, all_checklists, judge, latest
from gis.errors import DataRejected
from gis.tables import SEVERITIES
from gis.texts import use_language

ORDER = ("pass", "conditions", "fail")
EVERY = [all_checklists()[key] for key in sorted(all_checklists())]


@st.composite
def answered(draw: st.DrawFn) -> tuple[Checklist, dict[str, str]]:
    """A checklist and an answer to each of its items."""
    checklist = draw(st.sampled_from(EVERY))
    return checklist, {item.name: draw(st.sampled_from(ANSWERS)) for item in checklist.items}


@given(answered())
def test_the_counts_add_up(case: tuple[Checklist, dict[str, str]]) -> None:
    """Failed items are those answered with no, in order; the counts by severity add up to them."""
    checklist, answers = case
    found = judge(checklist, answers)
    assert [item.name for item in found.failed] == [name for name, answer in answers.items() if answer == "no"]
    assert sum(found.counts.values()) == len(found.failed)
    assert tuple(found.counts) == SEVERITIES


@given(answered())
def test_the_result_follows_from_the_gravest_failure(case: tuple[Checklist, dict[str, str]]) -> None:
    """Serious or critical fails; clerical or minor alone gives conditions; nothing failed passes."""
    found = judge(*case)
    grave = found.counts["serious"] + found.counts["critical"]
    light = found.counts["clerical"] + found.counts["minor"]
    assert found.result == ("fail" if grave else "conditions" if light else "pass")


@given(answered(), st.data())
def test_one_more_failure_never_improves_the_result(
    case: tuple[Checklist, dict[str, str]], data: st.DataObject
) -> None:
    """Any answer turned to no leaves the result as it is or makes it worse; na counts like yes."""
    checklist, answers = case
    name = data.draw(st.sampled_from([item.name for item in checklist.items]))
    before, after = judge(checklist, answers), judge(checklist, answers | {name: "no"})
    assert ORDER.index(after.result) >= ORDER.index(before.result)
    assert all(after.counts[severity] >= before.counts[severity] for severity in SEVERITIES)
    good = {item: "yes" if answer == "na" else answer for item, answer in answers.items()}
    assert judge(checklist, good) == before


@given(answered(), st.data())
def test_an_item_without_a_right_answer_is_refused(case: tuple[Checklist, dict[str, str]], data: st.DataObject) -> None:
    """Missing, empty or anything but yes, no, na: refused with the item's label, and without the value."""
    checklist, answers = case
    item = data.draw(st.sampled_from(checklist.items))
    wrong = data.draw(st.sampled_from([None, "", "YES", "否", "maybe so"]))
    given_answers = {name: answer for name, answer in answers.items() if name != item.name}
    if wrong is not None:
        given_answers[item.name] = wrong
    with use_language("zh"), pytest.raises(DataRejected) as caught:
        judge(checklist, given_answers)
    assert item.label["zh"] in caught.value.message
    assert "maybe so" not in caught.value.message
    assert caught.value.details == {"items": [item.name]}


def test_answers_to_other_questions_do_not_count_and_unknown_names_are_refused() -> None:
    """Notes, photos and the fixed fields may come along; a name that the version does not have may not."""
    checklist = latest()["ultrasound-room"]
    answers = {item.name: "yes" for item in checklist.items}
    others = {question.name: "no" for question in checklist.questions}
    assert judge(checklist, answers | others) == judge(checklist, answers)
    with use_language("en"), pytest.raises(DataRejected, match="has no question patient_name") as caught:
        judge(checklist, answers | {"patient_name": "x"})
    assert caught.value.details == {"questions": ["patient_name"]}
