import json

import pytest

from components.catalogue.instance_types import DATA, InstanceType
from components.catalogue.refresh_instance_types import CORRECTIONS, describe, document, gbit_per_second, told


@pytest.mark.usefixtures("client")
def test_the_data_file_says_what_the_api_says_of_every_type() -> None:
    """Moto's copy of DescribeInstanceTypes is the reference; a newer moto means `refresh_instance_types`."""
    now, kept = json.loads(document(describe(), "moto")), json.loads(DATA.read_text())

    assert now["types"] == kept["types"]
    assert now["fields"] == kept["fields"] == [field for field in InstanceType._fields if field != "name"]


@pytest.mark.usefixtures("client")
def test_every_correction_still_corrects() -> None:
    """The day that the API says the same, the correction can go."""
    answers = {answer["InstanceType"]: answer for answer in describe()}

    for name, values in CORRECTIONS.items():
        said = told(answers[name])
        assert [field for field, value in values.items() if said[field] == value] == []


@pytest.mark.parametrize(
    ("performance", "rate"),
    [("3200 Gigabit", 3200), ("4x 100 Gigabit", 400), ("Up to 12.5 Gigabit", 12.5), ("Moderate", None)],
)
def test_network_performance_is_read_from_its_words(performance: str, rate: float | None) -> None:
    """The sum over the cards would be wrong: p6-b200's sum to half of what the type has."""
    assert gbit_per_second(performance) == rate
