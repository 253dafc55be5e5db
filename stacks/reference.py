"""docs/settings.md: every key of the settings, from the models themselves."""

from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum
from typing import Any, get_args, get_origin

from pydantic.fields import FieldInfo

from stacks.mistakes import flow
from stacks.settings import ACCOUNTS, PROJECT, REGION, Section, Settings
from stacks.shape import bare, is_section, keys, plain

INTRODUCTION = f"""\
# Settings

<!-- Made by `python -m stacks.schema`; change `stacks/settings/` instead. -->

An environment is one file, `stacks/config/Pulumi.<environment>.yaml`, in Pulumi's own format. Under `config:` stand
the keys below, each top one with `{PROJECT}:` before it; `{REGION}` and `{ACCOUNTS}` are the AWS provider's own keys,
read by both. The other keys of Pulumi (`encryptionsalt` and so on) and of other providers (`kubernetes:…`) pass
untouched.

`aidc` reads the file itself and tells every mistake at once, with line, value and what to write instead. The same
models check the values under plain `pulumi up`. `settings.schema.json` beside the environments makes editors complete
and check the file. No setting is a secret: an encrypted value (`secure: …`) is refused, since `aidc` works offline.

What the engine's reader and others would read differently (`010`, `1_000`) is refused, and so is a key without a value.
Anchors, aliases and merge keys work. The order of fleets and buckets means nothing, that of zones does: append new
ones.
"""


def reference() -> str:
    """The whole page."""
    return "\n".join([INTRODUCTION, *_section("", Settings), RULES])


RULES = """\
## What must hold between keys

- `name` is the environment in the file's name, and the Pulumi stack's.
- `aws:allowedAccountIds` is given in every environment that has no `sandbox`.
- Names are lower-case letters, digits and single hyphens. With what Pulumi and the components add, the bucket
  `<environment>-<bucket>` fits 63 characters, and the IAM role `<environment>-<fleet>-role` 64.
- A fleet `a-1` beside a fleet `a` would be named like node 1 of it: refused.
- `network.cidr` is private (10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10). With `sandbox.isolation:
  loopback` it is inside 127.0.0.0/8 instead, but not in 127.0.0.0/16, where the machine's own services are.
- `network.cidr` overlaps no block of `network.avoid`.
- Zones are of the region, all by name or all by id, each stands once, and a fleet's zone is one of the network's, as
  it stands there.
- The private subnet of a zone, an eighth of `network.cidr`, has an address for every node (of an Auto Scaling group
  the most), every interface that takes one, every interface endpoint and the way in.
- With `network.existing`, `cidr` and `zones` say what the VPC has, `privateSubnets` names a subnet for each zone, and
  `nat`, `endpoints`, `flowLogs` and `avoid` are left out: nothing in it is changed.
- `reservation` is given exactly where `purchase` is `capacity-reservation` or `capacity-block`. There `placement:
  cluster` is refused: AWS has placed that capacity, and a group of one's own split it (eksctl#7949: 11 of 16 nodes
  came).
- `block` is given only where `purchase` is `capacity-block`, and ends after it starts.
- An unquoted day or time is a time to Pulumi, which hands it on, and writes it into the file, as `2027-06-30 00:00:00
  +0000 UTC`: both forms are read.
- `placement` left out is `cluster` for two or more nodes bought on demand or as spot, of a type that can stand in a
  cluster placement group, and `none` otherwise. Growing such a fleet from one node to two therefore replaces the
  first; write `placement: cluster` from the start to avoid it.
- `without` holds numbers below `nodes` and leaves a node; with `scaling` there are no numbers. `scaling` has
  `minimum` <= `nodes` <= `maximum`.
- `rootVolume` is what gp3 can be: at most 500 IOPS a GiB, and 4 IOPS for each MiB/s. `localDisks` needs a type that
  has NVMe disks.
- A fleet's `buckets` are among `buckets`, and its `lustre.name` is one of `lustre` in the same zone.
- `stopProtection` and `terminationProtection` are refused for spot instances and with `scaling`: AWS ends those nodes
  all the same.
- `access.jumpHost` is given exactly where `access.through` is `jump-host`. `access.through: connect-endpoint` reaches
  port 22 of at most 20 nodes. In a sandbox, and with `access.jump`, `through` is `direct`. Without NAT a jump host
  needs the endpoints `ssm` and `ssmmessages`.
- `cluster.version` is in AWS's standard support, and `image`, the cluster's and its fleets', a release of that
  version. `cluster.access` gives somebody `AmazonEKSClusterAdminPolicy` in all namespaces, `cluster.publicCidrs`
  never holds the whole internet, the system nodes have no accelerators, and `network.zones` has two zones at least.
  The IAM role `<environment>-cluster-control-plane` fits 64 characters.
- A fleet with `cluster: true` needs `cluster`, a type that EKS has an image for, and has none of `without`,
  `keyName`, `imageParameter`, `localDisks`, `buckets`, `detailedMonitoring`, `stopProtection` and
  `terminationProtection`. Its pods take addresses too: (`podsPerNode` / 16, rounded up, + 1) x 16 a node.
- `access.jump` or `access.proxyCommand`, not both. Something authenticates: `access.identityFile`, or else the SSH
  agent, which is the default.
- `smoke.storage.bucket` is one of `buckets`. `smoke.storage.scratch`, where given, is on the `localDisks` of every
  fleet that has some: else they would not be measured.
- A bucket with `existing` has no `transition` and no `objectLock`. STANDARD_IA and ONEZONE_IA take objects after 30
  days.
- `lustre.<name>.zone` is one of the network's; `throughput`, `capacityGib`, `efa` and `metadataIops` are what FSx
  makes of the `deployment`. Its repositories mirror `buckets`, are 8 at most, none inside another, no two of the same
  part of a bucket. `backupRetentionDays` is left out with repositories and with SCRATCH_2: FSx takes no such backup.
- With `backup`, everything that holds data is backed up, is a Lustre file system linked to buckets that are, or says
  in `noBackup` why not. `lock: compliance` needs `complianceAcknowledged` word for word, `copyTo.region` is another
  region, `coldAfterDays` needs EFS among `tagged.kinds` and is 90 days or more below `weeklyKeepDays`, and what
  `restoreTest` names is backed up.
- A `budget` tells somebody, by `emails` or a `topic`, and has 1 to 10 thresholds, each kind's once.
"""


# What a group of many holds, and how a path names one of them.
EACH: Mapping[object, Callable[[Any], tuple[str, Any]]] = {
    dict: lambda kind: (".<name>", get_args(kind)[1]),
    tuple: lambda kind: ("[]", get_args(kind)[0]),
}


def _section(path: str, section: type[Section]) -> Iterator[str]:
    """A section's table, then those of the sections in it."""
    below = []
    yield f"## `{path}`\n" if path else "## The top\n"
    yield f"{' '.join((section.__doc__ or '').split())}\n"
    yield "| key | kind | default | what |\n|---|---|---|---|"
    for key, field in keys(section).items():
        kind = bare(field.annotation)
        step, inner = EACH[get_origin(kind)](kind) if get_origin(kind) in EACH else ("", kind)
        if is_section(inner):
            below.append((f"{path}.{key}{step}", inner))
        yield f"| `{key}` | {_kind(kind, field)} | {_default(field)} | {_cell(field.description or '')} |"
    yield ""
    for inner_path, inner in below:
        yield from _section(inner_path.removeprefix("."), inner)


def _kind(kind: object, field: FieldInfo) -> str:
    if is_section(kind):
        return "group"
    if get_origin(kind) is dict:
        return "group by name"
    if get_origin(kind) is tuple and is_section(get_args(kind)[0]):
        return "list of groups"
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return ", ".join(f"`{each}`" for each in kind)
    return f"such as `{_cell(flow(field.examples[0]))}`" if field.examples else "value"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "must be given"
    value = plain(field.get_default(call_default_factory=True))
    return "" if value is None or isinstance(value, dict) else f"`{_cell(flow(value))}`"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
