"""Stage 2: from a gloss and a first frame to the codes of a clip, one code after another. Chapter 14."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional as F

from signlab.blocks.cache import KeyValueCache
from signlab.blocks.layers import EncoderLayer
from signlab.blocks.positions import GridPositions
from signlab.shapes import Bool, Float, Int

LatentMask = Literal["sequence-to-sequence", "causal"]


@dataclass(frozen=True, kw_only=True, slots=True)
class LatentTransformerConfig:
    """What the transformer conditions on, what it writes, and how large it is."""

    glosses: tuple[str, ...] = ()  # every gloss it can be asked for
    grid: tuple[int, int, int] = (4, 16, 16)  # frames, rows and columns of codes, as the autoencoder's
    num_codes: int = 1024  # entries of the autoencoder's codebook
    dim: int = 192  # width of the residual stream
    code_width: int | None = (
        None  # of a code's vector, read and written; None = dim, one to read, one to write
    )
    num_layers: int = 4  # attention and feed-forward, one after the other
    num_heads: int = 4  # must divide dim
    dropout: float = 0.0  # share of activations dropped in training
    mask: LatentMask = "sequence-to-sequence"  # the prefix is read in both directions; or all in one order
    around: bool = False  # tokens carry all codes around the place that come before it, not three of them
    gloss_maps: bool = True  # a gloss says something else at every place; or adds the same vector everywhere

    @property
    def num_prefix(self) -> int:
        """Tokens before the clip's first code: the gloss and the codes of the first frame."""
        return 1 + self.grid[1] * self.grid[2]

    @property
    def open_prefix(self) -> int:
        """Tokens that see one another whatever their order."""
        return self.num_prefix if self.mask == "sequence-to-sequence" else 0

    @property
    def near(self) -> tuple[int, ...]:
        """How many codes before the one foretold its neighbours stand: to the left, above, a frame before.

        Then, if it is to see all `around` it: above to both sides, and the eight around the one a frame before.
        """
        _, height, width = self.grid
        three = (1, width, height * width)
        if not self.around:
            return three
        sides = (-1, 0, 1)
        others = [width + 1, width - 1]
        others += [height * width - row * width - column for row in sides for column in sides]
        return *three, *(one for one in dict.fromkeys(others) if one > 0 and one not in three)

    @property
    def num_targets(self) -> int:
        """Codes of a clip."""
        return self.grid[0] * self.grid[1] * self.grid[2]


class LatentTransformer(nn.Module):
    """A decoder-only transformer over [gloss] [codes of the first frame] [codes of the clip].

    All codes come in raster order: frame after frame, row after row; the first frame is one more frame in
    front of the clip's. Each token foretells the code that follows it, and carries what is near that
    code's place: the code to its left, which is the token's own, the code above, and the code there one
    frame before (or all those around it, if asked for); the place itself; the gloss; and what the gloss says
    of the place. What lies farther off, attention has to fetch. Gloss and first frame are optional: a learnt
    token stands for an absent one, and the sequence keeps its length. The output knows codes only, so nothing
    else can ever be drawn.

    With the sequence-to-sequence mask the tokens of the prefix see one another in both directions; those of
    the clip see the whole prefix, and of the clip what is before them. The token that foretells the clip's
    first code is the last of the prefix, which has seen nothing of the clip.

    Source: Xie et al. (LMT, 2024), Section 3; the layout as in the first author's public code; the mask is
    UniLM's (Dong et al., 2019).
    Departure: places are factorised into frame, row and column and are those of the code foretold; the
    codes above and a frame before, and the gloss, are added to every token. Attention alone learns to look
    there, too, but takes longer. So does it learn where the hands go in a sign, which is a product of gloss
    and place and not a sum: here features of the place, each scaled by the gloss (as in FiLM, Perez et al.,
    2018), are added as well. With a `code_width` codes are read and written through one narrow table,
    factorised as ALBERT's (Lan et al., 2020): large codebooks then cost little.
    """

    def __init__(self, config: LatentTransformerConfig) -> None:
        super().__init__()
        self.config = config
        frames, height, width = config.grid
        self.absent_gloss, self.absent_code = len(config.glosses), config.num_codes
        self.gloss_table = nn.Embedding(len(config.glosses) + 1, config.dim)
        sides = {"frames": 1 + frames, "height": height, "width": width}
        if config.gloss_maps:
            self.gloss_map = nn.Embedding(len(config.glosses) + 1, config.dim)
            self.place_map = GridPositions(**sides, dim=config.dim)
            self.from_map = nn.Linear(config.dim, config.dim, bias=False)
            nn.init.orthogonal_(self.from_map.weight)
        code_width = config.code_width or config.dim
        self.code_table = nn.Embedding(config.num_codes + 2, code_width)  # any, absent, before the sequence
        self.as_left, self.as_above, self.as_before, *others = (
            nn.Linear(code_width, config.dim, bias=False) for _ in config.near
        )
        self.as_others = nn.ModuleList(others)
        self.places = GridPositions(**sides, dim=config.dim)
        self.layers = nn.ModuleList(
            EncoderLayer(dim=config.dim, num_heads=config.num_heads, dropout=config.dropout)
            for _ in range(config.num_layers)
        )
        self.norm = nn.LayerNorm(config.dim)
        self.to_logits = nn.Linear(config.dim, config.code_width or config.num_codes, bias=False)
        for module in (self.gloss_table, self.code_table, self.to_logits):
            nn.init.normal_(module.weight, std=0.02)
        for module in (self.as_left, self.as_above, *others):
            nn.init.orthogonal_(module.weight, gain=0.25 if others else 0.5)
        nn.init.eye_(self.as_before.weight)

    @property
    def seen_as(self) -> tuple[nn.Linear, ...]:
        """What a code adds to a token, by where it stands, in the order of `config.near`."""
        others = (module for module in self.as_others if isinstance(module, nn.Linear))
        return self.as_left, self.as_above, self.as_before, *others

    @torch.no_grad()
    def begin_with(self, codebook: Float[Tensor, "vocab code_dim"]) -> None:
        """Before training: codes that stand for like patches begin alike, and nothing moves.

        Half the variance of a code's vector comes from its codebook entry, through a random projection. The
        output compares with the same vectors, so the first guess for any place is what was there a frame ago.

        Args:
            codebook: The autoencoder's, one entry for each code.

        Departure: the public code begins with random vectors; so much of the training goes into finding
        out which codes look alike, which the autoencoder knows.
        """
        entries = (codebook - codebook.mean(dim=0)) / codebook.std()
        num_codes, code_dim = entries.shape
        alike = entries @ torch.randn(code_dim, self.code_table.embedding_dim) / code_dim**0.5
        vectors = (alike + torch.randn_like(alike)) / 2**0.5
        self.code_table.weight[:num_codes] = vectors
        if self.config.code_width is None:
            self.to_logits.weight.copy_(0.03 * vectors)
        else:
            nn.init.eye_(self.to_logits.weight).mul_(0.03)

    def forward(
        self,
        glosses: Int[Tensor, " batch"],
        first_frame: Int[Tensor, "batch height width"],
        codes: Int[Tensor, "batch frames height width"],
    ) -> Float[Tensor, "batch targets vocab"]:
        """The logits of every code of the clip, each seeing the prefix and the codes before its own.

        Args:
            glosses: Positions in `config.glosses`; `absent_gloss` = none given.
            first_frame: Codes of the first frame; `absent_code` everywhere = none given.
            codes: The true clip.
        """
        written = torch.cat([flatten_codes(first_frame[:, None]), flatten_codes(codes)], dim=1)
        stream = self.embed(glosses, written[:, :-1])  # nothing follows the last code
        for layer in self.layers:
            stream = layer(stream, causal=True, prefix=self.config.open_prefix)
        return self.logits(stream[:, self.config.num_prefix - 1 :])

    def embed(
        self,
        glosses: Int[Tensor, " batch"],
        written: Int[Tensor, "batch written"],
        *,
        start: int = 0,
    ) -> Float[Tensor, "batch tokens dim"]:
        """The tokens from `start` on: token 0 is the gloss, token i is code i - 1 and foretells code i.

        Args:
            glosses: As in `forward`.
            written: All codes written so far, first frame included.
            start: The first token wanted.
        """
        stop, nothing = written.shape[1] + 1, self.config.num_codes + 1
        tokens = self.at_places(glosses)[:, start:stop]
        for seen_as, offset in zip(self.seen_as, self.config.near, strict=True):
            codes = F.pad(written, (offset, 0), value=nothing)[:, start:stop]  # code i - offset for token i
            tokens = tokens + seen_as(self.code_table(codes))
        return tokens

    def at_places(self, glosses: Int[Tensor, " batch"]) -> Float[Tensor, "batch tokens dim"]:
        """What a token is before any code is added: its place, the gloss, and what the one says of the other."""
        grid = "frames height width dim -> (frames height width) dim"
        one_for_all = "batch dim -> batch 1 dim"
        told = rearrange(self.places(), grid) + rearrange(self.gloss_table(glosses), one_for_all)
        if not self.config.gloss_maps:
            return told
        features = rearrange(self.place_map(), grid) * rearrange(self.gloss_map(glosses), one_for_all)
        return told + self.from_map(features)

    def step(
        self, tokens: Float[Tensor, "batch tokens dim"], caches: Sequence[KeyValueCache]
    ) -> Float[Tensor, "batch vocab"]:
        """Read new tokens after those the caches hold; the logits of the code that follows the last.

        Args:
            tokens: The whole prefix at first, then one token at a time.
            caches: One a layer; they grow in place.

        Raises:
            ValueError: If the first tokens are not the whole prefix: part of an open one would see less.
        """
        if caches[0].length == 0 and tokens.shape[1] != self.config.num_prefix:
            raise ValueError(
                f"The prefix of {self.config.num_prefix} tokens must be read in one pass, but got "
                f"{tokens.shape[1]} tokens and empty caches."
            )
        # a single token may see all tokens before it, one of an open prefix those behind it too
        causal = tokens.shape[1] > 1 and not self.config.open_prefix
        for layer, cache in zip(self.layers, caches, strict=True):
            tokens = layer(tokens, cache=cache, causal=causal)
        return self.logits(tokens[:, -1:])[:, 0]

    def logits(self, stream: Float[Tensor, "batch tokens dim"]) -> Float[Tensor, "batch tokens vocab"]:
        """From the stream to a score for each code."""
        written = self.to_logits(self.norm(stream))
        if self.config.code_width is None:
            return written
        return F.linear(written, self.code_table.weight[: self.config.num_codes])


def still_codes(
    codes_of_still: Int[Tensor, "batch frames height width"],
) -> Int[Tensor, "batch height width"]:
    """The one frame of codes that stands for a picture held still for the length of a clip.

    The encoder reads clips; a picture is shown to it as a clip in which nothing moves. Of the frames of
    codes that come out the first is kept: like the clip's own first it lies at the clip's edge.
    """
    return codes_of_still[:, 0]


def flatten_codes(codes: Int[Tensor, "batch frames height width"]) -> Int[Tensor, "batch tokens"]:
    """A grid of codes as a sequence, in raster order."""
    return rearrange(codes, "batch frames height width -> batch (frames height width)")


def unflatten_codes(
    tokens: Int[Tensor, "batch tokens"], grid: tuple[int, int, int]
) -> Int[Tensor, "batch frames height width"]:
    """The way back from `flatten_codes`."""
    frames, height, width = grid
    pattern = "batch (frames height width) -> batch frames height width"
    return rearrange(tokens, pattern, frames=frames, height=height, width=width)


def without(
    codes: Int[Tensor, "batch *place"], absent: Bool[Tensor, " batch"], stand_in: int
) -> Int[Tensor, "batch *place"]:
    """Put the token for "none given" wherever `absent` says so: glosses and first frames alike."""
    shape = (len(codes),) + (1,) * (codes.dim() - 1)
    return codes.masked_fill(absent.reshape(shape), stand_in)
