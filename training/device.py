"""The device on which networks compute, and the precision of their forward passes there.

On CUDA, forward passes run in bfloat16 if the device supports it; weights, losses and penalties stay float32. bfloat16
has float32's range, so losses need no scaling.
"""

import os
from dataclasses import dataclass

import torch

from .choices import DeviceName
from .errors import MachineRefused


@dataclass(frozen=True)
class Device:
    """A device and its precision.

    Args:
        where: torch's name for it.
        is_mixed: whether forward passes run in bfloat16.
    """

    where: torch.device
    is_mixed: bool

    def forward_pass(self) -> torch.autocast:
        """Return the context that forward passes run in."""
        return torch.autocast(self.where.type, torch.bfloat16, enabled=self.is_mixed)


CPU = Device(torch.device("cpu"), is_mixed=False)


def choose(name: DeviceName) -> Device:
    """Return the device of this process; with several processes on a machine, each takes the CUDA device of its rank.

    Raises:
        MachineRefused: CUDA was requested, but there is no device for this process.
    """
    if name == DeviceName.CPU or (name == DeviceName.AUTO and not torch.cuda.is_available()):
        return CPU
    number, count = int(os.environ.get("LOCAL_RANK", "0")), torch.cuda.device_count()
    if number >= count:
        raise MachineRefused(
            f"--device {name}: torch sees {count} CUDA devices, but process {number + 1} on this machine needs one of "
            "its own; use fewer processes, or --device cpu"
        )
    torch.cuda.set_device(number)
    return Device(torch.device("cuda", number), is_mixed=torch.cuda.is_bf16_supported(including_emulation=False))
