"""What can go wrong with the local sandbox, told to the person who runs it."""

from playbooks.errors import AidcError


class SandboxError(AidcError):
    """The sandbox cannot do what was asked. The message says what is wrong, where, and what to do."""


class InUseError(SandboxError):
    """Another command is changing this sandbox."""


class StateDamagedError(SandboxError):
    """The state file is there and cannot be read."""


class StartError(SandboxError):
    """A node or the moto server did not come up."""


class NamespaceError(SandboxError):
    """Network namespaces cannot be made or removed on this machine."""


class FaultError(SandboxError):
    """A node cannot be given the fault that was asked for."""
