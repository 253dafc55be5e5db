import json

import pytest

from components.instance_types import DATA
from components.refresh_instance_types import describe, document, gbit_per_second


@pytest.mark.usefixtures("client")
def test_the_data_file_says_what_the_api_says_of_every_type() -> None:
    """Moto's copy of DescribeInstanceTypes is the reference; a newer moto means `refresh_instance_types`."""
    assert json.loads(document(describe(), "moto"))["types"] == json.loads(DATA.read_text())["types"]


@pytest.mark.parametrize(
    ("performance", "rate"),
    [("3200 Gigabit", 3200), ("4x 100 Gigabit", 400), ("Up to 12.5 Gigabit", 12.5), ("Moderate", None)],
)
def test_network_performance_is_read_from_its_words(performance: str, rate: float | None) -> None:
    """The sum over the cards would be wrong: p6-b200's sum to half of what the type has."""
    assert gbit_per_second(performance) == rate
