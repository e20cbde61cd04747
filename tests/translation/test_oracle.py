"""Oracles and swaps: their ends are the two paths, their middle shows which way text went."""

from dataclasses import replace

import pytest
import torch

from signlab.translation.model import SignTranslator
from signlab.translation.oracle import (
    CONTEXT_ONLY,
    LATENT_ONLY,
    POSTERIOR,
    PRIOR,
    oracle_memory,
    oracle_paths,
    surprise_by_sentence,
    with_sentences_of,
)
from signlab.translation.search import greedy_search

from .test_model import CONFIG, STILL, batch


def translator(**changes) -> SignTranslator:
    torch.manual_seed(0)
    return SignTranslator(replace(CONFIG, latent=replace(STILL, **changes))).eval()


def test_both_ends_are_the_two_paths_of_the_model() -> None:
    model, whole = translator(), batch()
    paths, prediction = oracle_paths(model, whole), model(whole, second="posterior")
    for swap, logits in ((PRIOR, prediction.text), (POSTERIOR, prediction.second)):
        nats = -logits.log_softmax(-1).gather(1, torch.tensor([[4], [5], [6], [2], [7], [2]]))[:, 0]
        expected = torch.stack([nats[:4].sum(), nats[4:].sum()])
        torch.testing.assert_close(surprise_by_sentence(model, paths, whole, swap), expected)


def test_the_prior_oracle_is_what_translates() -> None:
    model, whole = translator(), batch()
    oracle = oracle_memory(model, oracle_paths(model, whole), PRIOR)
    for one, other in zip(oracle.remembered, model.read(whole).remembered, strict=True):
        torch.testing.assert_close(one.keys, other.keys)
    assert torch.equal(
        greedy_search(model, oracle, max_tokens=7).tokens,
        greedy_search(model, model.read(whole), max_tokens=7).tokens,
    )


def test_each_swap_takes_one_half() -> None:
    model, whole = translator(), batch()
    paths = oracle_paths(model, whole)
    told = [
        surprise_by_sentence(model, paths, whole, swap)
        for swap in (PRIOR, POSTERIOR, CONTEXT_ONLY, LATENT_ONLY)
    ]
    assert all(not torch.allclose(told[i], told[j]) for i in range(4) for j in range(i))


def test_in_the_strict_model_the_context_tells_nothing() -> None:
    model, whole = translator(memory="strict"), batch()
    paths = oracle_paths(model, whole)
    prior, context, latent, both = (
        surprise_by_sentence(model, paths, whole, swap)
        for swap in (PRIOR, CONTEXT_ONLY, LATENT_ONLY, POSTERIOR)
    )
    assert torch.equal(prior, context)
    assert torch.equal(latent, both)
    assert not torch.allclose(prior, latent)


def test_another_sentence_goes_with_the_same_clip() -> None:
    model, whole = translator(), batch()
    turned = with_sentences_of(whole, [1, 0])
    assert turned.tokens[0].tolist() == whole.tokens[1].tolist()  # type: ignore[index]
    assert turned.features is whole.features
    paths, misled = oracle_paths(model, whole), oracle_paths(model, turned)
    assert torch.equal(
        surprise_by_sentence(model, paths, whole, PRIOR), surprise_by_sentence(model, misled, whole, PRIOR)
    )
    honest, wrong = (surprise_by_sentence(model, one, whole, POSTERIOR) for one in (paths, misled))
    assert not torch.allclose(honest, wrong)


@pytest.mark.parametrize("swap", [CONTEXT_ONLY, POSTERIOR])
def test_without_a_latent_the_context_is_all(swap) -> None:
    torch.manual_seed(0)
    model, whole = SignTranslator(replace(CONFIG, latent=None)).eval(), batch()
    prediction = model(whole, second="posterior")
    paths = oracle_paths(model, whole)
    nats = -prediction.second.log_softmax(-1).gather(1, torch.tensor([[4], [5], [6], [2], [7], [2]]))[:, 0]
    torch.testing.assert_close(surprise_by_sentence(model, paths, whole, swap)[0], nats[:4].sum())
