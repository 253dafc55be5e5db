from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from playbooks.remedy.kubernetes_node import ANNOTATIONS, TAINT, cordoning, uncordoning
from playbooks.remedy.mark import Mark

WHY = Mark("gpus", "r1", "2026-11-22T03:00:00+00:00", "7 of 8 GPUs")
GPU = {"key": "nvidia.com/gpu", "value": "present", "effect": "NoSchedule"}


def machine(*taints: dict[str, str], **spec: bool) -> dict[str, Any]:
    """A node as the API server tells it."""
    metadata: dict[str, Any] = {"name": "ip-10-1-0-4", "resourceVersion": "7", "annotations": {"volumes": "attached"}}
    return {"metadata": metadata, "spec": {**spec, "taints": list(taints)} if taints else spec}


def merged(found: Any, change: Any) -> Any:  # noqa: ANN401 - JSON
    """RFC 7386, as the API server merges."""
    if not isinstance(change, dict):
        return change
    kept = dict(found) if isinstance(found, dict) else {}
    for key, value in change.items():
        if value is None:
            kept.pop(key, None)
        else:
            kept[key] = merged(kept.get(key), value)
    return kept


def test_a_cordon_adds_to_what_is_there() -> None:
    """The taints of others stay, for the list is replaced as a whole."""
    marked = merged(machine(GPU), cordoning(machine(GPU), WHY))

    assert marked["spec"]["taints"] == [GPU, {"key": TAINT, "value": "gpus", "effect": "NoSchedule"}]
    assert marked["spec"]["unschedulable"] is True
    assert marked["metadata"]["annotations"]["ai-datacenter/reason"] == "7 of 8 GPUs"
    assert marked["metadata"]["annotations"]["volumes"] == "attached"


def test_a_second_cordon_changes_nothing_but_the_reason() -> None:
    """Above all it does not take our own cordon for another's."""
    once = merged(machine(GPU), cordoning(machine(GPU), WHY))
    again = merged(once, cordoning(once, WHY._replace(check="fabric")))

    assert [each["value"] for each in again["spec"]["taints"]] == ["present", "fabric"]
    assert "unschedulable" not in merged(again, uncordoning(again))["spec"]


TAINTS = st.lists(
    st.fixed_dictionaries({"key": st.sampled_from(["a", "b", "nvidia.com/gpu"]), "effect": st.just("NoSchedule")})
)
MACHINES = st.builds(
    lambda taints, spec: machine(*taints, **spec), TAINTS, st.sampled_from([{}, {"unschedulable": True}])
)


@given(MACHINES)
def test_what_a_cordon_made_is_taken_back_and_nothing_else(found: dict[str, Any]) -> None:
    """A node that somebody else had cordoned stays so."""
    marked = merged(found, cordoning(found, WHY))
    freed = merged(marked, uncordoning(marked))

    assert freed["spec"].get("unschedulable") == found["spec"].get("unschedulable")
    assert freed["spec"]["taints"] == found["spec"].get("taints", [])
    assert freed["metadata"] == found["metadata"]


def test_taking_back_what_was_never_made_changes_nothing() -> None:
    """Another's cordon is another's business."""
    found = machine(GPU, unschedulable=True)

    assert merged(found, uncordoning(found)) == found
    assert not set(ANNOTATIONS) & set(found["metadata"]["annotations"])
