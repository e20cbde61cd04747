"""The fused terms of the words against their formulas, and their slopes against autograd's."""

import pytest
import torch

from signlab.translation.word_terms import ROWS, fused_word_terms, word_terms


def drawn(tokens: int, vocab: int, *, dtype: torch.dtype = torch.float32, width: float = 3.0):
    generator = torch.Generator().manual_seed(tokens + vocab)
    logits = [
        (width * torch.randn(tokens, vocab, generator=generator)).to(dtype).requires_grad_() for _ in range(2)
    ]
    return *logits, torch.randint(1, vocab, (tokens,), generator=generator)


def slopes(terms, logits, weights=(1.0, 0.7, 3.0)):
    total = sum(weight * term for weight, term in zip(weights, terms, strict=False))
    return torch.autograd.grad(total, logits)


@pytest.mark.parametrize("tokens", [1, ROWS - 1, ROWS, 3 * ROWS + 5])
@pytest.mark.parametrize("label_smoothing", [0.0, 0.2])
def test_fused_terms_equal_the_formulas(tokens: int, label_smoothing: float) -> None:
    prior, second, targets = drawn(tokens, 37)
    plain = word_terms(prior, second, targets, label_smoothing=label_smoothing)
    fused = fused_word_terms(prior, second, targets, label_smoothing=label_smoothing)
    for name, one, other in zip(plain._fields, fused, plain, strict=True):
        torch.testing.assert_close(one, other, rtol=2e-5, atol=1e-5, msg=name)
    for one, other in zip(slopes(fused, (prior, second)), slopes(plain, (prior, second)), strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=2e-6)


@pytest.mark.parametrize("weights", [(1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)])
def test_each_term_has_its_own_slope(weights: tuple[float, ...]) -> None:
    prior, second, targets = drawn(11, 23)
    plain = slopes(word_terms(prior, second, targets, label_smoothing=0.1), (prior, second), weights)
    fused = slopes(fused_word_terms(prior, second, targets, label_smoothing=0.1), (prior, second), weights)
    for one, other in zip(fused, plain, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-4, atol=1e-6)


def test_half_precision_logits_give_half_precision_slopes() -> None:
    prior, second, targets = drawn(70, 50, dtype=torch.bfloat16)
    fused = slopes(fused_word_terms(prior, second, targets, label_smoothing=0.1), (prior, second))
    plain = slopes(word_terms(prior, second, targets, label_smoothing=0.1), (prior, second))
    for one, other in zip(fused, plain, strict=True):
        assert one.dtype == torch.bfloat16
        torch.testing.assert_close(one, other, rtol=0.02, atol=0.005)


def test_sure_predictions_stay_finite() -> None:
    prior, second, targets = drawn(9, 30, width=200.0)
    fused = fused_word_terms(prior, second, targets, label_smoothing=0.1)
    assert all(torch.isfinite(term) for term in fused)
    assert all(one.isfinite().all() for one in slopes(fused, (prior, second)))
