from collections.abc import Callable
from decimal import Decimal

import pulumi_aws as aws

from playbooks.plan.cost import cost
from playbooks.plan.digest import idle
from playbooks.plan.evaluate import record
from playbooks.plan.plan import Cost
from playbooks.plan.prices import CommittedPrices

Disk = aws.ec2.LaunchTemplateBlockDeviceMappingArgsDict


def priced(program: Callable[[], object], region: str = "us-east-1", limit: Decimal | None = None) -> Cost:
    """What a program's resources cost by the committed tables."""
    return cost(record(program, "test", {"aws:region": region}), region, CommittedPrices(), limit)


def nodes(market: str | None = None, disk_gb: int | None = None) -> Callable[[], object]:
    """A program of two instances from a launch template."""
    disk: list[Disk] = [{"device_name": "/dev/sda1", "ebs": {"volume_size": disk_gb, "volume_type": "gp3"}}]

    def program() -> None:
        its = aws.ec2.LaunchTemplate(
            "t",
            instance_type="p5.48xlarge",
            instance_market_options={"market_type": market} if market else None,
            block_device_mappings=disk if disk_gb else None,
        )
        for index in range(2):
            aws.ec2.Instance(f"n-{index}", launch_template={"id": its.id, "version": "1"})

    return program


def test_instances_cost_what_their_template_says() -> None:
    """Type, market and region; a month has 730 hours."""
    found = priced(nodes())

    assert [line.item for line in found.lines] == ["p5.48xlarge, on-demand"] * 2
    assert found.usd_an_hour == 2 * Decimal("55.04")
    assert found.usd_a_month == 730 * 2 * Decimal("55.04")


def test_a_capacity_block_has_a_price_of_its_own() -> None:
    """With its date, for it is old."""
    found = priced(nodes("capacity-block"))
    price = found.lines[0].price

    assert price is not None
    assert (price.usd, price.date) == (Decimal("39.328"), "2025-01-01")
    assert "used or not" in found.lines[0].note


def test_what_is_not_known_is_told_and_never_counted_as_nothing() -> None:
    """The sum is of what is known."""
    found = priced(nodes("spot"))

    assert found.usd_an_hour == 0
    assert len(found.unknown) == 2
    assert "not known" in found.unknown[0].note


def test_an_instances_price_is_not_taken_from_another_region() -> None:
    """They differ by half."""
    assert [line.price for line in priced(nodes(), "sa-east-1").lines] == [None, None]


def test_what_costs_little_falls_back_to_a_stated_region() -> None:
    """And says so."""
    found = priced(lambda: aws.ec2.NatGateway("nat", subnet_id="subnet-1", allocation_id="eipalloc-1"), "sa-east-1")

    assert found.usd_an_hour == Decimal("0.045")
    assert "us-east-1's price" in found.lines[0].note


def test_volumes_cost_by_the_month_and_by_the_node() -> None:
    """200 GB on each of two nodes."""
    lines = [line for line in priced(nodes(disk_gb=200)).lines if "gp3" in line.item]

    assert [round(line.usd_an_hour or 0, 4) for line in lines] == [round(200 * Decimal("0.08") / 730, 4)] * 2


def test_an_interface_endpoint_costs_in_every_zone() -> None:
    """A gateway endpoint costs nothing."""

    def program() -> None:
        aws.ec2.VpcEndpoint(
            "logs", vpc_id="vpc-1", service_name="x.logs", vpc_endpoint_type="Interface", subnet_ids=["s-1", "s-2"]
        )
        aws.ec2.VpcEndpoint("s3", vpc_id="vpc-1", service_name="x.s3", vpc_endpoint_type="Gateway")

    assert [(line.resource, line.usd_an_hour) for line in priced(program).lines] == [("logs", Decimal("0.02"))]


def test_lustre_costs_by_its_throughput() -> None:
    """1,200 GiB at 250 MB/s/TiB."""

    def program() -> None:
        aws.fsx.LustreFileSystem(
            "fs",
            subnet_ids="s-1",
            deployment_type="PERSISTENT_2",
            per_unit_storage_throughput=250,
            storage_capacity=1200,
        )

    assert round(priced(program).usd_a_month, 6) == Decimal(1200) * Decimal("0.21")


def test_a_budget_that_is_exceeded_is_told() -> None:
    """By what is known alone."""
    assert priced(nodes(), limit=Decimal(80_000)).over_budget
    assert not priced(nodes(), limit=Decimal(81_000)).over_budget
    assert not priced(nodes()).over_budget


def test_what_idle_costs_is_told_each_once() -> None:
    """A GPU that waits and a volume left behind; two nodes are no two lines."""
    assert idle(priced(nodes(disk_gb=200))) == [
        "each H100 of p5.48xlarge that waits: $6.88 an hour",
        "a volume left of a node, 200 GB gp3: $16.00 a month",
    ]
    nat = priced(lambda: aws.ec2.NatGateway("nat", subnet_id="subnet-1", allocation_id="eipalloc-1"))
    assert idle(nat) == ["a NAT gateway, used or not: $32.85 a month"]
