"""Tests that what is written gives nothing away."""

import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from playbooks.findings import Verdict
from playbooks.history.past import Past
from playbooks.report.masked import HIDDEN, masked
from playbooks.report.run import Output
from playbooks.report.terminal import show
from playbooks.report.write import write
from tests.playbooks.report.runs import gpu_fleet

CANARY = "canary0Secret/Value+of40Characters012345"
SECRETS = (
    f"aws_secret_access_key = {CANARY}",
    f'export AWS_SECRET_ACCESS_KEY="{CANARY}"',
    f"AWS_SESSION_TOKEN={CANARY}",
    f'"SecretAccessKey": "{CANARY}",',
    f"Authorization: Bearer {CANARY}",
    f"https://bucket.s3.amazonaws.com/k?X-Amz-Security-Token={CANARY}&X-Amz-Expires=60",
    f"--password={CANARY}",
    f"db_password: {CANARY}",
    f"https://user:{CANARY[:12]}@example.com/simple",
    f"-----BEGIN OPENSSH PRIVATE KEY-----\n{CANARY}\n-----END OPENSSH PRIVATE KEY-----",
    f"-----BEGIN RSA PRIVATE KEY-----\n{CANARY}",
)


@pytest.mark.parametrize("text", SECRETS)
def test_a_planted_secret_is_left_out(text: str) -> None:
    """In every shape in which a log has it; what is around it stays, and a second time nothing changes."""
    hidden = masked(f"before\n{text}\nafter" if "-----END" in text or "-----" not in text else text)

    assert CANARY[:12] not in hidden
    assert HIDDEN in hidden
    assert hidden == masked(hidden)
    assert "after" in hidden or "RSA" in text


@pytest.mark.parametrize(
    ("text", "hidden"),
    [("AKIAIOSFODNN7EXAMPLE", True), ("ASIAIOSFODNN7EXAMPLE", True), ("X-Amz-Signature=0123456789abcdef", True)],
)
def test_a_key_or_a_signature_is_known_by_its_form(text: str, hidden: bool) -> None:
    """AWS's own examples."""
    assert (text not in masked(f"see {text} there")) is hidden


@pytest.mark.parametrize(
    "text",
    [
        "GPU-5b1f0c3a-8f2c-4d0e-9a77-a1b2c3d40008",
        "1652400000008",
        "i-0a1b2c3d4e5f60000",
        "NVRM: Xid (PCI:0000:53:00): 79, pid=1234, name=python, GPU has fallen off the bus.",
        "bf16 GEMM 568 TFLOP/s, wanted ≥ 715 TFLOP/s",
        "tokens a second: 48,102.3; key: value",
        "tokens: 42; max_tokens=1048576, tokens: 48102.3",
        "NCCL INFO NET/OFI Selected Provider is efa (found 16 nics)",
        "/opt/pytorch/bin/python .aidc/smoke/run/gemm.py --size 8192",
    ],
)
def test_what_the_vendor_needs_stays(text: str) -> None:
    """Serial numbers, UUIDs, ids, lines of logs."""
    assert masked(text) == text


def test_no_form_of_a_run_holds_a_secret(tmp_path: Path) -> None:
    """Row 44 of the faults: the terminal, the files and the tickets, wherever a node's own words stand."""
    run = gpu_fleet(4)
    said = f"AWS_SECRET_ACCESS_KEY={CANARY}"
    sick = replace(run.findings[0], nodes=("train-1",), verdict=Verdict.ERROR, reason=said, evidence={"said": said})
    kept = Output("train-1", (sick.check,), f"run {said}", said, said, said)
    run = replace(run, findings=(*run.findings, sick), outputs=(kept,))
    stream = io.StringIO()
    write(run, tmp_path, Past())
    show(run, Console(file=stream, width=200), tmp_path)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]

    assert len(files) > 4
    assert [path.name for path in files if CANARY[:12] in path.read_text()] == []
    assert CANARY[:12] not in stream.getvalue()
    assert HIDDEN in stream.getvalue()
