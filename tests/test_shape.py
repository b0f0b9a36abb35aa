"""Shapes of any rank."""

from __future__ import annotations

import copy
import pickle

import pytest

from archcalc.shape import Shape, names_of_axes


@pytest.mark.parametrize("sizes", [(7,), (197, 768), (3, 5, 4), (3, 16, 5, 4), (1, 2, 3, 4, 5)])
def test_a_shape_is_its_sizes_whatever_its_rank(sizes: tuple[int, ...]) -> None:
    shape = Shape(*sizes)
    assert shape == sizes
    assert shape.sizes == list(sizes)
    assert str(shape) == "x".join(map(str, sizes))
    assert shape.channels == sizes[0]
    assert shape.is_map is (len(sizes) == 3)
    assert (shape.height, shape.width) == (sizes[1:] if len(sizes) == 3 else (None, None))
    for copied in (copy.deepcopy(shape), pickle.loads(pickle.dumps(shape))):
        assert (type(copied), copied) == (Shape, shape)
    names = names_of_axes(len(sizes))
    assert len(names) == len(set(names)) == len(sizes)


def test_a_tensor_has_as_many_numbers_as_its_sizes_multiplied() -> None:
    assert [Shape(*sizes).elements for sizes in ((7,), (2, 3), (2, 3, 5), (2, 3, 5, 7))] == [
        7, 6, 30, 210,
    ]  # fmt: skip
