"""The kinds of text that a setting can hold; each refuses what it is not, and says what to write instead."""

import re
from base64 import b64decode
from binascii import Error as NotBase64
from dataclasses import dataclass
from datetime import date, datetime
from ipaddress import IPv4Network
from typing import Annotated

from pydantic import (
    AfterValidator,
    BeforeValidator,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    PlainSerializer,
    Strict,
    WithJsonSchema,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from components.catalogue.instance_types import UnknownInstanceTypeError, instance_type
from components.network import log_retention, zones
from components.network.address_plan import LONGEST_PREFIX, SHORTEST_PREFIX
from components.storage.lustre_capacity import WEEKDAYS
from stacks.mistakes import shown


def refused(problem: str, remedy: str) -> PydanticCustomError:
    """What a validator raises: pydantic adds the path."""
    return PydanticCustomError("refused", "{problem}: {remedy}", {"problem": problem, "remedy": remedy})


@dataclass(frozen=True, slots=True)
class Form:
    """Text that matches a pattern from end to end; `what` completes 'Write …'."""

    pattern: str
    what: str

    def check(self, value: str) -> str:
        """The value itself, if it has the form."""
        if re.fullmatch(self.pattern, value) is None:
            strange = ", ".join(f"{shown(each)} (U+{ord(each):04X})" for each in dict.fromkeys(value) if alien(each))
            raise refused(
                f"{shown(value)} can't be used here{strange and f'; it has {strange}'}", f"Write {self.what}."
            )
        return value

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Pydantic's hook: check after the text is known to be text."""
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Pydantic's hook: editors check the same pattern."""
        return {**handler(schema), "pattern": f"^({self.pattern})$"}


def alien(character: str) -> bool:
    """Whether a character is easily taken for another, or not seen at all."""
    return not (character.isascii() and character.isprintable())


def is_name(name: str) -> str:
    """Refuse a name that AWS would refuse once others are joined to it.

    Sources: EC2 CreateSecurityGroup, `GroupName`; S3 user guide, "General purpose bucket naming rules".
    """
    for prefix, reason in RESERVED_PREFIXES.items():
        if f"{name}-".startswith(prefix):
            raise refused(f"{shown(name)} can't be used here: {reason}", "Write another name.")
    return name


RESERVED_PREFIXES = {
    "sg-": "EC2 keeps names that begin with sg- for the ids of security groups",
    "sthree-": "S3 keeps names that begin with sthree- for itself",
    "amzn-s3-demo-": "S3 keeps names that begin with amzn-s3-demo- for its examples",
}


def as_block(value: object) -> IPv4Network:
    """The addresses that a CIDR block such as `10.1.0.0/16` names."""
    example = "Write an IPv4 network, such as 10.1.0.0/16."
    if not isinstance(value, str) or re.fullmatch(r"[0-9.]+/[0-9]+", value) is None:
        raise refused(f"{shown(value)} is not a CIDR block", example)
    try:
        network = IPv4Network(value, strict=False)
    except ValueError:
        raise refused(f"{shown(value)} is not a CIDR block", example) from None
    if str(network) != value:
        raise refused(f"{value} is an address inside a network", f"Write {network}, the network that holds it.")
    return network


def as_network(value: object) -> IPv4Network:
    """The same, of a size that a VPC can have."""
    network = as_block(value)
    if not SHORTEST_PREFIX <= network.prefixlen <= LONGEST_PREFIX:
        size = f"{network.num_addresses:,} addresses"
        bounds = f"from /{SHORTEST_PREFIX} to /{LONGEST_PREFIX}"
        raise refused(f"{value} has {size}, and a VPC that is cut into subnets is {bounds}", f"Write one {bounds}.")
    return network


CIDR_PATTERN = r"^[0-9]{1,3}(\.[0-9]{1,3}){3}/[0-9]{1,2}$"


def is_retention(days: int) -> int:
    """Refuse a number of days for which CloudWatch Logs keeps nothing."""
    if days not in log_retention.DAYS:
        better = f"Write {log_retention.next_allowed(days)}; it offers {', '.join(map(str, log_retention.DAYS))}."
        raise refused(f"CloudWatch Logs keeps nothing for {days} days", better)
    return days


def is_known_type(name: str) -> str:
    """Refuse an instance type that the catalogue does not have."""
    try:
        instance_type(name)
    except UnknownInstanceTypeError as error:
        likely = f"Did you mean {', '.join(error.nearest)}? " if error.nearest else ""
        other = "Write a type of another family. " if error.unsupported else likely
        where = "`aws ec2 describe-instance-types` lists those of a region."
        raise refused(error.unsupported or f"EC2 has no instance type {shown(name)}", f"{other}{where}") from None
    return name


def is_public_key(line: str) -> str:
    """Refuse what is not a public key line as in `/etc/ssh/ssh_host_ed25519_key.pub`: a type, then the key."""
    algorithm, _, rest = line.partition(" ")
    try:
        blob = b64decode(rest.partition(" ")[0], validate=True)
    except (NotBase64, ValueError):
        blob = b""
    if blob[4:].startswith(algorithm.encode()) and blob[:4] == len(algorithm).to_bytes(4):
        return line
    command = "`cat /etc/ssh/ssh_host_ed25519_key.pub` on the jump host prints it; it begins with ssh-ed25519 AAAA."
    raise refused(f"{shown(line)} is not a public key", f"Write the host's public key line. {command}")


def says_why(reason: str) -> str:
    """Refuse a reason that gives none: one word is a shrug."""
    if len(reason.split()) < FEWEST_WORDS:
        raise refused(f"{shown(reason)} gives no reason", f"Write a sentence of at least {FEWEST_WORDS} words.")
    return reason


FEWEST_WORDS = 3


# An unquoted day or time is a time to the engine's reader, and Pulumi hands it on, and writes it back into the file
# with the next change of its own there, in Go's form: 2027-06-30 00:00:00 +0000 UTC.
GOS_UTC = " +0000 UTC"
MIDNIGHT = f" 00:00:00{GOS_UTC}"


def as_day(value: object) -> date:
    """The day that `2027-06-30` names."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", day := value.removesuffix(MIDNIGHT)):
        try:
            return date.fromisoformat(day)
        except ValueError:
            raise refused(f"{day} is no day of any calendar", "Write year, month and day: 2027-06-30.") from None
    raise refused(f"{shown(value)} is not a day", "Write year, month and day: 2027-06-30.")


def as_moment(value: object) -> datetime:
    """The moment that `2027-06-30T11:30:00Z` names."""
    remedy = "Write a day and a time in UTC: 2027-06-30T11:30:00Z."
    text = value if isinstance(value, str) else ""
    if text.endswith(GOS_UTC):
        text = f"{text.removesuffix(GOS_UTC).replace(' ', 'T')}Z"
    if re.fullmatch(r"[0-9]{4}(-[0-9]{2}){2}T[0-9]{2}(:[0-9]{2}){2}Z", text) is None:
        raise refused(f"{shown(value)} is not a day and a time in UTC", remedy)
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise refused(f"{text} is no time of any day", remedy) from None


def written_moment(moment: datetime) -> str:
    """A moment as the settings have it."""
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


Name = Annotated[
    str,
    Form(
        r"[a-z][a-z0-9]*(-[a-z0-9]+)*",
        "lower-case letters, digits and single hyphens, a letter first, such as workers-1a",
    ),
    AfterValidator(is_name),
]
Region = Annotated[str, Form(r"[a-z]{2,4}(-[a-z]+){1,2}-[1-9][0-9]?", "a region, such as us-east-1")]
AccountId = Annotated[str, Form(r"[0-9]{12}", "an account's 12 digits, in quotes")]
Zone = Annotated[
    str, Form(rf"{zones.NAME}|{zones.ID}", "a zone's name, such as us-east-1a, or its id, such as use1-az4")
]
VpcId = Annotated[
    str, Form(r"vpc-([0-9a-f]{8}|[0-9a-f]{17})", "a VPC's id: vpc- and 8 or 17 hexadecimal digits, in lower case")
]
SubnetId = Annotated[
    str, Form(r"subnet-([0-9a-f]{8}|[0-9a-f]{17})", "a subnet's id: subnet- and 8 or 17 hexadecimal digits")
]
Cidr = Annotated[
    IPv4Network,
    BeforeValidator(as_network, json_schema_input_type=str),
    PlainSerializer(str),
    WithJsonSchema({"type": "string", "pattern": CIDR_PATTERN}),
]
Block = Annotated[
    IPv4Network,
    BeforeValidator(as_block, json_schema_input_type=str),
    PlainSerializer(str),
    WithJsonSchema({"type": "string", "pattern": CIDR_PATTERN}),
]
RetentionDays = Annotated[int, Strict(), AfterValidator(is_retention)]
KnownType = Annotated[str, AfterValidator(is_known_type)]
ImageId = Annotated[
    str, Form(r"ami-([0-9a-f]{8}|[0-9a-f]{17})", "an image id: ami- and 8 or 17 hexadecimal digits, in lower case")
]
EKS_RELEASE = r"[1-9]\.[1-9][0-9]\.[0-9]{1,2}-20[0-9]{6}"
EksRelease = Annotated[str, Form(EKS_RELEASE, "a release of EKS's images, such as 1.36.3-20260911")]
NodeImage = Annotated[
    str,
    Form(
        rf"ami-([0-9a-f]{{8}}|[0-9a-f]{{17}})|{EKS_RELEASE}",
        "an image id: ami- and 8 or 17 hexadecimal digits, in lower case; with `cluster: true` a release of EKS's"
        " images, such as 1.36.3-20260911",
    ),
]
KubernetesVersion = Annotated[str, Form(r"[1-9]\.[1-9][0-9]", 'a minor version in quotes, such as "1.36"')]
KubernetesName = Annotated[
    str, Form(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", "lower-case letters, digits and hyphens, at most 63")
]
Principal = Annotated[
    str,
    Form(
        r"arn:aws(-cn|-us-gov)?:iam::[0-9]{12}:(role|user)/[\w+=,.@/-]{1,512}",
        "the ARN of an IAM role or user (not of a session), such as arn:aws:iam::111111111111:role/ops",
    ),
]
ReservationId = Annotated[
    str, Form(r"cr-([0-9a-f]{8}|[0-9a-f]{17})", "a reservation id: cr- and 8 or 17 hexadecimal digits, in lower case")
]
Email = Annotated[str, Form(r"[^@\s]+@[^@\s]+\.[^@\s.]+", "an e-mail address, such as ml-platform@example.com")]
TopicArn = Annotated[
    str, Form(r"arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}", "an SNS topic's ARN: arn:aws:sns:…")
]
TagValue = Annotated[
    str,
    Form(
        r"(?! )[A-Za-z0-9 +=._:/@-]{1,256}(?<! )",
        "1 to 256 letters, digits, spaces or + - = . _ : / @, no space at the ends (AWS: tag restrictions)",
    ),
]
Text = Annotated[str, Form(r"\S(.*\S)?", "text that is not blank, on one line")]
ProxyCommand = Annotated[
    str,
    Form(
        r"[^%\s]([^%\r\n]|%[hpri%])*",
        "a command on one line, with %h, %p, %r, %i for the node's address, port, user and instance id, and %% for %",
    ),
]
Program = Annotated[
    str, Form(r"/[^\s]*[^\s/]|[A-Za-z0-9._-]+", "a program's absolute path, or its name on PATH, without spaces")
]
RemoteFolder = Annotated[str, Form(r"~(/[^\s]*)?|/[^\s]*", "an absolute path on the nodes, or one that begins with ~")]
MountFolder = Annotated[
    str,
    Form(r"(/[A-Za-z0-9_][A-Za-z0-9._-]*)+", "an absolute path of letters, digits, dots, hyphens and underscores"),
]
DeviceName = Annotated[str, Form(r"/dev/[a-z0-9]+", "a device as EC2 names it, such as /dev/sda1")]
ParameterName = Annotated[
    str, Form(r"(/[A-Za-z0-9._-]+)+", "a parameter's whole name, such as /aws/service/…/latest/ami-id")
]
Host = Annotated[
    str, Form(r"[A-Za-z0-9]([A-Za-z0-9.:-]*[A-Za-z0-9])?", "a host name or an address, without user or port")
]
User = Annotated[str, Form(r"[a-z_][a-z0-9_-]{0,31}", "a Unix user, such as ubuntu")]
PublicKey = Annotated[str, AfterValidator(is_public_key)]
BucketName = Annotated[
    str, Form(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", "a bucket's name: 3 to 63 lower-case letters, digits, dots, hyphens")
]
ObjectPrefix = Annotated[
    str, Form(r"[A-Za-z0-9!_.*'()-][A-Za-z0-9!_.*'()/-]{0,799}", "the beginning of objects' keys, such as imagenet/")
]
LustreFolder = Annotated[
    str,
    Form(r"/([A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*)?", "a folder of the file system without a slash at the end: /data"),
]
WeeklyTime = Annotated[
    str,
    Form(rf"({'|'.join(WEEKDAYS)}) ([01][0-9]|2[0-3]):[0-5][0-9]", "a day and a time, such as sunday 04:00"),
]
Schedule = Annotated[
    str, Form(r"cron\(\S+( \S+){5}\)|rate\(\d+ (hour|day)s?\)", "a schedule as AWS has it, such as cron(0 6 1 * ? *)")
]
Reason = Annotated[str, Form(r"\S(.*\S)?", "a sentence, on one line"), AfterValidator(says_why)]
ResourceName = Annotated[str, Form(r"[A-Za-z0-9][A-Za-z0-9._-]*", "a resource's name, as `aidc plan` shows it")]
Day = Annotated[
    date,
    BeforeValidator(as_day, json_schema_input_type=str),
    PlainSerializer(str),
    WithJsonSchema({"type": "string", "format": "date"}),
]
Moment = Annotated[
    datetime,
    BeforeValidator(as_moment, json_schema_input_type=str),
    PlainSerializer(written_moment),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
Whole = Annotated[int, Strict()]
Number = Annotated[float, Strict()]
Truth = Annotated[bool, Strict()]
