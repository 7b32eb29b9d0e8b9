"""10,000 requests that schemathesis makes from the OpenAPI document: how many end in a server error, or undocumented.

They are asked as the leader of the whole district, with a token that may write, as a grid officer and as the public, of
a real PostGIS that holds the district of the tests.
"""

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from gis.store import migrations
from gis.store.cluster import Cluster
from gis.store.engine import make_engine
from tests.access.conftest import fill
from tests.api.awkward import application, serve
from tests.api.fuzzing import fuzz
from tests.api.people import bearer
from tests.benchmarks.figures import Figure, figure

CASES = {"chief": 6500, "officer": 2000, "public": 2000}
"""Asked for; operations with few different requests send fewer, and the figures say how many there were."""


def run(*, quick: bool) -> Iterator[Figure]:
    """Cases, server errors and undocumented answers, by who asks and in all."""
    os.environ["WANGGE_PUBLIC_PER_MINUTE"] = "0"  # the limit itself has its own tests
    whole = [0, 0, 0]
    with tempfile.TemporaryDirectory(prefix="wg-", dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        cluster = Cluster(Path(folder))
        cluster.start()
        engine = make_engine(cluster.url)
        migrations.upgrade(engine)
        engine.dispose()
        town = fill(cluster.url)
        for role, cases in CASES.items():
            begin = time.perf_counter()
            headers = bearer(town.tokens[role]) if role in town.tokens else {}
            for client in serve(application(cluster.url), headers):
                tally = fuzz(client, cases // 20 if quick else cases)
            sys.stderr.write("".join(f"{fault}\n" for fault in tally.faults[:20]))
            whole = [a + b for a, b in zip(whole, (tally.cases, tally.server_errors, len(tally.faults)), strict=True)]
            yield figure(f"fuzz: {role}, {tally.cases} cases", time.perf_counter() - begin, "s")
        cluster.stop()
    for name, value in zip(("cases", "server errors", "undocumented answers"), whole, strict=True):
        yield figure(f"fuzz: {name}", value, "requests")
