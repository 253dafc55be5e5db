import json
from decimal import Decimal
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from playbooks.plan.answers import Unanswered
from playbooks.plan.plan import Price
from playbooks.plan.prices import Quote
from playbooks.plan.prices.price_list import PriceList


def product(usage_type: str, usd: str, sku: str = "SKU1", begin: str = "0") -> str:
    """A product as the API has it: a JSON document in a text."""
    dimension = {"unit": "Hrs", "beginRange": begin, "endRange": "Inf", "pricePerUnit": {"USD": usd}}
    return json.dumps(
        {
            "product": {"sku": sku, "attributes": {"usagetype": usage_type}},
            "serviceCode": "AmazonEC2",
            "terms": {"OnDemand": {f"{sku}.T": {"priceDimensions": {f"{sku}.T.D": dimension}}}},
            "publicationDate": "2026-11-20T22:13:01Z",
        }
    )


def listing(*products: str) -> PriceList:
    """A list that has these products, whatever it is asked."""
    return PriceList(lambda _question: list(products))


def priced(prices: PriceList, item: str, region: str = "us-east-2") -> Decimal | None:
    """US dollars of an item."""
    quote = prices.quote(item, region)
    return quote.price.usd if quote and quote.price else None


def test_the_list_is_asked_by_region_and_attributes() -> None:
    """The whole of it, page by page, through the real client."""
    client = boto3.Session("testing", "testing", region_name="us-east-1").client("pricing")
    wanted = {
        "instanceType": "p5.48xlarge",
        "operatingSystem": "Linux",
        "tenancy": "Shared",
        "preInstalledSw": "NA",
        "capacitystatus": "Used",
        "regionCode": "us-east-2",
    }
    asked: dict[str, Any] = {
        "ServiceCode": "AmazonEC2",
        "Filters": [{"Type": "TERM_MATCH", "Field": key, "Value": value} for key, value in wanted.items()],
    }
    with Stubber(client) as stub:
        other = product("USE2-DedicatedUsage:p5.48xlarge", "60")
        stub.add_response("get_products", {"PriceList": [other], "NextToken": "more"}, asked)
        boxes = product("USE2-BoxUsage:p5.48xlarge", "55.0400000000", "ABC")
        stub.add_response("get_products", {"PriceList": [boxes]}, {**asked, "NextToken": "more"})
        found = PriceList(lambda question: question(client)).quote("on-demand/p5.48xlarge", "us-east-2")

    assert found == Quote(Price(Decimal("55.04"), "hour", "AWS price list, AmazonEC2, SKU ABC", "2026-11-20"), "")


@pytest.mark.parametrize(
    ("item", "usage_type"),
    [
        ("nat-gateway", "USE2-NatGateway-Hours"),
        ("nat-gateway", "NatGateway-Hours"),
        ("interface-endpoint", "USE2-VpcEndpoint-Hours"),
        ("public-address", "USE2-PublicIPv4:InUseAddress"),
        ("eks-cluster", "USE2-AmazonEKS-Hours:perCluster"),
        ("kms-key", "us-east-2-KMS-Keys"),
        ("volume-gp3", "USE2-EBS:VolumeUsage.gp3"),
        ("lustre/persistent-2-250", "USE2-Storage.SSD.250"),
    ],
)
def test_items_are_found_by_their_usage_type(item: str, usage_type: str) -> None:
    """It begins with a short name of the region, or with none."""
    assert priced(listing(product(usage_type, "0.045")), item) == Decimal("0.045")


@pytest.mark.parametrize("usage_type", ["USE2-RegionalNatGateway-Hours", "USE2-NatGateway-Bytes"])
def test_what_is_like_it_is_not_it(usage_type: str) -> None:
    """A gateway is billed by the hour and by the GB."""
    assert listing(product(usage_type, "0.045")).quote("nat-gateway", "us-east-2") is None


def test_of_several_prices_none_is_taken() -> None:
    """Rather none than the wrong one; a product that stands there twice at one price is no riddle."""
    hours = "USE2-NatGateway-Hours"
    riddle = listing(product(hours, "0.045"), product(hours, "0.09", "SKU2"))
    quote = riddle.quote("nat-gateway", "us-east-2")

    assert quote == Quote(None, "AWS's price list has 2 prices that may be meant")
    assert priced(listing(product(hours, "0.045"), product(hours, "0.045", "SKU2")), "nat-gateway") == Decimal("0.045")


def test_the_first_unit_counts() -> None:
    """Later ones may be cheaper."""
    keys = "us-east-2-KMS-Keys"

    assert priced(listing(product(keys, "1"), product(keys, "0.5", begin="10000")), "kms-key") == Decimal(1)


@pytest.mark.parametrize("item", ["spot/p5.48xlarge", "capacity-block/p5.48xlarge", "lustre/scratch-2-200"])
def test_what_the_list_does_not_tell_is_not_known(item: str) -> None:
    """It isn't even asked."""
    prices = PriceList(lambda _question: pytest.fail("asked"))

    assert prices.quote(item, "us-east-2") == Quote(None, "AWS's price list has no price of it")


def test_each_item_is_asked_for_once() -> None:
    """Sixteen nodes have one price."""
    asked: list[str] = []

    def ask(_question: object) -> list[str]:
        asked.append("once")
        return [product("NatGateway-Hours", "0.045")]

    prices = PriceList(ask)

    assert [priced(prices, "nat-gateway") for _ in range(3)] == [Decimal("0.045")] * 3
    assert asked == ["once"]


def test_why_there_is_no_answer_is_the_note() -> None:
    """It stands beside the item that has no price."""
    prices = PriceList(lambda _question: Unanswered("these credentials lack the permission pricing:GetProducts"))

    assert prices.quote("kms-key", "us-east-2") == Quote(
        None, "these credentials lack the permission pricing:GetProducts"
    )
