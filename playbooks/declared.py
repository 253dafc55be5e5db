"""Whether what the settings declare exists, and nothing besides: told of what is wrong only."""

from collections.abc import Mapping

from playbooks.findings import Bound, Figure, Finding, Threshold, Verdict
from playbooks.inventory import Inventory
from stacks.environment import Environment

NAME = "declared"
TITLES = {NAME: "what the settings declare exists, and nothing besides"}
ONE = Threshold(Bound.AT_LEAST, 1, "the settings declare it")
NONE = Threshold(Bound.AT_MOST, 0, "the settings declare none")


def findings(environment: Environment, found: Inventory, buckets: Mapping[str, str]) -> list[Finding]:
    """A FAIL for each node that is missing or surplus, and for the smoke gate's bucket where it is missing."""
    return [
        *(_missing(name, environment) for name in found.missing),
        *(_surplus(node.name, node.instance_id) for node in found.surplus),
        *_missing_bucket(environment, found, buckets),
    ]


def _missing(node: str, environment: Environment) -> Finding:
    return Finding(
        NAME,
        (node,),
        Verdict.FAIL,
        "no instance with this node's tags is starting or running",
        Figure("instances", 0, ""),
        ONE,
        f"Bring it up with `aidc up {environment.name}`, or take it out of the settings.",
    )


def _surplus(node: str, instance_id: str) -> Finding:
    return Finding(
        NAME,
        (node,),
        Verdict.FAIL,
        f"{instance_id} runs, costs money and is in no fleet of the settings; nothing was asked of it",
        Figure("instances", 1, ""),
        NONE,
        "Declare it again, or take it down.",
    )


def _missing_bucket(environment: Environment, found: Inventory, buckets: Mapping[str, str]) -> list[Finding]:
    bucket = environment.settings.smoke.storage.bucket
    if bucket is None or bucket in buckets:
        return []
    return [
        Finding(
            NAME,
            tuple(node.name for node in found.nodes),
            Verdict.FAIL,
            f"no bucket with the tags of {bucket}, which smoke.storage.bucket names, exists",
            Figure("buckets", 0, ""),
            ONE,
            f"Bring it up with `aidc up {environment.name}`.",
        )
    ]
