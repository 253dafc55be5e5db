import pytest

from components.catalogue.instance_types import instance_type, names
from playbooks.checks.node import gpus
from playbooks.findings import Part, Verdict
from tests.playbooks.checks.asks import ask
from tests.playbooks.checks.node.gpu_answers import finding, judged, printed, rows


@pytest.mark.parametrize(("count", "verdict"), [(8, "PASS"), (7, "FAIL"), (0, "FAIL")])
def test_gpus_are_counted_against_the_instance_type(count: int, verdict: str) -> None:
    """A p5.48xlarge has eight; the other nodes keep their verdicts."""
    _, found = judged(gpus.CHECK, {"gpus": printed(rows(gpus.QUERY, count))}, {}, {}, {})

    assert [each.verdict.value for each in found] == [verdict, "PASS", "PASS", "PASS"]
    assert found[0].reason == f"the node shows {count} of 8 GPUs"
    assert found[0].nodes == ("gpu-0",)


def test_the_gpus_are_known_by_their_numbers() -> None:
    """For the vendor's ticket, and for the node's history."""
    found = finding(gpus.CHECK, {})

    assert len(found.parts) == 8
    assert found.parts[3] == Part(
        "GPU 3", "NVIDIA H100 80GB HBM3", "1650000000003", "GPU-00000000-0000-4000-8000-000000000003"
    )


def test_a_gpu_may_have_no_serial_number() -> None:
    """Cards of the smaller types tell none."""
    found = finding(gpus.CHECK, {"gpus": printed(rows(gpus.QUERY, 8, {0: {"serial": "[N/A]"}}))})

    assert (found.verdict, found.parts[0].serial) == (Verdict.PASS, "")


def test_what_nvidia_smi_said_is_kept() -> None:
    """It explains why there are none."""
    said = "nvidia-smi exited with 9: driver not loaded"
    found = finding(gpus.CHECK, {"gpus": printed("", said, status=9)})

    assert found.reason == f"the node shows 0 of 8 GPUs; {said}"
    assert said in next(iter(found.evidence.values()))


def test_gpus_that_nobody_counted_are_an_error() -> None:
    """Never none of eight; what hindered it is named."""
    hangs = printed(wrong="nvidia-smi did not end within 60 s", status=None)
    found = finding(gpus.CHECK, {"gpus": hangs})

    assert (found.verdict, found.nodes, found.figure) == (Verdict.ERROR, ("gpu-0",), None)
    assert found.reason.endswith("for nvidia-smi gave no answer: nvidia-smi did not end within 60 s")


def test_a_gpu_that_is_lost_is_not_counted_and_a_field_that_is_missing_is_no_loss() -> None:
    """The other seven are, and one of them does not tell its memory."""
    lost = dict.fromkeys(("name", "serial", "memory.total", "pci.bus_id", "uuid"), "[GPU is lost]")
    text = rows(gpus.QUERY, 8, {6: {"memory.total": "[N/A]"}, 7: lost})
    found = finding(gpus.CHECK, {"gpus": printed(text)})

    assert found.verdict is Verdict.FAIL
    assert found.reason.startswith("the node shows 7 of 8 GPUs; 7, [GPU is lost]")


def test_a_gpu_whose_handle_is_gone_is_not_counted() -> None:
    """nvidia-smi says so in a sentence among the rows."""
    said = "Unable to determine the device handle for GPU0000:CB:00.0: Unknown Error"
    text = rows(gpus.QUERY, 7) + said + "\n"
    found = finding(gpus.CHECK, {"gpus": printed(text, f"nvidia-smi exited with 255: {said}", status=255)})

    assert (found.verdict, found.figure and found.figure.value) == (Verdict.FAIL, 7)
    assert said in found.reason


def test_rows_count_whatever_the_exit_status() -> None:
    """As where nvidia-smi warns of one GPU and shows all."""
    said = "WARNING: infoROM is corrupted at gpu 0000:53:00.0"
    output = printed(rows(gpus.QUERY) + said, f"nvidia-smi exited with 14: {said}", status=14)
    found = finding(gpus.CHECK, {"gpus": output})

    assert found.verdict is Verdict.PASS
    assert said in found.reason


def test_a_gpu_that_is_told_twice_stands_for_no_other() -> None:
    """Seven of eight, and a row that came twice: nobody knows how many there are."""
    text = rows(gpus.QUERY, 7)
    again = text.splitlines()[-1]
    found = finding(gpus.CHECK, {"gpus": printed(f"{text}{again}\n")})

    assert (found.verdict, found.figure) == (Verdict.ERROR, None)
    assert repr(again) in found.reason


def test_two_a100_are_told_apart_by_their_memory() -> None:
    """A p4de.24xlarge has those of 80 GB, a p4d.24xlarge those of 40."""
    a100 = {"name": "NVIDIA A100-SXM4-40GB", "memory.total": "40960"}
    small = printed(rows(gpus.QUERY, 8, dict.fromkeys(range(8), a100)))

    assert finding(gpus.CHECK, {"gpus": small}, "p4d.24xlarge").verdict is Verdict.PASS
    found = finding(gpus.CHECK, {"gpus": small}, "p4de.24xlarge")
    assert found.verdict is Verdict.FAIL
    assert "GPU 0 has 40960 MiB, and those of p4de.24xlarge have 81920 MiB" in found.reason


def test_another_model_is_not_what_was_ordered() -> None:
    """An L40S is no L4, though its name begins so."""
    text = rows(gpus.QUERY, 1, {0: {"name": "NVIDIA L40S", "memory.total": "23034"}})
    found = finding(gpus.CHECK, {"gpus": printed(text)}, "g6.xlarge")

    assert found.verdict is Verdict.FAIL
    assert found.reason == "the node shows 0 of 1 GPUs; GPU 0 is a NVIDIA L40S, and g6.xlarge has L4"


@pytest.mark.parametrize(
    ("name", "memory_mib", "type_name"),
    [
        ("Tesla T4", 15360, "g4dn.xlarge"),
        ("NVIDIA T4G", 15360, "g5g.xlarge"),
        ("NVIDIA A10G", 23028, "g5.xlarge"),
        ("NVIDIA L4", 23034, "g6.xlarge"),
        ("NVIDIA L40S", 46068, "g6e.xlarge"),
        ("NVIDIA RTX PRO 6000 Blackwell Server Edition", 97887, "g7e.2xlarge"),
        ("Tesla V100-SXM2-32GB", 32768, "p3dn.24xlarge"),
        ("NVIDIA A100-SXM4-80GB", 81920, "p4de.24xlarge"),
        ("NVIDIA H100 80GB HBM3", 81559, "p5.4xlarge"),
        ("NVIDIA H200", 143771, "p5en.48xlarge"),
        ("NVIDIA B200", 183359, "p6-b200.48xlarge"),
    ],
)
def test_models_are_known_as_nvidia_smi_calls_them(name: str, memory_mib: int, type_name: str) -> None:
    """With the memory that ECC and the driver leave."""
    count = instance_type(type_name).accelerators
    told = {gpu: {"name": name, "memory.total": str(memory_mib)} for gpu in range(count)}

    assert finding(gpus.CHECK, {"gpus": printed(rows(gpus.QUERY, count, told))}, type_name).verdict is Verdict.PASS


def test_a_type_that_nobody_knows_is_counted_and_not_judged() -> None:
    """Nothing is skipped, and nothing passes."""
    question = ask(instance_type="p99.metal")

    assert gpus.no_gpus(question, question.nodes[0]) == ""
    assert finding(gpus.CHECK, {}, "p99.metal").verdict is Verdict.INCONCLUSIVE


def test_trainium_has_no_gpus() -> None:
    """Nor has any type whose accelerators nvidia-smi does not show."""
    types = [name for name in names() if name.startswith(("trn", "inf"))]
    questions = [ask(instance_type=name, count=1) for name in types]

    assert types
    assert all(gpus.no_gpus(question, question.nodes[0]) for question in questions)
