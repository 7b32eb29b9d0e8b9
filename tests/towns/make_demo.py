"""Makes the invented demo district: `python -m tests.towns.make_demo [OUT]`. The same seed gives the same files.

Nothing here exists: places, people, facilities and codes (990102...) are invented. 本区纯属虚构。
"""

import json
import sys
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import shapely

from .events import make_inspections, make_outreach
from .faults import Faulty, plant_faults
from .ground import METRES_PER_DEGREE, Ground, draw_ground
from .names import STREETS, village_names
from .people import Post, make_assignments, make_officers, make_posts
from .premises import ORPHANS, make_premises
from .residents import make_residents

SEED: Final = 20260301
DISTRICT: Final = "990102"
FOUNDED: Final = "2024-01-01"
ON: Final = "2026-03-01"
MERGES: Final = 2
DEMO: Final = Path(__file__).resolve().parents[2] / "data" / "towns" / "demo"
_CRS84: Final = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}


def make_demo(out: Path) -> None:
    """Write all files of the demo district but the README."""
    rng = np.random.default_rng(SEED)
    ground = draw_ground(rng)
    faulty = plant_faults(rng, ground.grids, ground.village)
    areas, codes = _make_areas(rng, ground, faulty)
    named = areas[areas["level"] == "street"]
    streets = dict(zip(named["code"].astype(str), named["name"].astype(str), strict=True))
    posts = make_posts(areas)
    merged = _choose_merges(ground, faulty, codes, posts)
    steady = {code for pair in merged for code in pair}
    whole = areas[(areas["level"] == "grid") & ~areas["parent_code"].isin([codes[f"v{v}"] for v in faulty.touched])]
    outline = areas["geometry"].iloc[0]
    premises = make_premises(rng, whole, streets, _lost_shapes(ground, faulty, outline))
    facilities = premises.facilities
    pointed = facilities.loc[facilities["valid_to"].isna(), "code"].tolist()[:60]
    assignments, vacant = make_assignments(rng, posts, steady=steady, facilities=pointed)
    change = _merge_features(areas, merged)
    officer_of = {p.area: p.officer for p in posts}
    faults: dict[str, Any] = {
        "on": ON,
        "vacant": vacant,
        **_named_faults(faulty, codes),
        **premises.faults,
        "doubled_after_merge": [
            {"target": new["code"], "officers": sorted(officer_of[c] for c in pair), "from": ON, "old": list(pair)}
            for new, pair in zip(change.to_dict("records"), merged, strict=True)
        ],
    }
    # Their own stream of chance: what was made before them stays as it was.
    later = np.random.default_rng(SEED + 1)
    outreach = make_outreach(later, areas, gone=steady)
    faults["outreach"] = outreach.missed
    residents = make_residents(np.random.default_rng(SEED + 2), areas)
    faults |= residents.faults
    (out / "changes").mkdir(parents=True, exist_ok=True)
    _write_geojson(areas, out / "areas.geojson")
    _write_geojson(change, out / "changes" / "merge.geojson")
    tables = {
        "officers": make_officers(rng, [streets[c] for c in sorted(streets)]),
        "assignments": assignments,
        "facilities": facilities,
        "licences": premises.licences,
        "equipment": premises.equipment,
        "operators": premises.operators,
        "outreach": outreach.sessions,
        "inspections": make_inspections(later, facilities),
        "population": residents.population,
        "births": residents.births,
    }
    for kind, frame in tables.items():
        frame.to_csv(out / f"{kind}.csv", index=False, lineterminator="\n")
    text = json.dumps(faults, ensure_ascii=False, indent=1)
    (out / "faults.json").write_text(text + "\n", encoding="utf-8")


def _make_areas(rng: np.random.Generator, ground: Ground, faulty: Faulty) -> tuple[pd.DataFrame, dict[str, str]]:
    """All areas, highest level first, and the code of each grid (`g3`) and village (`v7`) by number."""
    middle = shapely.get_coordinates(shapely.centroid(ground.grids)) - shapely.get_coordinates(
        shapely.centroid(shapely.coverage_union_all(ground.grids))
    )
    away = np.hypot(*(middle * METRES_PER_DEGREE).T)
    nearest_first = pd.Series(away).groupby(ground.street).mean().sort_values().index
    dwellings = np.maximum(3, rng.poisson(900 * np.exp(-away / 2600) + 25))
    communities, countryside = village_names(rng)
    codes: dict[str, str] = {}
    streets, villages, grids = [], [], []
    for rank, street in enumerate(nearest_first):
        is_town = STREETS[rank].endswith("镇")
        street_code = DISTRICT + (f"{rank - 6 + 100:03d}" if is_town else f"{rank + 1:03d}")
        streets.append(
            (street_code, STREETS[rank], "street", DISTRICT, *_sum(ground, dwellings, ground.street == street))
        )
        inside = pd.Series(away)[ground.street == street].groupby(ground.village[ground.street == street]).mean()
        towns = 1 if is_town else len(inside) // 2
        names = [*(communities.pop() for _i in range(towns)), *(countryside.pop() for _i in range(towns, len(inside)))]
        for i, village in enumerate(inside.sort_values().index):
            code = street_code + (f"{i + 1:03d}" if i < towns else f"{200 + i - towns + 1:03d}")
            codes[f"v{village}"] = code
            members = np.flatnonzero(ground.village == village)
            villages.append(
                (code, names[i], "village", street_code, *_sum(ground, dwellings, ground.village == village))
            )
            for k, g in enumerate(members, 1):
                codes[f"g{g}"] = f"{code}{k:03d}"
                if g not in faulty.missing:
                    grids.append(
                        (codes[f"g{g}"], f"{names[i]}第{k}网格", "grid", code, int(dwellings[g]), faulty.grids[g])
                    )
    everything = np.ones(len(ground.grids), dtype=bool)
    district = (DISTRICT, "云溪区", "district", None, *_sum(ground, dwellings, everything))
    columns = ["code", "name", "level", "parent_code", "dwellings", "geometry"]
    frame = pd.DataFrame([district, *sorted(streets), *sorted(villages), *sorted(grids)], columns=columns)
    frame.insert(5, "valid_from", FOUNDED)
    return frame, codes


def _sum(ground: Ground, dwellings: np.ndarray[Any, Any], members: np.ndarray[Any, Any]) -> tuple[int, Any]:
    return int(dwellings[members].sum()), shapely.coverage_union_all(ground.grids[members])


def _lost_shapes(ground: Ground, faulty: Faulty, outline: Any) -> list[Any]:
    """Places that no grid covers: the missing grids, and a ring around the district."""
    ring = shapely.difference(shapely.buffer(outline, 0.012), shapely.buffer(outline, 0.004))
    return [*(ground.grids[g] for g in faulty.missing), *[ring] * (ORPHANS - len(faulty.missing))]


def _choose_merges(ground: Ground, faulty: Faulty, codes: dict[str, str], posts: list[Post]) -> list[tuple[str, str]]:
    """Pairs of neighbouring grids of one village with different primaries, in villages without a fault."""
    officer = {p.area: p.officer for p in posts}
    pairs: list[tuple[str, str]] = []
    for g in range(len(ground.grids) - 1):
        one, two = codes[f"g{g}"], codes[f"g{g + 1}"]
        same = ground.village[g] == ground.village[g + 1] and int(ground.village[g]) not in faulty.touched
        if not same or officer[one] == officer[two] or len(pairs) == MERGES:
            continue
        together = shapely.coverage_union(ground.grids[g], ground.grids[g + 1])
        if together.geom_type == "Polygon" and one[:9] not in {p[0][:9] for p in pairs}:
            pairs.append((one, two))
    return pairs


def _merge_features(areas: pd.DataFrame, merged: list[tuple[str, str]]) -> pd.DataFrame:
    """The new grid of each pair, numbered after the last of its village."""
    shapes: dict[str, Any] = dict(zip(areas["code"], areas["geometry"], strict=True))
    names: dict[str, str] = dict(zip(areas["code"], areas["name"], strict=True))
    rows = []
    for pair in merged:
        village = pair[0][:12]
        last = int(areas.loc[areas["parent_code"] == village, "code"].max()[-3:])
        shape = shapely.coverage_union(shapes[pair[0]], shapes[pair[1]])
        name = f"{names[village]}第{last + 1}网格"
        rows.append((f"{village}{last + 1:03d}", name, "grid", village, ";".join(pair), shape))
    return pd.DataFrame(rows, columns=["code", "name", "level", "parent_code", "old_code", "geometry"])


def _named_faults(faulty: Faulty, codes: dict[str, str]) -> dict[str, list[dict[str, Any]]]:
    """Faults of the ground with codes in place of numbers, in the order of their codes."""
    prefix = {"parent": "v", "a": "g", "b": "g", "child": "g"}
    named: dict[str, list[dict[str, Any]]] = {}
    for kind in ("holes", "overlaps", "outside"):
        found = [
            {k: codes[f"{prefix[k]}{v}"] if k in prefix else v for k, v in f.items()} for f in getattr(faulty, kind)
        ]
        for fault in found:
            if "a" in fault:
                fault["a"], fault["b"] = sorted((fault["a"], fault["b"]))
        named[kind] = sorted(found, key=lambda fault: next(iter(fault.values())))
    return named


def _write_geojson(frame: pd.DataFrame, path: Path) -> None:
    """One feature a line, coordinates on the lattice of 1e-7 degrees."""
    lines = []
    for row in frame.to_dict("records"):
        shape = shapely.geometry.mapping(row.pop("geometry"))
        shape["coordinates"] = [[[round(x, 7), round(y, 7)] for x, y in ring] for ring in shape["coordinates"]]
        feature = {
            "type": "Feature",
            "properties": {k: None if pd.isna(v) else v for k, v in row.items()},
            "geometry": shape,
        }
        lines.append(json.dumps(feature, ensure_ascii=False, separators=(",", ":")))
    head = f'{{"type":"FeatureCollection","crs":{json.dumps(_CRS84)},"features":[\n'
    path.write_text(head + ",\n".join(lines) + "\n]}\n", encoding="utf-8")


if __name__ == "__main__":
    make_demo(Path(sys.argv[1]) if len(sys.argv) > 1 else DEMO)
