import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playbooks.checks.check import Ask
from playbooks.checks.gpu import dcgm
from playbooks.findings import Finding, Verdict
from tests.playbooks.checks.asks import ask, completed

DATA = Path(__file__).parents[3] / "data" / "dcgm"
DCGM_3, DCGM_4 = ((DATA / f"diag-{version}.stdout").read_text(encoding="utf-8") for version in (3, 4))
PERSISTENCE = (DATA / "diag-4-persistence-mode.stdout").read_text(encoding="utf-8")


def answered(stdout: str, **changes: object) -> str:
    """What the program on the node prints."""
    diag = {"installed": True, "status": 0, "stdout": stdout, "stderr": "", "wrong": ""} | changes
    return json.dumps({"level": 1, "diag": diag})


def finding(stdout: str, **changes: object) -> Finding:
    """The finding on a node of which dcgmi printed this."""
    question = ask(instance_type="p5.48xlarge", count=1)
    [found] = dcgm.CHECK.judge(question, {"gpu-0": completed(answered(stdout, **changes))})
    return found


def finding_at(level: int, stdout: str) -> Finding:
    """The finding at another level."""
    told = json.loads(answered(stdout)) | {"level": level}
    question = ask({"dcgm": {"level": level}}, instance_type="p5.48xlarge", count=1)
    [found] = dcgm.CHECK.judge(question, {"gpu-0": completed(json.dumps(told))})
    return found


def changed(change: Callable[[Any], None], text: str = DCGM_4) -> str:
    """A document with one thing changed in the last test of its last category."""
    document = json.loads(text[text.index("{") :])
    change(next(iter(document.values()))["test_categories"][-1]["tests"][-1])
    return json.dumps(document)


def ended(status: str, severity: int | None = None, said: str = "GPU 3 said so") -> str:
    """The document where GPU 3 ended its memory test so."""
    warning = {"warning": said, "error_id": 17, "error_category": 4, "error_severity": severity}
    more = {} if severity is None else {"warnings": [warning]}
    return changed(lambda test: test["results"][3].update(status=status, **more))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (DCGM_3, "DCGM passes all that it ran at level 1: Denylist, NVML Library"),
        (DCGM_4, "DCGM passes all that it ran at level 1: software, memory"),
    ],
    ids=["3", "4"],
)
def test_a_node_that_passes(text: str, said: str) -> None:
    """In the words of DCGM 3 and of DCGM 4."""
    found = finding(text)

    assert found.verdict is Verdict.PASS
    assert found.reason.startswith(said)


@pytest.mark.parametrize("severity", [1, 2, 3, 4, 6])
def test_a_test_that_fails_names_its_gpu(severity: int) -> None:
    """And keeps DCGM's words; dcgmi's exit status tells nothing new."""
    found = finding(ended("Fail", severity), status=226, wrong="dcgmi exited with 226")

    assert (found.verdict, found.reason) == (Verdict.FAIL, "memory on GPU 3: fail: GPU 3 said so")
    assert found.figure is not None
    assert found.figure.value == 1
    assert "GPU 3 said so" in found.evidence["dcgmi diag -r 1 -j"]


def test_a_failure_of_dcgm_3_and_2_is_read_too() -> None:
    """With objects, and with a sentence, where DCGM 4 has entities."""
    objects = changed(lambda test: test["results"][2].update(status="FAIL", warnings=[{"warning": "slow"}]), DCGM_3)
    sentence = changed(lambda test: test["results"][2].update(status="Fail", warnings="slow"), DCGM_3)

    assert finding(objects).reason == finding(sentence).reason == "PCIe on GPU 2: fail: slow"


def test_a_failure_that_is_of_the_settings_is_not_the_hardwares() -> None:
    """Persistence mode is off: severity 5; beside it a fault of the hardware decides."""
    found = finding(PERSISTENCE, status=226, wrong="dcgmi exited with 226")

    assert found.verdict is Verdict.INCONCLUSIVE
    assert "nvidia-smi -i <gpuId> -pm 1" in found.reason
    assert finding(ended("Fail", 5)).verdict is Verdict.INCONCLUSIVE
    both = changed(lambda test: test["results"][0].update(status="Fail"), ended("Fail", 5))
    assert finding(both).verdict is Verdict.FAIL


@pytest.mark.parametrize("text", [ended("Warn"), ended("Warn", 1), ended("Pass", 1, "too little memory to test")])
def test_a_warning_does_not_decide(text: str) -> None:
    """DCGM 4.5 passes a memory test that had no memory to test, with a warning (NVIDIA/DCGM issue 284)."""
    assert finding(text).verdict is Verdict.INCONCLUSIVE


def test_what_was_not_run_is_said() -> None:
    """Where others were; a test without results counts for nothing."""
    found = finding(changed(lambda test: test.update(results=[], test_summary={"status": "Skip"})))
    none = finding(changed(lambda test: test.update(results=None, test_summary=None)))

    assert (found.verdict, found.reason) == (
        Verdict.PASS,
        "DCGM passes all that it ran at level 1: software; not run: memory",
    )
    assert none.reason == found.reason


@pytest.mark.parametrize("level", [2, 3, 4])
@pytest.mark.parametrize("text", [DCGM_3, DCGM_4], ids=["3", "4"])
def test_where_only_the_software_was_looked_at_no_gpu_is_tested(text: str, level: int) -> None:
    """As DCGM without its plug-ins answers (NVIDIA/DCGM issues 55 and 139): the rest is skipped, or not there."""
    document = json.loads(text[text.index("{") :])
    categories = next(iter(document.values()))["test_categories"]
    for test in (test for each in categories if each["category"] != "Deployment" for test in each["tests"]):
        test.update(results=[{"gpu_id": "0", "status": "Skip"}], test_summary=None)
    skipped = json.dumps(document)
    categories[:] = [each for each in categories if each["category"] == "Deployment"]
    found, bare, at_1 = finding_at(level, skipped), finding_at(level, json.dumps(document)), finding_at(1, skipped)

    assert (found.verdict, bare.verdict, at_1.verdict) == (Verdict.INCONCLUSIVE, Verdict.INCONCLUSIVE, Verdict.PASS)
    assert found.reason.startswith(f"the GPUs are not tested at level {level}: only the software was, not run: ")
    assert "plug-ins" in found.action
    assert found.evidence
    assert finding_at(level, text).verdict is Verdict.PASS


@pytest.mark.parametrize(
    "text",
    [
        DCGM_4.replace('"Pass"', '"Skip"'),
        DCGM_4.replace('"Pass"', '"Not Run"'),
        ended("Aborted"),
        ended("\x1b[32mPass\x1b[0m"),
        ended(""),
        '{"DCGM Diagnostic": {"test_categories": []}}',
        '{"DCGM Diagnostic": {"test_categories": [{"category": "Deployment", "tests": []}]}}',
        '{"DCGM Diagnostic": {}}',
        '{"DCGM Diagnostic": {"runtime_error": "Detected unsupported configuration"}}',
        '{"some other tool": {}}',
        "[]",
        "null",
        "",
        "Error: Unable to connect to host engine. Host engine connection invalid/disconnected.",
        DCGM_4.replace('"entity_id": 3', '"entity_id": NaN'),
        DCGM_4.replace('"entity_id": 3', '"entity_id": 0,5'),
    ],
)
def test_an_answer_without_a_verdict_is_an_error(text: str) -> None:
    """No test, no test that ran, a word that no DCGM says, or no document at all."""
    found = finding(text, wrong="dcgmi exited with 1")

    assert (found.verdict, found.figure) == (Verdict.ERROR, None)
    assert found.action


def test_the_error_shows_the_line() -> None:
    """What dcgmi said instead."""
    said = "Error: unable to establish a connection to the specified host: localhost"

    assert said in finding(said, status=1, wrong="dcgmi exited with 1").reason
    unsupported = finding('{"DCGM Diagnostic": {"runtime_error": "unsupported"}}').reason
    assert unsupported == "dcgmi says unsupported"


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda of: (
            st.lists(of)
            | st.dictionaries(
                st.sampled_from(["DCGM Diagnostic", "test_categories", "tests", "name", "results", "status", "x"]), of
            )
        ),
    )
)
def test_any_other_json_never_passes(document: object) -> None:
    """Nor breaks the check."""
    assert finding(json.dumps(document)).verdict is not Verdict.PASS


def test_a_diagnosis_that_hangs_is_an_error() -> None:
    """With how long it was waited for."""
    found = finding("", status=None, wrong="dcgmi did not end within 180 s")

    assert (found.verdict, found.reason) == (Verdict.ERROR, "dcgmi did not end within 180 s")


def test_a_node_without_dcgm_is_not_diagnosed() -> None:
    """Which must be seen, for the settings ask for it."""
    found = finding("", installed=False, status=None, wrong="dcgmi is not on the PATH")

    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.reason == "the GPUs are not diagnosed, for dcgmi is not on the PATH"
    assert "smoke.dcgm.level" in found.action


def test_only_the_sick_node_is_named() -> None:
    """Each by itself."""
    question = ask(instance_type="p5.48xlarge", count=3)
    texts = {"gpu-0": DCGM_4, "gpu-1": ended("Fail", 2), "gpu-2": DCGM_4}
    found = dcgm.CHECK.judge(question, {node: completed(answered(text)) for node, text in texts.items()})

    assert [(each.verdict.value, each.nodes) for each in found] == [
        ("PASS", ("gpu-0",)),
        ("FAIL", ("gpu-1",)),
        ("PASS", ("gpu-2",)),
    ]


def test_the_level_decides_how_long_it_may_take() -> None:
    """The node's own limit comes before the connection's."""
    for level in (1, 2, 3, 4):
        question = ask({"dcgm": {"level": level}}, instance_type="p5.48xlarge")
        words = dcgm.CHECK.arguments(question, question.nodes[0])
        assert words[:2] == ["--level", str(level)]
        assert float(words[3]) < dcgm.CHECK.seconds(question)


@pytest.mark.parametrize(
    ("question", "said"),
    [
        (ask({"dcgm": {"level": 0}}, instance_type="p5.48xlarge"), "smoke.dcgm.level of the settings is 0"),
        (ask(instance_type="c6in.32xlarge"), "c6in.32xlarge has no GPUs"),
        (ask(instance_type="p5.48xlarge"), ""),
    ],
)
def test_when_there_is_nothing_to_diagnose(question: Ask, said: str) -> None:
    """The reason says why."""
    assert dcgm.CHECK.skip(question) == said
