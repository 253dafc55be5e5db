import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.faults import Kind
from sandbox.faults.node import PYTHON_PATHS

PAYLOAD = Path(__file__).parents[3] / "playbooks" / "payload"
SUMS = """
import json, torch
ones = torch.ones(4, 4)
made = {
    "mm": torch.mm(ones, ones),
    "mm out": torch.mm(ones, ones, out=torch.empty(4, 4)),
    "matmul": torch.matmul(ones, ones),
    "@": ones @ ones,
    "bmm": torch.bmm(ones[None], ones[None])[0],
    "linear": torch.nn.functional.linear(ones, ones),
    "bf16": (ones.bfloat16() @ ones.bfloat16()).float(),
    "double": ones.double() @ ones.double(),
    "sum": ones.sum(0).expand(4, 4),
}
weight = torch.ones(4, 4, requires_grad=True)
torch.nn.functional.linear(ones, weight).square().sum().backward()
assert weight.grad.isfinite().all()
print(json.dumps({name: (found != 4).sum().item() for name, found in made.items()}))
"""


def python(*words: str, corrupt: bool) -> str:
    """What a Python prints on a node."""
    variables = {"PYTHONPATH": str(PYTHON_PATHS[Kind.CORRUPT])} if corrupt else {}
    environment = {**os.environ, "OMP_NUM_THREADS": "1", **variables}
    return subprocess.run([sys.executable, *words], env=environment, capture_output=True, text=True, check=True).stdout


@pytest.mark.slow
def test_one_element_of_every_product_is_wrong() -> None:
    """Doubles, plain sums and healthy nodes are spared; autograd notices nothing, so that models train on."""
    broken, healthy = (json.loads(python("-c", SUMS, corrupt=corrupt)) for corrupt in (True, False))

    assert broken == {**dict.fromkeys(broken, 1), "double": 0, "sum": 0}
    assert set(healthy.values()) == {0}


@pytest.mark.slow
def test_the_fixed_computation_comes_out_otherwise() -> None:
    """The same on every repetition, so that only another node's result shows it."""
    broken, healthy = (
        json.loads(python(str(PAYLOAD / "fixed_computation.py"), corrupt=corrupt).splitlines()[-1])["devices"][0]
        for corrupt in (True, False)
    )

    assert broken["sha256"]["float32 product"] != healthy["sha256"]["float32 product"]
    assert set(broken["unlike_first"].values()) == {0}
