"""The call of torch that each operator of ONNX is, a function an operator.

What is in none of these modules is refused. Shapes, weights and multiply-adds follow from the call,
by the rules that hold for any module of torch's.
"""

from __future__ import annotations

import importlib
from pkgutil import iter_modules

for _module in iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")
