"""What the engine tells of one operation while it runs: which resources it has done, is at, and could not do."""

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from pulumi.automation import EngineEvent, OpType
from pulumi.automation.events import StepEventMetadata, StepEventStateMetadata

from playbooks.engine.state import ENGINES_OWN, STACK, component_of, name_of
from stacks.settings import PROJECT

# The steps in which the engine replaces a resource are three; a person wants to hear of one.
REPLACING = (OpType.REPLACE, OpType.CREATE_REPLACEMENT, OpType.DELETE_REPLACED, OpType.DISCARD_REPLACED)
VERBS = {
    OpType.CREATE: "create",
    OpType.UPDATE: "update",
    OpType.DELETE: "delete",
    OpType.IMPORT: "import",
    **dict.fromkeys(REPLACING, "replace"),
}


COLOUR = re.compile(r"<\{%.*?%\}>")  # as the engine marks it in what it says


@dataclass(frozen=True, slots=True)
class Step:
    """What is done to one resource.

    Attributes:
        urn: the resource.
        verb: create, update, replace, delete or import; empty where nothing changes.
        type: the SDK's token.
        parent_urn: the component that it belongs to, or the stack itself.
        protect: whether the engine refuses to delete it.
        properties: names of the properties that differ.
        before: values of these until now; a secret is shown as `[secret]` by the engine.
        after: values of these from now on.
        began: when, on the monotonic clock.
    """

    urn: str
    verb: str
    type: str
    parent_urn: str
    protect: bool
    properties: tuple[str, ...]
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    began: float

    @property
    def name(self) -> str:
        """The resource's name in the program."""
        return name_of(self.urn)

    @property
    def parent(self) -> str:
        """The name of the component that it belongs to; empty below the stack itself."""
        return component_of(self.parent_urn)


@dataclass(slots=True)
class Operation:
    """One preview, update, refresh or destroy; steps by URN, those of components and of what stays as it is too.

    Attributes:
        running: begun and not ended.
        done: ended well.
        failed: ended badly.
        errors: what was said of it, by URN; the empty one stands for the whole.
        violations: mandatory policies that are broken, in words.
        unchanged: resources that stay as they are.
        outputs_differ: whether the stack's outputs do, which are part of no resource.
        listener: called with each event, after it was taken.
    """

    running: dict[str, Step] = field(default_factory=dict)
    done: dict[str, Step] = field(default_factory=dict)
    failed: dict[str, Step] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    violations: list[str] = field(default_factory=list)
    unchanged: int = 0
    outputs_differ: bool = False
    listener: Callable[[EngineEvent], object] | None = None

    def __call__(self, event: EngineEvent) -> None:
        """Take one event, then hand it to the listener."""
        if event.resource_pre_event:
            step = _step(event.resource_pre_event.metadata)
            self.running[step.urn] = step
        elif event.res_outputs_event:
            told = event.res_outputs_event.metadata
            self._end(self.done, _step(told))
            if told.type == STACK:
                self.outputs_differ = _outputs(told.old) != _outputs(told.new)
        elif event.res_op_failed_event:
            self._end(self.failed, _step(event.res_op_failed_event.metadata))
        elif event.diagnostic_event and event.diagnostic_event.severity == "error":
            urn = event.diagnostic_event.urn or ""
            self.errors[urn] = f"{self.errors.get(urn, '')}{event.diagnostic_event.message}"
        elif event.policy_event and event.policy_event.enforcement_level == "mandatory":
            told_of = event.policy_event
            self.violations.append(f"{told_of.policy_name}: {' '.join(COLOUR.sub('', told_of.message).split())}")
        if self.listener:
            self.listener(event)

    @property
    def changes(self) -> list[Step]:
        """What was done, or would be, to resources of the cloud; a component or a provider is none."""
        return [step for step in list(self.done.values()) if step.verb and is_resource(step)]

    def _end(self, where: dict[str, Step], step: Step) -> None:
        self.running.pop(step.urn, None)
        known = where.get(step.urn)
        where[step.urn] = step if step.verb or known is None else known
        self.unchanged += not step.verb and known is None and is_resource(step)


def is_resource(step: Step) -> bool:
    """Whether it exists in the cloud, not in the program alone."""
    return not step.type.startswith((f"{PROJECT}:", ENGINES_OWN))


def _step(told: StepEventMetadata) -> Step:
    state = told.new or told.old
    properties = tuple(dict.fromkeys(each.partition(".")[0].partition("[")[0] for each in told.diffs or ()))
    before, after = _values(told.old), _values(told.new)
    return Step(
        urn=told.urn,
        verb=VERBS.get(told.op, ""),
        type=told.type,
        parent_urn=state.parent if state else "",
        protect=bool(state and state.protect),
        properties=properties,
        before={key: before.get(key) for key in properties},
        after={key: after.get(key) for key in properties},
        began=time.monotonic(),
    )


def _outputs(state: StepEventStateMetadata | None) -> Mapping[str, Any]:
    return (state.outputs if state else None) or {}


def _values(state: StepEventStateMetadata | None) -> dict[str, Any]:
    """Inputs and outputs by name; what the cloud told stands over what was declared."""
    return {**(state.inputs or {}), **(state.outputs or {})} if state else {}
