"""The latent transformer one token at a time: the same numbers, from weights laid out for that. Chapter 14."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional as F

from signlab.blocks.cache import KeysValues, KeyValueCache
from signlab.blocks.layers import EncoderLayer
from signlab.production.transformer import LatentTransformer
from signlab.shapes import Float, Int


class _Linear(NamedTuple):
    """Weights of a linear map, by rows or by columns."""

    weight: Tensor
    bias: Tensor | None

    def __call__(self, rows: Tensor) -> Tensor:
        return F.linear(rows, self.weight, self.bias)


class _Norm(NamedTuple):
    """Weights of a layer norm."""

    weight: Tensor
    bias: Tensor
    epsilon: float

    def __call__(self, rows: Tensor) -> Tensor:
        return F.layer_norm(rows, self.weight.shape, self.weight, self.bias, self.epsilon)


class _Layer(NamedTuple):
    """What one layer computes with: queries, keys and values come from one product."""

    attention_norm: _Norm
    read: _Linear
    write: _Linear
    thinking_norm: _Norm
    to_hidden: _Linear
    to_out: _Linear


class Stepper:
    """Reads the next token of each clip and foretells the code behind it.

    At one token a clip there is little to compute and much to read: all weights, and all keys and values so
    far. So queries, keys and values come from one product; what codes and places add to a token is looked
    up; and for a single clip the maps to more channels than they come from lie by columns, which a CPU reads
    faster in a product with one row.

    Args:
        transformer: In eval mode; its weights are copied, so later changes of it are not seen.
        glosses: Of each clip, as in `LatentTransformer.forward`.
        caches: One a layer, with the keys and values of the prefix; they grow in place.

    Source: ours; `LatentTransformer.step` gives the same.
    """

    def __init__(
        self,
        transformer: LatentTransformer,
        glosses: Int[Tensor, " batch"],
        caches: Sequence[KeyValueCache],
    ) -> None:
        config = transformer.config
        self.caches, self.num_heads = caches, config.num_heads
        single = len(glosses) == 1 and glosses.device.type == "cpu"
        self.layers = [_laid_out(layer, single=single) for layer in transformer.layers]
        self.norm = _norm(transformer.norm)
        table = transformer.code_table.weight
        self.to_logits = [_Linear(transformer.to_logits.weight, None)]
        if config.code_width is not None:
            self.to_logits.append(_Linear(table[: config.num_codes], None))
        _, height, width = config.grid
        near = (
            (transformer.as_left, 1),
            (transformer.as_above, width),
            (transformer.as_before, height * width),
        )
        self.near = [(F.linear(table, seen_as.weight), offset) for seen_as, offset in near]
        places = rearrange(transformer.places(), "frames height width dim -> (frames height width) 1 dim")
        self.places = places + transformer.gloss_table(glosses)

    def __call__(self, written: Int[Tensor, "batch written"]) -> Float[Tensor, "batch vocab"]:
        """The logits of the code that follows those written so far, of which the last has not been read yet."""
        token = written.shape[1]  # the last token is that of the last code
        stream = self.places[token]
        for seen_as, offset in self.near:
            stream = stream + F.embedding(written[:, token - offset], seen_as)
        for layer, cache in zip(self.layers, self.caches, strict=True):
            stream = stream + self._reading(layer, stream, cache)
            stream = stream + layer.to_out(F.gelu(layer.to_hidden(layer.thinking_norm(stream))))
        stream = self.norm(stream)
        for linear in self.to_logits:
            stream = linear(stream)
        return stream

    def _reading(self, layer: _Layer, stream: Tensor, cache: KeyValueCache) -> Tensor:
        offered = rearrange(
            layer.read(layer.attention_norm(stream)),
            "batch (kind heads width) -> kind batch heads 1 width",
            kind=3,
            heads=self.num_heads,
        )
        held = cache.append(KeysValues(offered[1], offered[2]))
        asked = offered[0].to(held.keys.dtype)  # the cache may keep them in more precision
        shares = (asked @ held.keys.mT).softmax(dim=-1)
        mixed = rearrange(shares @ held.values, "batch heads 1 width -> batch (heads width)")
        return layer.write(mixed.to(stream.dtype))


def _laid_out(layer: nn.Module, *, single: bool) -> _Layer:
    assert isinstance(layer, EncoderLayer)
    attention, thinking = layer.attention, layer.feed_forward
    scale = (attention.to_q.in_features // attention.num_heads) ** -0.5
    asks = (attention.to_q.weight * scale, attention.to_q.bias * scale)
    offers = [(linear.weight, linear.bias) for linear in (attention.to_k, attention.to_v)]
    weight, bias = (torch.cat(parts) for parts in zip(asks, *offers, strict=True))
    by_columns = weight.T.contiguous().T if single else weight
    hidden = thinking.to_hidden.weight
    return _Layer(
        attention_norm=_norm(layer.attention_norm),
        read=_Linear(by_columns, bias),
        write=_Linear(attention.to_out.weight, attention.to_out.bias),
        thinking_norm=_norm(layer.feed_forward_norm),
        to_hidden=_Linear(hidden.T.contiguous().T if single else hidden, thinking.to_hidden.bias),
        to_out=_Linear(thinking.to_out.weight, thinking.to_out.bias),
    )


def _norm(norm: nn.LayerNorm) -> _Norm:
    return _Norm(norm.weight, norm.bias, norm.eps)
