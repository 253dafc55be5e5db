import pytest

from playbooks import reachable
from playbooks.findings import Verdict
from playbooks.nodes import Node
from playbooks.transport.outcome import (
    AuthenticationRefusedError,
    ConnectionLostError,
    DeadlinePassedError,
    HostKeyRefusedError,
    TransportError,
    UnreachableError,
)

NODES = [Node(f"workers-{i}", "workers", i, f"i-{i}", "p5.48xlarge", f"10.0.0.{i}", "python3") for i in range(3)]


def test_a_node_that_answers_passes_and_the_transports_own_words_tell_why_another_does_not() -> None:
    """One finding a node, in order."""
    first, second, third = reachable.findings(NODES, {"workers-1": UnreachableError("no connection")})

    assert [each.verdict for each in (first, second, third)] == [Verdict.PASS, Verdict.FAIL, Verdict.PASS]
    assert second.reason == "no connection"
    assert "Reboot or replace" in second.action


@pytest.mark.parametrize(
    ("error", "verdict", "action"),
    [
        (HostKeyRefusedError("another key"), Verdict.FAIL, "trust nothing that answers"),
        (AuthenticationRefusedError("not this user"), Verdict.FAIL, "access.user"),
        (TransportError("the upload failed: No space left on device"), Verdict.ERROR, "has room"),
    ],
)
def test_what_to_do_fits_what_went_wrong(error: TransportError, verdict: Verdict, action: str) -> None:
    """A node that answers is never told to be rebooted."""
    finding, *_ = reachable.findings(NODES, {"workers-0": error})

    assert (finding.verdict, action in finding.action, "Reboot" in finding.action) == (verdict, True, False)


@pytest.mark.parametrize(
    ("error", "of_machine"),
    [
        (TransportError("the upload failed: No space left on device"), False),
        (ConnectionLostError("the connection broke"), True),
        (DeadlinePassedError("300 s passed", confirmed_ended=False), True),
    ],
)
def test_a_full_disk_is_not_the_machines_own_and_a_node_that_is_lost_is(
    error: TransportError, of_machine: bool
) -> None:
    """Both are an ERROR; only the second is ground to replace it."""
    finding, *_ = reachable.findings(NODES, {"workers-0": error})

    assert (finding.verdict, finding.of_machine) == (Verdict.ERROR, of_machine)


def test_where_no_node_answers_the_way_there_is_suspected_first() -> None:
    """A VPN that is down is likelier than a fleet of broken machines."""
    found = reachable.findings(NODES, {node.name: UnreachableError("timed out") for node in NODES})

    assert all("look at this machine's way to them" in finding.action for finding in found)
