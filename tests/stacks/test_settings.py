import pytest
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from stacks.settings import Access, Fleet, JumpHost, Placement, Purchase, Settings
from stacks.wording import mistake
from tests.stacks.documents import GONE, VALID, changed, settings_of, told


def fleet(**values: object) -> Fleet:
    """The only fleet of settings with these changes in it."""
    changes = {f"fleets__workers__{key}": value for key, value in values.items()}
    return settings_of(changed(**changes)).fleets["workers"]


def test_what_is_left_out_has_its_default() -> None:
    """The shortest settings are enough for a gate over the SSH agent."""
    settings = settings_of(VALID)

    assert settings.access == Access()
    assert settings.access.agent
    assert settings.smoke.all_reduce.largest_message_mib is None
    assert settings.buckets["checkpoints"].noncurrent_days == 30
    assert settings.sandbox is None
    assert settings.fleets["workers"].purchase is Purchase.ON_DEMAND


def test_settings_cannot_be_changed() -> None:
    """What was checked stays as it was."""
    with pytest.raises(ValidationError, match="frozen"):
        settings_of(VALID).name = "prod"  # type: ignore[misc] # this is what must fail


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, Placement.CLUSTER),
        ({"purchase": "spot"}, Placement.CLUSTER),
        ({"nodes": 1}, Placement.NONE),
        ({"nodes": 1, "placement": "cluster"}, Placement.CLUSTER),
        ({"placement": "none"}, Placement.NONE),
        ({"instanceType": "t3.micro"}, Placement.NONE),
        ({"purchase": "capacity-block", "reservation": "cr-0123456789abcdef0"}, Placement.NONE),
        ({"purchase": "capacity-reservation", "reservation": "cr-0123456789abcdef0"}, Placement.NONE),
    ],
)
def test_placement_follows_from_purchase_type_and_size(values: dict[str, object], expected: Placement) -> None:
    """A group where it brings nodes closer and cannot cost any."""
    assert expected == fleet(**values).effective_placement


@pytest.mark.parametrize(
    ("path", "value", "problem", "remedy"),
    [
        ("name", "Dev_1", '"Dev_1" can\'t be used here', "Write lower-case letters, digits and single hyphens"),
        ("name", "dév", '"dév" can\'t be used here; it has "é" (U+00E9)', "Write lower-case letters"),
        (
            "name",
            "d\u200bev",
            '"d\\u200bev" can\'t be used here; it has "\\u200b" (U+200B)',
            "Write lower-case letters",
        ),
        ("name", "sg", "EC2 keeps names that begin with sg-", "Write another name."),
        ("aws:region", "us-east", '"us-east" can\'t be used here', "Write a region, such as us-east-1."),
        ("aws:allowedAccountIds", [], "empty", 'Write at least one, for example ["111111111111"]'),
        ("aws:allowedAccountIds", "111111111111", '"111111111111" is not a list', "Write a list, for example"),
        ("aws:region", GONE, "missing", 'Add it, for example aws:region: "us-east-1"'),
        ("tags", GONE, "missing", 'Add it, for example ai-datacenter:tags: {"owner": "ml-platform@example.com",'),
        ("tags__owner", " ", '" " can\'t be used here', "Write 1 to 256 letters, digits, spaces or"),
        ("tags__owner", "\ud800", '"\\ud800" can\'t be used here; it has "\\ud800" (U+D800)', "Write 1 to 256"),
        ("tags__costCenter", 1234, "1234 is not text", 'Write "1234", in quotes.'),
        (
            "network__cidr",
            "10.1.2.3/16",
            "10.1.2.3/16 is an address inside a network",
            "Write 10.1.0.0/16, the network",
        ),
        ("network__cidr", "10.1.0.0", '"10.1.0.0" is not a CIDR block', "Write an IPv4 network, such as 10.1.0.0/16."),
        ("network__cidr", "10.1.0.0/99", '"10.1.0.0/99" is not a CIDR block', "Write an IPv4 network"),
        ("network__cidr", 167837696, "167837696 is not a CIDR block", "Write an IPv4 network"),
        ("network__cidr", "10.0.0.0/8", "10.0.0.0/8 has 16,777,216 addresses", "Write one from /16 to /22."),
        ("network__cidr", "10.0.0.0/28", "10.0.0.0/28 has 16 addresses", "Write one from /16 to /22."),
        ("network__zones", [], "empty", 'Write at least one, for example ["us-east-1a"]'),
        ("network__zones", "us-east-1a", '"us-east-1a" is not a list', 'Write a list, for example ["us-east-1a"]'),
        ("fleets", {}, "empty", 'Write at least one, for example {"workers": {"instanceType": "p5.48xlarge",'),
        ("fleets__workers", 5, "5 is not a group of keys", 'Write a group of keys, for example {"instanceType"'),
        ("fleets__workers__nodes", 0, "0 is too small", "Write 1 or more."),
        ("fleets__workers__nodes", -3, "-3 is too small", "Write 1 or more."),
        ("fleets__workers__nodes", 5000, "5000 is too large", "Write 1000 or less."),
        ("fleets__workers__nodes", "4", '"4" is not a whole number', "Write 4, without quotes."),
        ("fleets__workers__nodes", True, "true is not a whole number", "Write a whole number, for example 2"),
        ("fleets__workers__nodes", 2.0, "2.0 is not a whole number", "Write a whole number, for example 2"),
        ("fleets__workers__nodes", None, "there is no value", "Write one, or remove the key."),
        ("fleets__workers__instanceType", "p5.48xlrge", "EC2 has no instance type", "Did you mean p5.48xlarge"),
        (
            "fleets__workers__instancetype",
            "p5.4xlarge",
            "no such setting",
            "Did you mean instanceType? Known: instance",
        ),
        ("fleets__workers__hue", "red", "no such setting", "Write one of instanceType, nodes, without, scaling,"),
        ("fleets__workers__image", "ami-1", '"ami-1" can\'t be used here', "Write an image id: ami- and 8 or 17 hexa"),
        (
            "fleets__workers__purchase",
            "on-demnd",
            'there is no "on-demnd"',
            "Did you mean on-demand? Known: on-demand,",
        ),
        ("fleets__workers__python", "python -u", '"python -u" can\'t be used here', "Write a program's absolute path"),
        ("fleets__workers__zone", "us-east-1", '"us-east-1" can\'t be used here', "Write a zone's name"),
        ("buckets__checkpoints__noncurrentDays", 0, "0 is too small", "Write 1 or more."),
        ("access__port", 65536, "65536 is too large", "Write 65535 or less."),
        ("access__agent", "yes", '"yes" is not true or false', "Write true or false, for example false"),
        ("access__proxyCommand", "nc %x", '"nc %x" can\'t be used here', "Write a command on one line, with %h"),
        ("access__identityFile", "", '"" can\'t be used here', "Write text that is not blank, on one line."),
        ("smoke__clockOffsetSeconds", float("nan"), "NaN is not a finite number", "Write a finite number, for example"),
        ("smoke__clockOffsetSeconds", float("inf"), "Infinity is not a finite number", "Write a finite number"),
        ("smoke__clockOffsetSeconds", 0, "0 is too small", "Write more than 0."),
        ("smoke__training__lossFraction", 1, "1 is too large", "Write less than 1."),
        ("smoke__storage__scratch", "data", '"data" can\'t be used here', "Write an absolute path on the nodes"),
        ("sandbox", None, "there is no value", "Write one, or remove the key."),
        ("sandbox__isolation", "namespace", 'there is no "namespace"', "Did you mean namespaces? Known: loopback,"),
    ],
)
def test_a_wrong_value_is_told_with_what_to_write(path: str, value: object, problem: str, remedy: str) -> None:
    """One mistake, with its path, the value and the remedy."""
    values = changed(**{"access__identityFile": "~/.ssh/id_ed25519", path: value})
    (only, *rest) = told(values, environment="dev" if path != "name" else str(value))

    assert rest == []
    where, _, advice = only.partition("\n    ")
    assert where.startswith(f"{path.replace('__', '.')}: ")
    assert problem in where
    assert advice.startswith(remedy)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"monthlyUsd": 0}, "budget.monthlyUsd: 0 is too small\n    Write more than 0."),
        (
            {"emails": ["us"]},
            'budget.emails[0]: "us" can\'t be used here\n    Write an e-mail address, such as ml-platform@example.com.',
        ),
        (
            {"topic": "costs"},
            "budget.topic: \"costs\" can't be used here\n    Write an SNS topic's ARN: arn:aws:sns:….",
        ),
        ({"actualPercent": [0]}, "budget.actualPercent[0]: 0 is too small\n    Write more than 0."),
    ],
)
def test_a_wrong_budget_is_told(changes: dict[str, object], expected: str) -> None:
    """Whom to tell, of how much."""
    budget = {"monthlyUsd": 1000, "emails": ["us@example.com"], **changes}

    assert [expected] == told(changed(budget=budget))


def test_what_pydantic_may_find_one_day_is_told_in_its_words() -> None:
    """A kind of error that has no words of ours yet still has a path, a value and an example."""
    error = ErrorDetails(type="string_too_long", loc=("tags", "owner"), msg="too long", input="x")

    assert str(mistake(error)) == 'tags.owner: "x": too long\n    Write something like "ml-platform@example.com"'


def test_a_name_that_is_no_name_is_told_at_itself() -> None:
    """The settings behind a wrong name are still checked."""
    behind = {**VALID["fleets"]["workers"], "nodes": 0}

    assert [each.partition("\n")[0] for each in told(changed(fleets={"Wörkers": behind}))] == [
        'fleets.Wörkers: "Wörkers" can\'t be used here; it has "ö" (U+00F6)',
        "fleets.Wörkers.nodes: 0 is too small",
    ]


@pytest.mark.parametrize(
    "key",
    [
        "AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU",
        "-----BEGIN OPENSSH PRIVATE KEY-----",
        "",
    ],
)
def test_a_jump_host_needs_its_public_key(key: str) -> None:
    """A fingerprint, a key of another type or a private key is refused, and the command that prints it is named."""
    (only,) = told(changed(access={"jump": {"address": "bastion", "hostKey": key}}))

    assert only.startswith("access.jump.hostKey: ")
    assert "`cat /etc/ssh/ssh_host_ed25519_key.pub` on the jump host prints it" in only


def test_a_public_key_line_may_have_a_comment() -> None:
    """As `ssh-keygen` writes it."""
    line = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA root@bastion"

    assert line == JumpHost.model_validate({"address": "bastion", "hostKey": line}).host_key


def test_every_key_of_every_section_is_described() -> None:
    """Editors and docs/settings.md show the descriptions."""
    schema = Settings.model_json_schema()
    sections = [schema, *schema["$defs"].values()]

    assert [
        name
        for section in sections
        for name, key in section.get("properties", {}).items()
        if "description" not in key and "$ref" not in key
    ] == []
