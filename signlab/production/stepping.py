"""The latent transformer one token at a time: the same numbers, from weights laid out for that. Chapter 14."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional as F

from signlab.blocks.cache import KeysValues, KeyValueCache
from signlab.blocks.layers import EncoderLayer
from signlab.production.transformer import LatentTransformer
from signlab.shapes import Float, Int

Reading = Callable[[int, Tensor], Tensor]  # of a layer, with its queries, keys and values: what they read


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


class Weights(NamedTuple):
    """All that a step computes with, for some clips."""

    places: Float[Tensor, "tokens batch dim"]  # with the gloss
    near: tuple[Float[Tensor, "vocab dim"], ...]  # what each code adds to a token near it
    offsets: tuple[int, ...]  # how many codes before the one foretold it stands for that
    layers: tuple[_Layer, ...]
    norm: _Norm
    to_logits: tuple[_Linear, ...]
    num_heads: int

    def read_at(self, written: Int[Tensor, "batch written"]) -> list[Int[Tensor, " batch"]]:
        """The codes near the place that is foretold next, in the order of `near`."""
        place, nothing = written.shape[1], len(self.near[0]) - 1  # it stands before the sequence
        before = [place - offset for offset in self.offsets]
        return [written[:, at] if at >= 0 else torch.full_like(written[:, 0], nothing) for at in before]

    def token(
        self, place: int | Int[Tensor, " 1"], codes: Sequence[Int[Tensor, " batch"]]
    ) -> Float[Tensor, "batch dim"]:
        """The token at a place, from the codes near it in the order of `near`."""
        stream = rearrange(self.places[place], "... batch dim -> (... batch) dim")
        for table, code in zip(self.near, codes, strict=True):
            stream = stream + F.embedding(code, table)
        return stream

    def logits(self, stream: Float[Tensor, "batch dim"], read: Reading) -> Float[Tensor, "batch vocab"]:
        """Through all layers, of which each looks at what was before by `read`."""
        for number, layer in enumerate(self.layers):
            offered = rearrange(
                layer.read(layer.attention_norm(stream)),
                "batch (kind heads width) -> kind batch heads 1 width",
                kind=3,
                heads=self.num_heads,
            )
            mixed = rearrange(read(number, offered), "batch heads 1 width -> batch (heads width)")
            stream = stream + layer.write(mixed.to(stream.dtype))
            stream = stream + layer.to_out(F.gelu(layer.to_hidden(layer.thinking_norm(stream))))
        stream = self.norm(stream)
        for linear in self.to_logits:
            stream = linear(stream)
        return stream


class Stepper:
    """Reads the next token of each clip and foretells the code behind it.

    At one token a clip there is little to compute and much to read: all weights, and all keys and values so
    far. So queries, keys and values come from one product; what codes and places add to a token is looked
    up; and for a single clip the maps to more channels than they come from lie by columns, which a CPU reads
    faster in a product with one row.

    Args:
        transformer: In eval mode; not to be changed while this is in use, which copies some of its weights only.
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
        single = len(glosses) == 1 and glosses.device.type == "cpu"
        self.weights, self.caches = laid_out(transformer, glosses, by_columns=single), caches

    def __call__(self, written: Int[Tensor, "batch written"]) -> Float[Tensor, "batch vocab"]:
        """The logits of the code that follows those written so far, of which the last has not been read yet."""
        place = written.shape[1]  # of the last code's token
        token = self.weights.token(place, self.weights.read_at(written))
        return self.weights.logits(token, self._reading)

    def _reading(self, layer: int, offered: Float[Tensor, "3 batch heads 1 width"]) -> Tensor:
        held = self.caches[layer].append(KeysValues(offered[1], offered[2]))
        asked = offered[0].to(held.keys.dtype)  # the cache may keep them in more precision
        return (asked @ held.keys.mT).softmax(dim=-1) @ held.values


def laid_out(
    transformer: LatentTransformer, glosses: Int[Tensor, " batch"], *, by_columns: bool = False
) -> Weights:
    """A transformer's weights as steps read them, for clips with these glosses.

    Args:
        transformer: In eval mode.
        glosses: As in `LatentTransformer.forward`.
        by_columns: Whether maps to more channels than they come from lie by columns.
    """
    config, table = transformer.config, transformer.code_table.weight
    to_logits = [_Linear(transformer.to_logits.weight, None)]
    if config.code_width is not None:
        to_logits.append(_Linear(table[: config.num_codes], None))
    return Weights(
        places=rearrange(transformer.at_places(glosses), "batch tokens dim -> tokens batch dim").contiguous(),
        near=tuple(F.linear(table, seen_as.weight) for seen_as in transformer.seen_as),
        offsets=config.near,
        layers=tuple(_laid_out(layer, by_columns=by_columns) for layer in transformer.layers),
        norm=_norm(transformer.norm),
        to_logits=tuple(to_logits),
        num_heads=config.num_heads,
    )


def _laid_out(layer: nn.Module, *, by_columns: bool) -> _Layer:
    assert isinstance(layer, EncoderLayer)
    attention, thinking = layer.attention, layer.feed_forward
    scale = (attention.to_q.in_features // attention.num_heads) ** -0.5
    asks = (attention.to_q.weight * scale, attention.to_q.bias * scale)
    offers = [(linear.weight, linear.bias) for linear in (attention.to_k, attention.to_v)]
    weight, bias = (torch.cat(parts) for parts in zip(asks, *offers, strict=True))
    hidden = thinking.to_hidden.weight
    if by_columns:
        weight, hidden = weight.T.contiguous().T, hidden.T.contiguous().T
    return _Layer(
        attention_norm=_norm(layer.attention_norm),
        read=_Linear(weight, bias),
        write=_Linear(attention.to_out.weight, attention.to_out.bias),
        thinking_norm=_norm(layer.feed_forward_norm),
        to_hidden=_Linear(hidden, thinking.to_hidden.bias),
        to_out=_Linear(thinking.to_out.weight, thinking.to_out.bias),
    )


def _norm(norm: nn.LayerNorm) -> _Norm:
    return _Norm(norm.weight, norm.bias, norm.eps)
