"""Which module runs, and in which of its runs."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from torch.nn.modules.module import (
    register_module_forward_hook,
    register_module_forward_pre_hook,
)


class Place:
    """Which module runs, and in which of its runs."""

    def __init__(self, modules: Iterable[tuple[str, Any]] = ()):
        self.names: dict[int, str] = {}
        for name, module in modules:
            self.names.setdefault(id(module), name)
        self.stack: list[tuple[str, int]] = [("", 0)]
        self.runs: dict[str, int] = {}

    @property
    def path(self) -> str:
        """The name of the module that runs."""
        return self.stack[-1][0]

    @property
    def run(self) -> int:
        """The number of its run, over all modules of its name."""
        return self.stack[-1][1]

    def enter(self, path: str) -> None:
        """A module begins to run."""
        self.runs[path] = self.runs.get(path, 0) + 1
        self.stack.append((path, self.runs[path]))

    def leave(self) -> None:
        """The module that runs ends."""
        self.stack.pop()

    @contextmanager
    def followed(self) -> Iterator[None]:
        """Keeps up with the modules that this thread runs."""
        thread = threading.get_ident()

        def enter(module: Any, inputs: Any) -> None:
            if threading.get_ident() == thread:
                self.enter(self.names.get(id(module), self.path))

        def leave(module: Any, inputs: Any, output: Any) -> None:
            if threading.get_ident() == thread:
                self.leave()

        hooks = [
            register_module_forward_pre_hook(enter),
            register_module_forward_hook(leave),
        ]
        try:
            yield
        finally:
            for hook in hooks:
                hook.remove()
