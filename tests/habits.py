"""Modules as users write them, with the sizes of their inputs."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from tests.habits_of_attention import (
    CLIPLike,
    LinearAttention,
    LMSlidingSwiGLU,
    Masks,
    MHACross,
    SdpaGqaRope,
    SwinBlock,
    WindowsByView,
)


class Einsums(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.w = nn.Parameter(torch.randn(3, 4, 32, 8))
        self.o = nn.Parameter(torch.randn(4, 8, 32))

    def forward(self, x: Any) -> Any:
        q, k, v = torch.einsum("btd,zhde->zbhte", x, self.w)
        a = torch.einsum("bhie,bhje->bhij", q, k).softmax(-1)
        y = torch.einsum("bhij,bhje->bhie", a, v)
        return torch.einsum("bhte,hed->btd", y, self.o)


class VQ(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.e = nn.Embedding(32, 16)

    def forward(self, x: Any) -> Any:
        f = x.reshape(-1, 16)
        d = f.pow(2).sum(1, keepdim=True) - 2 * f @ self.e.weight.t() + self.e.weight.pow(2).sum(1)
        i = d.argmin(1)
        q = self.e(i).view_as(x)
        q = x + (q - x).detach()
        oh = functional.one_hot(i, 32).float()
        return (q, oh.mean(0))


class Recurrents(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.l = nn.LSTM(8, 16, 2, bidirectional=True, proj_size=6, dropout=0.1)
        self.g = nn.GRU(12, 10, bidirectional=True)
        self.r = nn.RNN(20, 5, nonlinearity="relu")

    def forward(self, x: Any) -> Any:
        x, (_h, c) = self.l(x)
        x, _h2 = self.g(x)
        x, h3 = self.r(x)
        return (x, h3[-1], c.mean())


class Splits(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.l = nn.Linear(16, 48)
        self.m = nn.ModuleList([nn.Linear(4, 4) for _ in range(4)])

    def forward(self, x: Any) -> Any:
        q, k, v = self.l(x).chunk(3, -1)
        a, b = q.split([4, 12], 2)
        u = k.unbind(1)
        t = torch.tensor_split(v, 4, dim=-1)
        h = torch.hsplit(v[0], 2)
        return (
            torch.cat([m(y) for m, y in zip(self.m, t, strict=False)], -1) + torch.stack(u, 1),
            a,
            b * 2,
            h[0],
            v.reshape(2, -1),
        )


class FunctionalWeights(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.w = nn.ParameterList([nn.Parameter(torch.randn(8, 8)) for _ in range(3)])
        self.b = nn.ParameterDict({"a": nn.Parameter(torch.zeros(8))})
        self.register_buffer("mean", torch.zeros(8))
        self.h = nn.Linear(8, 64)

    def forward(self, x: Any) -> Any:
        x = x - self.mean
        for w in self.w:
            x = functional.relu(functional.linear(x, w, self.b["a"]))
        x = x @ self.w[0] + self.b["a"]
        k = self.h(x).view(-1, 8, 8)
        return torch.bmm(k, x.unsqueeze(-1)).squeeze(-1)


class DynamicConv(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.e = nn.Parameter(torch.randn(4, 8, 3, 3, 3))
        self.r = nn.Linear(3, 4)

    def forward(self, x: Any) -> Any:
        b = x.shape[0]
        r = self.r(x.mean((2, 3))).softmax(1)
        w = (
            torch.einsum("bk,koihw->boihw", r, self.e)
            if False
            else (r[:, :, None, None, None, None] * self.e).sum(1)
        )
        y = functional.conv2d(x.reshape(1, -1, 32, 32), w.reshape(-1, 3, 3, 3), padding=1, groups=b)
        return y.view(b, 8, 32, 32)


class SharedList(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        each = nn.Linear(8, 8)
        self.ls = nn.ModuleList([each, nn.Linear(8, 8), each])
        self.d = nn.ModuleDict({"x": each, "y": nn.Linear(8, 2)})

    def forward(self, x: Any) -> Any:
        for each in self.ls:
            x = torch.tanh(each(x))
        return self.d["y"](x)


class MoEDense(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.g = nn.Linear(8, 4)
        self.e = nn.ModuleList(
            [nn.Sequential(nn.Linear(8, 16), nn.GELU(), nn.Linear(16, 8)) for _ in range(4)]
        )

    def forward(self, x: Any) -> Any:
        w = self.g(x).softmax(-1)
        t, i = w.topk(2, -1)
        m = torch.zeros_like(w).scatter(-1, i, t)
        m = m / m.sum(-1, keepdim=True)
        return torch.einsum("btek,bte->btk", torch.stack([e(x) for e in self.e], 2), m)


class MoEBatched(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.g = nn.Linear(8, 4, bias=False)
        self.w1 = nn.Parameter(torch.randn(4, 8, 16))
        self.w2 = nn.Parameter(torch.randn(4, 16, 8))

    def forward(self, x: Any) -> Any:
        t = x.reshape(-1, 8)
        p = self.g(t).softmax(-1)
        h = torch.bmm(t.unsqueeze(0).expand(4, -1, -1), self.w1)
        y = torch.bmm(functional.silu(h), self.w2)
        return (y * p.t().unsqueeze(-1)).sum(0).view_as(x)


class FiLM(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.c = nn.Conv2d(3, 8, 3, padding=1)
        self.f = nn.Linear(10, 16)
        self.bn = nn.BatchNorm2d(8)

    def forward(self, x: Any, cond: Any) -> Any:
        g, b = self.f(cond).chunk(2, 1)
        return functional.relu((1 + g[:, :, None, None]) * self.bn(self.c(x)) + b[:, :, None, None])


class GCN(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.l = nn.Linear(5, 8)
        self.o = nn.Linear(8, 3)

    def forward(self, x: Any, edges: Any) -> Any:
        h = self.l(x)
        src, dst = edges
        agg = torch.zeros_like(h).index_add(0, dst, h[src])
        deg = torch.zeros(x.size(0), device=x.device).scatter_add_(
            0, dst, torch.ones_like(dst, dtype=x.dtype)
        )
        return self.o(functional.relu(agg / deg.clamp(min=1).unsqueeze(-1)))


class PointNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.t = nn.Conv1d(3, 9, 1)
        self.c = nn.Conv1d(3, 16, 1)
        self.bn = nn.BatchNorm1d(16)
        self.f = nn.Linear(16, 4)

    def forward(self, x: Any) -> Any:
        t = self.t(x).max(2)[0].view(-1, 3, 3) + torch.eye(3, device=x.device).view(1, 9).repeat(
            x.size(0), 1
        ).view(-1, 3, 3)
        x = torch.bmm(x.transpose(2, 1), t).transpose(2, 1)
        x = functional.relu(self.bn(self.c(x)))
        return functional.log_softmax(self.f(torch.max(x, 2, keepdim=True)[0].view(-1, 16)), 1)


class DiffusionUNet(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.t = nn.Sequential(nn.Linear(16, 32), nn.SiLU(), nn.Linear(32, 32))
        self.i = nn.Conv2d(3, 32, 3, padding=1)
        self.d = nn.Conv2d(32, 32, 3, 2, 1)
        self.g = nn.GroupNorm(8, 32)
        self.u = nn.ConvTranspose2d(32, 32, 4, 2, 1)
        self.o = nn.Conv2d(64, 3, 3, padding=1)
        self.q = nn.Conv1d(32, 96, 1)

    def forward(self, x: Any, t: Any) -> Any:
        f = torch.exp(-math.log(10000) * torch.arange(8, device=x.device) / 8)
        a = t[:, None].float() * f[None]
        e = self.t(torch.cat([a.sin(), a.cos()], -1))
        h = self.i(x)
        k = h
        h = self.d(functional.silu(self.g(h + e[:, :, None, None])))
        b, c, hh, w = h.shape
        q, kk, v = self.q(h.reshape(b, c, -1)).chunk(3, 1)
        a = torch.einsum("bct,bcs->bts", q * c ** (-0.25), kk * c ** (-0.25)).softmax(-1)
        h = h + torch.einsum("bts,bcs->bct", a, v).reshape(b, c, hh, w)
        return self.o(torch.cat([self.u(h), k], 1))


class Capsule(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.c = nn.Conv2d(1, 32, 9, 2)
        self.W = nn.Parameter(torch.randn(1, 10, 400, 16, 8))

    def forward(self, x: Any) -> Any:
        u = self.c(x).view(x.size(0), -1, 8)
        u = u / (1 + (u**2).sum(-1, keepdim=True))
        uh = torch.matmul(self.W, u[:, None, :, :, None]).squeeze(-1)
        b = torch.zeros(*uh.shape[:3], 1, device=x.device)
        for _i in range(2):
            c = functional.softmax(b, 1)
            v = (c * uh).sum(2)
            b = b + torch.matmul(uh, v.unsqueeze(-1))
        return v.norm(dim=-1)


class NeRF(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.l = nn.ModuleList(
            [nn.Linear(3 + 3 * 2 * 4, 32)]
            + [nn.Linear(32 + (27 if i == 1 else 0), 32) for i in range(3)]
        )
        self.o = nn.Linear(32, 4)

    def forward(self, x: Any) -> Any:
        e = [x]
        for f in 2.0 ** torch.linspace(0, 3, 4):
            e += [torch.sin(f * x), torch.cos(f * x)]
        e = torch.cat(e, -1)
        h = e
        for i, each in enumerate(self.l):
            h = functional.relu(each(h))
            if i == 1:
                h = torch.cat([e, h], -1)
        r = self.o(h)
        a = 1 - torch.exp(-functional.relu(r[..., 3]))
        T = torch.cumprod(torch.cat([torch.ones_like(a[:, :1]), 1 - a + 1e-10], -1), -1)[:, :-1]
        return ((a * T)[..., None] * r[..., :3].sigmoid()).sum(-2)


HABITS: list[tuple[type[nn.Module], list[tuple[int, ...]], tuple[int, ...]]] = [
    (WindowsByView, [(2, 3, 32, 32)], ()),
    (MHACross, [(10, 2, 32), (7, 2, 16), (7, 2, 20)], ()),
    (SdpaGqaRope, [(2, 12, 64)], ()),
    (Einsums, [(2, 6, 32)], ()),
    (VQ, [(2, 10, 16)], ()),
    (Recurrents, [(7, 2, 8)], ()),
    (Masks, [(2, 10, 16), (2, 10)], ()),
    (Splits, [(2, 10, 16)], ()),
    (FunctionalWeights, [(2, 8)], ()),
    (DynamicConv, [(2, 3, 32, 32)], ()),
    (SharedList, [(2, 8)], ()),
    (MoEDense, [(2, 16, 8)], ()),
    (MoEBatched, [(2, 16, 8)], ()),
    (FiLM, [(2, 3, 32, 32), (2, 10)], ()),
    (GCN, [(6, 5), (2, 12)], (1,)),
    (PointNet, [(2, 3, 64)], ()),
    (DiffusionUNet, [(2, 3, 16, 16), (2,)], (1,)),
    (CLIPLike, [(2, 5), (2, 3, 32, 32)], (0,)),
    (Capsule, [(2, 1, 28, 28)], ()),
    (LinearAttention, [(2, 12, 16)], ()),
    (SwinBlock, [(2, 4, 8, 8)], ()),
    (NeRF, [(2, 16, 3)], ()),
    (LMSlidingSwiGLU, [(2, 12)], (0,)),
]
"""Each module, the sizes of its inputs, and which of them are whole numbers."""
