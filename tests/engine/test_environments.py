"""The life of every environment on the real engine, both layers: each is brought up once, and taken down at the end."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import NamedTuple

import pytest
from rich.console import Console

from playbooks import account
from playbooks.engine.bring_up import bring_up
from playbooks.engine.command import engine
from playbooks.engine.layers import declared
from playbooks.engine.operation import Operation
from playbooks.engine.site import Site
from playbooks.engine.stack import EngineError, Layer, opened
from stacks.environment import Environment, load, names
from tests.engine.conftest import made
from tests.engine.engine_project import EngineProject
from tests.projects import ROOT

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.timeout(600)]
INSTANCE = "aws:ec2/instance:Instance"
TAGS = {"tags", "tagsAll", "tagSpecifications"}


class Life(NamedTuple):
    """An environment that is up."""

    project: EngineProject
    name: str
    console: Console

    @property
    def environment(self) -> Environment:
        """What its file says by now."""
        return load(self.project.folder, self.name)

    def layers(self) -> list[Layer]:
        """Its stacks, opened."""
        found = [opened(engine(), self.environment, self.project.folder, name) for name in declared(self.environment)]
        return [layer for layer in found if layer]

    def previewed(self, layer: Layer) -> Operation:
        """What an update would do; the figures go into the transcript."""
        return timed(self.name, "preview", layer, layer.preview)

    @contextmanager
    def changed(self, section: str, **values: object) -> Iterator[None]:
        """Other settings for a while."""
        file = self.environment.path
        before = file.read_bytes()
        self.project.change(self.name, section, **values)
        try:
            yield
        finally:
            file.write_bytes(before)

    def replacement(self) -> tuple[str, dict[str, object]]:
        """A change that would replace what holds data: a file system where there is one, a bucket elsewhere."""
        settings = self.environment.settings
        for name, file_system in settings.lustre.items():
            return f"lustre.{name}", {"efa": not file_system.efa}
        return f"buckets.{min(settings.buckets)}", {"objectLock": {"mode": "GOVERNANCE", "days": 1}}


def timed(environment: str, what: str, layer: Layer, act: Callable[[Operation], None]) -> Operation:
    """One operation, with a line for the transcript: `pytest -rP` shows it."""
    operation, begin = Operation(), time.monotonic()
    act(operation)
    seconds = time.monotonic() - begin
    counts = f"{len(operation.changes)} changed, {operation.unchanged} same"
    print(f"{environment}: {what} of {layer.name}: {counts}, {seconds:.1f} s")  # noqa: T201 - the transcript
    return operation


@pytest.fixture(scope="module", params=names(ROOT))
def life(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, account: str) -> Iterator[Life]:
    """Each environment, brought up."""
    folder = tmp_path_factory.mktemp(request.param)
    project = made(folder, account)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in project.environment().items():
            patch.setenv(name, value)
        yield brought_up(project, request.param)


def brought_up(project: EngineProject, name: str) -> Life:
    """Preview and update of every layer, agreed to beforehand."""
    console = Console(width=200)
    begin = time.monotonic()
    site = Site(load(project.folder, name), project.folder, account.clients, console, yes=True)
    assert bring_up(site) == 0
    console.print(f"{name}: up in all {time.monotonic() - begin:.1f} s")
    return Life(project, name, console)


def test_every_layer_is_up_and_settled(life: Life) -> None:
    """The state has the resources, and nothing in it was cut off."""
    states = [layer.state() for layer in life.layers()]

    assert [(state.settled, bool(state.resources)) for state in states] == [(True, True)] * len(states)


def test_a_second_update_would_change_nothing(life: Life) -> None:
    """Nor the outputs; a program that is not the same twice would show here."""
    previews = [life.previewed(layer) for layer in life.layers()]

    assert [(preview.changes, preview.outputs_differ) for preview in previews] == [([], False)] * len(previews)


def test_a_refresh_finds_no_drift(life: Life) -> None:
    """Whatever a component declares reads back as it was declared."""
    compared = [timed(life.name, "refresh", layer, layer.drift) for layer in life.layers()]

    assert [operation.changes for operation in compared] == [[]] * len(compared)


def test_another_cost_center_and_a_node_less_touch_nothing_else(life: Life) -> None:
    """Tags change in place and replace no node; of the nodes one goes, from the middle, by its number."""
    gone: list[str] = []
    with ExitStack() as meanwhile:
        meanwhile.enter_context(life.changed("tags", costCenter="another"))
        for name, fleet in life.environment.settings.fleets.items():
            if len(fleet.numbers) > 1:
                number = fleet.numbers[len(fleet.numbers) // 2]
                meanwhile.enter_context(life.changed(f"fleets.{name}", without=[number]))
                gone.append(f"{life.name}-{name}-{number}")
        changes = life.previewed(life.layers()[0]).changes
    updates = [step for step in changes if step.verb == "update"]

    assert updates
    assert {name for step in updates for name in step.properties} <= TAGS
    assert [(step.verb, step.type, step.name) for step in changes if step not in updates] == [
        ("delete", INSTANCE, name) for name in gone
    ]


def test_what_would_replace_data_is_refused_and_the_runbook_s_way_out_works(life: Life) -> None:
    """A bucket's object lock and a file system's EFA can't be changed in place."""
    layer, (section, change) = life.layers()[0], life.replacement()
    with life.changed(section, **change):
        with pytest.raises(EngineError, match="docs/runbook.md#unprotect") as refused:
            life.previewed(layer)
        urns = [each.urn for each in layer.state().resources if each.protect and each.urn in str(refused.value)]
        for urn in urns:
            layer.unprotect(urn)
        replaced = [step.urn for step in life.previewed(layer).changes if step.verb == "replace"]

    assert urns
    assert set(urns) <= set(replaced)


def test_down_leaves_nothing(life: Life) -> None:
    """What runs inside the cluster goes first; what is protected, when its protection was lifted."""
    for layer in reversed(life.layers()):
        for each in layer.state().resources:
            if each.protect:
                layer.unprotect(each.urn)
        timed(life.name, "destroy", layer, layer.destroy)

        assert layer.state().resources == ()
