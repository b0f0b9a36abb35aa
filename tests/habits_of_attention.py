"""Modules with attention as users write them: tokens of text, of images and of windows."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn
from torch.nn import functional


class WindowsByView(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.proj = nn.Linear(3 * 16, 24)
        self.out = nn.Linear(24, 8)

    def forward(self, x: Any) -> Any:
        b, c, h, w = x.shape
        x = (
            x.view(b, c, h // 4, 4, w // 4, 4)
            .permute(0, 2, 4, 3, 5, 1)
            .reshape(b, h // 4 * (w // 4), -1)
        )
        x = self.proj(x)
        x = x.transpose(1, 2).reshape(b, 24, h // 4, w // 4).flatten(2).mean(-1)
        return self.out(x)


class MHACross(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.a = nn.MultiheadAttention(
            32, 4, kdim=16, vdim=20, add_bias_kv=True, add_zero_attn=True
        )

    def forward(self, q: Any, k: Any, v: Any) -> Any:
        return self.a(q, k, v, need_weights=False)[0]


class SdpaGqaRope(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.q = nn.Linear(64, 64, bias=False)
        self.k = nn.Linear(64, 16, bias=False)
        self.v = nn.Linear(64, 16, bias=False)
        self.o = nn.Linear(64, 64, bias=False)
        inv = 1 / 10000 ** (torch.arange(0, 16, 2).float() / 16)
        self.register_buffer("inv", inv, persistent=False)

    def rot(self, x: Any) -> Any:
        a, b = x.chunk(2, -1)
        return torch.cat((-b, a), -1)

    def forward(self, x: Any) -> Any:
        b, t, _ = x.shape
        pos = torch.arange(t, device=x.device).float()
        fr = torch.outer(pos, self.inv)
        e = torch.cat((fr, fr), -1)
        c, sn = (e.cos(), e.sin())
        q = self.q(x).view(b, t, 4, 16).transpose(1, 2)
        k = self.k(x).view(b, t, 1, 16).transpose(1, 2)
        v = self.v(x).view(b, t, 1, 16).transpose(1, 2)
        q = q * c + self.rot(q) * sn
        k = k * c + self.rot(k) * sn
        k = k.repeat_interleave(4, 1)
        v = v.repeat_interleave(4, 1)
        y = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        return self.o(y.transpose(1, 2).contiguous().view(b, t, -1))


class Masks(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.l = nn.Linear(16, 16)

    def forward(self, x: Any, mask: Any) -> Any:
        m = mask > 0
        y = self.l(x).masked_fill(~m.unsqueeze(-1), float("-inf"))
        z = torch.where(m[..., None], y, torch.zeros_like(y))
        p = (z * m[..., None]).sum(1) / m.sum(1, keepdim=True).clamp(min=1)
        tri = torch.triu(torch.ones(10, 10, dtype=torch.bool, device=x.device), 1)
        a = (x @ x.mT).masked_fill(tri, -1000000000.0).softmax(-1)
        return (p, a @ x)


class CLIPLike(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.v = nn.Conv2d(3, 16, 8, 8)
        self.cls = nn.Parameter(torch.zeros(1, 1, 16))
        self.pos = nn.Parameter(torch.zeros(1, 17, 16))
        self.e = nn.Embedding(30, 16)
        self.tp = nn.Parameter(torch.zeros(5, 16))
        self.p = nn.Parameter(torch.randn(16, 8))
        self.ls = nn.Parameter(torch.tensor(2.6))

    def forward(self, ids: Any, img: Any) -> Any:
        v = self.v(img).flatten(2).transpose(1, 2)
        v = torch.cat([self.cls.expand(v.shape[0], -1, -1), v], 1) + self.pos
        v = v[:, 0] @ self.p
        t = self.e(ids) + self.tp
        t = t[torch.arange(t.shape[0], device=t.device), ids.argmax(-1)] @ self.p
        v = v / v.norm(dim=-1, keepdim=True)
        t = functional.normalize(t, dim=-1)
        each = self.ls.exp() * v @ t.t()
        return (each, each.t())


class LinearAttention(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.qkv = nn.Linear(16, 48, bias=False)
        self.rel = nn.Parameter(torch.zeros(23, 4))
        self.register_buffer("idx", torch.arange(12)[:, None] - torch.arange(12)[None] + 11)

    def forward(self, x: Any) -> Any:
        q, k, v = self.qkv(x).reshape(2, 12, 3, 4, 4).permute(2, 0, 3, 1, 4)
        q = functional.elu(q) + 1
        k = functional.elu(k) + 1
        kv = torch.einsum("bhnd,bhne->bhde", k, v)
        z = 1 / torch.einsum("bhnd,bhd->bhn", q, k.sum(-2))
        y = torch.einsum("bhnd,bhde,bhn->bhne", q, kv, z)
        bias = self.rel[self.idx.view(-1)].view(12, 12, 4).permute(2, 0, 1)
        a = (q @ k.transpose(-1, -2) + bias).softmax(-1) @ v
        return y + a


class SwinBlock(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.qkv = nn.Linear(4, 12)
        self.rpb = nn.Parameter(torch.zeros(49, 2))
        self.n = nn.LayerNorm(4)
        c = torch.stack(torch.meshgrid(torch.arange(4), torch.arange(4), indexing="ij")).flatten(1)
        r = (c[:, :, None] - c[:, None]).permute(1, 2, 0) + 3
        self.register_buffer("i", r[..., 0] * 7 + r[..., 1])

    def forward(self, x: Any) -> Any:
        b, _c, h, w = x.shape
        x = self.n(x.permute(0, 2, 3, 1))
        x = torch.roll(x, (-2, -2), (1, 2))
        m = torch.zeros(1, h, w, 1, device=x.device)
        n = 0
        for hs in (slice(0, -4), slice(-4, -2), slice(-2, None)):
            for ws in (slice(0, -4), slice(-4, -2), slice(-2, None)):
                m[:, hs, ws] = n
                n += 1

        def win(t):
            return (
                t.view(t.shape[0], h // 4, 4, w // 4, 4, -1)
                .permute(0, 1, 3, 2, 4, 5)
                .reshape(-1, 16, t.shape[-1])
            )

        mw = win(m).squeeze(-1)
        am = mw.unsqueeze(1) - mw.unsqueeze(2)
        am = am.masked_fill(am != 0, -100.0).masked_fill(am == 0, 0.0)
        q, k, v = self.qkv(win(x)).reshape(-1, 16, 3, 2, 2).permute(2, 0, 3, 1, 4)
        a = q @ k.transpose(-2, -1) + self.rpb[self.i.view(-1)].view(16, 16, -1).permute(
            2, 0, 1
        ).contiguous().unsqueeze(0)
        a = a.view(b, -1, 2, 16, 16) + am.unsqueeze(1).unsqueeze(0)
        a = a.view(-1, 2, 16, 16).softmax(-1)
        y = (
            (a @ v)
            .transpose(1, 2)
            .reshape(-1, 16, 4)
            .view(b, 2, 2, 4, 4, 4)
            .permute(0, 1, 3, 2, 4, 5)
            .reshape(b, h, w, 4)
        )
        return torch.roll(y, (2, 2), (1, 2))


class LMSlidingSwiGLU(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.e = nn.Embedding(30, 16)
        self.q = nn.Linear(16, 16, bias=False)
        self.kv = nn.Linear(16, 8, bias=False)
        self.g = nn.Linear(16, 32, bias=False)
        self.u = nn.Linear(16, 32, bias=False)
        self.d = nn.Linear(32, 16, bias=False)
        self.n = nn.RMSNorm(16)
        self.w = nn.Parameter(torch.ones(16))

    def rms(self, x: Any) -> Any:
        return self.w * (x * torch.rsqrt(x.float().pow(2).mean(-1, keepdim=True) + 1e-06)).to(
            x.dtype
        )

    def forward(self, ids: Any, past: Any = None) -> Any:
        b, t = ids.shape
        x = self.e(ids)
        h = self.rms(x)
        q = self.q(h).view(b, t, 4, 4).transpose(1, 2)
        k, v = self.kv(h).view(b, t, 2, 1, 4).unbind(2)
        k = k.transpose(1, 2)[:, :, None].expand(b, 1, 4, t, 4).reshape(b, 4, t, 4)
        v = v.transpose(1, 2).expand(-1, 4, -1, -1)
        i = torch.arange(t, device=x.device)
        m = (i[None] <= i[:, None]) & (i[:, None] - i[None] < 4)
        x = x + functional.scaled_dot_product_attention(
            q, k, v, m[None, None].expand(b, 1, t, t)
        ).transpose(1, 2).flatten(-2)
        h = self.n(x)
        x = x + self.d(functional.silu(self.g(h)) * self.u(h))
        lg = functional.linear(x[:, -1:], self.e.weight)
        return torch.tanh(lg / 30) * 30
