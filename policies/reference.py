"""`python -m policies.reference` writes docs/policies.md: every rule, from the rules themselves."""

import sys
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from urllib.parse import urlsplit

from policies.rule import Rule
from policies.rules import RULES

FILE = Path("docs/policies.md")

INTRODUCTION = """\
# Policies

<!-- Made by `python -m policies.reference`; change `policies/` instead. -->

What an environment may be. `aidc plan <environment>` judges every rule on every resource before anything exists, with
no account; `pulumi preview --policy-pack policies` and `aidc up` judge by the same rules what the engine is about to
do. Each rule has one word on each resource that concerns it:

- **pass**, or a **violation**. One of a *mandatory* rule stops an update, one of an *advisory* rule is told;
- **not evaluated**: what the rule looks at is known only once it exists, or stands in something that is declared
  elsewhere. It is never counted as a pass. A rule that crashes is a violation of a mandatory rule, by its name;
- **waived**: a violation that the environment's settings explain, [for a time](#waivers).

Rules see how resources are made from one another, not what they are called: a bucket is encrypted by the configuration
that is made from it, a launch template is the one that an instance starts from. Resources that are not declared here (a
network that was there, somebody's bucket) are not judged.

Where checkov has a rule that asks the same, its id stands beside ours, so that findings can be laid side by side.
"""

WAIVERS = """\
## Waivers

A rule that must be broken for a time is waived in the environment's settings, one resource at a time, with a reason for
whoever reviews it and the last day on which that holds:

```yaml
config:
  ai-datacenter:waivers:
    - rule: backup-covers-all-stateful
      resource: dev-checkpoints # its name in the program, as `aidc plan` shows it
      reason: Checkpoints of dev are remade by the nightly run
      expires: 2027-03-31
```

A waiver has nothing to hide behind: one that has expired, that covers nothing (the resource is in order, or gone, or
called otherwise), or that names a rule which there is not, is a violation of `waiver-has-reason-and-expiry` itself, and
no waiver covers that one. A reason is a sentence of three words at least. Waived violations are shown in every report.

A waiver covers violations only: what is not evaluated stays so.
"""

OTHERS = """\
## What public scanners ask for and these rules don't

Some of their rules are right for web servers and wrong for such fleets. Where a scanner runs beside these rules, leave
them out by name:

| rule | why not here |
|---|---|
| Security Hub AutoScaling.2: a group in several zones | The fabric ends with the zone: a fleet that spans two is two. |
| Security Hub AutoScaling.6: several instance types in a group | A collective runs at the pace of the slowest. |
| Security Hub EC2.17: one network interface an instance | Each network card of a GPU instance needs one of its own. |
| CKV_AWS_341: metadata hop limit 1 | Pods are a hop further away than nodes: with 1 none gets a token. |
"""

HEADER = """\
| rule | level | severity | what must be | what to do | checkov | reference |
|---|---|---|---|---|---|---|"""


def page(rules: Sequence[Rule] = RULES) -> str:
    """The whole page; rules of one module are an area."""
    areas = [_area(module, list(of)) for module, of in groupby(rules, key=lambda rule: rule.judge.__module__)]
    return "\n".join([INTRODUCTION, *areas, WAIVERS, OTHERS])


def _area(module: str, rules: Sequence[Rule]) -> str:
    """A module's own words, then its rules."""
    title = module.rpartition(".")[2].replace("_", " ").capitalize()
    heading = "The waivers themselves" if module == "policies.waivers" else title
    return "\n".join([f"## {heading}\n", f"{sys.modules[module].__doc__}\n", HEADER, *_rows(rules), ""])


def _rows(rules: Sequence[Rule]) -> Iterator[str]:
    for rule in rules:
        checkov = ", ".join(rule.checkov)
        cells = (f"`{rule.name}`", rule.level, rule.severity, rule.description, rule.remediation, checkov, _link(rule))
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _link(rule: Rule) -> str:
    """Its reference, called by the host that it is on, or by its place on this page."""
    if rule.reference.startswith("https://"):
        return f"[{urlsplit(rule.reference).hostname}]({rule.reference})"
    page_of, hash_sign, anchor = rule.reference.partition("#")
    return f"[{anchor}](#{anchor})" if page_of == str(FILE) and hash_sign else rule.reference


def main() -> None:
    """Write the page."""
    (Path(__file__).parents[1] / FILE).write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
