"""Plans to show and to hold against each other."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from playbooks.plan.graph import Graph, Resource
from playbooks.plan.plan import Cost, CostLine, Fit, Fits, Plan, Price
from policies.rule import Level
from policies.verdicts import Ruling, Verdict

TODAY = date(2026, 11, 22)
COMPONENT = "ai-datacenter:components:Network"
VPC = "aws:ec2/vpc:Vpc"
NETWORK_URN, VPC_URN = f"urn:pulumi:dev::p::{COMPONENT}::dev", f"urn:pulumi:dev::p::{COMPONENT}${VPC}::dev-vpc"
HOURLY = Price(Decimal("0.045"), "hour", "a table", "2026-11-22")


def resource(kind: str, name: str, urn: str, parent: str = "", **properties: object) -> Resource:
    """A resource with these properties."""
    return Resource(kind, name, urn, properties, parent, (), {}, protect=False, ignore_changes=(), custom=bool(parent))


NETWORK = resource(COMPONENT, "dev", NETWORK_URN)
PLAN = Plan(
    "dev",
    Graph((NETWORK, resource(VPC, "dev-vpc", VPC_URN, NETWORK_URN, cidrBlock="10.1.0.0/16", tags={"owner": "us"}))),
    (Fit("free addresses", "10.1.0.0/19", 3, 8187, "addresses", Fits.YES, "2 nodes and 1 endpoint"),),
    Cost((CostLine("dev", "dev-nat", "NAT gateway", Decimal(1), HOURLY),)),
    (Ruling("default-sg-closed", Level.MANDATORY, "dev-default", "urn:default", Verdict.PASS),),
)


def ruled(verdict: Verdict, level: Level = Level.MANDATORY, message: str = "it is open") -> Plan:
    """The plan with another word on its one rule."""
    return replace(PLAN, rulings=(replace(PLAN.rulings[0], verdict=verdict, level=level, message=message),))


def with_vpc(**properties: object) -> Plan:
    """The plan with another VPC."""
    return replace(PLAN, graph=Graph((NETWORK, resource(VPC, "dev-vpc", VPC_URN, NETWORK_URN, **properties))))
