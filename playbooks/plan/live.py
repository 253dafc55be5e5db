"""Asks the account what it has room for; nothing is changed there."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple, TypeVar

from botocore.exceptions import BotoCoreError, ClientError

from components.network.zones import is_id
from playbooks import account
from playbooks.account import Client, Clients
from playbooks.caller import EXPIRED, SIGN_IN, caller
from playbooks.errors import AccountError, NotHereError
from playbooks.plan.answers import Answers, Reservation, Unanswered
from playbooks.plan.instances import Instances
from playbooks.plan.prices import Prices
from playbooks.plan.prices.price_list import HOME, PriceList
from stacks.environment import Environment

T = TypeVar("T")

DENIED = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation")
THROTTLED = ("Throttling", "ThrottlingException", "RequestLimitExceeded", "TooManyRequestsException")
IAM_PREFIXES = {"service-quotas": "servicequotas"}  # where a service's actions begin otherwise than its client's name


class Live(NamedTuple):
    """What is asked for a plan: the account's room by the instances of the plan, and prices."""

    prices: Prices
    ask: Callable[[Sequence[Instances]], Answers]


def live(environment: Environment, clients_in: Callable[[str], Clients] = account.clients) -> Live:
    """The account of an environment, if the credentials are its own.

    Args:
        environment: whose account is asked.
        clients_in: maker of clients by region.

    Raises:
        NotHereError: there is no account behind it.
        AccountError: no credentials, expired ones, or those of another account.
    """
    settings = environment.settings
    if settings.accounts is None:
        raise NotHereError(f"{environment.name} has no account that could be asked: leave `--live` away")
    clients = clients_in(settings.region)
    caller(clients, settings.accounts)
    pricing = clients_in(HOME)("pricing")
    return Live(PriceList(lambda question: answered("pricing", lambda: question(pricing))), partial(ask, clients))


def ask(clients: Clients, instances: Sequence[Instances]) -> Answers:
    """What the account says of its quotas, and of the types, zones and reservations of some instances.

    Raises:
        AccountError: the credentials have expired meanwhile.
    """
    types = sorted({each.type.name for each in instances})
    by_id = any(is_id(subnet.zone) for each in instances for subnet in each.subnets)
    reserved = any(each.reservation for each in instances)
    return Answers(
        quotas=answered("service-quotas", lambda: _quotas(clients("service-quotas"))),
        offerings=answered("ec2", lambda: _offerings(clients("ec2"), types, by_id=by_id)) if types else {},
        reservations=answered("ec2", lambda: _reservations(clients("ec2"))) if reserved else {},
    )


def answered(service: str, question: Callable[[], T]) -> T | Unanswered:
    """What a service answers, or why it does not.

    Raises:
        AccountError: the credentials have expired.
    """
    try:
        return question()
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in EXPIRED:
            raise AccountError(f"the AWS credentials have expired ({code}): {SIGN_IN}") from None
        return Unanswered(_refused(service, code, error))
    except BotoCoreError as error:
        return Unanswered(f"{service} can't be asked: {error}")


def _refused(service: str, code: str, error: ClientError) -> str:
    operation = error.operation_name
    if code in DENIED:
        return f"these credentials lack the permission {IAM_PREFIXES.get(service, service)}:{operation}"
    if code in THROTTLED:
        return f"{service} is asked too often ({operation}: {code}); run it again in a minute"
    return f"{service} refuses {operation} ({code}: {error.response['Error'].get('Message', '')})"


def _quotas(client: Client) -> dict[str, float]:
    """By code. Those that were never changed are in the list of defaults only."""
    found: dict[str, float] = {}
    for operation in ("list_aws_default_service_quotas", "list_service_quotas"):
        for page in client.get_paginator(operation).paginate(ServiceCode="ec2"):
            found |= {quota["QuotaCode"]: quota["Value"] for quota in page["Quotas"]}
    return found


def _offerings(client: Client, types: Sequence[str], *, by_id: bool) -> dict[str, frozenset[str]]:
    """The zones that offer each type; the settings tell all zones by name, or all by id."""
    pages = client.get_paginator("describe_instance_type_offerings").paginate(
        LocationType="availability-zone-id" if by_id else "availability-zone",
        Filters=[{"Name": "instance-type", "Values": list(types)}],
    )
    offered = [(each["InstanceType"], each["Location"]) for page in pages for each in page["InstanceTypeOfferings"]]
    return {name: frozenset(zone for kind, zone in offered if kind == name) for name in types}


def _reservations(client: Client) -> dict[str, Reservation]:
    """All of the account: asked for by an id that there is not, EC2 would answer with an error."""
    pages = client.get_paginator("describe_capacity_reservations").paginate()
    return {
        each["CapacityReservationId"]: Reservation(
            type=each["InstanceType"],
            zone=each["AvailabilityZone"],
            zone_id=each.get("AvailabilityZoneId", ""),
            instances=each["TotalInstanceCount"],
            state=each["State"],
            start=each.get("StartDate"),
            end=each.get("EndDate"),
            block=each.get("ReservationType") == "capacity-block",
        )
        for page in pages
        for each in page["CapacityReservations"]
    }
