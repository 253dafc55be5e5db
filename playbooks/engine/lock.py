"""Who holds a stack's lock, as the engine tells it, and whether that process is still alive."""

import getpass
import os
import re
import socket
from typing import NamedTuple

# diyBackend.checkForLock of Pulumi's pkg/backend/diy/lock.go: "created by %v@%v (pid %v) at %v".
TOLD = re.compile(r"created by (?P<user>\S+)@(?P<host>\S+) \(pid (?P<pid>\d+)\) at (?P<since>\S+)")


class Holder(NamedTuple):
    """A process that has locked a stack's state."""

    user: str
    host: str
    pid: int
    since: str

    @property
    def gone(self) -> bool:
        """Whether it ran here, as this user, and runs no more; of another machine's process nobody can tell."""
        return (self.user, self.host) == (getpass.getuser(), socket.gethostname()) and not _alive(self.pid)

    def __str__(self) -> str:
        """The holder in words."""
        return f"{self.user}@{self.host}, process {self.pid}, since {self.since}"


def holders(said: str) -> list[Holder]:
    """The holders that the engine names; none where the backend is a service that keeps them to itself."""
    return [Holder(each["user"], each["host"], int(each["pid"]), each["since"]) for each in TOLD.finditer(said)]


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
