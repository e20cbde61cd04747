"""Attention: queries read from a context, under a mask, with a cache for generation. Chapter 6."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional as F

from signlab.blocks.cache import KeysValues, KeyValueCache
from signlab.blocks.dropout import dropped
from signlab.blocks.ragged import Ragged
from signlab.shapes import Bool, Float

GROUP = 16  # rows of a batch that are brought to one length
STEP = 8  # of these lengths
SHORT = 256  # keys up to which weights are computed one by one in training on a CPU
FEW = 16  # queries up to which they are so in use: the new tokens of a sentence, not the whole of it


class Attention(nn.Module):
    """Multi-head attention: each query takes a weighted mean of its context.

    Args:
        dim: Width of queries, context and output.
        num_heads: Number of weighted means taken side by side; must divide `dim`.
        dropout: Share of attention weights dropped in training.

    Raises:
        ValueError: If `num_heads` does not divide `dim`.

    Source: Vaswani et al. (2017), Eq. 1 and Section 3.2.2. Built by hand in chapter 6.
    """

    def __init__(self, *, dim: int, num_heads: int, dropout: float = 0.0) -> None:
        super().__init__()
        if dim % num_heads:
            raise ValueError(
                f"num_heads must divide dim, but got num_heads={num_heads} and dim={dim}; try num_heads=1."
            )
        self.num_heads, self.dropout = num_heads, dropout
        self.to_q, self.to_k, self.to_v, self.to_out = (nn.Linear(dim, dim) for _ in range(4))

    def forward(
        self,
        queries: Float[Tensor, "*query dim"],
        context: Float[Tensor, "*context dim"],
        mask: Bool[Tensor, "#batch #queries #keys"] | None = None,
        cache: KeyValueCache | None = None,
        *,
        causal: bool = False,
        prefix: int = 0,
        layout: Ragged | None = None,
    ) -> Float[Tensor, "*query dim"]:
        """Read from `context`, after whatever `cache` holds already.

        Args:
            queries: Who asks: ``batch queries dim``, or with a `layout` ``tokens dim``.
            context: Who answers; the queries themselves in self-attention.
            mask: True where a query may look. Its keys are all keys, those in the cache included;
                None = everywhere. A query that may look nowhere reads zeros.
            cache: Grows by `context`, in place.
            causal: Let query i look at keys 0 to i only. The same as `causal_mask`, in less time: what
                lies behind the mask is not computed at all.
            prefix: With `causal`, the first so many tokens see one another whatever their order, as all later
                ones see them: the sequence-to-sequence mask.
            layout: Of queries and context, if both come packed.

        Raises:
            ValueError: If `causal` comes with a mask, or with more keys than queries, or a prefix without it.
        """
        offered = self.keys_values(context, layout)
        if cache is not None:
            offered = cache.append(offered)
        return self.attend(queries, offered, mask, causal=causal, prefix=prefix, layout=layout)

    def keys_values(self, context: Float[Tensor, "*context dim"], layout: Ragged | None = None) -> KeysValues:
        """What `context` offers; worth keeping when many queries come one after another."""
        keys, values = (self._split(linear(context), layout) for linear in (self.to_k, self.to_v))
        return KeysValues(keys, values, None if layout is None else layout.ends)

    def attend(
        self,
        queries: Float[Tensor, "*query dim"],
        offered: KeysValues,
        mask: Bool[Tensor, "#batch #queries #keys"] | None = None,
        *,
        causal: bool = False,
        prefix: int = 0,
        layout: Ragged | None = None,
    ) -> Float[Tensor, "*query dim"]:
        """Read from keys and values computed before."""
        asked = self._split(self.to_q(queries), layout)
        q = asked.to(offered.keys.dtype)  # which a cache may keep in more precision
        if causal and (mask is not None or offered.keys.shape[2] != q.shape[2]):
            raise ValueError(
                f"Causal attention needs as many keys as queries and no mask besides, but got "
                f"{q.shape[2]} queries, {offered.keys.shape[2]} keys and "
                f"{'no' if mask is None else 'a'} mask; give one mask that says it all."
            )
        if prefix and not causal:
            raise ValueError(f"A prefix belongs to causal attention, but got prefix={prefix} without causal.")
        if q.device.type == "cpu" and self._by_weights(q.shape[2], offered.keys.shape[2]):
            ends = None if layout is None else layout.ends
            shown = causal_mask(q.shape[2], prefix=prefix, device=q.device) if causal else mask
            mixed = self._mixed(q, offered, shown, ends)
        else:
            mixed = self._fused(q, offered, mask, causal=causal)
            if prefix:  # a small part of the work, done twice, is quicker than a mask
                given = KeysValues(offered.keys[:, :, :prefix], offered.values[:, :, :prefix])
                ahead = self._fused(q[:, :, :prefix], given, None, causal=False)
                mixed = torch.cat([ahead, mixed[:, :, prefix:]], dim=2)
        mixed = rearrange(mixed.to(asked.dtype), "batch heads tokens width -> batch tokens (heads width)")
        return self.to_out(mixed if layout is None else layout.pack(mixed))

    def weights(
        self,
        queries: Float[Tensor, "*query dim"],
        offered: KeysValues,
        mask: Bool[Tensor, "#batch #queries #keys"] | None = None,
        *,
        layout: Ragged | None = None,
    ) -> Float[Tensor, "batch heads queries keys"]:
        """How `attend` divides each query's attention over the keys: rows of shares that sum to one."""
        return _weights(self._split(self.to_q(queries), layout), offered.keys, mask)

    def _by_weights(self, queries: int, keys: int) -> bool:
        """Whether it is faster on a CPU to compute the weights themselves than to call the fused kernel."""
        return bool(self.dropout or keys <= SHORT) if self.training else queries <= FEW

    def _fused(
        self, q: Tensor, offered: KeysValues, mask: Tensor | None, *, causal: bool
    ) -> Float[Tensor, "batch heads queries width"]:
        share = self.dropout if self.training else 0.0
        return F.scaled_dot_product_attention(
            q,
            offered.keys,
            offered.values,
            attn_mask=_for_all_heads(mask),
            dropout_p=share,
            is_causal=causal,
        )

    def _mixed(
        self,
        q: Float[Tensor, "batch heads queries width"],
        offered: KeysValues,
        shown: Bool[Tensor, "#batch #queries #keys"] | None,
        ends: tuple[int, ...] | None,
    ) -> Float[Tensor, "batch heads queries width"]:
        """Weights first, means then: on a CPU faster than the fused kernel for short contexts and few queries.

        That kernel's backward pass takes several times as long there, and in half precision a handful of
        queries too; and it knows no dropout, for which PyTorch goes this way too, but draws its lots one by
        one. Where it is known how long each row is, rows go through in groups, each as long as its longest: a
        batch sorted by length wastes little then.
        """
        if ends is None or offered.ends is None:
            return self._mean(q, offered.keys, offered.values, shown, sighted=shown is None)
        parts = (one.split(GROUP) for one in (q, offered.keys, offered.values))  # whose gradient is one `cat`
        groups = []
        for start, some, keys, values in zip(range(0, len(q), GROUP), *parts, strict=True):
            rows = slice(start, start + GROUP)
            num, most = _rounded(ends[rows], q.shape[2]), _rounded(offered.ends[rows], keys.shape[2])
            part = None if shown is None else shown[rows if len(shown) > 1 else slice(None), :num, :most]
            mean = self._mean(some[:, :, :num], keys[:, :, :most], values[:, :, :most], part, sighted=True)
            groups.append(F.pad(mean, (0, 0, 0, q.shape[2] - num)))
        return torch.cat(groups)

    def _mean(
        self, q: Tensor, keys: Tensor, values: Tensor, mask: Tensor | None, *, sighted: bool
    ) -> Float[Tensor, "rows heads queries width"]:
        weights = _weights(q, keys, mask, sighted=sighted)
        weights = dropped(weights, self.dropout) if self.dropout and self.training else weights
        with torch.autocast(q.device.type, enabled=False):  # all are of one precision
            return weights @ values

    def _split(self, x: Tensor, layout: Ragged | None) -> Tensor:
        padded = x if layout is None else layout.unpack(x)
        return rearrange(
            padded, "batch tokens (heads width) -> batch heads tokens width", heads=self.num_heads
        )


@contextmanager
def watched(attention: Attention) -> Iterator[list[Tensor]]:
    """The weights of every look that an attention takes meanwhile: ``batch heads queries keys``, in order."""
    looks: list[Tensor] = []
    attend = attention.attend

    def attend_and_show(
        queries: Tensor,
        offered: KeysValues,
        mask: Tensor | None = None,
        *,
        causal: bool = False,
        prefix: int = 0,
        layout: Ragged | None = None,
    ) -> Tensor:
        shown = mask
        if causal:
            shown = causal_mask(offered.keys.shape[2], prefix=prefix, device=queries.device)
        looks.append(attention.weights(queries, offered, shown, layout=layout))
        return attend(queries, offered, mask, causal=causal, prefix=prefix, layout=layout)

    attention.attend = attend_and_show
    try:
        yield looks
    finally:
        del attention.attend  # the method of the class is there again


def _rounded(ends: tuple[int, ...], most: int) -> int:
    """Room for the longest of some rows; in few lengths, as in `Ragged`."""
    return min(most, -(-max(ends) // STEP) * STEP)


def _weights(
    q: Float[Tensor, "batch heads queries width"],
    keys: Float[Tensor, "batch heads keys width"],
    mask: Bool[Tensor, "#batch #queries #keys"] | None,
    *,
    sighted: bool = False,
) -> Float[Tensor, "batch heads queries keys"]:
    """Softmax of scores; `sighted` promises that every query may look somewhere."""
    with torch.autocast(q.device.type, enabled=False):  # it would widen the largest tensor that there is
        scores = (q / q.shape[-1] ** 0.5) @ keys.mT
        shown = _for_all_heads(mask)
        if shown is None:
            return scores.softmax(dim=-1)
        bias = torch.where(shown, 0.0, torch.finfo(scores.dtype).min).to(scores.dtype)
        weights = (scores + bias).softmax(dim=-1)
        return weights if sighted else weights.masked_fill(~shown, 0)


def _for_all_heads(mask: Bool[Tensor, "#batch #queries #keys"] | None) -> Tensor | None:
    return None if mask is None else rearrange(mask, "batch queries keys -> batch 1 queries keys")


def causal_mask(
    num: int, *, prefix: int = 0, device: torch.device | None = None
) -> Bool[Tensor, "1 num num"]:
    """Lets token i look at tokens 0 to i, and at nothing that comes later; the first `prefix` at one another.

    With a prefix it is the sequence-to-sequence mask of UniLM (Dong et al., 2019).
    """
    mask = torch.ones(1, num, num, dtype=torch.bool, device=device).tril()
    mask[:, :prefix, :prefix] = True
    return mask
