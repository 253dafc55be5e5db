"""What the sandbox was brought to, as it is kept between two commands."""

from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError

from sandbox.errors import StateDamagedError
from sandbox.folder import SandboxFolder, write_atomically


class State(BaseModel):
    """What `up` has done so far.

    Attributes:
        environment: whose sandbox it is; empty before the first `up`.
        network: how the hosts are joined; another way means starting over.
        digest: of the graph; empty while the cloud is being rebuilt.
        addresses: of every instance, by resource name, so that a rebuild moves none of them.
        nodes: a fingerprint of what each running node was started with, by node name.
        kept: what moto can't hold, with the reason.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    environment: str = ""
    network: str = ""
    digest: str = ""
    addresses: dict[str, str] = {}
    nodes: dict[str, str] = {}
    kept: dict[str, str] = {}

    @classmethod
    def read(cls, folder: SandboxFolder) -> Self:
        """The state as it was written last, an empty one where there is none.

        Raises:
            StateDamagedError: it is damaged, or of another version of the toolkit.
        """
        try:
            return cls.model_validate_json(folder.state.read_bytes())
        except FileNotFoundError:
            return cls()
        except ValidationError as error:
            (first, *_) = error.errors()
            where = ".".join(map(str, first["loc"]))
            raise StateDamagedError(
                f"{folder.state} is damaged, or another version's ({where or 'JSON'}: {first['msg']});"
                " run `aidc down`, then `aidc up`, with the environment's name"
            ) from error

    @classmethod
    def read_if_whole(cls, folder: SandboxFolder) -> Self:
        """The same, but an empty one where it can't be read: what is to be taken away need not be understood."""
        try:
            return cls.read(folder)
        except StateDamagedError:
            return cls()

    def write(self, folder: SandboxFolder) -> None:
        """Replace the state; a kill leaves the old one or the new one."""
        write_atomically(folder.state, self.model_dump_json(indent=2).encode())
