"""CV-SLT as its formulas read, and mBART's search in transformers, to be timed beside the library.

Nothing here is slow on purpose. The formulas are what one writes down first, with PyTorch's own functions: each
path goes through encoder and decoder by itself, padding is computed, smoothed targets are tables, and every
divergence takes softmaxes of its own. Without dropout both give the same losses; the benchmark asserts it
before it times anything.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional as F

from signlab.blocks.attention import Attention
from signlab.blocks.gaussian import DiagonalGaussian
from signlab.blocks.layers import DecoderLayer, EncoderLayer, FeedForward
from signlab.blocks.positions import sinusoidal_positions
from signlab.data.batches import Batch
from signlab.data.text import BOS, EOS, PAD
from signlab.translation.latent import LatentConfig
from signlab.translation.model import SignTranslator, TranslatorConfig
from signlab.translation.objective import ObjectiveConfig, objective
from signlab.translation.search import beam_search

AIM = ObjectiveConfig(second="posterior", label_smoothing=0.2)
STEP = 4_000  # annealing is over


class Size(NamedTuple):
    """How large the translator and its batch are."""

    dim: int
    layers: int
    heads: int
    batch: int = 16
    steps: int = 28
    tokens: int = 20
    vocab: int = 2_498
    features: int = 832


def translator(size: Size, *, dropout: float) -> SignTranslator:
    """CV-SLT with random weights."""
    torch.manual_seed(0)
    return SignTranslator(
        TranslatorConfig(
            dim=size.dim,
            num_encoder_layers=size.layers,
            num_decoder_layers=size.layers,
            num_heads=size.heads,
            dropout=dropout,
            attention_dropout=dropout / 3,
            hidden_dropout=0.0,
            tied=True,
            latent=LatentConfig(dropout=dropout, attention_dropout=dropout / 3),
            features_dim=size.features,
            words=tuple(f"w{number}" for number in range(size.vocab - 4)),
        )
    )


def noise(size: Size, *, ragged: bool) -> Batch:
    """Clips and sentences of chance; all as long as can be, or of lengths from half of that on."""
    generator = torch.Generator().manual_seed(0)

    def lengths(longest: int) -> Tensor:
        if not ragged:
            return torch.full((size.batch, 1), longest)
        return torch.linspace(longest / 2, longest, size.batch).round().long()[:, None]

    steps, tokens = lengths(size.steps), lengths(size.tokens + 1)
    places = torch.arange(size.tokens + 1)
    drawn = torch.randint(4, size.vocab, (size.batch, size.tokens + 1), generator=generator)
    drawn = drawn.masked_fill(places == 0, BOS).masked_fill(places == tokens - 1, EOS)
    mask = places < tokens
    return Batch(
        names=tuple(str(number) for number in range(size.batch)),
        features=torch.randn(size.batch, size.steps, size.features, generator=generator),
        steps_mask=torch.arange(size.steps) < steps,
        tokens=drawn.masked_fill(~mask, PAD),
        tokens_mask=mask,
    )


def plain_objective(model: SignTranslator, batch: Batch) -> Tensor:
    """The sum that is minimised, in nats per sentence."""
    assert batch.features is not None
    assert batch.steps_mask is not None
    assert batch.tokens is not None
    assert batch.tokens_mask is not None
    assert model.latent is not None
    steps, words = batch.steps_mask, batch.tokens_mask[:, 1:]
    sign = model.encoder.to_stream(model.encoder.see(batch.features, batch.steps_mask))
    text = model.decoder.embed(batch.tokens[:, 1:])
    places = torch.arange(steps.shape[1]).expand(steps.shape)
    after = steps.sum(dim=1, keepdim=True) + torch.arange(words.shape[1])
    prior = _encoded(model, sign, places, steps)
    both = _encoded(
        model,
        torch.cat([sign, text], dim=1),
        torch.cat([places, after], dim=1),
        torch.cat([steps, words], dim=1),
    )
    informed, text = both[:, : steps.shape[1]], both[:, steps.shape[1] :]
    gaussians, memories = _latents(model, prior, informed, text, steps, words)
    logits = [_decoded(model, batch.tokens[:, :-1], memory, steps) for memory in memories]
    targets = batch.tokens[:, 1:]
    nll = [_smoothed(one, targets, words) for one in logits]
    agreement = 0.5 * (_divergence(logits[0], logits[1], words) + _divergence(logits[1], logits[0], words))
    kl = _gaussian_kl(*gaussians, steps)
    return (nll[0] + nll[1] + AIM.latent_weight * kl + AIM.agreement_weight * agreement) / len(batch)


def updating(model: SignTranslator, batch: Batch, *, fused: bool, half: bool) -> Callable[[], None]:
    """One update of a training: by the library if `fused`, else as the formulas read.

    The optimizer too: the library takes PyTorch's fused AdamW, which is one pass over the weights; by default
    AdamW makes a dozen.
    """
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-5, fused=fused)

    def update() -> None:
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=half):
            if fused:
                prediction = model(batch, second="posterior")
            else:
                total = plain_objective(model, batch)
        if fused:
            total, _ = objective(prediction, batch, AIM, STEP)
        optimizer.zero_grad(set_to_none=True)
        total.backward()
        optimizer.step()

    return update


def kept_bytes(model: SignTranslator, batch: Batch, *, fused: bool, half: bool) -> int:
    """What an update keeps in memory for the backward pass."""

    def total() -> Tensor:
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=half):
            if fused:
                return objective(model(batch, second="posterior"), batch, AIM, STEP)[0]
            return plain_objective(model, batch)

    return bytes_kept_by(total, model)


def bytes_kept_by(work: Callable[[], Tensor], model: nn.Module) -> int:
    """What some work with a model keeps in memory for the backward pass, weights left out."""
    weights = {one.untyped_storage().data_ptr() for one in model.parameters()}
    found: dict[int, int] = {}

    def keep(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in weights:
            found[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        result = work()
    del result
    return sum(found.values())


def same_losses(size: Size) -> None:
    """Both ways must say the same before they are timed."""
    for ragged in (False, True):
        model, batch = translator(size, dropout=0.0).eval(), noise(size, ragged=ragged)
        with torch.no_grad():
            prediction = model(batch, second="posterior")
            torch.testing.assert_close(
                objective(prediction, batch, AIM, STEP)[0],
                plain_objective(model, batch),
                rtol=1e-4,
                atol=1e-4,
            )


def searching(size: Size, *, half: bool, tokens: int) -> dict[str, Callable[[], Tensor]]:
    """A batch translated with five beams: by the library, and by transformers on an mBART of the same shape.

    Both write as many tokens as they may, so that they do the same work. The mBART gets embeddings in place of
    its own, as CV-SLT's does; in half precision it is as a whole in it, which is its fastest way.
    """
    from transformers import MBartConfig, MBartForConditionalGeneration

    model, batch = translator(size, dropout=0.0).eval(), noise(size, ragged=False)
    assert model.decoder.bias is not None
    with torch.no_grad():
        model.decoder.bias[EOS] = -1e4
    parts = ("encoder", "decoder")
    shape: dict[str, Any] = {f"{part}_layers": size.layers for part in parts}
    shape |= {f"{part}_attention_heads": size.heads for part in parts}
    shape |= {f"{part}_ffn_dim": 4 * size.dim for part in parts}
    config = MBartConfig(
        vocab_size=size.vocab,
        d_model=size.dim,
        max_position_embeddings=128,
        scale_embedding=True,
        forced_eos_token_id=None,
        **shape,
    )
    mbart: Any = MBartForConditionalGeneration(config).eval()
    mbart = mbart.bfloat16() if half else mbart
    embedded = torch.randn(size.batch, size.steps, size.dim, dtype=mbart.dtype)
    mask = torch.ones(size.batch, size.steps, dtype=torch.long)

    @torch.no_grad()
    def ours() -> Tensor:
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=half):
            return beam_search(model, model.read(batch), beams=5, max_tokens=tokens).tokens

    @torch.no_grad()
    def theirs() -> Tensor:
        return mbart.generate(
            inputs_embeds=embedded,
            attention_mask=mask,
            num_beams=5,
            min_new_tokens=tokens,
            max_new_tokens=tokens,
            decoder_start_token_id=BOS,
            do_sample=False,
        )

    return {"ours": ours, "transformers": theirs}


def _dropout(model: nn.Module, x: Tensor, share: float) -> Tensor:
    return F.dropout(x, share, training=model.training)


def _attended(attention: Attention, queries: Tensor, context: Tensor, mask: Tensor | None) -> Tensor:
    def split(x: Tensor) -> Tensor:
        return rearrange(x, "b n (heads w) -> b heads n w", heads=attention.num_heads)

    mixed = F.scaled_dot_product_attention(
        split(attention.to_q(queries)),
        split(attention.to_k(context)),
        split(attention.to_v(context)),
        attn_mask=None if mask is None else mask[:, None, None],
        is_causal=mask is None,
        dropout_p=attention.dropout if attention.training else 0.0,
    )
    return attention.to_out(rearrange(mixed, "b heads n w -> b n (heads w)"))


def _fed(layer: FeedForward, x: Tensor) -> Tensor:
    return layer.to_out(F.gelu(layer.to_hidden(x)))


def _entered(model: SignTranslator, stream: Tensor, places: Tensor) -> Tensor:
    waves = sinusoidal_positions(int(places.max()) + 1, stream.shape[-1])
    return _dropout(model, stream + waves[places], model.config.dropout)


def _encoded(model: SignTranslator, stream: Tensor, places: Tensor, mask: Tensor) -> Tensor:
    share, stream = model.config.dropout, _entered(model, stream, places)
    for layer in model.encoder.layers:
        assert isinstance(layer, EncoderLayer)
        normed = layer.attention_norm(stream)
        stream = stream + _dropout(model, _attended(layer.attention, normed, normed, mask), share)
        stream = stream + _dropout(model, _fed(layer.feed_forward, layer.feed_forward_norm(stream)), share)
    return model.encoder.norm(stream)


def _latents(
    model: SignTranslator, prior: Tensor, informed: Tensor, text: Tensor, steps: Tensor, words: Tensor
) -> tuple[tuple[DiagonalGaussian, DiagonalGaussian], list[Tensor]]:
    network = model.latent
    assert network is not None
    share, attention = network.config.dropout, network.reading.attention
    assert isinstance(attention, Attention)
    seen = _dropout(model, _attended(attention, prior, prior, steps), share)
    read = _dropout(model, _attended(attention, informed, text, words), share)
    mean, log_variance = network.to_prior(seen).float().chunk(2, dim=-1)
    to_shift = network.posterior.to_shift
    assert isinstance(to_shift, nn.Linear)
    more, log_factor = to_shift(read).float().chunk(2, dim=-1)
    p = DiagonalGaussian(mean, log_variance)
    q = DiagonalGaussian(mean + more, log_variance + log_factor)
    memories = []
    for context, gaussian in ((prior, p), (informed, q)):
        deviation = (0.5 * gaussian.log_variance).exp() if model.training else torch.zeros(())
        z = gaussian.mean + torch.randn_like(gaussian.mean) * deviation
        memories.append(network.fuse(context, z))
    return (p, q), memories


def _decoded(model: SignTranslator, tokens: Tensor, memory: Tensor, mask: Tensor) -> Tensor:
    decoder, share = model.decoder, model.config.dropout
    stream = _entered(model, decoder.embed(tokens), torch.arange(tokens.shape[1]).expand(tokens.shape))
    for layer in decoder.layers:
        assert isinstance(layer, DecoderLayer)
        normed = layer.attention_norm(stream)
        stream = stream + _dropout(model, _attended(layer.attention, normed, normed, None), share)
        normed = layer.memory_norm(stream)
        stream = stream + _dropout(model, _attended(layer.memory_attention, normed, memory, mask), share)
        stream = stream + _dropout(model, _fed(layer.feed_forward, layer.feed_forward_norm(stream)), share)
    return F.linear(decoder.norm(stream), decoder.table.weight, decoder.bias)


def _smoothed(logits: Tensor, targets: Tensor, mask: Tensor) -> Tensor:
    """KL from a table of smoothed targets, as in JoeyNMT."""
    vocab = logits.shape[-1]
    table = torch.full_like(logits, AIM.label_smoothing / (vocab - 2), dtype=torch.float32)
    table.scatter_(2, targets[..., None], 1 - AIM.label_smoothing)
    table[..., PAD] = 0
    table.masked_fill_(~mask[..., None], 0)
    return F.kl_div(logits.float().log_softmax(dim=-1), table, reduction="sum")


def _divergence(logits: Tensor, teacher: Tensor, mask: Tensor) -> Tensor:
    each = F.kl_div(logits.float().log_softmax(dim=-1), teacher.float().softmax(dim=-1), reduction="none")
    return each.sum(dim=-1).masked_fill(~mask, 0).sum()


def _gaussian_kl(p: DiagonalGaussian, q: DiagonalGaussian, mask: Tensor) -> Tensor:
    ratio = (q.log_variance - p.log_variance).exp()
    distance = (q.mean - p.mean).square() / p.log_variance.exp()
    each = 0.5 * (ratio + distance - 1 - q.log_variance + p.log_variance).sum(dim=-1)
    return each.masked_fill(~mask, 0).sum()
