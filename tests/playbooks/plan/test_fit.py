from pathlib import Path

from playbooks.plan.evaluate import evaluate
from playbooks.plan.fit import fit
from playbooks.plan.plan import Fit, Fits
from stacks.environment import load

PROJECT = Path(__file__).parents[3]


def fits(name: str) -> tuple[Fit, ...]:
    """What fits of an environment."""
    environment = load(PROJECT, name)
    return fit(evaluate(environment), environment.settings)


def test_what_no_account_was_asked_is_not_evaluated() -> None:
    """Subnets are the plan's own, and ceilings the catalogue's."""
    found = fits("staging")

    assert {each.fits for each in found if each.what == "free addresses"} == {Fits.YES}
    asked = [each for each in found if each.what in ("vCPU quota", "type offered", "reservation")]
    assert {each.fits for each in asked} == {Fits.NOT_EVALUATED}
    assert all("--live" in each.reason for each in asked)


def test_a_sandbox_has_addresses_and_no_machines() -> None:
    """There is no account that could have a quota, and no network card."""
    assert {each.what for each in fits("sandbox")} == {"free addresses"}
