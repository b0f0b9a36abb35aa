"""Layer types, one class each; importing this package registers them all."""

from importlib import import_module
from pkgutil import iter_modules

from archcalc.ops.op import Example, Op, OpError
from archcalc.ops.registry import OPS, create

for module in iter_modules(__path__, f"{__name__}."):
    import_module(module.name)

__all__ = ["OPS", "Example", "Op", "OpError", "create"]
