"""Blocks of a sweep computed by the workers of a Dask cluster, which have archcalc installed.

The blocks are those that threads compute, and are put together in the same order; one that holds
points that the spec refuses is computed here again, as a worker would name others for the reason.
"""

from __future__ import annotations

import ctypes
import pickle
import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Any

from archcalc.errors import ArchcalcError, quote
from archcalc.extras import require
from archcalc.sweeps.blocks import AHEAD, Rows, SpaceBlock, Task, put_in_order

SECONDS = 10
"""How long the cluster's scheduler may take to answer."""


@dataclass(frozen=True)
class Cluster:
    """The workers of a Dask cluster."""

    address: str
    """That of its scheduler: `tcp://10.0.0.1:8786`."""

    def computed(self, task: Task, parts: Iterable[SpaceBlock]) -> Iterator[Rows]:
        """The rows of parts of a space, in their order.

        Raises:
            ArchcalcError: dask is not installed, there is no such cluster, or it fails.
        """
        require("--dask", "dask", "dask", "distributed")
        left = iter(parts)
        yield from map(task.rows, islice(left, 1))
        with self._client() as client:
            workers = max(1, sum(client.nthreads().values()))
            sent = client.scatter(pickle.dumps(task), broadcast=True)
            try:
                yield from put_in_order(
                    task,
                    left,
                    lambda part: client.submit(rows_on_worker, sent, part, pure=False).result,
                    AHEAD * workers,
                )
            except ArchcalcError:
                raise
            except Exception as error:
                said = f"{type(error).__name__}: {error}"
                raise ArchcalcError(f"the Dask cluster failed: {quote(said, marks='')}") from None

    def _client(self) -> Any:
        from distributed import Client

        try:
            return Client(self.address, timeout=SECONDS, set_as_default=False)
        except (OSError, ValueError, TypeError) as error:
            said = str(error) or type(error).__name__
            reason = quote(said, marks="")
            raise ArchcalcError(f"no Dask cluster at {quote(self.address)}: {reason}") from None


_here = threading.local()


def rows_on_worker(sent: bytes, part: SpaceBlock) -> Rows | None:
    """What a worker finds; None where points are refused, for which this process says why."""
    if getattr(_here, "sent", None) != sent:
        _keep_freed_memory()
        _here.sent, _here.task = sent, pickle.loads(sent)  # each thread reads networks of its own
    task: Task = _here.task
    found = task.rows(part)
    return None if found.refusals else found


M_TRIM_THRESHOLD, M_MMAP_THRESHOLD = -1, -3
KEPT = 256 << 20
"""How many bytes that are freed stay with the process."""


def _keep_freed_memory() -> None:
    """What MALLOC_TRIM_THRESHOLD_ would be for glibc: Dask sets it so that each temporary array
    goes back to the system, which takes longer than to compute it."""
    with suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(M_TRIM_THRESHOLD, KEPT)
        mallopt(M_MMAP_THRESHOLD, KEPT)
