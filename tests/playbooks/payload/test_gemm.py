from collections.abc import Callable
from types import ModuleType

import pytest

from playbooks.checks.gpu import gemm
from tests.playbooks.checks.asks import names, verdicts
from tests.playbooks.payload.fleet import all_ended, nodes, start

Module = Callable[[str], ModuleType]


@pytest.mark.slow
def test_four_nodes_of_one_host_pass() -> None:
    """At the same time, as in a sandbox."""
    question = nodes(4)
    found = gemm.CHECK.judge(question, all_ended(start(gemm.CHECK, question)))

    assert verdicts(found) == [("PASS", (name,)) for name in names(question)]


def test_flops_are_a_product_and_a_sum_for_each_triple(module: Module) -> None:
    """By hand, of 2 by 3 times 3 by 5."""
    assert module("gemm").flops((2, 5, 3)) == 2 * 30


def test_the_best_shape_is_the_one_that_reaches_most(module: Module, monkeypatch: pytest.MonkeyPatch) -> None:
    """By its median; one alone is not tried."""
    program = module("gemm")
    device = program.devices.Device(0, 1, program.torch.device("cpu"), None)
    reached = {(8, 8, 8): [1.0, 9.0, 1.0], (4, 4, 4): [2.0, 2.0, 2.0]}
    monkeypatch.setattr(program, "_reached", lambda _device, shape, _dtype, _times: reached[shape])
    monkeypatch.setitem(program.SHAPES, "cpu", tuple(reached))

    assert program._best(device, program.torch.float32) == (4, 4, 4)
