"""What is written down, without what opens a door: the shapes of keys, tokens and signatures, made unreadable.

No check prints a secret by itself. A node's own words may hold one: a command line in a log, a signed address.
"""

import re
from dataclasses import replace

from playbooks.findings import Finding
from playbooks.report.run import Output, Run

HIDDEN = "[left out: a secret]"
NAMED = (
    r"(?ix) (?<![a-z]) (?P<name>[a-z_-]*(?:{names})[a-z_-]*[\"']?\s*[:=]\s*)"
    r"[\"']? (?!\[left) {unless} [^\s\"',;&]{{6,}} [\"']?"
)
A_COUNT = r"(?! [\d.,]+ (?: [\s;)/] | \Z ) )"  # `tokens: 1048576` is no secret

SECRETS = (
    re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL),
    re.compile(r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b"),  # IAM User Guide, "Understanding unique ID prefixes"
    re.compile(r"(?m)(?:^[A-Za-z0-9+/=]+\s*\n)+-----END [A-Z ]*PRIVATE KEY-----"),  # the last lines of an output
    re.compile(r"(?i)(?<=x-amz-signature=)[0-9a-f]+"),
    re.compile(r"(?i)(?<=[?&]signature=)[^&\s\"'\[]+"),  # the address signed as before x-amz-signature
    re.compile(r"(?i)(?<=x-amz-security-token=)[^&\s\"'\[]+"),
    re.compile(r"(?i)(?<=x-amz-credential=)[^&\s\"'\[]+"),
    re.compile(r"(?i)(?<=bearer )[a-z0-9._~+/=-]{8,}"),
    re.compile(NAMED.format(names="secret|password|passwd|api[_-]?key|access[_-]?key", unless="")),
    re.compile(NAMED.format(names="token", unless=A_COUNT)),
    re.compile(r"(?<=://)[^/\s:@]+:[^/\s:@]+(?=@)"),  # user and password in an address
)


def masked(text: str) -> str:
    """The text with every secret of a known shape left out."""
    for shape in SECRETS:
        text = shape.sub(lambda found: found.groupdict().get("name", "") + HIDDEN, text)
    return text


def masked_run(run: Run) -> Run:
    """The run with the same done to what nodes and programs said: reasons, evidence and outputs."""
    findings, outputs = tuple(map(_masked_finding, run.findings)), tuple(map(_masked_output, run.outputs))
    return replace(run, findings=findings, outputs=outputs)


def _masked_finding(finding: Finding) -> Finding:
    evidence = {name: masked(text) for name, text in finding.evidence.items()}
    return replace(finding, reason=masked(finding.reason), evidence=evidence)


def _masked_output(output: Output) -> Output:
    command, ended = masked(output.command), masked(output.ended)
    return replace(output, command=command, ended=ended, stdout=masked(output.stdout), stderr=masked(output.stderr))
