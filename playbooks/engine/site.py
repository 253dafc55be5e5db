"""Where an environment is changed, for whom, and how that person hears of it."""

from pathlib import Path
from typing import NamedTuple

from rich.console import Console

from playbooks.engine.orphans import ClientsOf
from playbooks.report.terminal import Screen
from stacks.environment import Environment


class Site(NamedTuple):
    """Where and for whom an environment is changed.

    Attributes:
        environment: which.
        project: the folder of Pulumi.yaml.
        clients_of: maker of boto3 clients, by region.
        console: where the person looks.
        yes: whether the person has agreed to whatever is shown.
    """

    environment: Environment
    project: Path
    clients_of: ClientsOf
    console: Console
    yes: bool

    def say(self, line: str) -> None:
        """Print a line, harmless and as the stream can hold it."""
        self.console.print(Screen(self.console.encoding).text(line))

    def show(self, command: str) -> None:
        """Print a command in one line, however narrow the terminal, so that it can be copied."""
        self.console.print(Screen(self.console.encoding).text(f"    {command}"), soft_wrap=True)
