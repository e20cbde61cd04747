"""The whole path: itinerary, padding, both paths, gradients, messages."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from signlab.blocks.gaussian import DiagonalGaussian, shifted
from signlab.data.batches import Batch
from signlab.data.text import BOS, EOS, PAD
from signlab.translation.latent import LatentConfig
from signlab.translation.losses import gloss_loss, latent_kl_of_components
from signlab.translation.model import SignTranslator, TranslatorConfig
from signlab.translation.visual_head import GlossesToLanguage, VisualHeadConfig

# Sizes of their own: batch 2, steps 5, features 3, dim 14, heads 7, latent 2, words 11.
PLAIN = TranslatorConfig(
    dim=14, num_heads=7, num_encoder_layers=1, num_decoder_layers=1, features_dim=3,
    words=tuple("abcdefghijk"), dropout=0.0,
)  # fmt: skip
STILL = LatentConfig(dim=2, dropout=0.0, attention_dropout=0.0)
CONFIG = replace(PLAIN, latent=STILL, ends_marked=True)
HEAD = VisualHeadConfig(dim=10, hidden_dim=11, dropout=0.0)
VARIANTS = [
    CONFIG,
    replace(CONFIG, visual_head=HEAD),
    replace(CONFIG, visual_head=replace(HEAD, norm="batch")),
    replace(CONFIG, ends_marked=False, tied=True),
    replace(CONFIG, learnt_positions=True),
    replace(CONFIG, latent=None),
    *(
        replace(CONFIG, latent=replace(STILL, **{name: value}))
        for name, value in (
            ("posterior", "absolute"),
            ("attention", "separate"),
            ("attention", "none"),
            ("fusion", "postfix"),
            ("memory", "strict"),
        )
    ),
]


def batch() -> Batch:
    tokens = torch.tensor([[BOS, 4, 5, 6, EOS], [BOS, 7, EOS, PAD, PAD]])
    steps_mask = torch.tensor([[True] * 5, [True] * 3 + [False] * 2])
    return Batch(
        names=("one", "two"),
        features=torch.randn(2, 5, 3),
        steps_mask=steps_mask,
        tokens=tokens,
        tokens_mask=tokens != PAD,
    )


def alone(whole: Batch, row: int) -> Batch:
    """One example of a batch, without padding."""
    assert whole.features is not None
    assert whole.tokens is not None
    assert whole.steps_mask is not None
    assert whole.tokens_mask is not None
    steps, tokens = int(whole.steps_mask[row].sum()), int(whole.tokens_mask[row].sum())
    return Batch(
        names=(whole.names[row],),
        features=whole.features[row : row + 1, :steps],
        steps_mask=whole.steps_mask[row : row + 1, :steps],
        tokens=whole.tokens[row : row + 1, :tokens],
        tokens_mask=whole.tokens_mask[row : row + 1, :tokens],
    )


def vandalised(one: Batch) -> Batch:
    assert one.features is not None
    assert one.tokens is not None
    features, tokens = one.features.clone(), one.tokens.clone()
    features[1, 3:], tokens[1, 3:] = 1e6, 9
    return replace(one, features=features, tokens=tokens)


def by_hand(model: SignTranslator, one: Batch) -> tuple[Tensor, Tensor, DiagonalGaussian, DiagonalGaussian]:
    """CV-SLT's formulas for one clip: an encoder pass for each path, a decoder pass for each path."""
    assert one.features is not None
    assert one.tokens is not None
    encoder, decoder, latent = model.encoder, model.decoder, model.latent
    assert latent is not None
    marks = decoder.table(torch.tensor([[EOS, BOS]])) * 14**0.5
    standard = (one.features - encoder.features_mean) / encoder.features_deviation
    sign = torch.cat([encoder.to_stream(standard), marks], dim=1)
    text = decoder.table(one.tokens[:, 1:]) * 14**0.5

    def encode(stream: Tensor) -> Tensor:
        stream = encoder.entrance(stream, torch.arange(stream.shape[1])[None])
        for layer in encoder.layers:
            stream = layer(stream)
        return encoder.norm(stream)

    def split(linear: torch.nn.Module, read: Tensor) -> DiagonalGaussian:
        return DiagonalGaussian(*linear(read).chunk(2, dim=-1))

    attend = latent.reading.attention
    prior_context, both = encode(sign), encode(torch.cat([sign, text], dim=1))
    posterior_context, text_context = both[:, : sign.shape[1]], both[:, sign.shape[1] :]
    prior = split(latent.to_prior, attend(prior_context, prior_context))
    posterior = shifted(prior, split(latent.posterior.to_shift, attend(posterior_context, text_context)))
    everything = torch.ones(1, sign.shape[1], dtype=torch.bool)
    logits = []
    for context, gaussian in ((prior_context, prior), (posterior_context, posterior)):
        memory = context + latent.fuse.norm(latent.fuse.from_latent(gaussian.mean))
        logits.append(decoder(one.tokens[:, :-1], decoder.remember(memory), everything))
    return logits[0][0], logits[1][0], prior, posterior


def test_one_pass_over_a_batch_is_two_passes_over_each_clip_by_hand() -> None:
    torch.manual_seed(0)
    model, whole = SignTranslator(CONFIG).eval(), batch()
    prediction = model(whole, second="posterior")
    rows = [by_hand(model, alone(whole, row)) for row in (0, 1)]
    torch.testing.assert_close(prediction.text, torch.cat([row[0] for row in rows]))
    torch.testing.assert_close(prediction.second, torch.cat([row[1] for row in rows]))
    trim = prediction.paths.clip.prior.layout.trim
    for place, found in ((2, prediction.paths.prior), (3, prediction.paths.second)):
        torch.testing.assert_close(trim(found.mean), torch.cat([row[place].mean[0] for row in rows]))
        expected = torch.cat([row[place].log_variance[0] for row in rows])
        torch.testing.assert_close(trim(found.log_variance), expected)


@pytest.mark.parametrize("config", VARIANTS)
@pytest.mark.parametrize("second", ["none", "prior", "posterior"])
def test_padding_changes_nothing_in_either_path(config: TranslatorConfig, second) -> None:
    torch.manual_seed(0)
    model, whole = SignTranslator(config).eval(), batch()
    found, dirty = model(whole, second=second), model(vandalised(whole), second=second)
    rows = [model(alone(whole, row), second=second) for row in (0, 1)]
    for name in ("text", *(("second",) if second != "none" else ())):
        torch.testing.assert_close(getattr(dirty, name), getattr(found, name))
        torch.testing.assert_close(getattr(found, name), torch.cat([getattr(row, name) for row in rows]))


def test_one_logit_for_each_real_word_after_the_first() -> None:
    prediction = SignTranslator(PLAIN)(batch())
    assert prediction.text.shape == (4 + 2, 15)
    assert prediction.second is None
    assert prediction.real.all()


def test_filling_can_be_computed_too_and_changes_nothing_real() -> None:
    torch.manual_seed(0)
    model, whole = SignTranslator(CONFIG).eval(), batch()
    without = model(whole, second="posterior")
    filled = model(whole, second="posterior", keep_filling=True)
    assert filled.text.shape == (2 * 4, 15)
    assert filled.real.tolist() == [True] * 6 + [False] * 2
    torch.testing.assert_close(filled.text[filled.real], without.text)
    torch.testing.assert_close(filled.second[filled.real], without.second)
    steps = [len(latent_kl_of_components(one.paths)) for one in (filled, without)]
    assert steps == [2 * 7, 7 + 5]


def test_permuting_the_batch_permutes_the_prediction() -> None:
    model, one = SignTranslator(PLAIN).eval(), batch()
    swapped = replace(
        one,
        **{name: getattr(one, name).flip(0) for name in ("features", "steps_mask", "tokens", "tokens_mask")},
    )
    expected = model(one).text
    torch.testing.assert_close(model(swapped).text, torch.cat([expected[4:], expected[:4]]))


def test_the_prior_path_never_looks_at_the_sentence() -> None:
    """Another sentence of the same length leaves the Gaussian of the prior and what is remembered as they were."""
    torch.manual_seed(0)
    model, one = SignTranslator(CONFIG).eval(), batch()
    assert one.tokens is not None
    other = replace(one, tokens=torch.where(one.tokens > UNKNOWN, (one.tokens - 3) % 11 + 4, one.tokens))
    here, there = (model.paths(of, second="posterior") for of in (one, other))
    assert torch.equal(here.prior.mean, there.prior.mean)
    assert not torch.allclose(here.second.mean, there.second.mean)
    without = model.read(replace(one, tokens=None, tokens_mask=None))
    for keys_values, again in zip(without.remembered, model.read(one).remembered, strict=True):
        assert torch.equal(keys_values.keys, again.keys)


UNKNOWN = 3  # the largest id that is no word


def test_draws_are_for_training_and_the_mean_is_for_use() -> None:
    model, one = SignTranslator(CONFIG), batch()
    assert not torch.equal(model(one).text, model(one).text)
    model.eval()
    assert torch.equal(model(one).text, model(one).text)


def test_two_prior_passes_differ_by_their_noise_alone() -> None:
    torch.manual_seed(0)
    model, one = SignTranslator(CONFIG), batch()
    noisy = model(one, second="prior")
    assert not torch.allclose(noisy.text, noisy.second)
    torch.testing.assert_close(noisy.paths.prior.mean, noisy.paths.second.mean)  # no dropout here
    assert latent_kl_of_components(noisy.paths) is None
    model.eval()
    still = model(one, second="prior")
    torch.testing.assert_close(still.text, still.second)


def reached(model: SignTranslator, value: Tensor) -> set[str]:
    """The parameters to which a gradient of `value` goes that is not zero."""
    model.zero_grad(set_to_none=True)
    value.backward(retain_graph=True)
    return {name for name, one in model.named_parameters() if one.grad is not None and bool(one.grad.any())}


def test_each_term_reaches_what_it_should_and_no_more() -> None:
    """Section by section: what each loss of CV-SLT teaches, in the published form."""
    torch.manual_seed(0)
    model = SignTranslator(CONFIG)
    prediction = model(batch(), second="posterior")
    everything = {name for name, _ in model.named_parameters()}
    to_shift = {name for name in everything if name.startswith("latent.posterior")}
    to_prior = {"latent.to_prior.weight", "latent.to_prior.bias"}
    prior = reached(model, prediction.text.square().sum())
    assert to_prior <= prior
    assert not to_shift & prior
    assert to_prior | to_shift <= reached(model, prediction.second.square().sum())
    kl = latent_kl_of_components(prediction.paths)
    assert kl is not None
    gaussian = reached(model, kl.sum())
    assert {
        "latent.to_prior.weight",
        "encoder.to_stream.weight",
        "latent.reading.attention.to_q.weight",
    } <= gaussian
    assert to_shift <= gaussian
    written = {"decoder.layers", "decoder.norm", "decoder.to_logits", "latent.fuse"}
    assert not {name for name in gaussian for one in written if name.startswith(one)}
    agreeing = reached(model, (prediction.text - prediction.second).square().sum())
    assert to_prior | to_shift <= agreeing
    assert everything - agreeing <= {
        "decoder.to_logits.bias",
        *(n for n in everything if n.endswith("to_k.bias")),
    }


def test_the_latent_kl_gives_exactly_nothing_to_the_mean_of_the_prior() -> None:
    torch.manual_seed(0)
    model = SignTranslator(CONFIG)
    kl = latent_kl_of_components(model(batch(), second="posterior").paths)
    assert kl is not None
    kl.sum().backward()
    assert model.latent is not None
    mean, log_variance = model.latent.to_prior.weight.grad.chunk(2)
    assert torch.equal(mean, torch.zeros_like(mean))
    assert log_variance.any()


def test_an_absolute_posterior_does_pull_the_mean_of_the_prior() -> None:
    torch.manual_seed(0)
    model = SignTranslator(replace(CONFIG, latent=replace(STILL, posterior="absolute")))
    kl = latent_kl_of_components(model(batch(), second="posterior").paths)
    assert kl is not None
    kl.sum().backward()
    assert model.latent is not None
    assert model.latent.to_prior.weight.grad.chunk(2)[0].any()


def test_strict_memory_lets_text_through_the_latent_alone() -> None:
    """With the posterior's Gaussian put back to the prior's, the strict second path is the prior path."""
    for memory, same in (("strict", True), ("published", False)):
        torch.manual_seed(0)
        model = SignTranslator(replace(CONFIG, latent=replace(STILL, memory=memory))).eval()
        assert model.latent is not None
        for parameter in model.latent.posterior.parameters():
            torch.nn.init.zeros_(parameter)
        prediction = model(batch(), second="posterior")
        assert torch.allclose(prediction.text, prediction.second, atol=1e-5) is same


def test_marks_stand_right_after_each_clip() -> None:
    torch.manual_seed(0)
    model = SignTranslator(CONFIG).eval()
    paths = model.paths(batch())
    assert paths.clip.prior.real.tolist() == [[True] * 7, [True] * 5 + [False] * 2]


def test_hidden_steps_leave_the_others_where_they_were() -> None:
    """A step that is hidden in training keeps its place, so marks and text still come after the last step."""
    model, one = SignTranslator(CONFIG).eval(), batch()
    mask = one.steps_mask.clone()
    mask[0, 2] = False
    hidden = replace(one, steps_mask=mask)
    dirty = replace(hidden, features=one.features.clone())
    dirty.features[0, 2] = 1e6
    torch.testing.assert_close(
        model(dirty, second="posterior").second, model(hidden, second="posterior").second
    )
    assert model.paths(hidden).clip.prior.real[0].tolist() == [True, True, False, True, True, True, True]


def test_the_gloss_head_reads_every_step_of_the_prior_path() -> None:
    model = SignTranslator(replace(CONFIG, glosses=("RAIN", "SUN")))
    prediction = model(batch())
    assert prediction.glosses is not None
    assert prediction.glosses.shape == (2, 7, 4 + 2)


@pytest.mark.parametrize("keep_filling", [False, True])
def test_with_a_visual_head_glosses_are_read_off_it_and_marks_show_none(keep_filling: bool) -> None:
    """The CTC loss is that of the clip's own steps: what follows them is blank for certain."""
    torch.manual_seed(0)
    model = SignTranslator(replace(CONFIG, glosses=("RAIN", "SUN"), visual_head=HEAD)).eval()
    assert model.to_gloss is not None
    one = batch()
    glosses, real = torch.tensor([[4, 5], [5, PAD]]), torch.tensor([[True, True], [True, False]])
    signed = replace(one, glosses=glosses, glosses_mask=real)
    prediction = model(signed, keep_filling=keep_filling)
    assert prediction.glosses.shape == (2, 7, 4 + 2)
    seen = model.encoder.see(one.features, one.steps_mask)
    torch.testing.assert_close(prediction.glosses[0, :5], model.to_gloss(seen[0]))
    expected = torch.nn.functional.ctc_loss(
        model.to_gloss(seen).log_softmax(dim=-1).swapaxes(0, 1),
        glosses, torch.tensor([5, 3]), torch.tensor([2, 1]), blank=PAD, reduction="sum",
    )  # fmt: skip
    torch.testing.assert_close(gloss_loss(prediction, signed), expected / 2)


def test_the_glosses_teach_the_visual_head_and_not_the_encoder() -> None:
    model = SignTranslator(replace(CONFIG, glosses=("RAIN", "SUN"), visual_head=HEAD))
    one = replace(
        batch(), glosses=torch.tensor([[4, 5], [5, 4]]), glosses_mask=torch.ones(2, 2, dtype=torch.bool)
    )
    found = reached(model, gloss_loss(model(one), one))
    assert {name.rpartition(".")[0] for name in found} >= {"to_gloss", "encoder.visual_head.to_hidden"}
    assert {name.split(".")[1] for name in found if name.startswith("encoder")} == {"visual_head"}


def test_a_translator_that_maps_glosses_names_them_on_the_way() -> None:
    torch.manual_seed(0)
    config = replace(CONFIG, glosses=("RAIN", "SUN"), visual_head=replace(HEAD, mapper="glosses"))
    model, one = SignTranslator(config).eval(), batch()
    assert model.to_gloss is None
    assert isinstance(model.encoder.to_stream, GlossesToLanguage)
    prediction = model(one)
    seen = model.encoder.see(one.features, one.steps_mask)
    torch.testing.assert_close(prediction.glosses[0, :5], model.encoder.to_stream.to_gloss(seen[0]))
    found = {
        name.removeprefix("encoder.to_stream.") for name in reached(model, prediction.text.square().sum())
    }
    assert {"to_gloss.weight", "glosses.weight"} <= found
    with pytest.raises(ValueError, match="maps glosses must know them"):
        SignTranslator(replace(config, glosses=()))


def test_features_of_another_width_are_refused() -> None:
    with pytest.raises(ValueError, match=r"trained on, 3, but got 7"):
        SignTranslator(PLAIN).read(replace(batch(), features=torch.randn(2, 5, 7)))
    with pytest.raises(ValueError, match=r"trained on, 3, but got None"):
        SignTranslator(PLAIN).read(replace(batch(), features=None))


def test_a_translator_without_words_is_refused() -> None:
    with pytest.raises(ValueError, match="features_dim=3 and 0 words"):
        SignTranslator(replace(PLAIN, words=()))
