"""What the engine's and AWS's errors mean to the person who ran the command, and the way on or back from each."""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from playbooks.engine.operation import Operation, is_resource
from playbooks.plan.digest import short_type

RUNBOOK = "docs/runbook.md"


class Fault(NamedTuple):
    """An error that somebody has met before.

    Attributes:
        pattern: found in what was said.
        meaning: what it means.
        remedy: what to do.
        section: where the runbook says more.
    """

    pattern: str
    meaning: str
    remedy: str
    section: str

    def __str__(self) -> str:
        """The fault in words."""
        return f"{self.meaning}. {self.remedy} ({RUNBOOK}#{self.section})"


# The first that is found is told; AWS's codes are those of EC2's "Error codes" and of each service's API reference.
FAULTS = (
    Fault(
        r"passphrase must be set|incorrect passphrase|unable to find either `PULUMI_CONFIG_PASSPHRASE`",
        "The state's secrets can't be read",
        "Set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE to the passphrase of this stack, or use a KMS"
        " key as `aidc bootstrap` makes it.",
        "no-state",
    ),
    Fault(
        r"PULUMI_ACCESS_TOKEN must be set|not logged in|no backend",
        "Pulumi does not know where the state lies",
        "Choose the backend with `pulumi login` or PULUMI_BACKEND_URL, such as the bucket that `aidc bootstrap` makes.",
        "no-state",
    ),
    Fault(
        r"snapshot integrity|deserializ|unexpected end of JSON|invalid character|unmarshal|failed to load checkpoint",
        "The state is damaged",
        "Nothing in AWS is touched by that. Put an older version of it back.",
        "damaged-state",
    ),
    Fault(
        r"ExpiredToken|RequestExpired|token.{0,40}expired|expired.{0,40}token|TokenRefreshRequired",
        "The credentials expired meanwhile",
        "Log in again (`aws sso login`), then run `aidc up` again: it finds what was made and was not written down.",
        "state-not-saved",
    ),
    Fault(
        r"InsufficientInstanceCapacity|InsufficientCapacity|InsufficientHostCapacity|InsufficientReservedInstance"
        r"|ReservationCapacityExceeded|MaxSpotInstanceCountExceeded|SpotMaxPriceTooLow|Unsupported.{0,80}Availability",
        "AWS has not enough machines of this type in this zone, or the reservation is full",
        "What was made stays and costs money. On: run `aidc up` again later, or change the zone, the type or the"
        " purchase. Back: lower `nodes` to what was made, or take it down.",
        "insufficient-capacity",
    ),
    Fault(
        r"VcpuLimitExceeded|InstanceLimitExceeded|LimitExceeded|ServiceQuotaExceeded|AddressLimitExceeded",
        "A quota of the account is used up",
        "Ask for more in Service Quotas, then run `aidc up` again: it goes on from here.",
        "failed-create",
    ),
    Fault(
        r"marked for protection|because it is protected",
        "What holds data is protected, and the change would delete it",
        "Take the change back, or lift the protection of that one resource.",
        "unprotect",
    ),
    Fault(
        r"DependencyViolation|has dependencies and cannot be deleted|resource .{0,80} has a dependent object",
        "Something that was not declared here still uses it",
        "`aidc down` lists and removes network interfaces that were left behind; the rest is to be removed by hand.",
        "left-over-interfaces",
    ),
    Fault(
        r"BucketNotEmpty",
        "The bucket still holds objects, or old versions of them",
        "Empty it, then run this again.",
        "unprotect",
    ),
    Fault(
        r"deletion.?protection|disableApi(Termination|Stop)",
        "AWS itself protects this against deletion, as the settings asked for",
        "Switch that off for this one, then run this again.",
        "unprotect",
    ),
    Fault(
        r"UnauthorizedOperation|AccessDenied",
        "The credentials may not do this",
        "`aws sts get-caller-identity` says whose they are.",
        "failed-create",
    ),
    Fault(
        r"timeout while waiting|timed out|context deadline exceeded|exceeded.{0,40}deadline",
        "AWS took longer than the engine waits",
        "It may end well by itself: wait for it in the console, then run `aidc up` again, which goes on from there.",
        "timeout",
    ),
    Fault(
        r"could not (find|load) plugin|no resource plugin|plugin .{0,60} not found|failed to (load|install) plugin",
        "A provider's plugin is missing and could not be fetched",
        "`pulumi plugin install resource aws` fetches it; without a way to the internet put it on PATH.",
        "no-state",
    ),
    Fault(
        r"failed to save|saving (the )?(snapshot|checkpoint|state)|writing checkpoint|could not (write|list)|\.pulumi/",
        "The state could not be read or written",
        "What was made meanwhile exists all the same. See that the backend can be reached, then run `aidc up` again: it"
        " finds what was made and was not written down.",
        "state-not-saved",
    ),
)


def known(said: Iterable[str]) -> Fault | None:
    """The fault that the words tell of, the first in FAULTS; None where nobody has met it before."""
    text = "\n".join(said)
    return next((fault for fault in FAULTS if re.search(fault.pattern, text, re.IGNORECASE | re.DOTALL)), None)


def told(operation: Operation, said: str) -> Iterator[str]:
    """What could not be done, why, and what to do where somebody has met that before."""
    failed = {urn: step for urn, step in operation.failed.items() if is_resource(step)}
    for urn, step in failed.items():
        yield f"x {step.name} ({short_type(step.type)}): {operation.errors.get(urn, 'no reason was given').strip()}"
    if not failed:
        yield errors(said)
    fault = known([*operation.errors.values(), said])
    if fault:
        yield str(fault)


def errors(output: str) -> str:
    """The lines of an output of the engine's that tell an error, without what it repeats."""
    lines = dict.fromkeys(line.strip() for line in output.splitlines())
    told = [line for line in lines if "error:" in line or line.startswith("error")]
    return "\n".join(told) or output.strip()[-2000:]
