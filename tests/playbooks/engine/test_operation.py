from playbooks.engine.operation import Operation
from tests.playbooks.engine.events import began, ended, failed, said


def test_an_operation_knows_what_runs_what_is_done_and_what_failed() -> None:
    """And why."""
    operation = Operation()
    for event in (
        began("create", "dev-workers-0"),
        began("create", "dev-workers-1"),
        ended("create", "dev-workers-0"),
        said("no capacity\n", "dev-workers-1"),
        failed("create", "dev-workers-1"),
        began("create", "dev-workers-2"),
        ended("same", "dev-workers-3"),
    ):
        operation(event)

    assert [step.name for step in operation.changes] == ["dev-workers-0"]
    assert [(step.name, step.parent) for step in operation.failed.values()] == [("dev-workers-1", "dev-workers")]
    assert [step.name for step in operation.running.values()] == ["dev-workers-2"]
    assert list(operation.errors.values()) == ["no capacity\n"]
    assert operation.unchanged == 1


def test_the_three_steps_of_a_replacement_are_one_change() -> None:
    """A person hears of one, with the properties that cause it."""
    operation = Operation()
    for op in ("create-replacement", "replace", "delete-replaced"):
        operation(ended(op, "dev-workers-0", diffs=["subnetId", "tags.Name", "ebs[0].size"]))

    (step,) = operation.changes
    assert (step.verb, step.properties) == ("replace", ("subnetId", "tags", "ebs"))


def test_components_and_providers_are_no_changes() -> None:
    """They exist in the program only."""
    operation = Operation()
    for kind in ("ai-datacenter:components:Fleet", "pulumi:providers:aws", "pulumi:pulumi:StackReference"):
        operation(ended("create", "x", kind))
        operation(ended("same", "x", kind))

    assert (operation.changes, operation.unchanged) == ([], 0)


def test_a_stack_whose_outputs_differ_is_not_the_same() -> None:
    """They are part of no resource, and another stack may read them."""
    same, differs = Operation(), Operation()
    same(ended("same", "s", "pulumi:pulumi:Stack", old={"vpcId": "vpc-1"}, new={"vpcId": "vpc-1"}))
    differs(ended("same", "s", "pulumi:pulumi:Stack", old={"vpcId": "vpc-1"}, new={"vpcId": "vpc-1", "more": 1}))

    assert (same.outputs_differ, differs.outputs_differ) == (False, True)
