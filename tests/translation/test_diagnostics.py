"""What is measured, on models whose failure is known because it was brought about."""

import math
from dataclasses import replace

import pytest
import torch

from signlab.blocks.gaussian import sample
from signlab.translation.diagnostics import alarms, diagnose, entropy_share
from signlab.translation.model import SignTranslator

from .test_model import CONFIG, STILL, alone, batch


def translator(**changes) -> SignTranslator:
    torch.manual_seed(0)
    return SignTranslator(replace(CONFIG, latent=replace(STILL, **changes)))


def test_a_posterior_put_back_to_the_prior_has_no_kl_and_sounds_the_alarm() -> None:
    model = translator()
    assert model.latent is not None
    alive = diagnose(model, batch())
    assert alive.latent_kl > 0.05
    assert alive.active_units >= 1
    for parameter in model.latent.posterior.parameters():
        torch.nn.init.zeros_(parameter)
    dead = diagnose(model, batch())
    assert (dead.latent_kl, dead.active_units, dead.by_latent) == (0, 0, pytest.approx(0, abs=1e-5))
    assert dead.advantage == pytest.approx(dead.by_context, abs=1e-4)
    assert any("KL has vanished: 0.000 nats" in one for one in alarms(dead, text_is_read=True))
    assert not any("vanished" in one for one in alarms(dead, text_is_read=False))


def test_a_model_that_is_deaf_to_its_clip_is_told_so() -> None:
    model = translator()
    for layer in model.decoder.layers:
        torch.nn.init.zeros_(layer.memory_attention.to_out.weight)
        torch.nn.init.zeros_(layer.memory_attention.to_out.bias)
    found = diagnose(model, batch())
    assert found.clip_matters == pytest.approx(0, abs=1e-4)
    assert found.text_matters == pytest.approx(0, abs=1e-4)
    told = alarms(found, text_is_read=True)
    assert any("ignores its clip" in one for one in told)
    assert any("ignores its sentence" in one for one in told)


def test_all_is_well_with_a_model_that_reads() -> None:
    found = diagnose(translator(), batch())._replace(clip_matters=1.0, text_matters=1.0)
    assert alarms(found, text_is_read=True) == []


@pytest.mark.parametrize(("log_variance", "chance"), [(-40.0, 0.0), (20.0, 1.0)])
def test_noise_is_the_share_of_chance_in_the_latent(log_variance: float, chance: float) -> None:
    model = translator()
    assert model.latent is not None
    with torch.no_grad():
        _, spread = model.latent.to_prior.weight.chunk(2)
        spread.zero_()
        model.latent.to_prior.bias.chunk(2)[1].fill_(log_variance)
    found = diagnose(model, batch())
    assert found.noise == pytest.approx(chance, abs=1e-3)
    assert (found.drawn_surprise == pytest.approx(found.surprise, abs=1e-4)) == (chance == 0)


def test_noise_is_what_many_draws_have() -> None:
    model, whole = translator().eval(), batch()
    assert model.latent is not None
    with torch.no_grad():
        prior = model.paths(whole).prior
        assert prior is not None
        to_context = model.latent.fuse.from_latent
        told = torch.stack([to_context(sample(prior)) for _ in range(2_000)])
        within = told.var(dim=0).mean(dim=0).sum()
        between = to_context(prior.mean).var(dim=0, correction=0).sum()
    assert diagnose(model, whole).noise == pytest.approx(float(within / (within + between)), rel=0.02)


def test_a_latent_whose_mean_is_misread_sounds_the_alarm() -> None:
    misread = diagnose(translator(), batch())._replace(surprise=15.3, drawn_surprise=14.5, noise=0.95)
    told = [one for one in alarms(misread, text_is_read=False) if "misreads the mean" in one]
    assert len(told) == 1
    assert "takes 14.50 nats, with the mean 15.30; 95 per cent of" in told[0]
    fine = misread._replace(drawn_surprise=15.3)
    assert not any("misreads" in one for one in alarms(fine, text_is_read=False))


def test_looking_changes_nothing() -> None:
    model, whole = translator(), batch()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    state = torch.get_rng_state()
    diagnose(model, whole)
    assert model.training
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


def test_what_is_not_there_is_not_a_number() -> None:
    torch.manual_seed(0)
    plain = diagnose(SignTranslator(replace(CONFIG, latent=None)), batch())
    assert math.isnan(plain.latent_kl)
    assert math.isnan(plain.drawn_surprise)
    assert math.isnan(plain.noise)
    assert math.isnan(plain.step_attention)
    assert math.isfinite(plain.advantage)
    assert math.isnan(diagnose(translator(attention="none"), batch()).word_attention)
    assert math.isfinite(diagnose(translator(attention="separate"), batch()).word_attention)


def test_entropy_is_a_share_of_an_even_look() -> None:
    weights = torch.tensor([[[[0.5, 0.5, 0, 0], [1, 0, 0, 0], [0.25] * 4]]])
    everything = torch.ones(1, 4, dtype=torch.bool)
    for query, share in ((0, 0.5), (1, 0.0), (2, 1.0)):
        asked = torch.arange(3)[None] == query
        assert entropy_share(weights, asked, everything) == pytest.approx(share, abs=1e-6)


def test_clips_and_sentences_with_the_same_meanings_have_no_gap() -> None:
    found = diagnose(translator(), batch())
    assert 0 < found.modality_gap <= 2


def test_one_clip_is_not_enough() -> None:
    with pytest.raises(ValueError, match="two clips to be exchanged, but got 1"):
        diagnose(translator(), alone(batch(), 0))
