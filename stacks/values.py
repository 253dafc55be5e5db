"""The kinds of text that a setting can hold; each refuses what it is not, and says what to write instead."""

import re
from base64 import b64decode
from binascii import Error as NotBase64
from dataclasses import dataclass
from datetime import date
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

from components.address_plan import LONGEST_PREFIX, SHORTEST_PREFIX
from components.instance_types import UnknownInstanceTypeError, instance_type
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


def as_network(value: object) -> IPv4Network:
    """The network that a CIDR block such as `10.1.0.0/16` names."""
    example = "Write an IPv4 network, such as 10.1.0.0/16."
    if not isinstance(value, str) or re.fullmatch(r"[0-9.]+/[0-9]+", value) is None:
        raise refused(f"{shown(value)} is not a CIDR block", example)
    try:
        network = IPv4Network(value, strict=False)
    except ValueError:
        raise refused(f"{shown(value)} is not a CIDR block", example) from None
    if str(network) != value:
        raise refused(f"{value} is an address inside a network", f"Write {network}, the network that holds it.")
    if not SHORTEST_PREFIX <= network.prefixlen <= LONGEST_PREFIX:
        size = f"{network.num_addresses:,} addresses"
        bounds = f"from /{SHORTEST_PREFIX} to /{LONGEST_PREFIX}"
        raise refused(f"{value} has {size}, and a VPC that is cut into subnets is {bounds}", f"Write one {bounds}.")
    return network


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


def as_day(value: object) -> date:
    """The day that `2027-06-30` names."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise refused(f"{value} is no day of any calendar", "Write year, month and day: 2027-06-30.") from None
    raise refused(f"{shown(value)} is not a day", "Write year, month and day: 2027-06-30.")


Name = Annotated[
    str,
    Form(
        r"[a-z][a-z0-9]*(-[a-z0-9]+)*",
        "lower-case letters, digits and single hyphens, a letter first, such as workers-1a",
    ),
    AfterValidator(is_name),
]
Region = Annotated[str, Form(r"[a-z]{2,4}(-[a-z]+){1,2}-[1-9][0-9]?", "a region, such as us-east-1")]
Zone = Annotated[
    str,
    Form(
        r"[a-z]{2,4}(-[a-z]+){1,2}-[1-9][0-9]?(-[a-z]+-[1-9][0-9]?)?[a-z]",
        "a zone's name (not its id), such as us-east-1a",
    ),
]
Cidr = Annotated[
    IPv4Network,
    BeforeValidator(as_network, json_schema_input_type=str),
    PlainSerializer(str),
    WithJsonSchema({"type": "string", "pattern": r"^[0-9]{1,3}(\.[0-9]{1,3}){3}/[0-9]{1,2}$"}),
]
KnownType = Annotated[str, AfterValidator(is_known_type)]
ImageId = Annotated[
    str, Form(r"ami-([0-9a-f]{8}|[0-9a-f]{17})", "an image id: ami- and 8 or 17 hexadecimal digits, in lower case")
]
ReservationId = Annotated[
    str, Form(r"cr-([0-9a-f]{8}|[0-9a-f]{17})", "a reservation id: cr- and 8 or 17 hexadecimal digits, in lower case")
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
Host = Annotated[
    str, Form(r"[A-Za-z0-9]([A-Za-z0-9.:-]*[A-Za-z0-9])?", "a host name or an address, without user or port")
]
User = Annotated[str, Form(r"[a-z_][a-z0-9_-]{0,31}", "a Unix user, such as ubuntu")]
PublicKey = Annotated[str, AfterValidator(is_public_key)]
Reason = Annotated[str, Form(r"\S(.*\S)?", "a sentence, on one line"), AfterValidator(says_why)]
ResourceName = Annotated[str, Form(r"[A-Za-z0-9][A-Za-z0-9._-]*", "a resource's name, as `aidc plan` shows it")]
Day = Annotated[
    date,
    BeforeValidator(as_day, json_schema_input_type=str),
    PlainSerializer(str),
    WithJsonSchema({"type": "string", "format": "date"}),
]
Whole = Annotated[int, Strict()]
Number = Annotated[float, Strict()]
Truth = Annotated[bool, Strict()]
