"""The engine's events, as it writes them."""

from typing import Any

from pulumi.automation import EngineEvent

URN = "urn:pulumi:dev::ai-datacenter::ai-datacenter:components:{component}${kind}::{name}"
PARENT = "urn:pulumi:dev::ai-datacenter::ai-datacenter:components:Fleet::{parent}"


def metadata(op: str, name: str, kind: str = "aws:ec2/instance:Instance", **more: Any) -> dict[str, Any]:  # noqa: ANN401
    """What is told of one resource; `old` and `new` are its outputs."""
    urn = URN.format(component="Fleet", kind=kind, name=name)
    told: dict[str, Any] = {"op": op, "urn": urn, "type": kind}
    for side in ("old", "new"):
        if side in more or (side == "new" and op != "delete"):
            outputs = more.get(side, {})
            told[side] = {"urn": urn, "type": kind, "parent": PARENT.format(parent="dev-workers"), "outputs": outputs}
    return told | {"diffs": more.get("diffs")}


def began(*words: str, **more: Any) -> EngineEvent:  # noqa: ANN401
    """A resource is begun."""
    return EngineEvent.from_json({"resourcePreEvent": {"metadata": metadata(*words, **more)}})


def ended(*words: str, **more: Any) -> EngineEvent:  # noqa: ANN401
    """A resource has ended well."""
    return EngineEvent.from_json({"resOutputsEvent": {"metadata": metadata(*words, **more)}})


def failed(*words: str, **more: Any) -> EngineEvent:  # noqa: ANN401
    """A resource has ended badly."""
    return EngineEvent.from_json({"resOpFailedEvent": {"metadata": metadata(*words, **more)}})


def said(message: str, name: str = "") -> EngineEvent:
    """An error is told."""
    urn = URN.format(component="Fleet", kind="aws:ec2/instance:Instance", name=name) if name else ""
    return EngineEvent.from_json({"diagnosticEvent": {"message": message, "severity": "error", "urn": urn}})
