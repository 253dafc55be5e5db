"""Resources that exist and that no state knows: matched with what the engine wanted to make when it was cut off."""

import shlex
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, Protocol

from playbooks.account import Clients
from playbooks.engine.state import State
from playbooks.engine.tagged import Tagged, remaining, tagged, untracked
from stacks.settings import Settings

ClientsOf = Callable[[str], Clients]


class Wanted(Protocol):
    """A resource of the program that the engine has not made, or does not know that it has."""

    @property
    def urn(self) -> str:
        """The engine's name of it."""

    @property
    def type(self) -> str:
        """The SDK's token."""

    @property
    def name(self) -> str:
        """Its name in the program."""

    @property
    def parent_urn(self) -> str:
        """The component that it belongs to."""


class Match(NamedTuple):
    """A resource of the program, and one in the account that has its name and its kind."""

    wanted: Wanted
    found: Tagged

    @property
    def adoptable(self) -> bool:
        """Whether the id that the engine needs is known: for EC2's kinds it stands at the end of the ARN."""
        return self.found.arn.split(":")[2] == "ec2"


def unknown_to(states: Sequence[State], clients_of: ClientsOf, settings: Settings) -> list[Tagged]:
    """What exists with the environment's tags and is in none of its states.

    Raises:
        AccountError: the account does not answer.
    """
    known = set().union(*(state.ids for state in states))
    found = untracked(tagged(clients_of, regions(states, settings), settings.name), known)
    return [each for each, _ in remaining(found, clients_of)]


def regions(states: Iterable[State], settings: Settings) -> set[str]:
    """The environment's region, and others in which it has something, such as copies of backups."""
    told = {str(each.outputs["region"]) for state in states for each in state.resources if "region" in each.outputs}
    return {settings.region, *told}


def matches(wanted: Iterable[Wanted], found: Iterable[Tagged]) -> list[Match]:
    """Of the wanted resources those that exist: of the same kind and with the same Name."""
    by_name = {(_plain(each.kind), each.tags.get("Name")): each for each in found}
    keys = [(each, (_plain(each.type.rpartition(":")[2]), each.name)) for each in wanted]
    return [Match(each, by_name[key]) for each, key in keys if key in by_name]


def adoption(wanted: Wanted, identity: str) -> list[str]:
    """The words of Pulumi's command that takes a resource over, where the program has it."""
    place = ["--parent", f"parent={wanted.parent_urn}", wanted.type, wanted.name, identity]
    return ["import", "--protect=false", "--generate-code=false", "--yes", *place]


def how_to_adopt(match: Match, stack: str) -> str:
    """The way on for one that the engine does not know."""
    words = ["pulumi", *adoption(match.wanted, match.found.id if match.adoptable else "ID"), "--stack", stack]
    return f"{match.found} exists and is in no state. Delete it, or keep it:\n  {shlex.join(words)}"


def _plain(kind: str) -> str:
    """`launch-template` and `LaunchTemplate` are the same kind."""
    return kind.replace("-", "").lower()
