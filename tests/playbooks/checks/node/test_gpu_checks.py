"""What holds for every check that looks at GPUs."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from playbooks.checks.node import NODE_CHECKS, ecc, gpus, nvidia_smi, nvlink, pcie, throttling, xid
from playbooks.checks.node.check import NodeCheck, Output
from playbooks.findings import Verdict
from tests.playbooks.checks.asks import ask
from tests.playbooks.checks.node.gpu_answers import ALL, finding, healthy, printed, row

BOTH = {ecc.CHECK.name: 2, throttling.CHECK.name: 1}  # how many queries of nvidia-smi a verdict stands on


def mutilated(check: NodeCheck, text_of: dict[str, str]) -> dict[str, Output]:
    """The commands' outputs with other texts."""
    return {name: printed(text_of.get(name, output.stdout)) for name, output in healthy(check).items()}


@pytest.mark.parametrize("check", ALL, ids=lambda check: check.name)
def test_a_healthy_node_passes(check: NodeCheck) -> None:
    """Each check is in the table that the gate asks."""
    assert finding(check, {}).verdict is Verdict.PASS
    assert check in NODE_CHECKS


@pytest.mark.parametrize("check", ALL, ids=lambda check: check.name)
def test_a_type_without_gpus_is_skipped(check: NodeCheck) -> None:
    """With the reason; and so are the sandbox's nodes, whatever they are called."""
    plain, sandbox = ask(instance_type="c6in.32xlarge"), ask(instance_type="p5.48xlarge")._replace(stand_in=True)

    assert check.skip(plain, plain.nodes[0]) == "c6in.32xlarge has no GPUs"
    assert check.skip(sandbox, sandbox.nodes[0]).startswith("the sandbox's nodes")


@pytest.mark.parametrize("check", ALL, ids=lambda check: check.name)
@pytest.mark.parametrize(
    "output",
    [
        printed(wrong="nvidia-smi did not end within 60 s", status=None),
        printed("\x00\x1b[2J"),
        printed("0, 1"),
    ],
    ids=["hangs", "noise", "cut"],
)
def test_what_cannot_be_read_is_an_error(check: NodeCheck, output: Output) -> None:
    """Whichever of its commands it is; what hindered it is shown."""
    found = finding(check, dict.fromkeys(healthy(check), output))

    assert found.verdict is Verdict.ERROR
    assert found.figure is None
    assert found.action


@pytest.mark.parametrize("check", [gpus.CHECK, ecc.CHECK, pcie.CHECK, throttling.CHECK], ids=lambda check: check.name)
def test_silence_and_a_driver_that_fails_are_never_a_pass(check: NodeCheck) -> None:
    """No GPU has told that it is well."""
    failed = printed("No devices were found\n", "nvidia-smi exited with 6: No devices were found", status=6)
    for output in (printed(), failed):
        found = finding(check, dict.fromkeys(healthy(check), output))
        assert found.verdict in (Verdict.FAIL if check is gpus.CHECK else Verdict.ERROR, Verdict.ERROR)


@settings(max_examples=60, deadline=None)
@given(data=st.data(), check=st.sampled_from([gpus.CHECK, ecc.CHECK, pcie.CHECK, throttling.CHECK]))
def test_rows_with_other_cells_are_errors_with_the_line_shown(data: st.DataObject, check: NodeCheck) -> None:
    """Decimal commas, colours, NaN and reordered cells; a serial number, a name and a bus may be anything."""
    outputs = healthy(check)
    name = "clocks_event_reasons" if check is throttling.CHECK else data.draw(st.sampled_from(sorted(outputs)))
    command = check.commands(ask(), ask().nodes[0])[name]
    fields, cells = command[1].partition("=")[2].split(","), row(command, 3).split(", ")
    free = {"name", "serial", "gpu_bus_id", "pci.bus_id"}
    place = data.draw(st.sampled_from([at for at, field in enumerate(fields) if field not in free]))
    damage = data.draw(
        st.sampled_from(["0,5", "nan", "NaN", "\x1b[31m0\x1b[0m", "-1", "1e3", "", "٣", "Ja", cells[-1] * 2])
    )
    line = ", ".join([*cells[:place], damage, *cells[place + 1 :]])
    whole = outputs[name].stdout
    found = finding(check, {name: printed(whole.replace(", ".join(cells), line))})

    assert found.verdict is Verdict.ERROR
    assert repr(line.strip()) in found.reason


@given(order=st.permutations(range(4)))
def test_reordered_cells_are_no_row(order: list[int]) -> None:
    """The index comes first and the UUID last, or nothing is believed."""
    command = nvidia_smi.query("ecc.mode.current", "temperature.gpu")
    cells = row(command, 7).split(", ")
    table = nvidia_smi.read(command, ", ".join(cells[at] for at in order))
    as_asked = order[0] in (0, 2) and order[3] == 3

    assert len(table.rows) == as_asked
    assert len(table.garbled) == (not as_asked)


@settings(max_examples=200, deadline=None)
@given(text=st.text(max_size=200))
def test_noise_is_never_a_gpu(text: str) -> None:
    """Nor an event, nor a link, and nothing breaks."""
    assert nvidia_smi.read(gpus.QUERY, text).rows == ()
    assert nvlink.parse(text).rates == {}
    with pytest.raises(xid.UnreadableLogError):
        xid.parse(text)
