"""How many vCPUs of each quota of the account are needed, and whether it has them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from playbooks.plan.answers import Unanswered
from playbooks.plan.instances import Instances
from playbooks.plan.plan import Fit, Fits

STANDARD, P, G, INF, TRN, DL, F, X = (
    r"(a|c|d|h|i|im|is|m|r|t|z)\d.*",
    r"p\d.*",
    r"(g|gr|vt)\d.*",
    r"inf\d.*",
    r"trn\d.*",
    r"dl\d.*",
    r"f\d.*",
    r"x\d.*",
)


class Quota(NamedTuple):
    """A quota of EC2, in vCPUs: its code, its name, and the families of instance types that it bounds (a pattern)."""

    purchase: str
    families: str
    code: str
    name: str


# AWS General Reference, "Amazon EC2 instance type quotas". There is none for P6 as spot, nor for Capacity Blocks of
# other families, although both are sold.
QUOTAS = (
    Quota("on-demand", STANDARD, "L-1216C47A", "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances"),
    Quota("on-demand", P, "L-417A185B", "Running On-Demand P instances"),
    Quota("on-demand", G, "L-DB2E81BA", "Running On-Demand G and VT instances"),
    Quota("on-demand", INF, "L-1945791B", "Running On-Demand Inf instances"),
    Quota("on-demand", TRN, "L-2C3B7624", "Running On-Demand Trn instances"),
    Quota("on-demand", DL, "L-6E869C2A", "Running On-Demand DL instances"),
    Quota("on-demand", F, "L-74FC7D96", "Running On-Demand F instances"),
    Quota("on-demand", X, "L-7295265B", "Running On-Demand X instances"),
    Quota("on-demand", r"hpc\d.*", "L-F7808C92", "Running On-Demand HPC instances"),
    Quota("on-demand", r"u[-\d].*", "L-43DA4232", "Running On-Demand High Memory instances"),
    Quota("spot", STANDARD, "L-34B43A08", "All Standard (A, C, D, H, I, M, R, T, Z) Spot Instance Requests"),
    Quota("spot", r"p[234].*", "L-7212CCBC", "All P4, P3 and P2 Spot Instance Requests"),
    Quota("spot", r"p5.*", "L-C4BD4855", "All P5 Spot Instance Requests"),
    Quota("spot", G, "L-3819A6DF", "All G and VT Spot Instance Requests"),
    Quota("spot", INF, "L-B5D1601B", "All Inf Spot Instance Requests"),
    Quota("spot", TRN, "L-6B0D517C", "All Trn Spot Instance Requests"),
    Quota("spot", DL, "L-85EED4F7", "All DL Spot Instance Requests"),
    Quota("spot", F, "L-88CF9481", "All F Spot Instance Requests"),
    Quota("spot", X, "L-E3A00192", "All X Spot Instance Requests"),
    Quota("capacity-block", r"p4d", "L-2C8F52B3", "Concurrent P4d Capacity Blocks per account"),
    Quota("capacity-block", r"p5", "L-DA6814F2", "Concurrent P5 Capacity Blocks per account"),
    Quota("capacity-block", r"p5e", "L-C45F30BC", "Concurrent P5e Capacity Blocks per account"),
    Quota("capacity-block", r"p5en", "L-4F9BB70B", "Concurrent P5en Capacity Blocks per account"),
    Quota("capacity-block", r"trn1", "L-2E30FD7D", "Concurrent Trn1 Capacity Blocks per account"),
    Quota("capacity-block", r"trn2", "L-64569A79", "Concurrent Trn2 Capacity Blocks per account"),
)
NOTES = {
    "on-demand": "all other instances of the account's count too, and Capacity Reservations, used or not",
    "spot": "all other spot requests of the account's count too",
    "capacity-block": "a block was counted against its own quota when it was bought; on-demand quotas don't apply",
}


def quota_fits(instances: Sequence[Instances], known: Mapping[str, float] | Unanswered) -> Iterator[Fit]:
    """For each quota that the instances count against whether the account's own suffices."""
    bounded: dict[Quota, list[Instances]] = {}
    for each in instances:
        bounded.setdefault(quota(each), []).append(each)
    for each_quota, own in bounded.items():
        yield _fit(each_quota, own, known)


def quota(instances: Instances) -> Quota:
    """The quota that instances count against; one without a code where none is known."""
    family = instances.type.name.partition(".")[0]
    bought = "on-demand" if instances.purchase == "capacity-reservation" else instances.purchase
    found = (each for each in QUOTAS if each.purchase == bought and re.fullmatch(each.families, family))
    return next(found, Quota(bought, re.escape(family), "", f"{family}, {bought}"))


def _fit(quota: Quota, instances: Sequence[Instances], known: Mapping[str, float] | Unanswered) -> Fit:
    needed = sum(each.nodes * each.type.vcpus for each in instances)
    told = ", ".join(f"{each.title} of {each.name} ({each.type.vcpus} vCPUs each)" for each in instances)
    available, missing = _known(quota, known)
    fits = Fits.NOT_EVALUATED if available is None else Fits.YES if needed <= available else Fits.NO
    ask = f"; ask for more in Service Quotas, quota {quota.code}" if fits is Fits.NO else ""
    why = f"{told}; {missing or NOTES[quota.purchase]}{ask}"
    return Fit("vCPU quota", f"{quota.code} {quota.name}".strip(), needed, available, "vCPUs", fits, why)


def _known(quota: Quota, known: Mapping[str, float] | Unanswered) -> tuple[float | None, str]:
    """How much the account has, or why that is not known."""
    if not quota.code:
        return None, f"which quota bounds {quota.name} is not known here"
    if isinstance(known, Unanswered):
        return None, known.reason
    if quota.code not in known:
        return None, "the account's list of quotas does not have it"
    return known[quota.code], ""
