"""Parts of a large routing problem: a few neighbouring routes with the clients near them, as a problem of its own.

A local search looks at every client of its problem in each turn, so a thousand clients make turns slow. Routes that
lie in one direction from the depot exchange clients with each other, seldom with those on the other side: a part holds
such routes, the vehicles they use, a share of the idle ones, and the clients nobody visits that lie nearest to them.
Whatever improves a part improves the whole by as much.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from pyvrp import Activity, ActivityType, Client, ClientGroup, Depot, ProblemData, Route, Solution

_FIELDS: Final = (
    *("location", "delivery", "pickup", "service_duration", "tw_early", "tw_late", "release_time"),
    *("prize", "required", "group", "name"),
)


@dataclass(frozen=True)
class Part:
    """A problem cut out of another, with what is needed to put its routes back."""

    data: ProblemData
    start: Solution
    """The routes of the whole that it begins with."""
    clients: tuple[int, ...]
    """Client of the part -> client of the whole."""
    types: tuple[int, ...]
    """Vehicle type of the part -> that of the whole."""
    taken: frozenset[int]
    """Positions of its routes among those of the whole."""

    def carry(self, whole: ProblemData, route: Route) -> Route:
        """A route of the part as one of the whole."""
        visits = [Activity(ActivityType.CLIENT, self.clients[a.idx]) for a in route if a.is_client()]
        return Route(whole, visits, self.types[route.vehicle_type()])


def copy_client(client: Client, **changes: Any) -> Client:  # noqa: ANN401 - PyVRP's own kinds of field
    """A client with some of its fields changed; PyVRP's clients cannot be."""
    return Client(**({name: getattr(client, name) for name in _FIELDS} | changes))


def put_back(whole: ProblemData, former: Solution, found: Sequence[tuple[Part, Solution]]) -> Solution:
    """The former solution with what was found for its parts; as it was where they would use more vehicles than are."""
    taken = frozenset().union(*(part.taken for part, _solution in found))
    routes = [route for place, route in enumerate(former.routes()) if place not in taken]
    routes += [part.carry(whole, route) for part, solution in found for route in solution.routes()]
    used = Counter(route.vehicle_type() for route in routes)
    if any(many > whole.vehicle_type(kind).num_available for kind, many in used.items()):
        return former
    return Solution(whole, routes)


def can_be_cut(data: ProblemData) -> bool:
    """Whether the problem has nothing that ties clients or trips together over routes."""
    reloads = any(kind.reload_depots for kind in data.vehicle_types())
    return not data.num_shipments and not reloads and all(not group.required for group in data.groups())


def cut(data: ProblemData, solution: Solution, *, size: int, rng: np.random.Generator) -> Iterator[Part]:
    """Parts of about `size` clients that together hold every route once; where they begin is left to chance."""
    routes = solution.routes()
    if not routes:
        return
    places = np.array([[data.location(c.location).x, data.location(c.location).y] for c in data.clients()], dtype=float)
    visits = [[a.idx for a in route if a.is_client()] for route in routes]
    middle = np.mean([[data.location(d.location).x, data.location(d.location).y] for d in data.depots()], axis=0)
    centres = np.array([places[visited].mean(axis=0) for visited in visits])
    turn = (np.arctan2(*(centres - middle).T) + rng.uniform(0, 2 * np.pi)) % (2 * np.pi)
    idle = _idle_vehicles(data, routes)
    left = _unvisited(data, visits)
    owner = _nearest_route(places, visits, left)
    held: list[int] = []
    count = 0
    order = [int(place) for place in np.argsort(turn, kind="stable")]
    for number, place in enumerate(order):
        held.append(place)
        count += len(visits[place]) + int((owner == place).sum())
        if count >= size or number == len(order) - 1:
            free = left[np.isin(owner, held)]
            share = len(held) / (len(order) - number - 1 + len(held))
            spare = {kind: ceil(many * share) for kind, many in idle.items()}
            idle = {kind: many - spare[kind] for kind, many in idle.items()}
            yield _make_part(data, routes, held, free, spare)
            held, count = [], 0


def _idle_vehicles(data: ProblemData, routes: Sequence[Route]) -> dict[int, int]:
    """Vehicle type -> how many of it stay at home."""
    idle = {number: kind.num_available for number, kind in enumerate(data.vehicle_types())}
    for route in routes:
        idle[route.vehicle_type()] -= 1
    return idle


def _unvisited(data: ProblemData, visits: Sequence[Sequence[int]]) -> NDArray[np.int64]:
    """Clients that no route visits; of a group that is visited, none."""
    seen = {client for visited in visits for client in visited}
    for group in data.groups():
        if seen & set(group.clients):
            seen |= set(group.clients)
    return np.array([number for number in range(data.num_clients) if number not in seen], dtype=np.int64)


def _nearest_route(
    places: NDArray[np.float64], visits: Sequence[Sequence[int]], left: NDArray[np.int64]
) -> NDArray[np.int64]:
    """For each client that is left the route that comes nearest to it."""
    if not len(left):
        return np.empty(0, dtype=np.int64)
    visited = np.concatenate([np.array(route, dtype=np.int64) for route in visits])
    routes = np.repeat(np.arange(len(visits)), [len(route) for route in visits])
    apart = ((places[left, None, :] - places[None, visited, :]) ** 2).sum(axis=2)
    return np.asarray(routes[apart.argmin(axis=1)], dtype=np.int64)


def _make_part(
    data: ProblemData, routes: Sequence[Route], held: Sequence[int], free: NDArray[np.int64], idle: dict[int, int]
) -> Part:
    visited = [a.idx for place in held for a in routes[place] if a.is_client()]
    clients = _with_groups(data, [*visited, *free.tolist()])
    types = sorted({routes[place].vehicle_type() for place in held} | {kind for kind, many in idle.items() if many})
    many = {kind: idle[kind] + sum(routes[place].vehicle_type() == kind for place in held) for kind in types}
    part = _slice(data, clients, types, many)
    number = {client: place for place, client in enumerate(clients)}
    start = [
        Route(
            part,
            [Activity(ActivityType.CLIENT, number[a.idx]) for a in routes[place] if a.is_client()],
            types.index(routes[place].vehicle_type()),
        )
        for place in held
    ]
    return Part(part, Solution(part, start), tuple(clients), tuple(types), frozenset(held))


def _with_groups(data: ProblemData, clients: Sequence[int]) -> list[int]:
    """The clients and all that stand in a group with one of them, in order, each once."""
    everybody: dict[int, None] = {}
    for client in clients:
        group = data.client(client).group
        everybody.update(dict.fromkeys([client] if group is None else data.group(group).clients))
    return sorted(everybody)


def _slice(data: ProblemData, clients: Sequence[int], types: Sequence[int], many: dict[int, int]) -> ProblemData:
    used = [d.location for d in data.depots()] + [data.client(c).location for c in clients]
    kept = list(dict.fromkeys(used))
    place = {old: new for new, old in enumerate(kept)}
    old_groups = list(dict.fromkeys(g for c in clients if (g := data.client(c).group) is not None))
    group_number = {old: new for new, old in enumerate(old_groups)}
    cells: Any = np.ix_(kept, kept)
    kinds = data.vehicle_types()
    profiles = sorted({kinds[kind].profile for kind in types})
    return ProblemData(
        locations=[data.location(old) for old in kept],
        clients=[_move(data.client(c), place, group_number) for c in clients],
        depots=[
            Depot(place[d.location], d.tw_early, d.tw_late, d.service_duration, name=d.name) for d in data.depots()
        ],
        vehicle_types=[
            kinds[kind].replace(num_available=many[kind], profile=profiles.index(kinds[kind].profile)) for kind in types
        ],
        distance_matrices=[data.distance_matrix(profile)[cells] for profile in profiles],
        duration_matrices=[data.duration_matrix(profile)[cells] for profile in profiles],
        groups=[
            ClientGroup([n for n, c in enumerate(clients) if data.client(c).group == old], required=False)
            for old in old_groups
        ],
    )


def _move(client: Client, place: dict[int, int], group: dict[int, int]) -> Client:
    held = None if client.group is None else group[client.group]
    return copy_client(client, location=place[client.location], group=held)
