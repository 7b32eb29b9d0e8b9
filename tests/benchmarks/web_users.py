"""What one user does, for Locust: opens a page, looks at it for five to fifteen seconds, opens the next."""

import json
import os
import random
from pathlib import Path

from locust import HttpUser, between, task

PEOPLE = json.loads(Path(os.environ["PEOPLE"]).read_text(encoding="utf-8"))
PEER = os.environ["PEER"]


class Person(HttpUser):
    """One of the accounts, with its session."""

    wait_time = between(5, 15)

    def on_start(self) -> None:
        """Takes the next account."""
        me = PEOPLE.pop()
        self.client.headers.update({"Cookie": f"__Host-wangge={me['cookie']}", "Accept-Encoding": "gzip"})
        self.areas: list[str] = []

    def floor(self) -> None:
        """The empty page of the other server."""
        self.client.get(PEER + "/", name="empty")

    @task(1)
    def look_at_the_map(self) -> None:
        """The whole responsibility map."""
        self.floor()
        self.client.get("/maps/responsibility", name="map")

    @task(1)
    def open_a_card(self) -> None:
        """Who answers for one of the own areas."""
        if not self.areas:
            with self.client.get("/api/areas?limit=100", name="(own areas)") as answer:
                self.areas = [row["code"] for row in answer.json()["items"]]
        self.floor()
        self.client.get(f"/api/who/{random.choice(self.areas)}", name="card")

    @task(1)
    def read_the_table(self) -> None:
        """The facilities of the own areas."""
        self.floor()
        self.client.get("/api/facilities?limit=100", name="table")
