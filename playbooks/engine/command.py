"""The `pulumi` command: found or asked for, and ended by Ctrl-C in a way that keeps its state whole."""

import os
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from threading import Thread
from types import FrameType
from typing import IO

from pulumi.automation import CommandResult, OnOutput, PulumiCommand
from pulumi.automation.errors import create_command_error
from semver import VersionInfo

from playbooks.errors import AidcError

OLDEST = VersionInfo(3, 206, 0)  # the first that streams its events by gRPC (pulumi.automation, Stack._setup_event_log)
ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
NON_INTERACTIVE = "--non-interactive"
GET_IT = "install the Pulumi CLI (https://www.pulumi.com/docs/install/), or put its folder on PATH, and run this again"
INTERRUPTED = (
    "Interrupted: the engine ends what it has begun and keeps its state, which can take minutes."
    " Ctrl-C once more ends it at once; then nobody knows whether what is being created exists."
)


class EngineMissingError(AidcError):
    """There is no `pulumi` on PATH that can be used."""


class Engine(PulumiCommand):
    """`pulumi` in a process group of its own.

    A terminal sends Ctrl-C to everything in its group, and the SDK leaves a running engine behind when it comes: here
    the engine alone is told, once for each Ctrl-C, and always waited for.

    Attributes:
        interrupted: whether there was a Ctrl-C, also where the engine came to its end all the same.
        tell: called with what a person should know meanwhile.
    """

    interrupted = False
    tell: Callable[[str], object] = staticmethod(print)

    def run(
        self,
        args: list[str],
        cwd: str,
        additional_env: Mapping[str, str],
        on_output: OnOutput | None = None,
        on_error: OnOutput | None = None,
    ) -> CommandResult:
        """Run a command of Pulumi's to its end.

        Raises:
            CommandError: it failed; which class says why.
        """
        flags = [] if NON_INTERACTIVE in args else [NON_INTERACTIVE]
        with self._interrupts_handed_on() as started:
            process = subprocess.Popen(  # noqa: S603 - the arguments are pulumi.automation's
                [self.command, *flags, *args],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=cwd,
                env={**os.environ, **additional_env, "PULUMI_AUTOMATION_API": "true"},
                encoding="utf-8",
                errors="replace",
                process_group=0,
            )
            started(process)
            streams = [_Lines(process.stdout, on_output), _Lines(process.stderr, on_error)]
            code = process.wait()
        stdout, stderr = ("\n".join(stream.read()) for stream in streams)
        result = CommandResult(stdout=stdout, stderr=stderr, code=code)
        if code != 0:
            raise create_command_error(result)
        return result

    @contextmanager
    def _interrupts_handed_on(self) -> Iterator[Callable[[subprocess.Popen[str]], None]]:
        """Hand each Ctrl-C on, and a cancelled job's or a closed terminal's signal as one.

        Yields:
            What to tell of the process once it is there; a Ctrl-C that came before waits for it.
        """
        processes: list[subprocess.Popen[str]] = []
        waiting: list[int] = []

        def hand_on(number: int, _frame: FrameType | None) -> None:
            self.interrupted = True
            if processes:
                processes[0].send_signal(signal.SIGINT)
            else:
                waiting.append(number)
            self.tell(INTERRUPTED)

        def started(process: subprocess.Popen[str]) -> None:
            processes.append(process)
            for _ in waiting:
                process.send_signal(signal.SIGINT)

        before = {ending: signal.signal(ending, hand_on) for ending in ENDINGS}
        try:
            yield started
        finally:
            for ending, handler in before.items():
                signal.signal(ending, handler)


class _Lines:
    """Reads a stream to its end beside the caller."""

    def __init__(self, stream: IO[str] | None, on_line: OnOutput | None) -> None:
        self._stream, self._on_line = stream, on_line
        self._lines: list[str] = []
        self._thread = Thread(target=self._pump, daemon=True)
        self._thread.start()

    def read(self) -> list[str]:
        """All lines, once there are no more."""
        self._thread.join()
        return self._lines

    def _pump(self) -> None:
        for line in self._stream or ():
            self._lines.append(line.rstrip())
            if self._on_line:
                self._on_line(self._lines[-1])
        if self._stream:
            self._stream.close()


def engine() -> Engine:
    """The engine on PATH.

    Raises:
        EngineMissingError: there is none, or one that is too old; with the way to get it.
    """
    if shutil.which("pulumi") is None:
        raise EngineMissingError(f"there is no `pulumi` on PATH: {GET_IT}")
    found = Engine(skip_version_check=True)
    found.version = found.version or VersionInfo.parse(version("pulumi"))  # one built from source tells no version
    if found.version < OLDEST:
        raise EngineMissingError(f"`pulumi` on PATH is {found.version}, older than {OLDEST}: {GET_IT}")
    return found
