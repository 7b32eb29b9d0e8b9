"""`make bench-routing FILES="a.vrp b.vrp" SECONDS=20`: instances of the literature by the search that plans sweeps.

For each file one line with PyVRP alone at the same seconds as its peer, one with the best known where a `.sol` lies
beside, and with prizes one with the cost of visiting nobody.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from pyvrp import Solution

from gis.analysis.sweeps.engine import cost_of
from gis.analysis.sweeps.instances import Instance, read_instance, solve_by_pyvrp_alone, solve_instance
from gis.errors import WanggeError
from tests.benchmarks.figures import Figure, figure


def compare(instance: Instance, seconds: float, *, seed: int, alone: bool) -> Iterator[Figure]:
    """The figures of one instance; a search that found nothing feasible costs infinitely much."""
    ours = solve_instance(instance, seconds, seed=seed)
    cost = float("inf") if ours.cost is None else ours.cost
    title = f"routing: {instance.name} ({instance.data.num_clients} clients), cost at {seconds:g} s"
    if alone:
        theirs = solve_by_pyvrp_alone(instance, seconds, seed=seed)
        peer = float("inf") if theirs.cost is None else theirs.cost
        yield _exact(title, cost, peer="PyVRP alone, the same seconds", peer_value=peer)
    if instance.best_known is not None:
        yield _exact(title, cost, peer="best known", peer_value=instance.best_known)
    nobody = Solution(instance.data, [])
    if nobody.is_feasible():
        worth = cost_of(instance.data, nobody)[1] / instance.unit
        yield _exact(title, cost, peer="visiting nobody", peer_value=worth)
    elif not alone and instance.best_known is None:
        yield _exact(title, cost, peer=None, peer_value=None)


def _exact(title: str, cost: float, *, peer: str | None, peer_value: float | None) -> Figure:
    """The figure with all digits of its costs."""
    rounded = figure(title, cost, "cost", peer=peer, peer_value=peer_value)
    return {**rounded, "value": round(cost, 3), "peer_value": None if peer_value is None else round(peer_value, 3)}


def main(arguments: list[str]) -> int:
    """Prints the figures of the named files."""
    parser = argparse.ArgumentParser(prog="make bench-routing", description=__doc__)
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only-ours", action="store_true", help="leave the peer out")
    options = parser.parse_args(arguments)
    if not options.seconds > 0:
        parser.error("SECONDS must be above 0")
    for file in options.files:
        try:
            instance = read_instance(file)
        except WanggeError as error:
            print(error.message, file=sys.stderr)
            return error.exit_status
        for line in compare(instance, options.seconds, seed=options.seed, alone=not options.only_ours):
            print(json.dumps(line, ensure_ascii=False), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
