"""Shell text for a command that is started once and followed from any connection.

The job runs in a session of its own and writes into files below `~/.aidc/jobs/`, so that it does not notice when a
connection breaks. Making its folder is what decides who starts it: `mkdir` succeeds once.
"""

import re
import shlex

from playbooks.transport.login_shell import by_sh
from playbooks.transport.outcome import ConnectionLostError, TransportError
from playbooks.transport.remote_group import VARIABLE

# Exit statuses of `following` where it has none of the job; then its last words are in stderr.
NO_ANSWER = 97
NOT_STARTED = 96

SHOWN_CHARACTERS = 500

FOLLOWING = """\
export {variable}={mark}/
folder=$HOME/.aidc/jobs/{name}
none() {{ echo "aidc {mark}: $2" >&2; exit $1; }}
(umask 077; mkdir -p "${{folder%/*}}") || none {not_started} 'the folder for jobs cannot be made'
if mkdir "$folder" 2>/dev/null; then
  : >"$folder/stdout"; : >"$folder/stderr"
  setsid sh -c {runner} aidc "$folder" </dev/null >/dev/null 2>&1 &
elif [ ! -d "$folder" ]; then
  none {not_started} 'its folder cannot be made'
fi
turn=0
while [ ! -s "$folder/pid" ]; do
  turn=$((turn + 1)); [ $turn -lt 100 ] || none {no_answer} 'it did not start'
  sleep 0.1
done
read -r pid <"$folder/pid"
watch() {{
  while [ ! -e "$folder/status" ]; do
    state=; read -r _ _ state _ 2>/dev/null <"/proc/$pid/stat"
    case $state in ''|Z|X) return ;; esac
    sleep 0.1
  done
}}
watch & watcher=$!
tail -c +{stdout} -f -s 0.1 --pid=$watcher "$folder/stdout" &
tail -c +{stderr} -f -s 0.1 --pid=$watcher "$folder/stderr" >&2 &
wait
[ -s "$folder/status" ] || none {no_answer} 'it ended without an exit status'
read -r status <"$folder/status"
exit "$status"
"""

RUNNER = """\
echo $$ >"$1/pid"
sh -c {line} >"$1/stdout" 2>"$1/stderr"
echo $? >"$1/status.part"
mv "$1/status.part" "$1/status"
"""


def job_name(job: str, instance_id: str) -> str:
    """The job's name on a node; home folders may be shared between nodes, so that the node is part of it.

    Raises:
        ValueError: the job's name holds something that a shell could mistake.
    """
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", job):
        raise ValueError(f"a job's name consists of letters, digits, '.', '_' and '-': {job!r}")
    return f"{job}.{instance_id}"


def following(line: str, name: str, mark: str, *, stdout_bytes: int, stderr_bytes: int) -> str:
    """A line that starts the job where it never was, and prints what it prints beyond the bytes already known."""
    script = FOLLOWING.format(
        variable=VARIABLE,
        mark=mark,
        name=name,
        no_answer=NO_ANSWER,
        not_started=NOT_STARTED,
        runner=shlex.quote(RUNNER.format(line=shlex.quote(line))),
        stdout=stdout_bytes + 1,
        stderr=stderr_bytes + 1,
    )
    return by_sh(script)


def without_answer(status: int, stderr: str, name: str, mark: str) -> TransportError | None:
    """Why `following` ended without the job's own exit status; None where it has one."""
    last = stderr.rstrip("\n").rpartition("\n")[2]
    if status not in (NO_ANSWER, NOT_STARTED) or not last.startswith(f"aidc {mark}: "):
        return None
    kind = ConnectionLostError if status == NO_ANSWER else TransportError
    return kind(f"job {name}: {stderr[-SHOWN_CHARACTERS:].strip()}")


def tidying(name: str) -> str:
    """A line that removes what the job left."""
    return f"rm -rf ~/.aidc/jobs/{name}"
