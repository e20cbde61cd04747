"""A codebook: each vector is replaced by the nearest of a few learnt codes. Chapter 11."""

from typing import NamedTuple

import torch
from einops import rearrange
from torch import Tensor, distributed, nn
from torch.nn import functional as F

from signlab.shapes import Float, Int

RESTART_SHARE = 0.1  # of the mean count: what a new code starts with; soon its own followers outweigh it
KMEANS_ROUNDS = 5  # on the batch that provides the first codes
APART = 0.05  # standard deviation by which copies of a code are moved apart; vectors of the encoder have 1
PART = 512  # vectors whose distances to all codes are held at once on a CPU


class Quantized(NamedTuple):
    """What the codebook made of a batch of vectors."""

    vectors: Float[Tensor, "... dim"]  # the chosen codes; gradients pass straight through to the input
    indices: Int[Tensor, "..."]  # which code each vector became
    commitment: Float[Tensor, ""]  # squared distance per component, averaged; moves the vectors
    codebook: Float[Tensor, ""]  # the same, and moves the codes; 0 where they follow as running means
    perplexity: Float[Tensor, ""]  # number of codes in even use that would be as varied as this batch
    usage: Float[Tensor, ""]  # share of the codebook this batch used at least once


class Codebook(nn.Module):
    """Codes that follow the vectors they stand for, as running means.

    Code k keeps a running count n_k and a running sum m_k of the vectors that chose it,
    n_k <- decay n_k + (1 - decay) count_k, m_k likewise, and is their quotient e_k = m_k / n_k.
    The first codes come from the data: the vectors of one training batch, after a few rounds of k-means.
    Until then, for the first `free_batches` of training, vectors pass unchanged, so that the encoder has
    something to say before it is cut to codes. A code that almost nobody chooses is dead: it is put
    onto a random vector of the batch.

    All state lies in buffers, the number of training batches seen included: a codebook that was saved and
    loaded goes on exactly where it stopped.

    Args:
        num_codes: Entries of the codebook, K.
        dim: Components of a code.
        decay: Share of the running means that survives an update.
        dead_share: A code is dead when its count falls below this share of the mean count.
        free_batches: Training batches that pass unchanged before the codes begin.

    Source: van den Oord et al. (2017), Section 3.2 and Appendix A.1 (running means).
    Departure: the threshold for dead codes is relative to the mean count. An absolute one (n_k < 1, as
    in VideoGPT and TATS) draws most codes anew at every update when batches are small. A restart resets
    count and sum together with the code; otherwise the code is drawn again at each following update.
    """

    codes: Tensor
    counts: Tensor
    sums: Tensor
    batches: Tensor

    def __init__(
        self,
        *,
        num_codes: int,
        dim: int,
        decay: float = 0.99,
        dead_share: float = 0.03,
        free_batches: int = 0,
    ) -> None:
        super().__init__()
        self.decay, self.dead_share, self.free_batches = decay, dead_share, free_batches
        self.register_buffer("codes", torch.zeros(num_codes, dim))
        self.register_buffer("counts", torch.ones(num_codes))
        self.register_buffer("sums", torch.zeros(num_codes, dim))
        self.register_buffer("batches", torch.tensor(0))  # training batches seen

    def forward(
        self, encoded: Float[Tensor, "... dim"], *, generator: torch.Generator | None = None
    ) -> Quantized:
        """Replace each vector by its nearest code; in training, let the codes follow afterwards.

        Args:
            encoded: Vectors of the encoder; computed with in float32 whatever comes in.
            generator: Draws the vectors for new codes; None takes the seeded global one.
        """
        encoded = encoded.float()
        flat = rearrange(encoded.detach(), "... dim -> (...) dim")
        with torch.no_grad():
            if self.training:
                if self.batches < self.free_batches:
                    return self._pass(encoded)
                if self.batches == self.free_batches:
                    self._initialise(flat, generator)
                self.batches += 1
            flat_indices = self.nearest(flat)
            counts = torch.bincount(flat_indices, minlength=len(self.codes)).float()
            indices = flat_indices.reshape(encoded.shape[:-1])
            chosen = self.lookup(indices)
            if self.training:
                self._follow(flat, flat_indices, counts, generator)
        return replaced(encoded, chosen, indices, counts, size=len(self.codes))

    def nearest(self, flat: Float[Tensor, "vectors dim"]) -> Int[Tensor, " vectors"]:
        """The index of the code at the smallest Euclidean distance; the first of equals."""
        return nearest_code(flat, self.codes)

    def lookup(self, indices: Int[Tensor, "..."]) -> Float[Tensor, "... dim"]:
        """The codes with these indices."""
        return F.embedding(indices, self.codes)

    @torch.no_grad()
    def begin_with(self, fewer: "Codebook", *, generator: torch.Generator | None = None) -> None:
        """Take over a codebook with as many codes, or with fewer, each of which then becomes several.

        Args:
            fewer: A trained codebook; this one's size must be a multiple of its size.
            generator: Moves the copies of a code apart; None takes the seeded global one.

        Raises:
            ValueError: If the sizes do not fit.

        Source: splitting, by Linde, Buzo and Gray (1980).
        """
        copies, left = divmod(len(self.codes), len(fewer.codes))
        if left or not copies or self.codes.shape[1] != fewer.codes.shape[1]:
            raise ValueError(
                f"A codebook can begin with one of its size or of a whole part of it, but has {len(self.codes)} "
                f"codes of {self.codes.shape[1]} and got {len(fewer.codes)} codes of {fewer.codes.shape[1]}."
            )
        self.codes.copy_(fewer.codes.repeat_interleave(copies, dim=0))
        if copies > 1:
            self.codes.add_(APART * torch.randn(self.codes.shape, generator=generator).to(self.codes))
        self.counts.copy_(fewer.counts.repeat_interleave(copies) / copies)
        self.sums.copy_(self.codes * self.counts[:, None])
        self.batches.copy_(fewer.batches)

    def _pass(self, encoded: Tensor) -> Quantized:
        """Count the batch and let it through as it is."""
        self.batches += 1
        nothing = encoded.new_zeros(())
        indices = torch.zeros(encoded.shape[:-1], dtype=torch.long, device=encoded.device)
        return Quantized(encoded, indices, nothing, nothing, perplexity=nothing, usage=nothing)

    def _initialise(self, flat: Tensor, generator: torch.Generator | None) -> None:
        """The first codes."""
        self.codes.copy_(first_codes(flat, len(self.codes), generator))
        self.counts.fill_(RESTART_SHARE * len(flat) / len(self.codes))
        self.sums.copy_(self.codes * self.counts[:, None])

    def _follow(
        self, flat: Tensor, flat_indices: Tensor, counts: Tensor, generator: torch.Generator | None
    ) -> None:
        """Move the running means and put dead codes onto random vectors."""
        sums = torch.zeros_like(self.sums).index_add_(0, flat_indices, flat)
        counts, sums = over_processes(counts.clone()), over_processes(sums)
        self.counts.lerp_(counts, 1 - self.decay)
        self.sums.lerp_(sums, 1 - self.decay)

        mean = self.counts.mean()
        dead = self.counts < self.dead_share * mean
        drawn, start = drawn_vectors(flat, len(self.codes), generator), RESTART_SHARE * mean
        self.counts.copy_(torch.where(dead, start, self.counts))
        self.sums.copy_(torch.where(dead[:, None], drawn * start, self.sums))
        self.codes.copy_(self.sums / self.counts[:, None])


def replaced(
    encoded: Float[Tensor, "... dim"],
    chosen: Float[Tensor, "... dim"],
    indices: Int[Tensor, "..."],
    counts: Float[Tensor, " codes"],
    *,
    size: int,
) -> Quantized:
    """Vectors replaced by their codes, and what that says of both.

    Args:
        encoded: Vectors of the encoder.
        chosen: The code of each; with a gradient, if codes learn by it.
        indices: Which code that is.
        counts: How many vectors chose each code.
        size: Codes that could have been chosen.
    """
    learnt = F.mse_loss(chosen, encoded.detach()) if chosen.requires_grad else encoded.new_zeros(())
    return Quantized(
        vectors=encoded + (chosen - encoded).detach(),
        indices=indices,
        commitment=F.mse_loss(encoded, chosen.detach()),
        codebook=learnt,
        perplexity=perplexity(counts),
        usage=(counts > 0).float().sum() / size,
    )


def nearest_code(
    flat: Float[Tensor, "vectors dim"], codes: Float[Tensor, "codes dim"], alive: Tensor | None = None
) -> Int[Tensor, " vectors"]:
    """The index of the code at the smallest Euclidean distance; the first of equals.

    Args:
        flat: Vectors.
        codes: The codebook.
        alive: Which codes may be chosen; None = all.
    """
    with torch.autocast(flat.device.type, enabled=False):  # in bfloat16 near codes would be confused
        codes = codes.float()
        # |v - e|^2 = |v|^2 - 2 v.e + |e|^2, and |v|^2 is the same for every code: one product with
        # the vector (v, 1). A part at a time, for all distances together do not fit a CPU's cache.
        lengths = codes.square().sum(dim=1, keepdim=True)
        if alive is not None:
            lengths = lengths.masked_fill(~alive[:, None], torch.inf)
        codes = torch.cat([-2 * codes, lengths], dim=1)
        vectors = F.pad(flat.float(), (0, 1), value=1.0)
        parts = vectors.split(PART if flat.device.type == "cpu" else len(vectors) or 1)
        return torch.cat([(part @ codes.T).argmin(dim=1) for part in parts])


def first_codes(
    flat: Float[Tensor, "vectors dim"], num: int, generator: torch.Generator | None = None
) -> Float[Tensor, "codes dim"]:
    """Codes for the vectors of a batch: random ones of them, with noise, for they may be too few; then k-means."""
    codes = drawn_vectors(flat, num, generator)
    spread = 0.01 * flat.std(dim=0, correction=0)
    codes = codes + spread * torch.randn(codes.shape, generator=generator, device=codes.device)
    for _ in range(KMEANS_ROUNDS):
        nearest = nearest_code(flat, codes)
        counts = torch.bincount(nearest, minlength=num).to(flat)[:, None]
        means = torch.zeros_like(codes).index_add_(0, nearest, flat) / counts.clamp(min=1)
        codes = torch.where(counts > 0, means, codes)
    return codes


def perplexity(counts: Float[Tensor, " codes"]) -> Float[Tensor, ""]:
    """The exponential of the entropy of code use: K if all codes are used evenly, 1 if only one is."""
    shares = counts / counts.sum()
    return torch.special.entr(shares).sum().exp()


def drawn_vectors(flat: Tensor, num: int, generator: torch.Generator | None) -> Tensor:
    """`num` random vectors; without repeats where there are enough of them."""
    if len(flat) >= num:
        order = torch.randperm(len(flat), generator=generator, device=flat.device)
        return flat[order[:num]]
    return flat[torch.randint(len(flat), (num,), generator=generator, device=flat.device)]


def over_processes(counted: Tensor) -> Tensor:
    """The sum over all training processes, so that every copy of the codebook follows the whole batch."""
    if distributed.is_available() and distributed.is_initialized():
        distributed.all_reduce(counted)
    return counted
