"""The answer to `aidc plan`: what would exist, whether it fits, what it costs, which rules it breaks, what changed."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from playbooks.plan.graph import Graph
from policies.rule import Level
from policies.verdicts import Ruling, Verdict

HOURS_A_MONTH = 730  # as AWS's own calculator and price pages count


class Fits(StrEnum):
    """Whether something fits."""

    YES = "fits"
    NO = "does not fit"
    NOT_EVALUATED = "not evaluated"


@dataclass(frozen=True, slots=True)
class Fit:
    """One thing that must fit, or a ceiling that is good to know.

    Attributes:
        what: such as `free addresses`.
        where: what it is about: a subnet, a quota code, a fleet.
        needed: how much is needed, in `unit`; None where nothing is.
        available: how much there is, in `unit`; None where that is not known.
        unit: such as `addresses`, `vCPUs`, `GB/s`.
        fits: the verdict.
        reason: what the figures are made of, or why they are not known; with the source of a limit.
    """

    what: str
    where: str
    needed: float | None
    available: float | None
    unit: str
    fits: Fits
    reason: str


@dataclass(frozen=True, slots=True)
class Price:
    """What one unit of something costs.

    Attributes:
        usd: US dollars for one unit.
        unit: `hour`, `GB-month`, …
        source: where the price was read.
        date: when, `2026-11-22`.
    """

    usd: Decimal
    unit: str
    source: str
    date: str


@dataclass(frozen=True, slots=True)
class CostLine:
    """What one resource, or a part of it, costs while it does nothing but exist.

    Attributes:
        component: name of the component that it belongs to.
        resource: the resource's name.
        item: what is paid for, such as `p5.48xlarge, on demand`.
        quantity: of the price's unit's thing: instances, GB, zones.
        price: of one; None where it is not known. What is not known is never counted as nothing.
        note: such as why it is not known, or that use comes on top; empty where there is nothing to say.
    """

    component: str
    resource: str
    item: str
    quantity: Decimal
    price: Price | None
    note: str = ""

    @property
    def usd_an_hour(self) -> Decimal | None:
        """US dollars an hour; None where the price is not known."""
        if self.price is None:
            return None
        each = self.price.usd / HOURS_A_MONTH if self.price.unit.endswith("month") else self.price.usd
        return each * self.quantity


@dataclass(frozen=True, slots=True)
class Cost:
    """What the environment costs.

    Attributes:
        lines: by resource.
        monthly_limit_usd: the budget of the settings; None where there is none.
    """

    lines: tuple[CostLine, ...]
    monthly_limit_usd: Decimal | None = None

    @property
    def usd_an_hour(self) -> Decimal:
        """The sum of what is known, US dollars an hour."""
        return sum((line.usd_an_hour or Decimal(0) for line in self.lines), Decimal(0))

    @property
    def usd_a_month(self) -> Decimal:
        """The same for a month of 730 hours."""
        return self.usd_an_hour * HOURS_A_MONTH

    @property
    def unknown(self) -> tuple[CostLine, ...]:
        """What has no known price."""
        return tuple(line for line in self.lines if line.price is None)

    @property
    def over_budget(self) -> bool:
        """Whether what is known exceeds the budget already."""
        return self.monthly_limit_usd is not None and self.usd_a_month > self.monthly_limit_usd


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that a plan says of an environment."""

    environment: str
    graph: Graph
    fit: tuple[Fit, ...]
    cost: Cost
    rulings: tuple[Ruling, ...]

    @property
    def violations(self) -> tuple[Ruling, ...]:
        """The mandatory ones that no waiver covers."""
        return tuple(
            each for each in self.rulings if each.verdict is Verdict.VIOLATION and each.level is Level.MANDATORY
        )

    @property
    def fine(self) -> bool:
        """Whether it fits, stays in its budget and breaks no mandatory rule."""
        return not (self.violations or self.cost.over_budget or any(each.fits is Fits.NO for each in self.fit))
