"""The decoder: what it may know. The cache is tested with the search."""

import torch

from signlab.translation.decoder import TextDecoder

# Sizes of their own: batch 2, tokens 5, steps 3, dim 14, heads 7, vocab 11.


def decoder() -> TextDecoder:
    torch.manual_seed(0)
    return TextDecoder(vocab=11, dim=14, num_layers=2, num_heads=7, dropout=0.1).eval()


def test_a_later_token_changes_no_earlier_logit() -> None:
    model, context, mask = decoder(), torch.randn(2, 3, 14), torch.ones(2, 3, dtype=torch.bool)
    tokens = torch.randint(4, 11, (2, 5))
    before = model(tokens, model.remember(context), mask)
    tokens[:, 3] = (tokens[:, 3] - 3) % 7 + 4  # another word
    after = model(tokens, model.remember(context), mask)
    torch.testing.assert_close(after[:, :3], before[:, :3])
    assert not torch.allclose(after[:, 3:], before[:, 3:])


def test_padding_of_the_context_has_no_influence() -> None:
    model, context, mask = decoder(), torch.randn(2, 3, 14), torch.ones(2, 3, dtype=torch.bool)
    mask[1, 2] = False
    tokens = torch.randint(4, 11, (2, 5))
    expected = model(tokens, model.remember(context), mask)
    context[1, 2] = 1e6
    torch.testing.assert_close(model(tokens, model.remember(context), mask), expected)
