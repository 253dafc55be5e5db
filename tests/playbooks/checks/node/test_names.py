import pytest
from hypothesis import given
from hypothesis import strategies as st

from playbooks.checks.answer import UnreadableAnswerError
from playbooks.checks.node import names
from playbooks.checks.node.check import Output
from playbooks.findings import Finding, Verdict
from tests.playbooks.checks.asks import ask
from tests.playbooks.checks.node.machines import FACTS, HANGS, judged, output

OWN = "127.43.0.10     STREAM ip-10-0-0-1\n127.43.0.10     DGRAM  \n127.43.0.10     RAW    \n"  # glibc 2.36's getent
S3 = "52.218.1.2      STREAM s3.eu-west-1.amazonaws.com\n52.218.1.2      DGRAM  \n2a05:d018:1:2:: STREAM \n"
UNKNOWN = output(status=2)


def found(own: Output, s3: Output) -> Finding:
    """What is found of one node."""
    question = ask(count=1)
    [finding] = judged(names.CHECK, question, {"own name": own, names.endpoint("eu-west-1"): s3})
    return finding


def test_names_that_lead_right_pass() -> None:
    """Each address once, of both kinds."""
    finding = found(output(OWN), output(S3))

    assert (finding.verdict, finding.reason) == (Verdict.PASS, "its own name and S3's lead right")
    assert finding.evidence["s3.eu-west-1.amazonaws.com"] == "52.218.1.2, 2a05:d018:1:2::"


@pytest.mark.parametrize("own", [output(OWN.replace("127.43.0.10", "127.0.1.1")), UNKNOWN])
def test_an_own_name_that_leads_astray_fails(own: Output) -> None:
    """Debian's 127.0.1.1 in /etc/hosts makes Gloo listen where no other node is."""
    finding = found(own, output(S3))

    assert finding.verdict is Verdict.FAIL
    assert finding.reason.startswith(f"its own name, {FACTS.hostname}, leads to ")
    assert finding.reason.endswith("the node's address is 127.43.0.10")


def test_a_resolver_that_does_not_know_s3_fails() -> None:
    """The private zone of the VPC's endpoint, or its resolver, is not there."""
    finding = found(output(OWN), UNKNOWN)

    assert (finding.verdict, finding.evidence["s3.eu-west-1.amazonaws.com"]) == (Verdict.FAIL, "nowhere")
    assert finding.reason.startswith("s3.eu-west-1.amazonaws.com leads nowhere")


@pytest.mark.parametrize("own", [HANGS, output("\x1b[1m10.0.0.1 STREAM"), output("10,0,0,1 STREAM"), output(status=1)])
def test_what_is_not_getents_is_an_error(own: Output) -> None:
    """With the line, or how it ended."""
    finding = found(own, output(S3))

    assert finding.verdict is Verdict.ERROR
    assert own.wrong in finding.reason or repr(own.stdout) in finding.reason


@given(st.text(max_size=80))
def test_nothing_but_addresses_is_believed(text: str) -> None:
    """Whatever is printed."""
    try:
        found_addresses = names.parse(text)
    except UnreadableAnswerError:
        return
    assert all(":" in each or each.count(".") == 3 for each in found_addresses)


def test_china_has_another_ending_and_the_sandbox_no_names() -> None:
    """Its nodes are one machine."""
    sandbox = ask()._replace(stand_in=True)

    assert names.endpoint("cn-north-1") == "s3.cn-north-1.amazonaws.com.cn"
    assert names.CHECK.skip(sandbox, sandbox.nodes[0]) == "the sandbox's nodes share one machine and its name"
