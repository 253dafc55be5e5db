import re

import pytest

from playbooks.engine import faults
from playbooks.engine.faults import FAULTS, RUNBOOK, known
from tests.projects import ROOT

SAID = {
    "insufficient-capacity": "InsufficientInstanceCapacity: We currently do not have sufficient p5.48xlarge capacity",
    "unprotect": "as it is currently marked for protection. To unprotect the resource, remove the `protect` flag",
    "damaged-state": "failed to load checkpoint: unexpected end of JSON input",
    "state-not-saved": "failed to save snapshot: An IO error occurred while writing the new snapshot file",
    "left-over-interfaces": "api error DependencyViolation: The subnet 'subnet-1' has dependencies",
    "failed-create": "api error VcpuLimitExceeded: You have requested more vCPU capacity than your limit of 0",
    "timeout": "timeout while waiting for state to become 'AVAILABLE' (last state: 'CREATING', timeout: 10m0s)",
    "no-state": "error: PULUMI_ACCESS_TOKEN must be set for login during non-interactive CLI sessions",
}


@pytest.mark.parametrize(("section", "said"), SAID.items())
def test_what_is_said_leads_to_its_section_of_the_runbook(section: str, said: str) -> None:
    """The words are the engine's and AWS's own."""
    fault = known([said])

    assert fault
    assert fault.section == section


def test_every_section_that_is_named_is_in_the_runbook() -> None:
    """A link that leads nowhere is worst in an emergency."""
    headings = re.findall(r"^## (.+)$", (ROOT / RUNBOOK).read_text(), re.MULTILINE)
    anchors = {re.sub(r"[^a-z -]", "", heading.lower()).replace(" ", "-") for heading in headings}

    assert {fault.section for fault in FAULTS} - anchors == set()
    assert {"stale-lock", "interrupted-update"} - anchors == set()


def test_what_nobody_has_met_is_told_in_its_own_words() -> None:
    """No advice is better than a wrong one."""
    assert known(["the moon is in the wrong quarter"]) is None
    assert faults.errors("  x creating\nerror: the moon\nerror: the moon\n") == "error: the moon"
    assert faults.errors("something else") == "something else"
