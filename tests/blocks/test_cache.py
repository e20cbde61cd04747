"""A cache takes its memory once, keeps what it was given, and says when it is full."""

import pytest
import torch

from signlab.blocks.attention import Attention
from signlab.blocks.cache import KeysValues, KeyValueCache


def test_the_memory_of_a_cache_is_taken_once() -> None:
    attention, cache = Attention(dim=14, num_heads=7), KeyValueCache(capacity=3)
    token = torch.randn(2, 1, 14)
    places = {cache.append(attention.keys_values(token)).keys.data_ptr() for _ in range(3)}
    assert len(places) == 1


def test_what_is_settled_reads_the_same_and_lies_in_order() -> None:
    attention = Attention(dim=8, num_heads=2).eval()
    offered = attention.keys_values(torch.randn(3, 5, 8))
    settled, queries = offered.settled(), torch.randn(3, 2, 8)
    assert settled.keys.is_contiguous()
    assert settled.values.is_contiguous()
    assert not offered.keys.is_contiguous()
    torch.testing.assert_close(attention.attend(queries, settled), attention.attend(queries, offered))


@pytest.mark.parametrize("num", [1, 20])  # by weights, and by the fused kernel
def test_a_cache_holds_half_precision_in_single_on_a_cpu(num: int) -> None:
    attention = Attention(dim=8, num_heads=2).eval()
    tokens, cache = torch.randn(2, num, 8), KeyValueCache(capacity=num)
    exact = attention(tokens, tokens)
    half = attention.bfloat16()(tokens.bfloat16(), tokens.bfloat16(), cache=cache)
    assert half.dtype == torch.bfloat16
    held = cache.append(attention.keys_values(tokens[:, :0].bfloat16()))
    assert held.keys.dtype == held.values.dtype == torch.float32
    torch.testing.assert_close(half.float(), exact, atol=0.03, rtol=0.03)


def test_a_full_cache_says_so() -> None:
    cache = KeyValueCache(capacity=3)
    two = KeysValues(torch.zeros(1, 1, 2, 1), torch.zeros(1, 1, 2, 1))
    cache.append(two)
    with pytest.raises(ValueError, match=r"at most capacity=3 tokens, but it holds 2 and got 2 more"):
        cache.append(two)


def test_a_padded_copy_leaves_the_cache_alone() -> None:
    attention, cache = Attention(dim=14, num_heads=7), KeyValueCache(capacity=3)
    held = cache.append(attention.keys_values(torch.randn(2, 2, 14)))
    copy = cache.padded(5)
    assert copy.keys.shape == copy.values.shape == (2, 7, 5, 2)
    assert torch.equal(copy.keys[:, :, :2], held.keys)
    assert not copy.values[:, :, 2:].any()
    copy.keys.zero_()
    assert held.keys.any()
    for capacity, empty in ((1, cache), (5, KeyValueCache(capacity=3))):
        with pytest.raises(ValueError, match="needs tokens, and room for them, but got"):
            empty.padded(capacity)
