"""Others who do what production does, of the same shape, to be timed beside the library.

`transformers`' GPT-2 draws as many tokens behind a prefix as long as the latent transformer's; the codebook of
`vector-quantize-pytorch`, its options matched to the library's, quantizes the same vectors. Both are installed
with the tests.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor
from transformers import GPT2Config, GPT2LMHeadModel
from vector_quantize_pytorch import VectorQuantize

from signlab.blocks.quantizer import Codebook
from signlab.production.sample import SamplingConfig, sample_codes
from signlab.production.transformer import LatentTransformer, LatentTransformerConfig


class Drawn(NamedTuple):
    """Shape of a transformer that draws codes."""

    dim: int
    layers: int
    heads: int
    grid: tuple[int, int, int]
    num_codes: int
    batch: int  # of clips side by side


class Vectors(NamedTuple):
    """Vectors to be quantized."""

    num: int
    dim: int
    codes: int


def ours(shape: Drawn, *, half: bool) -> LatentTransformer:
    """The latent transformer, its weights of chance; in bfloat16 if `half`."""
    torch.manual_seed(0)
    config = LatentTransformerConfig(
        glosses=("RAIN",),
        grid=shape.grid,
        num_codes=shape.num_codes,
        dim=shape.dim,
        num_layers=shape.layers,
        num_heads=shape.heads,
    )
    model = LatentTransformer(config).eval()
    return model.bfloat16() if half else model


def sampling(model: LatentTransformer, *, batch: int) -> Callable[[], Tensor]:
    """All codes of some clips, drawn from the model's own distribution."""
    glosses = torch.zeros(batch, dtype=torch.long)
    first_frame = torch.zeros(batch, *model.config.grid[1:], dtype=torch.long)
    return lambda: sample_codes(model, glosses, first_frame, sampling=SamplingConfig())


def theirs(shape: Drawn, *, half: bool) -> GPT2LMHeadModel:
    """GPT-2 with as many layers, heads, channels, tokens and codes."""
    torch.manual_seed(0)
    frames, height, width = shape.grid
    config = GPT2Config(
        vocab_size=shape.num_codes,
        n_positions=1 + (1 + frames) * height * width,
        n_embd=shape.dim,
        n_layer=shape.layers,
        n_head=shape.heads,
        bos_token_id=0,
    )
    model = GPT2LMHeadModel(config).eval()
    model.generation_config.eos_token_id = None  # nothing ends before it is full
    return model.bfloat16() if half else model


def generating(model: Any, shape: Drawn, *, batch: int) -> Callable[[], Tensor]:
    """As many tokens as a clip has codes, behind as many as its prefix has; with the library's own cache."""
    frames, height, width = shape.grid
    prefix = torch.zeros(batch, 1 + height * width, dtype=torch.long)
    wanted = frames * height * width
    settings = {"do_sample": True, "top_k": 0, "max_new_tokens": wanted}

    @torch.no_grad()
    def work() -> Tensor:
        tokens = model.generate(prefix, attention_mask=torch.ones_like(prefix), pad_token_id=0, **settings)
        assert tokens.shape[1] == prefix.shape[1] + wanted
        return tokens

    return work


def bytes_of(model: torch.nn.Module) -> int:
    """All weights, each of which is read once for every code drawn at batch 1."""
    return sum(weight.numel() * weight.element_size() for weight in model.parameters())


def quantizing(shape: Vectors) -> dict[str, Callable[[], object]]:
    """One training step of each codebook, forward and backward, on the same vectors."""
    torch.manual_seed(0)
    vectors = torch.randn(1, shape.num, shape.dim, requires_grad=True)
    codes = torch.randn(shape.codes, shape.dim)
    library = Codebook(num_codes=shape.codes, dim=shape.dim, dead_share=0.0).train()
    library.codes.copy_(codes)
    library.sums.copy_(codes)
    library.batches.fill_(1)
    other: Any = VectorQuantize(
        dim=shape.dim,
        codebook_size=shape.codes,
        decay=0.99,
        eps=1e-7,
        commitment_weight=1.0,
        rotation_trick=False,
        threshold_ema_dead_code=0,
    ).train()
    other._codebook.embed.data.copy_(codes[None])
    other._codebook.embed_avg.data.copy_(codes[None])
    other._codebook.cluster_size.data.fill_(1.0)
    with torch.no_grad():
        same = library.eval()(vectors).indices == other.eval()(vectors)[1]
    assert same.float().mean() > 0.999
    library.train()
    other.train()

    def step_of_library() -> None:
        quantized = library(vectors)
        (quantized.vectors.sum() + quantized.commitment).backward()

    def step_of_other() -> None:
        quantized, _, commitment = other(vectors)
        (quantized.sum() + commitment.sum()).backward()

    return {"library": step_of_library, "vector-quantize-pytorch": step_of_other}
