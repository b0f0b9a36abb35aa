"""Where torch's tensors are to be: which device there is, and what memory it can still give."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from archcalc.errors import ArchcalcError, quote

DEVICES = ("auto", "cpu", "cuda", "meta")
"""Where tensors can be; on `meta` they have shapes but no memory, and nothing is computed."""

MEMINFO = Path("/proc/meminfo")
CONTROL_GROUPS = (
    # The limit of a container, and of what it has the part that cannot be given up: no caches.
    (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory.stat"), "anon"),
    (
        Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
        Path("/sys/fs/cgroup/memory/memory.stat"),
        "total_rss",
    ),
)


def choose_device(device: str) -> str:
    """The device that a name means here; `auto` is a GPU where torch can use one.

    Raises:
        ArchcalcError: there is no such device.
    """
    import torch

    if device not in DEVICES:
        raise ArchcalcError(f"device is 'auto', 'cpu', 'cuda' or 'meta', got {quote(device)}")
    if device == "meta":
        return device
    has_gpu = torch.cuda.is_available()
    if device == "cuda" and not has_gpu:
        raise ArchcalcError("device 'cuda': torch finds no GPU; 'cpu' and 'auto' work everywhere")
    return "cuda" if has_gpu and device != "cpu" else "cpu"


def available_bytes(device: str) -> int | None:
    """Bytes that a device can still give, or None where the system does not say."""
    if device == "cuda":
        import torch

        free, _ = torch.cuda.mem_get_info()
        return int(free)
    return min([*_machine(), *_containers()], default=None)


def return_freed_memory() -> None:
    """Have C's allocator return what is free to the system; glibc's keeps most of it otherwise."""
    with suppress(OSError, AttributeError, TypeError):  # another system, another allocator
        ctypes.CDLL(None).malloc_trim(0)


def _machine() -> Iterator[int]:
    try:
        yield _statistic(MEMINFO, "MemAvailable:") * 1024
    except (OSError, KeyError, ValueError):
        # Not Linux: all that the machine has, since what is free cannot be asked.
        with suppress(AttributeError, OSError, ValueError):
            yield os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _containers() -> Iterator[int]:
    for limit, statistics, used in CONTROL_GROUPS:
        try:
            yield max(0, int(limit.read_text("ascii")) - _statistic(statistics, used))
        except (OSError, KeyError, ValueError):
            continue  # no such group, or its limit is the word "max"


def _statistic(file: Path, key: str) -> int:
    """The number beside a key in one of the kernel's files of keys and numbers."""
    lines = (line.split() for line in file.read_text("ascii").splitlines())
    return int({words[0]: words[1] for words in lines}[key])
