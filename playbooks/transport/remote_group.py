"""Shell text that marks the processes of a command on a node, finds them again and ends them.

The command's shell carries the mark in its command line and everything below it in its environment, so that a process
that left the session by `setsid` is found as well. Marking costs the node no process and the network no packet.
"""

import re

from playbooks.transport.login_shell import by_sh

VARIABLE = "AIDC_JOB"
SCAN_SECONDS = 0.1
GONE = 0  # the exit status of `ending` where no marked process is left

# A process between fork and exec still looks like its parent, so that nothing must be found twice in a row. A group is
# ended only where its leader is marked: `kill -s -pid` finds no group where the marked process leads none. A zombie has
# neither a command line nor an environment. The pattern's brackets keep this text from finding itself.
ENDING = """\
turn=0 clear=0 told=
while :; do
  pids=
  for file in $(grep -slE '{pattern}' /proc/[0-9]*/environ /proc/[0-9]*/cmdline); do
    pid=${{file#/proc/}}; pids="$pids ${{pid%/*}}"
  done
  if [ -z "$pids" ]; then
    clear=$((clear + 1)); [ $clear -lt 2 ] || exit 0
  else
    clear=0; [ $turn -lt {limit} ] || exit 1
    for pid in $pids; do
      if [ $turn -ge {grace} ]; then signal=KILL; else
        case " $told " in *" $pid "*) continue ;; esac
        signal=TERM; told="$told $pid"
      fi
      kill -$signal "-$pid" 2>/dev/null || kill -$signal "$pid" 2>/dev/null
    done
  fi
  turn=$((turn + 1)); sleep {pause}
done
"""


def marked(line: str, mark: str) -> str:
    """The line, for the user's login shell, with the mark on it and on all that it starts."""
    return by_sh(f"export {VARIABLE}={mark}/; {line}")


def ending(mark: str, *, grace_seconds: float, limit_seconds: float) -> str:
    """A line that ends every process with this mark: TERM, after the grace KILL.

    Its exit status is `GONE` where none is left, 1 where some still are after the limit.
    """
    script = ENDING.format(
        pattern=f"{VARIABLE[:-1]}[{VARIABLE[-1]}]={re.escape(mark)}/",
        grace=round(grace_seconds / SCAN_SECONDS),
        limit=round(limit_seconds / SCAN_SECONDS),
        pause=SCAN_SECONDS,
    )
    return by_sh(script)
