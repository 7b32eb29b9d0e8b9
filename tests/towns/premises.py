"""The facilities of the demo district with their licences, machines and operators; some of it is not in order."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

import numpy as np
import pandas as pd
import shapely

from .ground import METRES_PER_DEGREE, random_point
from .names import address, machine, shop_name

FACILITIES: Final = 600
ORPHANS: Final = 8
ULTRASOUND: Final = frozenset({"医院", "社区卫生服务中心", "超声室", "妇幼保健院"})
_SHARES: Final = (("药店", 0.47), ("诊所", 0.41), ("超声室", 0.09), ("医院", 0.03))
_HOURS: Final = {"药店": "08:00-21:00", "诊所": "08:30-17:30", "超声室": "08:00-16:30", "医院": "00:00-24:00"}


@dataclass(frozen=True)
class Premises:
    """Four frames in the columns of the contract, and what is out of order in them."""

    facilities: pd.DataFrame
    licences: pd.DataFrame
    equipment: pd.DataFrame
    operators: pd.DataFrame
    faults: dict[str, list[Any]]


def make_premises(rng: np.random.Generator, grids: pd.DataFrame, streets: dict[str, str], lost: list[Any]) -> Premises:
    """Facilities in the middle of grids (frame with code, geometry), orphans in the `lost` shapes."""
    facilities = _make_facilities(rng, grids, streets, lost)
    licences, lapsed = _make_licences(rng, facilities)
    equipment, twice = _make_equipment(rng, facilities)
    operators, without = _make_operators(rng, facilities)
    orphans = facilities.loc[facilities["area_code"] == "", "code"].tolist()
    faults = {
        "orphans": orphans,
        "licence_lapsed": lapsed,
        "equipment_in_two_places": twice,
        "no_qualified_operator": without,
    }
    return Premises(facilities, licences, equipment, operators, faults)


def _make_facilities(
    rng: np.random.Generator, grids: pd.DataFrame, streets: dict[str, str], lost: list[Any]
) -> pd.DataFrame:
    middle = shapely.get_coordinates(shapely.centroid(grids["geometry"].to_numpy()))
    away = np.hypot(*((middle - middle.mean(axis=0)) * METRES_PER_DEGREE).T)
    weight = np.exp(-away / 3500) + 0.03
    kinds = ["妇幼保健院"] + ["社区卫生服务中心"] * len(streets)
    kinds += list(rng.choice([k for k, _ in _SHARES], FACILITIES - len(kinds), p=[p for _, p in _SHARES]))
    rows = []
    for number, kind in enumerate(kinds, 1):
        grid = int(rng.choice(len(grids), p=weight / weight.sum()))
        if kind == "社区卫生服务中心":
            inside = grids["code"].str.startswith(list(streets)[number - 2]).to_numpy()
            grid = int(rng.choice(len(grids), p=weight * inside / (weight * inside).sum()))
        point, code = random_point(rng, grids["geometry"].iloc[grid]), str(grids["code"].iloc[grid])
        if number > FACILITIES - ORPHANS:
            point, code = random_point(rng, lost[number - FACILITIES - 1]), ""
        street = streets[str(grids["code"].iloc[grid])[:9]]
        name = {"妇幼保健院": "云溪区妇幼保健院", "社区卫生服务中心": f"{street}{kind}"}.get(kind) or shop_name(
            rng, kind
        )
        opened = date(2014, 1, 1) + timedelta(days=int(rng.integers(3600)))
        closed = opened + timedelta(days=4200) if rng.random() < 0.03 and number > 20 and code else None
        rows.append(
            (
                f"F{number:04d}",
                name,
                kind,
                point.x,
                point.y,
                address(rng, street),
                _HOURS.get(kind, "08:00-17:00"),
                code,
                opened,
                closed,
            )
        )
    columns = ["code", "name", "kind", "lon", "lat", "address", "hours", "area_code", "valid_from", "valid_to"]
    return pd.DataFrame(rows, columns=columns)


def _make_licences(rng: np.random.Generator, facilities: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """One licence of three to five years after the other; of some facilities the last one has run out."""
    rows, lapsed = [], []
    for facility in facilities.itertuples():
        years = int(rng.integers(3, 6))
        begin = date(2024, 1, 1) + timedelta(days=int(rng.integers(700)))
        main = "药品经营许可" if facility.kind == "药店" else "医疗机构执业许可"
        end = begin.replace(year=begin.year + years, day=min(begin.day, 28))
        if rng.random() < 0.04:
            begin, end = date(2021, 3, 1), date(2025, 3, 1) + timedelta(days=int(rng.integers(300)))
            lapsed.append(str(facility.code))
        rows.append((facility.code, main, begin, end))
        if facility.kind in ("妇幼保健院", "医院"):
            rows.append((facility.code, "母婴保健技术服务执业许可", begin, end))
        if rng.random() < 0.7:
            rows.append((facility.code, main, begin.replace(year=begin.year - 3, day=min(begin.day, 28)), begin))
    numbers = [f"YX-{begin:%Y}-{i:04d}" for i, (_f, _k, begin, _e) in enumerate(rows, 1)]
    frame = pd.DataFrame(rows, columns=["facility_code", "kind", "valid_from", "valid_to"])
    frame.insert(1, "number", numbers)
    return frame, lapsed


def _make_equipment(rng: np.random.Generator, facilities: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """Ultrasound machines; three serials are registered at two facilities at once."""
    rows: list[tuple[Any, ...]] = []
    scanning = facilities[facilities["kind"].isin(ULTRASOUND)]
    for code, kind in zip(scanning["code"], scanning["kind"], strict=True):
        for _machine in range(int(rng.integers(2, 6)) if kind in ("医院", "妇幼保健院") else 1):
            begin = date(2017, 1, 1) + timedelta(days=int(rng.integers(3000)))
            retired = begin + timedelta(days=1500) if rng.random() < 0.1 and begin < date(2020, 1, 1) else None
            serial, maker, model = machine(rng)
            rows.append((serial, code, "超声诊断仪", maker, model, begin, retired))
    twice = [row for row in rows if row[-1] is None and row[5] < date(2024, 1, 1)][:3]
    for row, host in zip(twice, scanning["code"].iloc[-3:], strict=True):
        rows.append((row[0], host, *row[2:5], date(2024, 6, 1), None))
    columns = ["serial", "facility_code", "kind", "maker", "model", "valid_from", "valid_to"]
    return pd.DataFrame(rows, columns=columns), sorted(row[0] for row in twice)


def _make_operators(rng: np.random.Generator, facilities: pd.DataFrame) -> tuple[pd.DataFrame, list[str]]:
    """One to four qualified staff at a facility; some with ultrasound have nobody qualified for it."""
    rows, without, number = [], [], 0
    for facility in facilities.itertuples():
        wanted = ["执业药师" if facility.kind == "药店" else "执业医师"]
        if facility.kind in ULTRASOUND:
            if rng.random() < 0.08:
                without.append(str(facility.code))
            else:
                wanted += ["超声诊断"] * int(rng.integers(1, 4))
        for qualification in wanted:
            number += 1
            begin = date(2020, 1, 1) + timedelta(days=int(rng.integers(2000)))
            rows.append((f"P{number:04d}", facility.code, qualification, begin, None))
    columns = ["operator_code", "facility_code", "qualification", "valid_from", "valid_to"]
    return pd.DataFrame(rows, columns=columns), without
