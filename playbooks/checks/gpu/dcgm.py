"""NVIDIA's own diagnostics of each node's GPUs, `dcgmi diag`, in the answers of DCGM 2 to 4.

Where a node has no `dcgmi` the check is INCONCLUSIVE and not SKIPPED: the settings ask for it, by default or not, and a
fleet that nobody has diagnosed must not look like one that was. Level 0 in the settings skips it.
"""

from collections.abc import Mapping

from playbooks.checks import answer, blame
from playbooks.checks.check import Ask, Check, Scope
from playbooks.checks.gpu.dcgm_diag import FAILED, NOT_RUN, PASSED, WARNED, Test, tests
from playbooks.checks.node import gpus
from playbooks.checks.node.check import Output
from playbooks.findings import Figure, Finding, Verdict
from playbooks.nodes import Node
from playbooks.thresholds.gpu_health import NO_FAILED_TESTS
from playbooks.transport.outcome import Outcome

NAME = "dcgm"
SECONDS = {
    1: 180.0,
    2: 900.0,
    3: 3600.0,
    4: 10800.0,
}  # NVIDIA's own estimates: seconds, 2 min, 15 to 30 min, 1 to 2.25 h
SPARE_SECONDS = 30.0  # for Python to start and the answer to come
EVIDENCE_CHARACTERS = 16_000
SAID = 4
DEPLOYMENT = "Deployment"  # the category of the tests of software and settings, which put no load on a GPU
LOADED_FROM = 2  # the level from which DCGM puts load on the GPUs
_INSTALL = "Install DCGM on the node (`datacenter-gpu-manager`), or set smoke.dcgm.level to 0."
_START = "See `systemctl status nvidia-dcgm` (nv-hostengine) and `dcgmi diag -r 1` on the node."
_COMPLETE = (
    "Install DCGM's plug-ins on the node (`datacenter-gpu-manager-config`; of DCGM 4 `datacenter-gpu-manager-4-cuda<N>`"
    " for its driver), and see in the evidence why tests were skipped; or set smoke.dcgm.level to 1."
)
_REPLACE = "Read DCGM's own words in the evidence; reset the GPU where they say so, else replace the node."
_CONFIGURE = "Read DCGM's own words in the evidence: they name the settings of the node to change, or what to watch."


class Dcgm(answer.Answer):
    """What `payload/dcgm.py` answers."""

    level: int
    diag: Output


def parse(text: str) -> Dcgm:
    """The answer in what the program printed.

    Raises:
        UnreadableAnswerError: it is not the program's answer.
    """
    return answer.parse(Dcgm, text)


def _seconds(ask: Ask) -> float:
    return SECONDS[ask.smoke.dcgm.level] + SPARE_SECONDS


def _arguments(ask: Ask, _: Node) -> list[str]:
    level = ask.smoke.dcgm.level
    return ["--level", str(level), "--seconds", f"{SECONDS[level]:g}"]


def _skip(ask: Ask) -> str:
    if not ask.smoke.dcgm.level:
        return "smoke.dcgm.level of the settings is 0"
    without = [gpus.no_gpus(ask, node) for node in ask.nodes]
    return without[0] if all(without) else ""


def _judge(ask: Ask, outcomes: Mapping[str, Outcome]) -> list[Finding]:
    answers, failures = answer.read(ask, outcomes, parse)
    nodes = {node.name: node for node in ask.nodes}
    return blame.each(NAME, failures) + [_finding(ask, nodes[name], found) for name, found in answers.items()]


def _finding(ask: Ask, node: Node, found: Dcgm) -> Finding:
    names, diag = (node.name,), found.diag
    if without := gpus.no_gpus(ask, node):
        return Finding(NAME, names, Verdict.SKIPPED, without)
    if not diag.installed:
        reason = f"the GPUs are not diagnosed, for {diag.wrong}"
        return Finding(NAME, names, Verdict.INCONCLUSIVE, reason, action=_INSTALL)
    shown = "\n".join(filter(None, (diag.stdout, diag.stderr, diag.wrong)))[:EVIDENCE_CHARACTERS]
    evidence = {f"dcgmi diag -r {found.level} -j": shown}
    if diag.status is None:
        return Finding(NAME, names, Verdict.ERROR, diag.wrong, action=_START, evidence=evidence)
    try:
        ended = tests(diag.stdout)
    except answer.UnreadableAnswerError as error:
        said = f"{error}; {diag.wrong}" if diag.wrong else str(error)
        return Finding(NAME, names, Verdict.ERROR, said, action=_START, evidence=evidence)
    return _judged(names, found.level, ended, evidence)


def _judged(names: tuple[str, ...], level: int, ended: list[Test], evidence: Mapping[str, str]) -> Finding:
    """FAIL for a failed test, ERROR for a word that no DCGM says or none that ran, INCONCLUSIVE for a warning.

    And INCONCLUSIVE where the settings ask for load on the GPUs and only the software was looked at.
    """
    failed = [test for test in ended if test.status in FAILED and not test.is_configuration]
    unknown = [test for test in ended if test.status not in PASSED + FAILED + WARNED + NOT_RUN]
    passed = [test for test in ended if test.status in PASSED]
    doubtful = [test for test in ended if test not in failed and (test.warnings or test.status in FAILED + WARNED)]
    not_run = sorted({test.name for test in ended if test.status in NOT_RUN})
    figure = Figure("failed tests", len(failed), "")
    if failed:
        return Finding(NAME, names, Verdict.FAIL, _said(failed), figure, NO_FAILED_TESTS, _REPLACE, evidence=evidence)
    if unknown or not (passed or doubtful):
        reason = _said(unknown) if unknown else f"no test of level {level} was run: {', '.join(not_run)}"
        return Finding(NAME, names, Verdict.ERROR, reason, action=_START, evidence=evidence)
    if doubtful:
        return Finding(NAME, names, Verdict.INCONCLUSIVE, _said(doubtful), figure, action=_CONFIGURE, evidence=evidence)
    if level >= LOADED_FROM and all(test.category in (DEPLOYMENT, "") for test in passed):
        rest = ", ".join(not_run) or "the rest"
        reason = f"the GPUs are not tested at level {level}: only the software was, not run: {rest}"
        return Finding(NAME, names, Verdict.INCONCLUSIVE, reason, figure, action=_COMPLETE, evidence=evidence)
    reason = f"DCGM passes all that it ran at level {level}: {', '.join(dict.fromkeys(test.name for test in passed))}"
    if not_run:
        reason += f"; not run: {', '.join(not_run)}"
    return Finding(NAME, names, Verdict.PASS, reason, figure, NO_FAILED_TESTS)


def _said(found: list[Test]) -> str:
    return "; ".join(map(str, found[:SAID])) + (f"; and {len(found) - SAID} more" if found[SAID:] else "")


CHECK = Check(
    name=NAME,
    title="NVIDIA's own diagnostics pass",
    scope=Scope.NODE,
    payload="dcgm.py",
    command_seconds=_seconds,
    arguments=_arguments,
    judge=_judge,
    skip=_skip,
)
