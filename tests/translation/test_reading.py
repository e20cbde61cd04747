"""Clips with their ends marked, and both passes in one; the whole is tested with the model."""

import torch

from signlab.translation.encoder import SignEncoder
from signlab.translation.reading import ends_of, read_both, read_clip, with_ends_marked

# Sizes of their own: batch 2, steps 5, words 3, dim 14, heads 7.
MASK = torch.tensor([[True] * 5, [True, False, True, False, False]])


def encoder(dropout: float = 0.0) -> SignEncoder:
    torch.manual_seed(0)
    return SignEncoder(features_dim=3, dim=14, num_layers=1, num_heads=7, dropout=dropout)


def test_a_row_ends_after_its_last_real_step_whatever_is_hidden_before() -> None:
    assert ends_of(MASK).tolist() == [5, 3]


def test_marks_come_right_after_the_end() -> None:
    embedded, marks = torch.randn(2, 5, 14), torch.randn(1, 2, 14)
    steps, mask = with_ends_marked(embedded, MASK, marks)
    assert mask.tolist() == [[True] * 7, [True, False, True, True, True, False, False]]
    assert torch.equal(steps[0, 5:], marks[0])
    assert torch.equal(steps[1, 3:5], marks[0])
    assert torch.equal(steps[0, :5], embedded[0])
    assert torch.equal(steps[1, :3], embedded[1, :3])


def test_the_clip_alone_is_the_same_with_and_without_a_sentence_beside_it() -> None:
    embedded, text = torch.randn(2, 5, 14), torch.randn(2, 3, 14)
    text_mask = torch.tensor([[True, True, False], [True] * 3])
    alone = read_clip(encoder(), embedded, MASK, False, times=1)
    both = read_both(encoder(), embedded, MASK, text, text_mask, False)
    trim = alone.prior.layout.trim
    torch.testing.assert_close(trim(both.prior.tokens), trim(alone.prior.tokens))
    assert both.second is not None
    assert both.text is not None
    assert both.second.layout.trim(both.second.tokens).shape == (7, 14)
    assert both.text.layout.trim(both.text.tokens).shape == (5, 14)
    assert not torch.allclose(both.second.tokens, both.prior.tokens)


def test_sign_sees_text_and_text_sees_sign() -> None:
    embedded, text = torch.randn(1, 5, 14, requires_grad=True), torch.randn(1, 3, 14, requires_grad=True)
    mask, text_mask = torch.ones(1, 5, dtype=torch.bool), torch.ones(1, 3, dtype=torch.bool)
    both = read_both(encoder(), embedded, mask, text, text_mask, False)
    assert both.second is not None
    assert both.text is not None
    for read, source in ((both.second, text), (both.text, embedded)):
        (gradient,) = torch.autograd.grad(read.tokens.square().sum(), source, retain_graph=True)
        assert (gradient != 0).any(dim=-1).all()
    (gradient,) = torch.autograd.grad(both.prior.tokens.square().sum(), text, allow_unused=True)
    assert gradient is None or not gradient.any()


def test_twice_is_the_same_but_for_dropout() -> None:
    embedded = torch.randn(2, 5, 14)
    still = read_clip(encoder(), embedded, MASK, False, times=2)
    assert still.second is not None
    torch.testing.assert_close(still.prior.tokens, still.second.tokens)
    noisy = read_clip(encoder(0.5), embedded, MASK, False, times=2)
    assert noisy.second is not None
    assert not torch.allclose(noisy.prior.tokens, noisy.second.tokens)
