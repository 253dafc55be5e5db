from playbooks import declared
from playbooks.findings import Verdict
from playbooks.inventory import Inventory
from playbooks.nodes import Node
from stacks.environment import load
from tests.projects import ROOT

NODE = Node("workers-0", "workers", 0, "i-0", "c6in.32xlarge", "10.0.0.4", "python3")
SANDBOX = load(ROOT, "sandbox")
BUCKETS = {"checkpoints": "sandbox-checkpoints-0123456"}


def test_nothing_is_told_where_all_is_as_declared() -> None:
    """A finding a thing that is right would be a thousand lines."""
    assert declared.findings(SANDBOX, Inventory((NODE,), (), ()), BUCKETS) == []


def test_a_missing_node_fails_with_the_command_that_brings_it_up() -> None:
    """The same for a sandbox and for an account."""
    (sandbox,) = declared.findings(SANDBOX, Inventory((NODE,), ("workers-1",), ()), BUCKETS)
    (dev,) = declared.findings(load(ROOT, "dev"), Inventory((NODE,), ("workers-1",), ()), {"checkpoints": "b"})

    assert (sandbox.verdict, sandbox.nodes) == (Verdict.FAIL, ("workers-1",))
    assert ("aidc up sandbox" in sandbox.action, "aidc up dev" in dev.action) == (True, True)


def test_a_surplus_instance_fails_and_is_named() -> None:
    """It costs money, and the gate has not looked at it."""
    (finding,) = declared.findings(SANDBOX, Inventory((), (), (NODE,)), BUCKETS)

    assert (finding.verdict, finding.nodes, "i-0" in finding.reason) == (Verdict.FAIL, ("workers-0",), True)


def test_a_bucket_that_the_smoke_gate_needs_and_nobody_made_fails() -> None:
    """A skipped checkpoint would be a PASS of the whole."""
    (finding,) = declared.findings(SANDBOX, Inventory((NODE,), (), ()), {})

    assert finding.verdict is Verdict.FAIL
    assert "no bucket with the tags of checkpoints" in finding.reason
