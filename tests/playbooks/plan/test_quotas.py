import pytest

from playbooks.plan.answers import NOT_ASKED, Unanswered
from playbooks.plan.plan import Fits
from playbooks.plan.quotas import quota, quota_fits
from tests.playbooks.plan.fleets import fleet, only

ON_DEMAND_P = "L-417A185B"


@pytest.mark.parametrize(
    ("type_name", "purchase", "code"),
    [
        ("p5.48xlarge", "on-demand", ON_DEMAND_P),
        ("p5.48xlarge", "capacity-reservation", ON_DEMAND_P),
        ("p6-b200.48xlarge", "on-demand", ON_DEMAND_P),
        ("p5en.48xlarge", "spot", "L-C4BD4855"),
        ("p4d.24xlarge", "spot", "L-7212CCBC"),
        ("p5en.48xlarge", "capacity-block", "L-4F9BB70B"),
        ("p5.48xlarge", "capacity-block", "L-DA6814F2"),
        ("g6e.12xlarge", "on-demand", "L-DB2E81BA"),
        ("gr6.4xlarge", "spot", "L-3819A6DF"),
        ("trn2.48xlarge", "on-demand", "L-2C3B7624"),
        ("trn1.32xlarge", "spot", "L-6B0D517C"),
        ("inf2.48xlarge", "on-demand", "L-1945791B"),
        ("m7i.xlarge", "on-demand", "L-1216C47A"),
        ("t3.medium", "spot", "L-34B43A08"),
        ("im4gn.large", "on-demand", "L-1216C47A"),
        ("hpc6a.48xlarge", "on-demand", "L-F7808C92"),
        ("p6-b200.48xlarge", "spot", ""),
        ("p6-b200.48xlarge", "capacity-block", ""),
    ],
)
def test_each_family_and_purchase_has_its_quota(type_name: str, purchase: str, code: str) -> None:
    """As AWS's General Reference has them; what it does not have, has none here."""
    assert quota(fleet(type_name, purchase=purchase)).code == code


@pytest.mark.parametrize(("available", "verdict"), [(384.0, Fits.YES), (383.0, Fits.NO)])
def test_quotas_are_counted_in_vcpus(available: float, verdict: Fits) -> None:
    """Two nodes of 192; a quota that does not suffice says where to ask for more."""
    found = only(quota_fits([fleet(nodes=2)], {ON_DEMAND_P: available}))

    assert (found.needed, found.available, found.fits) == (384, available, verdict)
    assert ("ask for more in Service Quotas, quota L-417A185B" in found.reason) == (verdict is Fits.NO)


def test_fleets_share_a_quota() -> None:
    """And the reason names them all."""
    found = only(quota_fits([fleet(nodes=2), fleet("p5en.48xlarge", nodes=1)], {ON_DEMAND_P: 1000}))

    assert found.needed == 3 * 192
    assert "2 x p5.48xlarge of dev-training (192 vCPUs each), 1 x p5en.48xlarge" in found.reason


@pytest.mark.parametrize(
    ("instances", "known", "why"),
    [
        (fleet(), NOT_ASKED, "`--live` asks the account"),
        (fleet(), Unanswered("these credentials lack the permission servicequotas:ListServiceQuotas"), "lack the"),
        (fleet(), {}, "does not have it"),
        (fleet("p6-b200.48xlarge", purchase="spot"), {ON_DEMAND_P: 9999.0}, "which quota bounds p6-b200, spot"),
    ],
)
def test_what_is_not_known_is_not_evaluated(instances: object, known: object, why: str) -> None:
    """Never fine; what is needed is told all the same."""
    found = only(quota_fits([instances], known))  # type: ignore[list-item, arg-type]  # parametrized

    assert (found.available, found.fits) == (None, Fits.NOT_EVALUATED)
    assert why in found.reason


def test_a_capacity_block_does_not_count_as_on_demand() -> None:
    """It has a quota of its own."""
    found = only(quota_fits([fleet(purchase="capacity-block")], {"L-DA6814F2": 384.0, ON_DEMAND_P: 0.0}))

    assert found.fits is Fits.YES
    assert "on-demand quotas don't apply" in found.reason
