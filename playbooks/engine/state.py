"""What the engine remembers of a stack: the resources that it made, and creations that were cut off."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

CREATING = "creating"
STACK = "pulumi:pulumi:Stack"
ENGINES_OWN = "pulumi:"  # the stack itself, providers and references to other stacks


class Kept(NamedTuple):
    """One resource in the state.

    Attributes:
        urn: the engine's name of it.
        type: the SDK's token.
        parent_urn: the component that it belongs to, or the stack itself.
        id: the provider's id; empty for a creation that was cut off.
        protect: whether the engine refuses to delete it.
        outputs: its properties as the provider last told them; secrets are encrypted.
        inputs: as the program declared them.
    """

    urn: str
    type: str
    parent_urn: str
    id: str
    protect: bool
    outputs: Mapping[str, Any]
    inputs: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Its name in the program."""
        return name_of(self.urn)

    @property
    def parent(self) -> str:
        """The name of the component that it belongs to; empty below the stack itself."""
        return component_of(self.parent_urn)

    @property
    def arn(self) -> str:
        """Its ARN, where it has one."""
        return str(self.outputs.get("arn", ""))


class State(NamedTuple):
    """A stack's state.

    Attributes:
        resources: what exists in the cloud.
        cut_off: what was being created when an update was cut off; nobody knows whether it exists.
        settled: whether no operation was cut off, not even one on a component or a provider.
    """

    resources: tuple[Kept, ...]
    cut_off: tuple[Kept, ...]
    settled: bool

    @property
    def ids(self) -> set[str]:
        """Every id and ARN that the engine knows."""
        return {each for kept in self.resources for each in (kept.id, kept.arn) if each}


def read(deployment: Mapping[str, Any]) -> State:
    """The state in a deployment that `pulumi stack export` wrote."""
    pending = deployment.get("pending_operations") or ()
    return State(
        resources=tuple(_resources(deployment.get("resources") or ())),
        cut_off=tuple(_resources(each["resource"] for each in pending if each["type"] == CREATING)),
        settled=not pending,
    )


def name_of(urn: str) -> str:
    """The last part of a URN: the resource's name in the program."""
    return urn.split("::", 3)[-1]


def component_of(parent: str) -> str:
    """The name of the component that a parent's URN stands for; empty where it is the stack, or there is none."""
    return "" if f"::{STACK}::" in parent else name_of(parent)


def _resources(entries: Any) -> Iterator[Kept]:  # noqa: ANN401 - the JSON of a deployment
    for entry in entries:
        if entry.get("custom") and not entry["type"].startswith(ENGINES_OWN):
            yield Kept(
                entry["urn"],
                entry["type"],
                entry.get("parent", ""),
                entry.get("id", ""),
                entry.get("protect", False),
                entry.get("outputs") or {},
                entry.get("inputs") or {},
            )
