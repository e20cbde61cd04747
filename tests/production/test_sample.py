"""Sampling: the cache changes nothing, truncation by hand, seeds, and what was learnt comes out."""

import math
from dataclasses import replace

import pytest
import torch

from signlab.blocks.cache import KeyValueCache
from signlab.production.losses import latent_loss
from signlab.production.sample import SamplingConfig, draw, sample_codes, truncated
from signlab.production.transformer import LatentTransformer, LatentTransformerConfig, flatten_codes

# Sizes of their own: 2 batch, grid 2 x 3 x 5, 7 codes, 4 glosses.
CONFIG = LatentTransformerConfig(
    glosses=("CLOUD", "RAIN", "SNOW", "WIND"), grid=(2, 3, 5), num_codes=7, dim=22, num_layers=2, num_heads=2
)
GLOSSES = torch.tensor([1, 3])
LIKELIEST = SamplingConfig(temperature=0.0)


def transformer() -> LatentTransformer:
    torch.manual_seed(0)
    return LatentTransformer(CONFIG).eval()


@torch.no_grad()
@pytest.mark.parametrize("mask", ["sequence-to-sequence", "causal"])
def test_logits_with_the_cache_equal_those_without(mask) -> None:
    torch.manual_seed(0)
    model = LatentTransformer(replace(CONFIG, mask=mask)).eval()
    first_frame, codes = torch.randint(7, (2, 3, 5)), torch.randint(7, (2, 2, 3, 5))
    expected = model(GLOSSES, first_frame, codes)

    caches = [KeyValueCache(capacity=45) for _ in range(2)]
    written = torch.cat([flatten_codes(first_frame[:, None]), flatten_codes(codes)], dim=1)
    found = [model.step(model.embed(GLOSSES, written[:, :15]), caches)]
    for num in range(16, 45):  # codes written
        found.append(model.step(model.embed(GLOSSES, written[:, :num], start=num), caches))
    torch.testing.assert_close(torch.stack(found, dim=1), expected)


def test_a_prefix_in_portions_is_refused() -> None:
    model, first_frame = transformer(), torch.randint(7, (2, 3, 5))
    caches = [KeyValueCache(capacity=45) for _ in range(2)]
    with pytest.raises(ValueError, match="prefix of 16 tokens must be read in one pass, but got 1 tokens"):
        model.step(model.embed(GLOSSES, flatten_codes(first_frame[:, None])[:, :0]), caches)


def test_the_likeliest_clip_is_the_one_found_without_a_cache() -> None:
    model, first_frame = transformer(), torch.randint(7, (2, 3, 5))
    sampled = sample_codes(model, GLOSSES, first_frame, sampling=LIKELIEST)
    with torch.no_grad():
        logits = model(GLOSSES, first_frame, sampled)
    assert torch.equal(logits.argmax(dim=-1), flatten_codes(sampled))


def test_a_clip_does_not_depend_on_its_neighbours_in_the_batch() -> None:
    model, first_frame = transformer(), torch.randint(7, (2, 3, 5))
    together = sample_codes(model, GLOSSES, first_frame, sampling=LIKELIEST)
    alone = sample_codes(model, GLOSSES[1:], first_frame[1:], sampling=LIKELIEST)
    assert torch.equal(together[1:], alone)


def test_only_codes_are_drawn_and_a_seed_repeats_them() -> None:
    model, first_frame = transformer(), torch.full((2, 3, 5), 7)  # none given
    hot = SamplingConfig(temperature=100.0)
    clips = [
        sample_codes(model, GLOSSES, first_frame, sampling=hot, generator=torch.Generator().manual_seed(seed))
        for seed in (3, 3, 5)
    ]
    assert clips[0].unique().tolist() == list(range(7))
    assert torch.equal(clips[0], clips[1])
    assert not torch.equal(clips[0], clips[2])


def test_truncation_by_hand() -> None:
    logits = torch.tensor([[0.5, 0.2, 0.25, 0.05]]).log()

    def allowed(sampling: SamplingConfig) -> list[bool]:
        return truncated(logits, sampling).isfinite()[0].tolist()

    assert allowed(SamplingConfig()) == [True, True, True, True]
    assert allowed(SamplingConfig(top_k=2)) == [True, False, True, False]
    assert allowed(SamplingConfig(top_k=99)) == [True, True, True, True]
    assert allowed(SamplingConfig(top_p=0.6)) == [True, False, True, False]  # 0.5 alone is too little
    assert allowed(SamplingConfig(top_p=0.4)) == [True, False, False, False]
    assert allowed(SamplingConfig(top_k=3, top_p=0.9)) == [True, True, True, False]


@pytest.mark.parametrize(
    "spread", [0.1, 2.0, 12.0]
)  # of the logits: a nucleus of nearly all, of some, of few
@pytest.mark.parametrize("top_k", [None, 300])
def test_a_nucleus_is_the_same_however_few_codes_it_is_looked_for_among(
    spread: float, top_k: int | None
) -> None:
    torch.manual_seed(0)
    logits = spread * torch.randn(5, 900)
    found = truncated(logits, SamplingConfig(top_p=0.8, top_k=top_k)).isfinite()
    for row, kept in zip(logits.tolist(), found.tolist(), strict=True):
        order = sorted(range(900), key=lambda code: -row[code])[:top_k]
        weights = [math.exp(row[code]) for code in order]
        needed = next(n for n in range(1, 901) if sum(weights[:n]) >= 0.8 * sum(weights))
        assert {code for code in range(900) if kept[code]} == set(order[:needed])


def test_temperature_sharpens() -> None:
    logits = torch.tensor([[0.8, 0.2]]).log()
    shares = truncated(logits, SamplingConfig(temperature=0.5)).softmax(dim=-1)
    torch.testing.assert_close(shares, torch.tensor([[16 / 17, 1 / 17]]))


def test_draws_follow_the_probabilities() -> None:
    logits = torch.tensor([[0.6, 0.3, 0.1]]).log().expand(4000, 3)
    drawn = draw(logits, SamplingConfig(), generator=torch.Generator().manual_seed(0))
    shares = drawn.bincount(minlength=3) / 4000
    expected = torch.tensor([0.6, 0.3, 0.1])
    assert ((shares - expected).abs() < 4 * math.sqrt(0.25 / 4000)).all()


def test_what_was_learnt_comes_out() -> None:
    torch.manual_seed(0)
    model = LatentTransformer(CONFIG)
    first_frame = torch.randint(7, (1, 3, 5)).expand(2, 3, 5)
    codes = torch.randint(7, (2, 2, 3, 5))
    optimizer = torch.optim.Adam(model.parameters(), 1e-2)
    for _ in range(100):
        loss = latent_loss(model(GLOSSES, first_frame, codes), codes)
        optimizer.zero_grad()
        loss.codes.backward()
        optimizer.step()
    assert torch.equal(sample_codes(model.eval(), GLOSSES, first_frame, sampling=LIKELIEST), codes)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"temperature": -0.5}, r"temperature must be 0 or more.*-0\.5"),
        ({"top_k": 0}, r"top_k must be 1 or more.*0"),
        ({"top_p": 1.5}, r"top_p must lie in.*1\.5"),
    ],
)
def test_impossible_wishes_are_refused(wrong: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        SamplingConfig(**wrong)
