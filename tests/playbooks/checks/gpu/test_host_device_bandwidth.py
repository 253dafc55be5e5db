import json

import pytest

from playbooks.checks.gpu import host_device_bandwidth
from playbooks.findings import Finding, Verdict
from tests.playbooks.checks.asks import ask, printed, verdicts
from tests.playbooks.checks.gpu.answers import Facts, ended, of_gpus

NAME = "host-device-bandwidth.stdout"


def reaching(to_device: float, to_host: float, slow: int = -1) -> str:
    """A node whose GPUs reach this alone, and half of it together; the slow one a quarter, as on a narrow link."""

    def change(index: int, device: Facts) -> None:
        part = 0.25 if index == slow else 1.0
        alone = {"to_device_gb_per_second": [to_device * part], "to_host_gb_per_second": [to_host * part]}
        device.update(alone=alone, together={key: [rates[0] / 2] for key, rates in alone.items()})

    return of_gpus(NAME, change)


def judged(*nodes: str, instance_type: str = "p5en.48xlarge") -> list[Finding]:
    """The findings on these nodes' answers."""
    question = ask(count=len(nodes), instance_type=instance_type)
    return host_device_bandwidth.CHECK.judge(question, ended(question, dict(enumerate(nodes))))


def test_a_good_node_passes_by_its_slower_direction_alone() -> None:
    """What all reach together is shown and not judged."""
    [found] = judged(reaching(55.4, 55.1))

    assert verdicts([found]) == [("PASS", ("gpu-0",))]
    assert found.figure is not None
    assert found.figure.value == 55.1
    assert found.measurements[1].value == pytest.approx(27.55)
    assert [sample.name for sample in found.samples] == ["host-device copy", "host-device copy, all at once"]


def test_a_gpu_on_a_narrow_link_is_named() -> None:
    """One direction is enough."""
    found = judged(reaching(55.4, 55.1), reaching(55.4, 55.1, slow=5), reaching(55.4, 20))

    assert verdicts(found) == [("PASS", ("gpu-0",)), ("FAIL", ("gpu-1",)), ("FAIL", ("gpu-2",))]
    assert found[1].reason.startswith("GPU 5 of 8 GPUs reaches too little")


@pytest.mark.parametrize("instance_type", ["p5.48xlarge", "p5e.48xlarge", "p4d.24xlarge", "p4de.24xlarge"])
def test_gpus_behind_a_slow_uplink_pass_and_a_narrow_link_among_them_is_named(instance_type: str) -> None:
    """By what their type reached in public; where nobody has told, by what the node's own eight reach."""
    found = judged(reaching(14.2, 13.9), reaching(14.2, 13.9, slow=5), instance_type=instance_type)

    assert verdicts(found) == [("PASS", ("gpu-0",)), ("FAIL", ("gpu-1",))]
    assert found[1].reason.startswith("GPU 5 of 8 GPUs reaches too little")


def test_a_gpu_alone_in_its_fleet_has_nothing_to_be_compared_with() -> None:
    """A p5.4xlarge: nobody has told what its uplink carries."""
    text = json.loads(reaching(14.2, 13.9))
    text["devices"] = text["devices"][:1]
    [found] = judged(json.dumps(text), instance_type="p5.4xlarge")

    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.action == "Set smoke.gpu.minimumHostDeviceBandwidthGbPerSecond to judge it."


def test_a_captured_answer_is_read_as_it_was() -> None:
    """What the model holds is what the program printed."""
    assert host_device_bandwidth.parse(printed(NAME)).model_dump(mode="json") == json.loads(printed(NAME))
