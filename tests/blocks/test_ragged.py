"""Packed and padded are the same tokens."""

import torch

from signlab.blocks.attention import Attention
from signlab.blocks.layers import EncoderLayer
from signlab.blocks.ragged import Ragged

# Rows 3, longest 5, dim 14, heads 7; the second row has a gap, as when steps are hidden from a model.
MASK = torch.tensor([[True] * 5, [True, False, True, False, False], [True, True, True, False, False]])


def test_packing_and_unpacking_is_a_round_trip() -> None:
    layout, padded = Ragged(MASK), torch.randn(3, 5, 14)
    packed = layout.pack(padded)
    assert packed.shape == (10, 14)
    assert len(layout) == 10
    assert torch.equal(packed[5:7], padded[1, [0, 2]])
    assert torch.equal(layout.unpack(packed), padded * MASK[..., None])
    assert torch.equal(layout.pack(layout.unpack(packed)), packed)


def test_gradients_go_through_to_the_real_tokens_only() -> None:
    layout, padded = Ragged(MASK), torch.randn(3, 5, 14, requires_grad=True)
    layout.unpack(layout.pack(padded)).sum().backward()
    assert padded.grad is not None
    assert torch.equal(padded.grad, MASK[..., None].float().expand(3, 5, 14))


def test_a_layer_makes_the_same_of_packed_and_padded_tokens() -> None:
    layer, layout, padded = EncoderLayer(dim=14, num_heads=7), Ragged(MASK), torch.randn(3, 5, 14)
    mask = MASK[:, None]
    expected = layout.pack(layer(padded, mask))
    torch.testing.assert_close(layer(layout.pack(padded), mask, layout=layout), expected)


def test_causal_attention_makes_the_same_of_packed_and_padded_tokens() -> None:
    ends = MASK.clone()
    ends[1] = torch.tensor([True, True, False, False, False])
    attention, layout, padded = Attention(dim=14, num_heads=7), Ragged(ends), torch.randn(3, 5, 14)
    expected = layout.pack(attention(padded, padded, causal=True))
    packed = layout.pack(padded)
    torch.testing.assert_close(attention(packed, packed, causal=True, layout=layout), expected)
