import json
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from stacks.environment import CONFIG_FOLDER, load
from stacks.mistakes import SettingsError
from stacks.settings import Settings
from tests.stacks.documents import PROJECT, VALID, write

SANDBOX = (PROJECT / CONFIG_FOLDER / "Pulumi.sandbox.yaml").read_text(encoding="utf-8")
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=10)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
)
PATHS = [
    ("name",), ("aws:region",), ("tags",), ("tags", "owner"), ("network",), ("network", "cidr"), ("network", "zones"),
    ("network", "zones", 0), ("fleets",), ("fleets", "workers"), *[("fleets", "workers", key) for key in (
        "instanceType", "nodes", "zone", "image", "keyName", "purchase", "reservation", "placement", "python"
    )], ("buckets",), ("buckets", "checkpoints"), ("buckets", "checkpoints", "noncurrentDays"), ("access",), ("smoke",),
    ("sandbox",),
]  # fmt: skip


def outcome(text: str) -> Settings | SettingsError:
    """What comes of a file's text."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            return load(write(Path(folder), text), "dev").settings
        except SettingsError as error:
            return error


def settings_or_mistakes(text: str) -> None:
    """Reading ends in one of two ways, and each mistake can be shown."""
    came = outcome(text)

    if isinstance(came, SettingsError):
        assert came.mistakes
        assert all(mistake.problem and mistake.remedy and mistake.place for mistake in came.mistakes)
        assert str(came).replace("\n", "").isprintable()


@settings(deadline=None, max_examples=100)
@given(st.text(st.characters(exclude_categories=["Cs"])))
@example("a: &a [*a]")
@example("config: {? [1]: 2, ai-datacenter:name: !!binary x}")
@example("%YAML 1.1\n---\nconfig: {aws:region: yes}")
@example("config: {<<: {aws:region: us-east-1}, 1: 2, null: 3}")
def test_any_text(text: str) -> None:
    """Whatever stands in the file."""
    settings_or_mistakes(text)


@settings(deadline=None, max_examples=100)
@given(st.integers(0, len(SANDBOX)), st.integers(0, 12), st.text("{}[]&*!<:- \n\"'#%|>@,0a~é\x00", max_size=4))
def test_an_environment_with_a_slip_of_the_hand(start: int, cut: int, typed: str) -> None:
    """Characters lost or typed anywhere."""
    settings_or_mistakes(SANDBOX[:start] + typed + SANDBOX[start + cut :])


def has(group: Any, step: str | int) -> bool:  # noqa: ANN401 - any value of a document
    """Whether a step leads on from a value."""
    return step in range(len(group)) if isinstance(group, list) else isinstance(group, dict) and step in group


@settings(deadline=None, max_examples=120)
@given(st.lists(st.tuples(st.sampled_from(PATHS), VALUES), min_size=1, max_size=3))
def test_any_value_anywhere(changes: list[tuple[tuple[str | int, ...], object]]) -> None:
    """Values of every kind in the place of each setting."""
    values: Any = json.loads(json.dumps(VALID))
    for path, value in changes:
        *groups, key = path
        here = values
        for group in groups:
            here = here[group] if has(here, group) else None
        if isinstance(here, dict) or has(here, key):
            here[key] = value
    config = {name if ":" in name else f"ai-datacenter:{name}": value for name, value in values.items()}
    settings_or_mistakes(json.dumps({"config": config}))
