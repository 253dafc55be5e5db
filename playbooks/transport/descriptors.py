"""How many files this process may have open: every connection is one."""

import resource
from pathlib import Path

EACH = 2  # a connection, and what a proxy command's errors go to
SPARE = 64


def shortage(connections: int, standing: int = 0) -> str:
    """Raise the process's limit to what so many connections at once need; why it cannot be, empty where it is.

    So many of them are `standing` already, and are among what is open.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = max(0, connections - standing) * EACH + SPARE + _open_now()
    if soft == resource.RLIM_INFINITY or needed <= soft:
        return ""
    if hard != resource.RLIM_INFINITY and needed > hard:
        return (
            f"{connections} connections at once need {needed} open files, and the hard limit is {hard}: raise it"
            " (`ulimit -Hn`, /etc/security/limits.conf, or LimitNOFILE= of the systemd unit)"
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))
    return ""


def _open_now() -> int:
    return sum(1 for _ in Path("/dev/fd").iterdir())
