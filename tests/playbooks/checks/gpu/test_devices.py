import re
from collections.abc import Callable

import pytest

from playbooks.checks import answer
from playbooks.checks.gpu import fixed_computation, gemm, host_device_bandwidth, memory_bandwidth
from tests.playbooks.checks.asks import printed

CHECKS: dict[str, tuple[Callable[[str], object], str]] = {
    "gemm": (gemm.parse, printed("gemm.0.stdout")),
    "memory-bandwidth": (memory_bandwidth.parse, printed("memory-bandwidth.stdout")),
    "host-device-bandwidth": (host_device_bandwidth.parse, printed("host-device-bandwidth.stdout")),
    "fixed-computation": (fixed_computation.parse, printed("fixed-computation.0.stdout")),
}
each_check = pytest.mark.parametrize(("parse", "text"), CHECKS.values(), ids=CHECKS)


@each_check
@pytest.mark.parametrize(
    "spoilt",
    [
        lambda text: re.sub(r'"index": \d+', '"index": NaN', text),
        lambda text: re.sub(r'"index": \d+', '"index": 0,0', text),
        lambda text: text.replace('"devices"', '\x1b[31m"devices"\x1b[0m'),
        lambda text: text.replace('"devices": [{', '"devices": [{"more": 1, '),
        lambda text: f"{text}\nWarning: the answer is above",
        lambda text: re.sub(r'"index": \d+', '"index": "many"', text),
        lambda _: "",
    ],
    ids=["NaN", "decimal commas", "colours", "unknown key", "more behind it", "words", "nothing"],
)
def test_an_answer_that_is_spoilt_is_an_error(
    parse: Callable[[str], object], text: str, spoilt: Callable[[str], str]
) -> None:
    """Never a pass."""
    with pytest.raises(answer.UnreadableAnswerError):
        parse(spoilt(text))


@pytest.mark.parametrize(
    ("name", "rates"),
    [
        ("gemm", "tflop_per_second"),
        ("memory-bandwidth", "copy_gb_per_second"),
        ("memory-bandwidth", "triad_gb_per_second"),
        ("host-device-bandwidth", "to_device_gb_per_second"),
        ("host-device-bandwidth", "to_host_gb_per_second"),
    ],
)
@pytest.mark.parametrize("values", ["[]", "[0.0]", "[1.0, -1.0]"])
def test_rates_that_cannot_be_are_an_error(name: str, rates: str, values: str) -> None:
    """No repetition, no time, or time that ran backwards."""
    parse, text = CHECKS[name]

    with pytest.raises(answer.UnreadableAnswerError):
        parse(re.sub(rf'"{rates}": \[[^\]]*\]', f'"{rates}": {values}', text, count=1))
