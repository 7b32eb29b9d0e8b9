"""A page of rows, and how many there are in all."""

from dataclasses import dataclass
from typing import Generic, TypeVar

import pandas as pd

Frame = TypeVar("Frame", bound=pd.DataFrame)


@dataclass(frozen=True)
class Page(Generic[Frame]):
    """Rows `offset` .. `offset + limit` of `total`, in the order of their code."""

    frame: Frame
    total: int
    limit: int
    offset: int
