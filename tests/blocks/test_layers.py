"""Layers: what is added to the stream, what a token may know, and the cache."""

import torch

from signlab.blocks.attention import causal_mask
from signlab.blocks.cache import KeyValueCache
from signlab.blocks.layers import DecoderLayer, Dropout, EncoderLayer, FeedForward

# Sizes of their own: batch 2, tokens 5, steps 3, heads 7, dim 14.


def silence(layer: EncoderLayer | DecoderLayer) -> None:
    """Let every part answer zero."""
    for name, parameter in layer.named_parameters():
        if "to_out" in name:
            torch.nn.init.zeros_(parameter)


def test_silent_parts_leave_the_stream_alone() -> None:
    """Pre-norm: nothing but addition ever touches the stream."""
    stream, memory = 100 * torch.randn(2, 5, 14), torch.randn(2, 3, 14)
    encoder, decoder = EncoderLayer(dim=14, num_heads=7), DecoderLayer(dim=14, num_heads=7)
    silence(encoder)
    silence(decoder)
    assert torch.equal(encoder(stream), stream)
    assert torch.equal(decoder(stream, decoder.remember(memory)), stream)


def test_feed_forward_treats_each_token_alone() -> None:
    feed_forward = FeedForward(dim=14)
    tokens = torch.randn(2, 5, 14)
    order = torch.randperm(5)
    torch.testing.assert_close(feed_forward(tokens)[:, order], feed_forward(tokens[:, order]))
    assert feed_forward.to_hidden.out_features == 56


def test_the_encoder_layer_does_not_know_the_order() -> None:
    layer = EncoderLayer(dim=14, num_heads=7)
    tokens, order = torch.randn(2, 5, 14), torch.randperm(5)
    torch.testing.assert_close(layer(tokens)[:, order], layer(tokens[:, order]))


def test_encoder_layer_cached_equals_uncached() -> None:
    layer, tokens = EncoderLayer(dim=14, num_heads=7), torch.randn(2, 5, 14)
    expected = layer(tokens, causal_mask(5))
    cache = KeyValueCache(capacity=5)
    pieces = [layer(tokens[:, :2], causal_mask(2), cache)]
    pieces += [layer(tokens[:, i : i + 1], None, cache) for i in range(2, 5)]
    torch.testing.assert_close(torch.cat(pieces, dim=1), expected)


def test_decoder_layer_cached_equals_uncached_and_reads_only_real_memory() -> None:
    layer, tokens, memory = DecoderLayer(dim=14, num_heads=7), torch.randn(2, 5, 14), torch.randn(2, 3, 14)
    memory_mask = torch.ones(2, 1, 3, dtype=torch.bool)
    memory_mask[1, :, 2] = False
    expected = layer(tokens, layer.remember(memory), memory_mask)
    memory[1, 2] = 1e6
    cache, remembered = KeyValueCache(capacity=5), layer.remember(memory)
    pieces = [layer(tokens[:, i : i + 1], remembered, memory_mask, cache) for i in range(5)]
    torch.testing.assert_close(torch.cat(pieces, dim=1), expected)


def test_several_sentences_share_a_cache() -> None:
    layer, memory = DecoderLayer(dim=14, num_heads=7), torch.randn(2, 3, 14)
    tokens = torch.randn(2, 3, 2, 14)  # three sentences of two tokens for each memory
    remembered, cache = layer.remember(memory), KeyValueCache(capacity=6)
    layer(tokens[:, :, 0], remembered, None, cache, torch.eye(3, dtype=torch.bool)[None])
    origin = torch.tensor([1, 1, 0])
    mask = torch.cat([torch.eye(3)[origin], torch.eye(3)], dim=1).bool()
    found = layer(tokens[:, :, 1], remembered, None, cache, mask[None])
    for sentence in range(3):
        pair = torch.stack([tokens[:, origin[sentence], 0], tokens[:, sentence, 1]], dim=1)
        torch.testing.assert_close(found[:, sentence], layer(pair, remembered)[:, 1])


def test_the_decoder_layer_reads_its_memory() -> None:
    layer, tokens, memory = DecoderLayer(dim=14, num_heads=7), torch.randn(2, 5, 14), torch.randn(2, 3, 14)
    before = layer(tokens, layer.remember(memory))
    memory[0, 1] += 1
    after = layer(tokens, layer.remember(memory))
    assert (before != after)[0].any(dim=-1).all()
    assert torch.equal(before[1], after[1])


def test_dropout_is_for_training_only() -> None:
    layer, tokens = EncoderLayer(dim=14, num_heads=7, dropout=0.5), torch.randn(2, 5, 14)
    assert not torch.equal(layer(tokens), layer(tokens))
    layer.eval()
    assert torch.equal(layer(tokens), layer(tokens))


def test_each_share_of_dropout_falls_where_it_says() -> None:
    layer = DecoderLayer(dim=14, num_heads=7, dropout=Dropout(results=0.1, weights=0.2, hidden=0.3))
    assert (layer.attention.dropout, layer.memory_attention.dropout) == (0.2, 0.2)
    assert (layer.dropout.share, layer.feed_forward.dropout.share) == (0.1, 0.3)


def test_a_token_of_a_decoder_layer_knows_nothing_of_later_ones() -> None:
    layer, tokens, memory = DecoderLayer(dim=14, num_heads=7), torch.randn(2, 5, 14), torch.randn(2, 3, 14)
    before = layer(tokens, layer.remember(memory))
    tokens[:, 3] += 1
    after = layer(tokens, layer.remember(memory))
    torch.testing.assert_close(after[:, :3], before[:, :3])
    assert not torch.allclose(after[:, 3:], before[:, 3:])
