"""Sets the clock ahead in every Python that starts here, which imports `sitecustomize` by itself."""

import time
from collections.abc import Callable

AHEAD_SECONDS = 5


def ahead(clock: Callable[[], float]) -> Callable[[], float]:
    """A clock that shows a later time."""
    return lambda: clock() + AHEAD_SECONDS


time.time = ahead(time.time)
