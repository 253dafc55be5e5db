from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import EndpointConnectionError
from botocore.stub import Stubber

from playbooks.account import Client, Clients
from playbooks.errors import AccountError, NotHereError
from playbooks.plan.answers import Answers, Reservation, Unanswered
from playbooks.plan.live import answered, ask, live
from playbooks.plan.places import Subnet
from stacks.environment import load
from tests.playbooks.plan.fleets import SUBNET, fleet

PROJECT = Path(__file__).parents[3]
START, END = datetime(2026, 12, 1, 11, 30, tzinfo=UTC), datetime(2026, 12, 15, 11, 30, tzinfo=UTC)
BY_ID = Subnet("s", "use1-az4", SUBNET.network)
RESERVED = fleet(purchase="capacity-block")
BLOCK: dict[str, Any] = {
    "CapacityReservationId": "cr-0123456789abcdef0",
    "InstanceType": "p5.48xlarge",
    "AvailabilityZone": "us-east-1a",
    "AvailabilityZoneId": "use1-az4",
    "TotalInstanceCount": 2,
    "State": "active",
    "StartDate": START,
    "EndDate": END,
    "ReservationType": "capacity-block",
}


class Stubs:
    """Clients that answer what they are told, in order, and take nothing else."""

    def __init__(self) -> None:
        session = boto3.Session("testing", "testing", region_name="us-east-1")
        self._client: Callable[..., Client] = session.client  # its stubs know services by literal names only
        self._clients: dict[str, Client] = {}
        self._stubbers: dict[str, Stubber] = {}

    def __call__(self, service: str) -> Client:
        """The client of a service."""
        if service not in self._clients:
            self._clients[service] = self._client(service)
            self._stubbers[service] = Stubber(self._clients[service])
            self._stubbers[service].activate()
        return self._clients[service]

    def answers(self, service: str, operation: str, answer: dict[str, Any], asked: dict[str, Any]) -> None:
        """What a service answers to its next call."""
        self(service)
        self._stubbers[service].add_response(operation, answer, asked)

    def refuses(self, service: str, operation: str, code: str) -> None:
        """The error that a service answers its next call with."""
        self(service)
        self._stubbers[service].add_client_error(operation, code, "no")

    @contextmanager
    def all_asked(self) -> Iterator[None]:
        """Nothing that was told to be answered is left."""
        yield
        for stubber in self._stubbers.values():
            stubber.assert_no_pending_responses()


@pytest.fixture
def stubs() -> Iterator[Stubs]:
    """Clients that must be asked everything they are told to answer."""
    found = Stubs()
    with found.all_asked():
        yield found


def quotas(stubs: Stubs) -> None:
    """Two defaults, of which one was raised."""
    defaults = [{"QuotaCode": "L-417A185B", "Value": 0.0}, {"QuotaCode": "L-DB2E81BA", "Value": 64.0}]
    stubs.answers("service-quotas", "list_aws_default_service_quotas", {"Quotas": defaults}, {"ServiceCode": "ec2"})
    raised = {"Quotas": [{"QuotaCode": "L-417A185B", "Value": 384.0}]}
    stubs.answers("service-quotas", "list_service_quotas", raised, {"ServiceCode": "ec2"})


def offerings(stubs: Stubs, location: str = "availability-zone", zone: str = "us-east-1a") -> None:
    """One zone."""
    answer = {"InstanceTypeOfferings": [{"InstanceType": "p5.48xlarge", "LocationType": location, "Location": zone}]}
    asked = {"LocationType": location, "Filters": [{"Name": "instance-type", "Values": ["p5.48xlarge"]}]}
    stubs.answers("ec2", "describe_instance_type_offerings", answer, asked)


def test_quotas_that_were_never_changed_have_their_defaults(stubs: Stubs) -> None:
    """The list of the account's own has only those that were."""
    quotas(stubs)
    offerings(stubs)

    found = ask(stubs, [fleet()])

    assert found == Answers({"L-417A185B": 384.0, "L-DB2E81BA": 64.0}, {"p5.48xlarge": frozenset({"us-east-1a"})}, {})


def test_every_page_is_read(stubs: Stubs) -> None:
    """Accounts have hundreds of quotas."""
    for operation in ("list_aws_default_service_quotas", "list_service_quotas"):
        first = {"Quotas": [{"QuotaCode": "L-1", "Value": 1.0}], "NextToken": "more"}
        stubs.answers("service-quotas", operation, first, {"ServiceCode": "ec2"})
        last = {"Quotas": [{"QuotaCode": "L-2", "Value": 2.0}]}
        stubs.answers("service-quotas", operation, last, {"ServiceCode": "ec2", "NextToken": "more"})

    assert ask(stubs, []).quotas == {"L-1": 1.0, "L-2": 2.0}


def test_zones_told_by_id_are_asked_by_id(stubs: Stubs) -> None:
    """A name is another place in another account."""
    quotas(stubs)
    offerings(stubs, "availability-zone-id", "use1-az4")

    assert ask(stubs, [fleet(subnets=(BY_ID,))]).offerings == {"p5.48xlarge": frozenset({"use1-az4"})}


def test_a_reservation_is_told_whole(stubs: Stubs) -> None:
    """Type, zone, count, window and state, from whichever page."""
    quotas(stubs)
    offerings(stubs)
    other = {**BLOCK, "CapacityReservationId": "cr-1", "ReservationType": "default"}
    stubs.answers("ec2", "describe_capacity_reservations", {"CapacityReservations": [other], "NextToken": "more"}, {})
    stubs.answers("ec2", "describe_capacity_reservations", {"CapacityReservations": [BLOCK]}, {"NextToken": "more"})

    found = ask(stubs, [RESERVED]).reservations

    assert not isinstance(found, Unanswered)
    assert found["cr-0123456789abcdef0"] == Reservation(
        "p5.48xlarge", "us-east-1a", "use1-az4", 2, "active", START, END, block=True
    )
    assert not found["cr-1"].block


def test_what_may_not_be_asked_names_the_permission(stubs: Stubs) -> None:
    """Each apart: what may be asked is answered all the same."""
    stubs.refuses("service-quotas", "list_aws_default_service_quotas", "AccessDeniedException")
    stubs.refuses("ec2", "describe_instance_type_offerings", "UnauthorizedOperation")
    stubs.answers("ec2", "describe_capacity_reservations", {"CapacityReservations": [BLOCK]}, {})

    found = ask(stubs, [RESERVED])

    assert found.quotas == Unanswered("these credentials lack the permission servicequotas:ListAWSDefaultServiceQuotas")
    assert found.offerings == Unanswered("these credentials lack the permission ec2:DescribeInstanceTypeOfferings")
    assert not isinstance(found.reservations, Unanswered)


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("ThrottlingException", "ec2 is asked too often (DescribeCapacityReservations: ThrottlingException); run it"),
        ("OptInRequired", "ec2 refuses DescribeCapacityReservations (OptInRequired: no)"),
    ],
)
def test_a_refusal_is_told_and_is_no_crash(stubs: Stubs, code: str, why: str) -> None:
    """boto3 has tried again by then, where that helps."""
    quotas(stubs)
    offerings(stubs)
    stubs.refuses("ec2", "describe_capacity_reservations", code)

    found = ask(stubs, [RESERVED]).reservations

    assert isinstance(found, Unanswered)
    assert found.reason.startswith(why)


def test_a_service_that_is_out_of_reach_is_told() -> None:
    """Some regions lack some services."""

    def question() -> None:
        raise EndpointConnectionError(endpoint_url="https://servicequotas.example")

    found = answered("service-quotas", question)

    assert isinstance(found, Unanswered)
    assert found.reason.startswith("service-quotas can't be asked: Could not connect")


def test_credentials_that_expire_meanwhile_end_it(stubs: Stubs) -> None:
    """Nothing that follows could be answered."""
    stubs.refuses("service-quotas", "list_aws_default_service_quotas", "ExpiredTokenException")

    with pytest.raises(AccountError, match="credentials have expired .* sign in again"):
        ask(stubs, [fleet()])


def staging(stubs: Stubs) -> Callable[[str], Clients]:
    """Clients by region, of which there is one set."""
    return lambda _region: stubs


def test_credentials_of_another_account_are_refused(stubs: Stubs) -> None:
    """Before anything is asked, and saying whose they are."""
    stubs.answers(
        "sts", "get_caller_identity", {"Account": "999999999999", "Arn": "arn:aws:iam::999999999999:user/me"}, {}
    )

    with pytest.raises(AccountError, match="of account 999999999999 .* belongs into 222222222222"):
        live(load(PROJECT, "staging"), staging(stubs))


def test_expired_credentials_are_refused(stubs: Stubs) -> None:
    """At once."""
    stubs.refuses("sts", "get_caller_identity", "ExpiredToken")

    with pytest.raises(AccountError, match="have expired"):
        live(load(PROJECT, "staging"), staging(stubs))


def test_the_account_of_the_environment_is_asked(stubs: Stubs) -> None:
    """For its room and for AWS's prices."""
    stubs.answers(
        "sts", "get_caller_identity", {"Account": "222222222222", "Arn": "arn:aws:iam::222222222222:user/me"}, {}
    )
    quotas(stubs)
    offerings(stubs)
    found = live(load(PROJECT, "staging"), staging(stubs))
    stubs.refuses("pricing", "get_products", "AccessDeniedException")

    assert found.ask([fleet()]).reservations == {}
    quote = found.prices.quote("nat-gateway", "us-east-1")
    assert quote is not None
    assert (quote.price, quote.note) == (None, "these credentials lack the permission pricing:GetProducts")


def test_a_sandbox_has_no_account_to_ask() -> None:
    """It says so rather than asking somebody's."""
    with pytest.raises(NotHereError, match="sandbox has no account that could be asked"):
        live(load(PROJECT, "sandbox"))


def test_an_environment_without_an_account_is_not_asked() -> None:
    """Whatever the reason."""
    environment = load(PROJECT, "staging")
    nobodys = replace(environment, settings=environment.settings.model_copy(update={"accounts": None}))

    with pytest.raises(NotHereError, match="staging has no account"):
        live(nobodys)
