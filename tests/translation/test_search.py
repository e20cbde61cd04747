"""Search: the cache against the long way, one beam against greed, many against trying everything."""

import itertools

import pytest
import torch

from signlab.data.batches import Batch
from signlab.data.text import BOS, EOS, PAD
from signlab.translation.model import SignTranslator, TranslatorConfig
from signlab.translation.search import NEVER_WRITTEN, beam_search, greedy_search, log_probabilities

# Sizes of their own: batch 2, steps 5, features 3, dim 14, words 2 to 11.


def translator(num_words: int = 11, *, sharpness: float = 4.0) -> SignTranslator:
    """Random weights, and logits far enough apart to make searching worth while."""
    config = TranslatorConfig(
        dim=14, num_heads=7, num_encoder_layers=1, num_decoder_layers=2, dropout=0.1, features_dim=3,
        words=tuple(f"w{i}" for i in range(num_words)),
    )  # fmt: skip
    model = SignTranslator(config).eval()
    with torch.no_grad():
        model.decoder.norm.weight.fill_(sharpness)
    return model


def batch_of(*lengths: int) -> Batch:
    mask = torch.arange(max(lengths)) < torch.tensor(lengths)[:, None]
    names = tuple(map(str, lengths))
    return Batch(names=names, features=torch.randn(len(lengths), max(lengths), 3), steps_mask=mask)


def uncached_logits(model: SignTranslator, batch: Batch, tokens: torch.Tensor) -> torch.Tensor:
    memory = model.read(batch)
    return model.decoder(tokens, memory.remembered, memory.steps_mask)


@torch.no_grad()
def test_cached_logits_equal_uncached_ones() -> None:
    model, batch = translator(), batch_of(5, 3)
    tokens = torch.randint(4, 15, (2, 7))
    memory, caches = model.read(batch), model.decoder.caches(capacity=7)
    steps = [
        model.decoder(tokens[:, i : i + 1], memory.remembered, memory.steps_mask, caches) for i in range(7)
    ]
    torch.testing.assert_close(torch.cat(steps, dim=1), uncached_logits(model, batch, tokens))


@torch.no_grad()
def test_greedy_search_takes_the_likeliest_token_each_time() -> None:
    for seed in range(5):
        torch.manual_seed(seed)
        model, batch = translator(), batch_of(5, 3)
        found = greedy_search(model, model.read(batch), max_tokens=13)
        for row in range(2):
            tokens, total = [BOS], 0.0
            while tokens[-1] != EOS and len(tokens) <= 13:
                logits = uncached_logits(model, batch, torch.tensor([tokens, tokens]))[row, -1:]
                likeliest = log_probabilities(logits)[0].max(dim=0)
                tokens.append(int(likeliest.indices))
                total += float(likeliest.values)
            written = [token for token in found.tokens[row].tolist() if token != PAD]
            assert written == tokens[1:]
            torch.testing.assert_close(found.scores[row], torch.tensor(total / len(written)))


def test_one_beam_is_greedy() -> None:
    for seed in range(10):
        torch.manual_seed(seed)
        model, batch = translator(), batch_of(5, 3, 1)
        greedy, beam = (
            greedy_search(model, model.read(batch), max_tokens=9),
            beam_search(model, model.read(batch), beams=1, max_tokens=9),
        )
        assert greedy.tokens.tolist() == beam.tokens.tolist()
        torch.testing.assert_close(greedy.scores, beam.scores)


@torch.no_grad()
def by_trying(model: SignTranslator, batch: Batch, *, max_tokens: int, length_penalty: float) -> list[tuple]:
    """The best sentence of each clip among all there are."""
    words = range(4, len(model.config.vocabulary))
    sentences = [
        (*middle, EOS) for n in range(max_tokens) for middle in itertools.product(words, repeat=n)
    ] + list(itertools.product(words, repeat=max_tokens))
    best = [(-torch.inf, ())] * len(batch)
    for sentence in sentences:
        tokens = torch.tensor([[BOS, *sentence]] * len(batch))
        logits = uncached_logits(model, batch, tokens[:, :-1])
        for row in range(len(batch)):
            steps = log_probabilities(logits[row]).gather(1, tokens[row, 1:, None]).sum().item()
            best[row] = max(best[row], (steps / len(sentence) ** length_penalty, sentence))
    return best


@pytest.mark.parametrize("length_penalty", [0.0, 1.0, 2.0])
def test_enough_beams_find_the_best_of_all(length_penalty: float) -> None:
    for seed in range(4):
        torch.manual_seed(seed)
        model, batch = translator(2, sharpness=2.0), batch_of(5, 3)
        found = beam_search(model, model.read(batch), beams=40, max_tokens=4, length_penalty=length_penalty)
        best = by_trying(model, batch, max_tokens=4, length_penalty=length_penalty)
        for row, (score, sentence) in enumerate(best):
            assert tuple(token for token in found.tokens[row].tolist() if token != PAD) == sentence
            assert found.scores[row].item() == pytest.approx(score, abs=1e-5)


def test_a_beam_finds_what_greed_misses() -> None:
    """Somewhere among random models a wider beam scores higher, and nowhere lower than the best of all."""
    gains = []
    for seed in range(20):
        torch.manual_seed(seed)
        model, batch = translator(), batch_of(5)
        greedy, beam = (
            greedy_search(model, model.read(batch), max_tokens=9),
            beam_search(model, model.read(batch), beams=5, max_tokens=9),
        )
        gains.append((beam.scores - greedy.scores).item())
    assert max(gains) > 0.01


def test_the_company_in_a_batch_does_not_matter() -> None:
    torch.manual_seed(1)
    model, batch = translator(), batch_of(5, 3)
    assert batch.features is not None
    alone = Batch(
        names=("3",), features=batch.features[1:, :3], steps_mask=torch.ones(1, 3, dtype=torch.bool)
    )
    together, single = (beam_search(model, model.read(one), beams=3, max_tokens=9) for one in (batch, alone))
    torch.testing.assert_close(together.scores[1:], single.scores)
    row = [token for token in together.tokens[1].tolist() if token != PAD]
    assert row == [token for token in single.tokens[0].tolist() if token != PAD]


def test_special_tokens_are_never_written() -> None:
    torch.manual_seed(0)
    model = translator()
    with torch.no_grad():
        model.decoder.to_logits.bias[list(NEVER_WRITTEN)] = 100.0
    for found in (
        greedy_search(model, model.read(batch_of(5, 3))),
        beam_search(model, model.read(batch_of(5, 3)), beams=3),
    ):
        for row in found.tokens.tolist():
            sentence = row[: row.index(EOS)] if EOS in row else row
            assert not set(sentence) & set(NEVER_WRITTEN)


def test_the_model_knows_how_long_a_sentence_may_be() -> None:
    torch.manual_seed(0)
    model = translator()
    with torch.no_grad():
        model.decoder.to_logits.bias[EOS] = -100.0
    for search in (greedy_search, lambda *a: beam_search(*a, beams=3)):
        assert search(model, model.read(batch_of(5))).tokens.shape == (1, 60)


def test_no_beam_is_no_search() -> None:
    model = translator()
    with pytest.raises(ValueError, match="beams must be at least 1, but got 0"):
        beam_search(model, model.read(batch_of(3)), beams=0)
