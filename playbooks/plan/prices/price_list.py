"""AWS's own price list, as the Price List API answers: prices of today, by region."""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from playbooks.plan.answers import Unanswered
from playbooks.plan.plan import Price
from playbooks.plan.prices import Quote

HOME = "us-east-1"  # the API answers in few regions, for all of them (AWS Billing user guide, Price List Query API)
PREFIX = (
    r"(?:[A-Za-z0-9-]+-)?"  # a usage type begins with a short name of its region; in us-east-1 it may begin with none
)

Question = Callable[[Any], list[str]]
Ask = Callable[[Question], list[str] | Unanswered]


class Query(NamedTuple):
    """How items are found: by their name, in which service, by attributes of the product, and by its usage type.

    An attribute may name a part of the item's name, such as `{type}`. `unit` is that of the price.
    """

    item: str
    service: str
    attributes: Mapping[str, str]
    usage_type: str
    unit: str


LINUX = {"operatingSystem": "Linux", "tenancy": "Shared", "preInstalledSw": "NA", "capacitystatus": "Used"}
LUSTRE = {"fileSystemType": "Lustre", "storageType": "SSD"}
# Attributes and usage types as the list has them. It has no price of spot instances and Capacity Blocks. Of Lustre it
# tells throughputs, and only those of PERSISTENT_2 are of one kind of file system alone.
QUERIES = (
    Query(r"on-demand/(?P<type>.+)", "AmazonEC2", {"instanceType": "{type}", **LINUX}, r"BoxUsage:.*", "hour"),
    Query(r"volume-gp3", "AmazonEC2", {"volumeApiName": "gp3"}, r"EBS:VolumeUsage\.gp3", "GB-month"),
    Query(r"nat-gateway", "AmazonEC2", {"productFamily": "NAT Gateway"}, r"NatGateway-Hours", "hour"),
    Query(r"interface-endpoint", "AmazonVPC", {"productFamily": "VpcEndpoint"}, r"VpcEndpoint-Hours", "hour"),
    Query(r"public-address", "AmazonVPC", {"group": "VPCPublicIPv4Address"}, r"PublicIPv4:InUseAddress", "hour"),
    Query(r"eks-cluster", "AmazonEKS", {}, r"AmazonEKS-Hours:perCluster", "hour"),
    Query(r"kms-key", "awskms", {}, r"KMS-Keys", "month"),
    Query(
        r"lustre/persistent-2-(?P<mb>\d+)",
        "AmazonFSx",
        {"throughputCapacity": "{mb}", **LUSTRE},
        r"Storage.*",
        "GB-month",
    ),
)


class PriceList:
    """Prices out of AWS's list; each is asked for once.

    An item that is not in the list, or stands there with several prices, is not known; nothing else is asked instead.
    """

    def __init__(self, ask: Ask) -> None:
        self._ask, self._known = ask, dict[tuple[str, str], Quote | None]()

    def quote(self, item: str, region: str) -> Quote | None:
        """The price of an item in a region; as `Prices` has it."""
        if (item, region) not in self._known:
            self._known[item, region] = self._quote(item, region)
        return self._known[item, region]

    def _quote(self, item: str, region: str) -> Quote | None:
        for query in QUERIES:
            if named := re.fullmatch(query.item, item):
                return self._found(query, filters(query, named, region))
        return Quote(None, "AWS's price list has no price of it")

    def _found(self, query: Query, its: Sequence[Mapping[str, str]]) -> Quote | None:
        found = self._ask(lambda client: products(client, query.service, its))
        if isinstance(found, Unanswered):
            return Quote(None, found.reason)
        meant = [product for product in map(json.loads, found) if _is(product, query)]
        by_usd = {price.usd: price for product in meant for price in _prices(product, query)}
        if len(by_usd) > 1:
            return Quote(None, f"AWS's price list has {len(by_usd)} prices that may be meant")
        return Quote(next(iter(by_usd.values())), "") if by_usd else None


def filters(query: Query, named: re.Match[str], region: str) -> list[Mapping[str, str]]:
    """What the API is to look for."""
    wanted = {**query.attributes, "regionCode": region}
    parts = named.groupdict()
    return [{"Type": "TERM_MATCH", "Field": field, "Value": value.format(**parts)} for field, value in wanted.items()]


def products(client: Any, service: str, its: Sequence[Mapping[str, str]]) -> list[str]:  # noqa: ANN401 - a boto3 client
    """The products of a service that have these attributes, each a JSON document."""
    pages = client.get_paginator("get_products").paginate(ServiceCode=service, Filters=its)
    return [product for page in pages for product in page["PriceList"]]


def _is(product: Mapping[str, Any], query: Query) -> bool:
    return re.fullmatch(PREFIX + query.usage_type, product["product"]["attributes"]["usagetype"]) is not None


def _prices(product: Mapping[str, Any], query: Query) -> Iterator[Price]:
    """What the first unit costs on demand."""
    for term in product["terms"].get("OnDemand", {}).values():
        for dimension in term["priceDimensions"].values():
            usd = Decimal(dimension["pricePerUnit"].get("USD", "0"))
            if usd and dimension["beginRange"] == "0":
                source = f"AWS price list, {query.service}, SKU {product['product']['sku']}"
                yield Price(usd, query.unit, source, product["publicationDate"][:10])
