"""Packed and padded are the same tokens."""

import pytest
import torch

from signlab.blocks.attention import Attention
from signlab.blocks.layers import EncoderLayer
from signlab.blocks.ragged import Ragged

# Rows 3, longest 5, dim 14, heads 7; the second row has a gap, as when steps are hidden from a model.
MASK = torch.tensor([[True] * 5, [True, False, True, False, False], [True, True, True, False, False]])


def test_packing_and_unpacking_is_a_round_trip() -> None:
    layout, padded = Ragged(MASK), torch.randn(3, 5, 14)
    packed = layout.pack(padded)
    assert packed.shape == (64, 14)  # ten real ones, the others are spare
    assert len(layout) == len(layout.trim(packed)) == 10
    assert torch.equal(packed[5:7], padded[1, [0, 2]])
    assert torch.equal(layout.unpack(packed), padded * MASK[..., None])
    assert torch.equal(layout.trim(layout.pack(layout.unpack(packed))), layout.trim(packed))
    assert torch.equal(layout.trim(layout.fit(packed[:10])), packed[:10])


def test_spare_tokens_change_nothing_and_get_no_gradient() -> None:
    layout, padded = Ragged(MASK), torch.randn(3, 5, 14)
    packed = layout.pack(padded).requires_grad_()
    dirty = packed.detach().clone()
    dirty[10:] = 1e6
    assert torch.equal(layout.unpack(dirty), layout.unpack(packed))
    layout.unpack(packed).sum().backward()
    assert packed.grad is not None
    assert packed.grad[:10].all()
    assert not packed.grad[10:].any()


def test_numbers_are_packed_as_the_tokens_are() -> None:
    places = torch.arange(5).expand(3, 5)
    assert Ragged(MASK).places(places)[:10].tolist() == [0, 1, 2, 3, 4, 0, 2, 0, 1, 2]


@pytest.mark.parametrize(("real", "rows"), [(1, 64), (64, 64), (65, 128)])
def test_packed_rows_come_in_few_lengths(real: int, rows: int) -> None:
    assert Ragged(torch.ones(1, real, dtype=torch.bool)).pack(torch.randn(1, real, 3)).shape == (rows, 3)


def test_each_row_ends_after_its_last_real_token() -> None:
    assert Ragged(MASK).ends == (5, 3, 3)


def test_gradients_go_through_to_the_real_tokens_only() -> None:
    layout, padded = Ragged(MASK), torch.randn(3, 5, 14, requires_grad=True)
    layout.unpack(layout.pack(padded)).sum().backward()
    assert padded.grad is not None
    assert torch.equal(padded.grad, MASK[..., None].float().expand(3, 5, 14))


def test_a_layer_makes_the_same_of_packed_and_padded_tokens() -> None:
    layer, layout, padded = EncoderLayer(dim=14, num_heads=7), Ragged(MASK), torch.randn(3, 5, 14)
    mask = MASK[:, None]
    expected = layer(padded, mask)[MASK]
    torch.testing.assert_close(layout.trim(layer(layout.pack(padded), mask, layout=layout)), expected)


def test_causal_attention_makes_the_same_of_packed_and_padded_tokens() -> None:
    ends = MASK.clone()
    ends[1] = torch.tensor([True, True, False, False, False])
    attention, layout, padded = Attention(dim=14, num_heads=7), Ragged(ends), torch.randn(3, 5, 14)
    expected = attention(padded, padded, causal=True)[ends]
    packed = layout.pack(padded)
    torch.testing.assert_close(layout.trim(attention(packed, packed, causal=True, layout=layout)), expected)
