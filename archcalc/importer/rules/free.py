"""Operators without multiply-adds, and why: by torch's own tags, and by lists."""

from __future__ import annotations

from typing import Any

import torch

from archcalc.importer.called import Free
from archcalc.importer.operators import is_view, reads_values

_POINTWISE = "one operation a value; counted apart, not as multiply-adds"
_REDUCTIONS = {
    "all", "amax", "amin", "any", "argmax", "argmin", "cumprod", "cumsum", "linalg_vector_norm",
    "logsumexp", "max", "mean", "median", "min", "mode", "nansum", "norm", "prod", "std",
    "std_mean", "sum", "var", "var_mean", "count_nonzero", "logcumsumexp", "cummax", "aminmax",
    "cummin", "kthvalue", "nanmedian",
    "linalg__powsum", "_is_all_true", "_is_any_true",
}  # fmt: skip
_ONE_A_VALUE = {
    "softmax", "_softmax", "log_softmax", "_log_softmax", "softplus", "prelu", "rrelu", "glu",
    "upsample_bicubic2d", "upsample_linear1d", "upsample_trilinear3d", "upsample_bilinear2d",
    "_upsample_bicubic2d_aa", "_upsample_bilinear2d_aa", "grid_sampler_2d", "grid_sampler",
    "normalize", "native_dropout", "cosine_similarity", "pairwise_distance",
    "local_response_norm", "gumbel_softmax", "bernoulli", "rand", "randn", "rand_like",
    "randn_like", "randint", "normal_", "uniform", "polar", "complex", "view_as_complex",
    "avg_pool1d", "avg_pool3d", "max_pool1d", "max_pool3d", "max_pool3d_with_indices",
    "max_pool2d_with_indices", "adaptive_avg_pool1d", "adaptive_avg_pool3d", "rms_norm",
    "adaptive_max_pool1d", "adaptive_max_pool2d", "adaptive_max_pool3d", "_adaptive_avg_pool2d",
    "_adaptive_avg_pool3d", "avg_pool2d", "fractional_max_pool2d", "searchsorted", "bucketize",
    "sort", "argsort", "topk", "histc", "cross", "batch_norm", "layer_norm", "instance_norm",
    "group_norm",
    "native_layer_norm", "native_group_norm", "native_batch_norm",
    "_native_batch_norm_legit_no_training", "_native_batch_norm_legit", "grid_sampler_3d",
    "fractional_max_pool3d", "multinomial", "poisson", "normal", "randint_like", "rrelu_with_noise",
    "_upsample_lanczos2d_aa", "segment_reduce", "_cdist_forward", "_pdist_forward", "_masked_scale",
    "eq", "ne", "lt", "le", "gt", "ge", "abs", "floor_divide", "copysign", "gcd", "lcm",
    "heaviside", "xlogy", "threshold", "_standard_gamma", "fake_quantize_per_tensor_affine",
    "fake_quantize_per_channel_affine", "_fused_moving_avg_obs_fq_helper",
}  # fmt: skip
_MOVES = {
    "_reshape_alias", "_to_copy", "_unsafe_view", "arange", "broadcast_tensors", "block_diag",
    "cat", "channel_shuffle", "chunk", "clone", "col2im", "concat", "concatenate",
    "constant_pad_nd",
    "contiguous", "copy", "diag", "diag_embed", "diagonal", "dropout", "embedding",
    "embedding_bag", "empty", "empty_like", "empty_strided", "expand", "expand_as", "eye",
    "feature_dropout", "fill", "flatten", "flip", "fliplr", "flipud", "full", "full_like", "gather",
    "hstack", "im2col", "index", "index_add", "index_copy", "index_fill", "index_put",
    "index_select", "lift_fresh", "linspace", "logspace", "masked_fill", "masked_scatter",
    "max_unpool2d",
    "meshgrid", "movedim", "narrow", "new_empty", "new_empty_strided", "new_full", "new_ones",
    "new_zeros", "numpy_T", "one_hot", "ones", "ones_like", "pad", "permute", "pixel_shuffle",
    "pixel_unshuffle", "reflection_pad1d", "reflection_pad2d", "reflection_pad3d", "repeat",
    "repeat_interleave", "replication_pad1d", "replication_pad2d", "replication_pad3d", "reshape",
    "reshape_as", "resolve_conj", "resolve_neg", "roll", "rot90", "scalar_tensor", "scatter",
    "scatter_add", "scatter_reduce", "select", "select_scatter", "slice", "slice_scatter", "split",
    "split_with_sizes", "squeeze", "stack", "swapaxes", "t", "take", "take_along_dim",
    "unsafe_chunk", "unsafe_split", "unsafe_split_with_sizes",
    "tensor_split",
    "tile", "to", "transpose", "tril", "tril_indices", "triu", "triu_indices", "type_as", "unbind",
    "unflatten", "unfold", "unsqueeze", "upsample_nearest1d", "upsample_nearest2d",
    "upsample_nearest3d", "_upsample_nearest_exact1d", "_upsample_nearest_exact2d",
    "_upsample_nearest_exact3d", "view", "view_as", "vstack", "where", "zero", "zeros",
    "zeros_like", "alpha_dropout", "randperm", "detach", "alias", "cosine_embedding_loss",
    "view_as_real", "real", "imag", "_conj", "conj", "mH", "mT", "matrix_H", "nan_to_num",
    "circular_pad", "split_copy", "unbind_copy", "_assert_tensor_metadata", "sym_constrain_range",
    "new_tensor", "is_same_size", "fill_diagonal", "as_strided", "lift_fresh_copy", "max_unpool3d",
    "index_reduce", "_embedding_bag", "_embedding_bag_forward_only", "_reshape_copy", "resize",
    "resize_as", "set", "empty_permuted", "_index_put_impl", "_spdiags", "lift",
    "_pack_padded_sequence", "_pad_packed_sequence",
}  # fmt: skip

_MOVING = Free("it only arranges numbers")
_OF_DETECTORS = {
    "nms": Free("it compares boxes"),
    **dict.fromkeys(
        ("roi_align", "roi_pool", "ps_roi_align", "ps_roi_pool"),
        Free("its operations are counted apart, not as multiply-adds", per_output=True),
    ),
}
"""Operators of torchvision."""


def free(function: Any) -> Free | None:
    """Why an operator has no multiply-adds; None where nobody says so."""
    if function.namespace == "torchvision":
        return _OF_DETECTORS.get(function.overloadpacket.__name__)
    if function.namespace != "aten":
        return None
    name = function.overloadpacket.__name__
    word = name.rstrip("_")
    if torch.Tag.pointwise in function.tags:
        return Free(_POINTWISE, per_output=True, is_pointwise=True)
    if word in _REDUCTIONS:
        return Free("one operation a value that is taken in; no weights", per_input=True)
    if name in _ONE_A_VALUE or word in _ONE_A_VALUE:
        return Free("its operations are counted apart, not as multiply-adds", per_output=True)
    if name.startswith("_fft_"):
        return Free("a Fourier transform, and no matrix product; counted apart", per_output=True)
    if word == "linalg_solve_triangular":
        return Free("a system is solved, and no matrix product; counted apart", per_output=True)
    if word in _MOVES or is_view(function):
        return _MOVING
    if reads_values(function):
        return Free("it reads numbers, and multiplies nothing")
    return None
