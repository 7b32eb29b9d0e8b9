"""Who goes out: the teams of a sweep, read from a TOML file.

every_day = false                      # true: weekends and holidays are worked too
[[teams]]
code = "甲"
inspectors = ["L10", "L11"]            # at least two
qualifications = ["ultrasound"]        # of the team; or of an inspector: {code = "L10", qualifications = [...]}
start = {name = "卫健局", lon = 120.65, lat = 28.0}      # or [120.65, 28.0]
end = [120.66, 28.01]                  # missing: where it started
hours = "08:30-17:30"
breaks = ["12:00-13:00"]
days_off = [2026-05-13]
nights = [{after = 2026-05-11, name = "旅店", lon = 120.9, lat = 28.2, optional = true}]
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

from gis.analysis.sweeps.hours import Span, parse_hours
from gis.analysis.sweeps.problem import FEWEST_INSPECTORS, Night, Place, Team
from gis.errors import DataRejected, WanggeError
from gis.policies.reader import load
from gis.texts import _

KEYS: Final = (
    *("code", "inspectors", "qualifications", "start", "end", "hours", "breaks", "days_off", "nights"),
    *("name", "skills"),
)
"""The last two are other words for code and qualifications."""
MOST_TEAMS: Final = 100
MOST_NAME: Final = 100


@dataclass(frozen=True)
class Teams:
    """The teams of a file."""

    teams: tuple[Team, ...]
    every_day: bool


def read_teams(file: Path) -> Teams:
    """The teams of a file. Raises UsageError or DataRejected, naming file, team, field and remedy."""
    return _make(load(file), file)


def parse_teams(content: bytes, *, name: str) -> Teams:
    """The same from what was sent. Raises DataRejected."""
    file = Path(Path(name[:MOST_NAME]).name or "teams.toml")
    try:
        document = tomllib.loads(content.decode("utf-8-sig"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise DataRejected(_("{file} is no TOML that can be read: {why}", file=file, why=error)) from None
    return _make(document, file)


def _make(document: Mapping[str, Any], file: Path) -> Teams:
    entries = document.get("teams", document.get("team"))
    if not isinstance(entries, list) or not 1 <= len(entries) <= MOST_TEAMS:
        raise _wrong(file, "teams", _("give from 1 to {most} tables [[teams]]", most=MOST_TEAMS))
    unknown = sorted(set(document) - {"teams", "team", "every_day"})
    if unknown:
        raise _wrong(file, unknown[0], _("means nothing here; there are {keys}", keys="teams, every_day"))
    every_day = document.get("every_day", False)
    if not isinstance(every_day, bool):
        raise _wrong(file, "every_day", _("write true or false"))
    teams: dict[str, Team] = {}
    for number, entry in enumerate(entries, start=1):
        team = _Entry(file, f"teams[{number}]", entry).team()
        if team.code in teams:
            raise _wrong(file, f"teams[{number}].code", _("{code} stands twice; give each its own", code=team.code))
        teams[team.code] = team
    return Teams(tuple(teams.values()), every_day)


def _wrong(file: Path, place: str, problem: str) -> DataRejected:
    return DataRejected(
        _("{file}, {key}: {problem}. Nothing was planned.", file=file.name, key=place, problem=problem),
        details={"file": file.name, "key": place},
    )


class _Entry:
    """One table of the file."""

    def __init__(self, file: Path, place: str, values: object) -> None:
        self.file, self.place = file, place
        if not isinstance(values, Mapping):
            raise self.wrong("", _("write a table [[teams]]"))
        self.values: Mapping[str, Any] = values
        for key in values:
            if key not in KEYS:
                raise self.wrong(key, _("means nothing here; there are {keys}", keys=", ".join(KEYS[:-2])))

    def wrong(self, key: str, problem: str) -> DataRejected:
        """The error of one field."""
        return _wrong(self.file, f"{self.place}.{key}".rstrip("."), problem)

    def team(self) -> Team:
        """The team, its fields checked one by one."""
        code = self.values.get("code", self.values.get("name"))
        if not isinstance(code, str) or not code.strip() or not code.isprintable():
            raise self.wrong("code", _("write a text"))
        people, skills = self.people()
        begins, ends = self.span("hours", self.values.get("hours", "08:30-17:30"))
        start = self.spot("start", self.values.get("start"), code)
        end = self.spot("end", self.values["end"], code) if "end" in self.values else start
        breaks = tuple(self.span("breaks", text) for text in self.list_of("breaks", str, _("a list of texts")))
        try:
            return Team(
                code=code.strip(),
                inspectors=people,
                start=start,
                end=end,
                begins=begins,
                ends=ends,
                breaks=tuple(sorted(breaks)),
                skills=skills,
                nights=tuple(self.night(entry) for entry in self.list_of("nights", Mapping, _("a list of tables"))),
                days_off=frozenset(self.list_of("days_off", date, _("a list of days such as 2027-02-08"))),
            )
        except ValueError:
            raise self.wrong(
                "breaks", _("lie within hours, one after the other, each ending after it begins")
            ) from None

    def list_of(self, key: str, kind: type, wanted: str) -> list[Any]:
        """A list of one kind of values."""
        value = self.values.get(key, [])
        fits = isinstance(value, list) and all(isinstance(v, kind) and not isinstance(v, datetime) for v in value)
        if not fits:
            raise self.wrong(key, _("write {wanted}", wanted=wanted))
        return list(value)

    def people(self) -> tuple[tuple[str, ...], frozenset[str]]:
        """Inspectors, and what the team is qualified for."""
        given = self.values.get("inspectors", [])
        codes: list[str] = []
        skills = self.list_of("qualifications", str, _("a list of texts"))
        skills += self.list_of("skills", str, _("a list of texts"))
        for entry in given if isinstance(given, list) else [None]:
            person = entry if isinstance(entry, Mapping) else {"code": entry}
            code, held = person.get("code", person.get("name")), person.get("qualifications", [])
            if not isinstance(code, str) or not isinstance(held, list) or not all(isinstance(h, str) for h in held):
                raise self.wrong("inspectors", _("write a list of codes, or tables with code and qualifications"))
            codes.append(code.strip())
            skills += held
        codes = [code for code in dict.fromkeys(codes) if code]
        if len(codes) < FEWEST_INSPECTORS:
            raise self.wrong(
                "inspectors",
                _("a visit is made by at least two inspectors, {number} named; add one", number=len(codes)),
            )
        return tuple(codes), frozenset(skills)

    def spot(self, key: str, value: object, code: str) -> Place:
        """A place, from a pair of degrees or a table."""
        if isinstance(value, list) and len(value) == 2:
            value = {"lon": value[0], "lat": value[1]}
        if isinstance(value, Mapping):
            lon, lat, name = value.get("lon"), value.get("lat"), value.get("name", code)
            numbers = all(isinstance(n, int | float) and not isinstance(n, bool) for n in (lon, lat))
            if numbers and isinstance(name, str):
                try:
                    return Place(name, float(lon or 0), float(lat or 0))
                except ValueError:
                    pass
        raise self.wrong(key, _("write a place as [longitude, latitude] in degrees, or with name, lon and lat"))

    def span(self, key: str, text: object) -> Span:
        """Hours such as 08:30-17:30."""
        try:
            spans = parse_hours(text if isinstance(text, str) else "").week[0]
        except WanggeError as error:
            raise self.wrong(key, error.message) from None
        if len(spans) != 1:
            raise self.wrong(key, _("write one span such as 08:30-17:30"))
        return spans[0]

    def night(self, entry: Mapping[str, Any]) -> Night:
        """A lodging."""
        after, optional = entry.get("after"), entry.get("optional", True)
        if type(after) is not date or not isinstance(optional, bool):
            raise self.wrong("nights", _("write after as a day such as 2027-02-08, optional as true or false"))
        return Night(after, self.spot("nights", entry, ""), optional)
