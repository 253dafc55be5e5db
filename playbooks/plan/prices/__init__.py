"""What things cost: the tables of this folder, or, with credentials, AWS's own price list."""

import csv
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import NamedTuple, Protocol

from playbooks.plan.plan import Price

HERE = Path(__file__).parent
NOT_STATED = ""  # the region of a price whose source names none


class Quote(NamedTuple):
    """A price, and what there is to say of it: of which region it is, or why there is none."""

    price: Price | None
    note: str


class Prices(Protocol):
    """Where prices come from."""

    def quote(self, item: str, region: str) -> Quote | None:
        """The price of an item, such as `on-demand/p5.48xlarge` or `nat-gateway`; None where it is not known."""


class CommittedPrices:
    """The tables of this folder: prices.csv, and in sources.csv where and when each was read."""

    def quote(self, item: str, region: str) -> Quote | None:
        """The region's own price, or else one whose region is not stated.

        What costs a few dollars a month falls back to us-east-1's price, and says so. Instances and file systems don't:
        their prices differ by half between regions.
        """
        known = _table().get(item, {})
        if region in known:
            return Quote(known[region], "")
        if NOT_STATED in known:
            return Quote(known[NOT_STATED], "the source names no region")
        if "/" not in item and "us-east-1" in known:
            return Quote(known["us-east-1"], f"us-east-1's price; that of {region} is not known")
        return None


@cache
def _table() -> Mapping[str, Mapping[str, Price]]:
    sources = {row["source"]: row for row in _rows("sources.csv")}
    table: dict[str, dict[str, Price]] = {}
    for row in _rows("prices.csv"):
        source = sources[row["source"]]
        price = Price(Decimal(row["usd"]), row["unit"], source["title"], source["date"])
        table.setdefault(row["item"], {})[row["region"]] = price
    return table


def _rows(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
