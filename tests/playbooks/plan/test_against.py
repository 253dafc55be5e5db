"""Against real git repositories, with the plans of real evaluations."""

from pathlib import Path

import pytest

from playbooks.plan.against import BaseError, base_plan
from playbooks.plan.comparison import Kind, compared
from playbooks.plan.evaluate import evaluate
from playbooks.plan.make import make
from stacks.environment import load
from tests.playbooks.plan.plans import TODAY
from tests.repositories import commit, edit, git, make_repository, needs_git

pytestmark = needs_git
DEV = "stacks/config/Pulumi.dev.yaml"


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project, with a change of settings and one of code on a branch."""
    folder = make_repository(tmp_path_factory.mktemp("repository"))
    git(folder, "checkout", "--quiet", "-b", "change")
    edit(folder, DEV, "nodes: 2", "nodes: 3")
    edit(folder, "components/network/network.py", "enable_dns_support=True", "enable_dns_support=False")
    commit(folder, "Change a setting and the code")
    return folder


@pytest.mark.slow
def test_the_base_is_its_own_settings_and_its_own_code(repository: Path) -> None:
    """What the branch changed is not there yet; the worktree is gone afterwards."""
    base = base_plan(repository, "main", "dev")

    assert base is not None
    assert [each.properties["enableDnsSupport"] for each in base.graph if each.type.endswith(":Vpc")] == [True]
    assert sum(each.type.endswith(":Instance") for each in base.graph) == 2
    assert git(repository, "worktree", "list").count("\n") == 0


@pytest.mark.slow
def test_what_a_branch_changes_is_told_by_property(repository: Path) -> None:
    """A node more, in the settings of the branch."""
    base = base_plan(repository, "main", "dev")
    assert base is not None

    found = compared("main", base, make(load(repository, "dev"), TODAY))

    assert [(each.kind, each.name) for each in found.changes] == [(Kind.ADDED, "dev-workers-2")]
    assert evaluate(load(repository, "dev")).by_urn.keys() > base.graph.by_urn.keys()


@pytest.mark.slow
def test_a_new_environment_has_no_base(repository: Path) -> None:
    """All of it is new then."""
    assert base_plan(repository, "main", "no-such-environment") is None


@pytest.mark.slow
def test_a_base_that_makes_no_plan_says_why(repository: Path) -> None:
    """With its own words, and the ref."""
    git(repository, "checkout", "--quiet", "-b", "broken", "main")
    edit(repository, DEV, "nodes: 2", "nodes: none")
    commit(repository, "Break it")
    git(repository, "checkout", "--quiet", "change")

    with pytest.raises(BaseError, match=r"broken: its code made no plan of dev \(exit status 2\)"):
        base_plan(repository, "broken", "dev")


def test_a_ref_that_there_is_not(repository: Path) -> None:
    """Nor one that git would take for an option."""
    for ref in ("no-such-branch", "--upload-pack=x"):
        with pytest.raises(BaseError, match="there is no git ref"):
            base_plan(repository, ref, "dev")
