"""What each Xid means and what it asks for, from NVIDIA's "Analyzing Xid Errors with the Xid Catalog".

Whether an Xid is the hardware's follows that catalogue's immediate action: to restart the application or to ignore it
is the application's; to reset the GPU, to restart the machine or to follow the NVLink and ECC workflows is the
hardware's. Apart from it stand 63, 92 and 94, which it ignores or answers with the application's restart: they are the
memory's, and the GPU is to be reset before it goes on. What AWS advises for EC2 (stop and start, to move to other
hardware) is from its knowledge centre's "troubleshoot Xid errors".
"""

from enum import StrEnum
from typing import NamedTuple


class Fault(StrEnum):
    """Whose fault an Xid is."""

    APPLICATION = "application"
    HARDWARE = "hardware"
    UNDECIDED = "undecided"
    NOT_FATAL = "not fatal"  # an NVSwitch's, which it has got over


class Xid(NamedTuple):
    """One Xid: what the GPU reports, whose fault that is, and what to do."""

    meaning: str
    fault: Fault
    action: str


RESTART = "Nothing for the node; look at the application that the kernel log names."
RESET = "Reboot the node, which resets its GPUs; replace it where the Xid comes back."
REPLACE = "Stop and start the node, which moves it to other hardware, or replace it."
GSP = "Reboot the node; where the Xid comes back, update the driver or switch its GSP firmware off."
RESET_SWITCHES = "Reboot the node, which resets its GPUs and NVSwitches; replace it where the SXid comes back."
LOOK_UP = "Look the Xid up in NVIDIA's Xid catalogue."


def _all(fault: Fault, action: str, meanings: dict[int, str]) -> dict[int, Xid]:
    return {code: Xid(meaning, fault, action) for code, meaning in meanings.items()}


COPY_ENGINES = (39, 40, 41, 70, 71, 72, 75, 76, 77, 85, *range(126, 136))
VIDEO_ENGINES = (60, 68, 82, 83, 84, 86, 88, 89, *range(96, 106), 139)
NVLINK_5 = range(144, 151)  # fatal or not, as the line itself says
RECOVERY_ACTION_CHANGED = 154  # says in words what the GPU needs after another Xid
FALLEN_OFF_THE_BUS = 79

CATALOGUE: dict[int, Xid] = {
    **_all(Fault.APPLICATION, RESTART, dict.fromkeys(COPY_ENGINES, "a copy engine's exception")),
    **_all(Fault.APPLICATION, RESTART, dict.fromkeys(VIDEO_ENGINES, "a video engine's exception")),
    **_all(
        Fault.APPLICATION,
        RESTART,
        {
            8: "the GPU stopped processing",
            11: "an invalid push buffer",
            13: "a graphics engine exception",
            14: "an error injected by software",
            25: "an invalid push buffer",
            31: "a GPU memory page fault",
            37: "a driver firmware error",
            43: "the GPU stopped processing for an application",
            44: "a fault during a context switch",
            45: "a clean-up after an application ended",
            66: "an illegal access by the driver",
            69: "a graphics engine class error",
            80: "corrupted data sent to the GPU",
            106: "a test message",
            107: "a test message",
            137: "an illegal access over NVLink",
            141: "a CUDA fast path error",
        },
    ),
    **_all(
        Fault.HARDWARE,
        RESET,
        {
            46: "the GPU stopped processing",
            48: "an uncorrectable memory error",
            62: "a halt of its micro-controller",
            63: "memory rows or pages to be replaced at the next reset",
            74: "an NVLink error",
            92: "a high rate of corrected memory errors",
            94: "a contained memory error",
            95: "an uncontained memory error",
            109: "a context switch that timed out",
            110: "a security fault",
            136: "an NVLink that could not be trained",
            140: "an unrecovered memory error",
            143: "a GPU that could not be initialised",
            156: "a resource that was retired",
            158: "a fatal timeout of the GPU",
            171: "an uncorrectable DRAM error",
            172: "an uncorrectable SRAM error",
            **dict.fromkeys(NVLINK_5, "an NVLink error"),
        },
    ),
    **_all(
        Fault.HARDWARE,
        REPLACE,
        {
            54: "missing power",
            64: "memory rows or pages that could not be replaced",
            FALLEN_OFF_THE_BUS: "a GPU that has fallen off the bus",
            157: "a resource that could not be retired",
            167: "a fatal timeout of PCIe",
        },
    ),
    **_all(Fault.HARDWARE, GSP, {119: "a timeout of its GSP firmware", 120: "an error of its GSP firmware"}),
    **_all(
        Fault.UNDECIDED, LOOK_UP, {32: "a corrupted push buffer, often of poor PCIe", 38: "a driver firmware error"}
    ),
}


def look_up(code: int) -> Xid:
    """What is known of an Xid; one that is not in the table is undecided."""
    return CATALOGUE.get(code, Xid("something that this table does not know", Fault.UNDECIDED, LOOK_UP))
