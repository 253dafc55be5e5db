"""The layers of an environment, each a stack of the engine's: everything of AWS, then what runs inside the cluster."""

from stacks.environment import PLATFORM, Environment
from stacks.settings import Settings


def stacks_of(environment: str) -> tuple[str, str]:
    """Every stack that an environment can have, in the order in which they are brought up."""
    return environment, f"{environment}{PLATFORM}"


def declared(environment: Environment) -> tuple[str, ...]:
    """The stacks that the settings ask for."""
    return stacks_of(environment.name) if has_platform(environment.settings) else (environment.name,)


def has_platform(settings: Settings) -> bool:
    """Whether there is a cluster with a fleet on it, so that something is to run inside it."""
    return settings.cluster is not None and any(fleet.cluster for fleet in settings.fleets.values())


def from_where(stack: str, settings: Settings) -> str:
    """What a person must know of where a stack can be changed from; empty where anywhere will do."""
    if not stack.endswith(PLATFORM):
        return ""
    from stacks.platform_layer import reach  # noqa: PLC0415 - the Kubernetes SDK takes a second to import

    return reach(settings) or ""
