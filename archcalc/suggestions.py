"""What was probably meant by a name that is none."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from itertools import islice

MOST = 2
"""The most names that are suggested."""
_LONGEST = 60
"""The most characters of a name that are compared."""
_SHORTEST = 3
"""A shorter text says too little to stand for a name that is longer or spelled otherwise."""
_MOST_COMPARED = 2_000
"""Names that are compared letter by letter."""

_WORDS = {
    "activation": "relu sigmoid",
    "affine": "linear",
    "args": "arguments",
    "averagepool": "avg_pool2d",
    "averagepooling2d": "avg_pool2d",
    "avgpool": "avg_pool2d",
    "batchnorm": "batch_norm",
    "batchnormalization": "batch_norm",
    "batchsize": "batch",
    "biasterm": "bias",
    "bottom": "inputs",
    "bn": "batch_norm",
    "cat": "concat",
    "channels": "out_channels",
    "children": "layers",
    "classname": "op",
    "concatenate": "concat",
    "condition": "when",
    "conv": "conv2d",
    "convolution": "conv2d",
    "convtranspose": "conv_transpose2d",
    "crossmaplrn": "local_response_norm",
    "deconv": "conv_transpose2d",
    "deconvolution": "conv_transpose2d",
    "dense": "linear",
    "depthwiseconv": "conv2d",
    "depthwiseconv2d": "conv2d",
    "dilationrate": "dilation",
    "droppath": "drop_path",
    "elementwise": "add multiply",
    "eltwise": "add multiply",
    "fc": "linear",
    "filters": "out_channels",
    "filtersize": "kernel_size",
    "from": "inputs",
    "fullyconnected": "linear",
    "gap": "global_avg_pool2d",
    "gemm": "linear",
    "globalaveragepooling2d": "global_avg_pool2d",
    "globalavgpool": "global_avg_pool2d",
    "globalpool": "global_avg_pool2d",
    "group": "groups",
    "heads": "num_heads",
    "hswish": "hardswish",
    "if": "when",
    "im2col": "unfold",
    "inboundnodes": "inputs",
    "innerproduct": "linear",
    "iscausal": "causal",
    "kernelshape": "kernel_size",
    "kind": "op",
    "ksize": "kernel_size",
    "kw": "kernel_size",
    "layer": "op",
    "layernormalization": "layer_norm",
    "layertype": "op",
    "leakyrelu": "leaky_relu",
    "learnablescale": "layer_scale",
    "learnedscale": "layer_scale",
    "lrn": "local_response_norm",
    "madd": "macs",
    "madds": "macs",
    "maxpool": "max_pool2d",
    "maxpooling2d": "max_pool2d",
    "modules": "layers",
    "mul": "multiply",
    "multadds": "macs",
    "multiplyadds": "macs",
    "nclasses": "num_classes",
    "nhead": "heads num_heads",
    "nonlinearity": "relu",
    "nout": "out_channels out_features",
    "numfilters": "out_channels",
    "numheads": "heads",
    "numoutput": "out_channels out_features",
    "pads": "padding",
    "parametricrelu": "prelu",
    "params": "parameters arguments",
    "pool": "max_pool2d avg_pool2d",
    "poolsize": "kernel_size",
    "rate": "dilation",
    "residual": "add",
    "responsenorm": "local_response_norm",
    "rf": "receptive_field",
    "shortcut": "add",
    "spatialbn": "batch_norm",
    "stochasticdepth": "drop_path",
    "strides": "stride",
    "sum": "add",
    "times": "repeat",
    "swish": "silu",
    "transposedconv": "conv_transpose2d",
    "type": "op",
    "units": "out_features",
    "unpool": "max_unpool2d",
    "upsampling2d": "upsample",
    "usebias": "bias",
    "zeropadding2d": "pad",
}
"""Words of papers and of other frameworks, without case and signs, for what is called by torch's
words here."""


@lru_cache(maxsize=1 << 12)  # one name, which may be long, is compared with all others
def bare(name: str) -> str:
    """A name without case and signs, which people spell in many ways; numbers stay apart.

    >>> bare("ResNet-50") == bare("resnet_50")
    True
    >>> bare("1_6GF"), bare("16gf")
    ('1.6gf', '16gf')
    """
    apart = re.sub(r"(?<=[0-9])[\W_]+(?=[0-9])", ".", name.lower())
    return re.sub(r"(?<![0-9])\.|\.(?![0-9])|[^\w.]|_", "", apart)


def suggestions(name: str, known: Iterable[str]) -> list[str]:
    """Up to two of the known names: one spelled the same but for case and signs, else what a word
    of the field stands for, else those that begin with it, else the names nearest in spelling, else
    those whose last words it is, else the one that it begins with.

    >>> suggestions("VGG_16", ["vgg16", "vgg19"]), suggestions("dense", ["linear", "densenet121"])
    (['vgg16'], ['linear'])
    """
    spelled: dict[str, str] = {}
    for other in known:
        spelled.setdefault(bare(other), other)
    wanted = bare(name[:_LONGEST])
    if wanted in spelled:
        return [spelled[wanted]]
    meant = [word for word in _WORDS.get(wanted, "").split() if word in spelled.values()]
    some = dict(islice(spelled.items(), _MOST_COMPARED))
    found = meant
    if not found and len(wanted) >= _SHORTEST:
        found = (
            sorted((other for other in some if other.startswith(wanted)), key=len)
            or _near(wanted, some)
            or _ending(wanted, some)
            or _beginning(wanted, some)
        )
    return [spelled.get(other, other) for other in found[:MOST]]


def _ending(wanted: str, known: Mapping[str, str]) -> list[str]:
    """Names whose last words it is, the shortest first."""
    last_words = re.compile(rf"[\W_]{re.escape(wanted)}$", re.IGNORECASE)
    return sorted((other for other in known if last_words.search(known[other])), key=len)


def _beginning(wanted: str, known: Iterable[str]) -> list[str]:
    """The longest name that it begins with, if that is half of it: `bert-base` of
    `bert_base_uncased`."""
    found = [name for name in known if wanted.startswith(name) and len(name) > len(wanted) / 2]
    return sorted(found, key=len)[-1:]


def _near(wanted: str, known: Iterable[str]) -> list[str]:
    """The names with the fewest letters changed, left out, put in or exchanged: a quarter at
    most."""
    most = min(3, max(1, len(wanted) // 4))
    distances = {other: _distance(wanted, other, most) for other in known}
    least = min(distances.values(), default=most + 1)
    return [other for other, distance in distances.items() if distance == least <= most]


def _distance(a: str, b: str, most: int) -> int:
    """How many letters are changed, left out, put in or exchanged with the next; more than `most`
    is `most + 1`.

    Each column of the table of distances is in the bits of whole numbers: where it rises, where it
    falls, and where its diagonal stays (H. Hyyrö: A bit-vector algorithm for computing Levenshtein
    and Damerau edit distances, Nordic Journal of Computing 10, 2003).

    >>> _distance("tabel", "table", 3), _distance("macs", "flops", 1)
    (1, 2)
    """
    if abs(len(a) - len(b)) > most:
        return most + 1
    if not a:
        return len(b)
    places: dict[str, int] = {}
    for i, letter in enumerate(a):
        places[letter] = places.get(letter, 0) | 1 << i
    last = 1 << len(a) - 1
    every = 2 * last - 1
    rises, falls, stays, before = every, 0, 0, 0
    distance = len(a)
    for left, letter in zip(range(len(b) - 1, -1, -1), b, strict=True):
        here = places.get(letter, 0)
        exchanged = (~stays & here) << 1 & before
        stays = ((here & rises) + rises ^ rises | here | falls | exchanged) & every
        up = (falls | ~(stays | rises)) & every
        down = stays & rises
        distance += bool(up & last) - bool(down & last)
        if distance - left > most:
            return most + 1
        up = (up << 1 | 1) & every
        rises = (down << 1 | ~(stays | up)) & every
        falls, before = up & stays, here
    return min(distance, most + 1)
