"""Attention against means done by hand, masks against vandalism, the cache against the long way."""

import math

import pytest
import torch

from signlab.blocks.attention import Attention, causal_mask, watched
from signlab.blocks.cache import KeyValueCache

# Every axis has a size of its own: batch 2, queries 3, keys 5, heads 7, dim 14.


def test_one_head_by_hand() -> None:
    attention = Attention(dim=14, num_heads=1)
    queries, context = torch.randn(1, 3, 14), torch.randn(1, 5, 14)
    q, k, v = attention.to_q(queries[0]), attention.to_k(context[0]), attention.to_v(context[0])
    rows = []
    for query in q:
        weights = (k @ query / math.sqrt(14)).softmax(dim=0)
        rows.append(sum(weight * value for weight, value in zip(weights, v, strict=True)))
    expected = attention.to_out(torch.stack(rows))
    torch.testing.assert_close(attention(queries, context)[0], expected)


def test_heads_are_separate_attentions_side_by_side() -> None:
    attention = Attention(dim=14, num_heads=7)
    queries, context = torch.randn(2, 3, 14), torch.randn(2, 5, 14)
    q, k, v = attention.to_q(queries), attention.to_k(context), attention.to_v(context)
    parts = [
        (q[..., i : i + 2] @ k[..., i : i + 2].mT / math.sqrt(2)).softmax(dim=-1) @ v[..., i : i + 2]
        for i in range(0, 14, 2)
    ]
    expected = attention.to_out(torch.cat(parts, dim=-1))
    torch.testing.assert_close(attention(queries, context), expected)


def test_padding_has_no_influence() -> None:
    attention = Attention(dim=14, num_heads=7)
    queries, context = torch.randn(2, 3, 14), torch.randn(2, 5, 14)
    mask = torch.ones(2, 1, 5, dtype=torch.bool)
    mask[1, :, 4] = False
    expected = attention(queries, context, mask)
    context[1, 4] = 1e6
    torch.testing.assert_close(attention(queries, context, mask), expected)


def test_a_changed_future_changes_no_past() -> None:
    attention = Attention(dim=14, num_heads=7)
    tokens = torch.randn(2, 5, 14)
    before = attention(tokens, tokens, causal_mask(5))
    tokens[:, 3] += 1
    after = attention(tokens, tokens, causal_mask(5))
    torch.testing.assert_close(after[:, :3], before[:, :3])
    assert not torch.allclose(after[:, 3:], before[:, 3:])


def test_causal_is_the_triangle_without_its_cost() -> None:
    attention, tokens = Attention(dim=14, num_heads=7), torch.randn(2, 5, 14)
    assert causal_mask(3)[0].tolist() == [[True, False, False], [True, True, False], [True, True, True]]
    masked = attention(tokens, tokens, causal_mask(5))
    torch.testing.assert_close(attention(tokens, tokens, causal=True), masked)


@pytest.mark.parametrize("num", [7, 300])  # by weights, and by the fused kernel
@pytest.mark.parametrize("training", [True, False])
def test_a_prefix_is_open_to_all_and_to_itself(num: int, *, training: bool) -> None:
    attention = Attention(dim=14, num_heads=7).train(training)
    tokens, mask = torch.randn(2, num, 14), causal_mask(num, prefix=3)
    assert mask[0, :4, :5].tolist() == [[True] * 3 + [False] * 2] * 3 + [[True] * 4 + [False]]
    expected = attention(tokens, tokens, mask)
    torch.testing.assert_close(
        attention(tokens, tokens, causal=True, prefix=3), expected, atol=1e-5, rtol=1e-4
    )


def test_a_prefix_without_an_order_is_refused() -> None:
    attention, tokens = Attention(dim=14, num_heads=7), torch.randn(2, 5, 14)
    with pytest.raises(ValueError, match="prefix=3 without causal"):
        attention(tokens, tokens, prefix=3)


def test_causal_goes_with_no_mask_and_no_more_keys() -> None:
    attention, tokens = Attention(dim=14, num_heads=7), torch.randn(2, 5, 14)
    with pytest.raises(ValueError, match=r"3 queries, 5 keys and no mask"):
        attention(tokens[:, :3], tokens, causal=True)
    with pytest.raises(ValueError, match=r"5 queries, 5 keys and a mask"):
        attention(tokens, tokens, causal_mask(5), causal=True)


def test_cached_equals_uncached_whatever_the_portions() -> None:
    attention = Attention(dim=14, num_heads=7)
    tokens = torch.randn(2, 5, 14)
    expected = attention(tokens, tokens, causal_mask(5))
    cache = KeyValueCache(capacity=11)
    first = attention(tokens[:, :3], tokens[:, :3], causal_mask(3), cache)
    rest = [attention(tokens[:, i : i + 1], tokens[:, i : i + 1], None, cache) for i in (3, 4)]
    torch.testing.assert_close(torch.cat([first, *rest], dim=1), expected)
    assert cache.length == 5


def test_dropout_is_for_training_only() -> None:
    attention = Attention(dim=14, num_heads=7, dropout=0.5)
    x = torch.randn(2, 3, 14)
    assert not torch.equal(attention(x, x), attention(x, x))
    attention.eval()
    assert torch.equal(attention(x, x), attention(x, x))


def test_heads_must_divide_the_width() -> None:
    with pytest.raises(ValueError, match="num_heads=5 and dim=14"):
        Attention(dim=14, num_heads=5)


def test_the_weights_shown_are_those_that_are_used() -> None:
    attention = Attention(dim=14, num_heads=7)
    queries, context, mask = (
        torch.randn(2, 3, 14),
        torch.randn(2, 5, 14),
        torch.ones(2, 1, 5, dtype=torch.bool),
    )
    mask[1, :, 4] = False
    offered = attention.keys_values(context)
    weights = attention.weights(queries, offered, mask)
    torch.testing.assert_close(weights.sum(dim=-1), torch.ones(2, 7, 3))
    assert (weights[1, :, :, 4] == 0).all()
    mixed = (weights @ offered.values).transpose(1, 2).flatten(2)
    torch.testing.assert_close(attention.to_out(mixed), attention.attend(queries, offered, mask))


def test_a_watched_attention_answers_as_ever_and_shows_where_it_looked() -> None:
    attention, tokens = Attention(dim=14, num_heads=7), torch.randn(2, 5, 14)
    expected = attention(tokens, tokens, causal=True)
    with watched(attention) as looks:
        torch.testing.assert_close(attention(tokens, tokens, causal=True), expected)
        attention(tokens, torch.randn(2, 3, 14))
    assert [tuple(one.shape) for one in looks] == [(2, 7, 5, 5), (2, 7, 5, 3)]
    assert not looks[0].triu(1).any()
    attention(tokens, tokens)
    assert len(looks) == 2


@pytest.mark.parametrize("dropout", [0.0, 0.5])
def test_a_query_that_may_look_nowhere_reads_zeros_and_gives_no_bad_gradient(dropout: float) -> None:
    attention, tokens = Attention(dim=14, num_heads=7, dropout=dropout), torch.randn(2, 5, 14)
    mask = torch.ones(2, 1, 5, dtype=torch.bool)
    mask[1] = False
    out = attention(tokens, tokens, mask)
    torch.testing.assert_close(out[1], attention.to_out.bias.expand(5, 14))
    out.sum().backward()
    assert all(one.grad is not None and one.grad.isfinite().all() for one in attention.parameters())


def test_dropping_weights_keeps_the_mean() -> None:
    attention, tokens = Attention(dim=14, num_heads=7, dropout=0.3), torch.randn(1, 5, 14)
    torch.manual_seed(0)
    mean = torch.stack([attention(tokens, tokens, causal=True) for _ in range(4_000)]).mean(dim=0)
    expected = attention.eval()(tokens, tokens, causal=True)
    torch.testing.assert_close(mean, expected, atol=0.02, rtol=0)
