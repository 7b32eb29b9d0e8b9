"""What one user does, for Locust: opens a page, looks at it for five to fifteen seconds, opens the next."""

import json
import os
import random
from pathlib import Path
from urllib.parse import urlencode

from locust import FastHttpUser, between, task

PEOPLE = json.loads(Path(os.environ["PEOPLE"]).read_text(encoding="utf-8"))
PEER = os.environ["PEER"]


class Person(FastHttpUser):
    """One of the accounts, with its session. A page is asked for whole each time, as by a browser that kept nothing."""

    wait_time = between(5, 15)

    def on_start(self) -> None:
        """Takes the next account."""
        me = PEOPLE.pop()
        self.role, self.own = me["role"], me["own"]
        self.sent = {"Cookie": f"__Host-wangge={me['cookie']}", "Accept-Encoding": "gzip"}

    def floor(self) -> None:
        """The empty page of the other server."""
        self.client.get(PEER + "/", name="empty")

    def open(self, address: str, name: str) -> None:
        """One page; an error unless it is there."""
        self.client.get(address, headers=self.sent, name=name)

    @task(1)
    def look_at_the_map(self) -> None:
        """The responsibility map of all that the account sees; for a leader with the page around it."""
        self.floor()
        if self.role == "leader":
            self.open("/leader", "card")
        self.open("/maps/responsibility", "map")

    @task(1)
    def open_a_card(self) -> None:
        """Who answers, and what is amiss: of an area for leaders and grid officers, of a facility for inspectors."""
        self.floor()
        code = random.choice(self.own)
        page = {"leader": "/leader?", "officer": "/grid?"}.get(self.role)
        self.open(page + urlencode({"area": code}) if page else f"/facilities/{code}", "card")

    @task(1)
    def read_the_table(self) -> None:
        """The facilities of the own areas."""
        self.floor()
        self.open("/facilities", "table")
