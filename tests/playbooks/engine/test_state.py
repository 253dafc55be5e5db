from typing import Any

from playbooks.engine import state

STACK = "urn:pulumi:dev::ai-datacenter::pulumi:pulumi:Stack::ai-datacenter-dev"
FLEET = "urn:pulumi:dev::ai-datacenter::ai-datacenter:components:Fleet::dev-workers"
NODE = "urn:pulumi:dev::ai-datacenter::ai-datacenter:components:Fleet$aws:ec2/instance:Instance::dev-workers-0"


def resource(urn: str, kind: str, **more: object) -> dict[str, Any]:
    """An entry of a deployment."""
    return {"urn": urn, "type": kind, "custom": True, **more}


def test_the_state_holds_what_is_in_the_cloud_and_what_was_cut_off() -> None:
    """Components, providers and the stack itself are in the program only."""
    node = resource(NODE, "aws:ec2/instance:Instance", id="i-1", parent=FLEET, outputs={"arn": "arn:i-1"}, protect=True)
    cut = resource(NODE.replace("-0", "-1"), "aws:ec2/instance:Instance", parent=FLEET)
    found = state.read(
        {
            "resources": [
                {"urn": STACK, "type": "pulumi:pulumi:Stack"},
                resource("urn:provider", "pulumi:providers:aws", id="1"),
                {"urn": FLEET, "type": "ai-datacenter:components:Fleet", "custom": False},
                node,
            ],
            "pending_operations": [{"type": "creating", "resource": cut}, {"type": "deleting", "resource": node}],
        }
    )

    assert [(each.name, each.parent, each.id, each.protect) for each in found.resources] == [
        ("dev-workers-0", "dev-workers", "i-1", True)
    ]
    assert [each.name for each in found.cut_off] == ["dev-workers-1"]
    assert (found.ids, found.settled) == ({"i-1", "arn:i-1"}, False)


def test_an_empty_stack_is_settled() -> None:
    """A stack that was only made has no resources at all."""
    assert state.read({}) == state.State((), (), settled=True)


def test_what_stands_below_the_stack_itself_belongs_to_no_component() -> None:
    """A component's name is its URN's last part."""
    assert (state.component_of(STACK), state.component_of(""), state.component_of(FLEET)) == ("", "", "dev-workers")
