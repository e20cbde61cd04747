"""Two other codebooks: one that learns by gradient, one that finds its own size. Chapter 11."""

import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional as F

from signlab.blocks.quantizer import Quantized, first_codes, nearest_code, over_processes, replaced
from signlab.shapes import Float, Int


class GradientCodebook(nn.Module):
    """Codes that are weights like others: a loss pulls each towards the vectors that chose it.

    A code that is never chosen has no gradient and stays where it is; nothing brings it back. That is how
    codebooks collapse. The first codes are those of the first training batch, as in `Codebook`.

    Args:
        num_codes: Entries of the codebook.
        dim: Components of a code.

    Source: van den Oord et al. (2017), Eq. 3, second term; so in VQGAN (Esser et al., 2021).
    """

    batches: Tensor

    def __init__(self, *, num_codes: int, dim: int) -> None:
        super().__init__()
        self.codes = nn.Parameter(torch.zeros(num_codes, dim))
        self.register_buffer("batches", torch.tensor(0))  # training batches seen

    def forward(
        self, encoded: Float[Tensor, "... dim"], *, generator: torch.Generator | None = None
    ) -> Quantized:
        """Replace each vector by its nearest code; `codebook` is the loss that moves the codes."""
        encoded = encoded.float()
        flat = rearrange(encoded.detach(), "... dim -> (...) dim")
        if self.training:
            if self.batches == 0:
                with torch.no_grad():
                    self.codes.copy_(first_codes(flat, len(self.codes), generator))
            self.batches += 1
        flat_indices = self.nearest(flat)
        indices = flat_indices.reshape(encoded.shape[:-1])
        chosen = self.lookup(indices)
        counts = torch.bincount(flat_indices, minlength=len(self.codes)).float()
        return replaced(encoded, chosen, indices, counts, size=len(self.codes))

    def nearest(self, flat: Float[Tensor, "vectors dim"]) -> Int[Tensor, " vectors"]:
        """The index of the code at the smallest Euclidean distance; the first of equals."""
        return nearest_code(flat, self.codes.detach())

    def lookup(self, indices: Int[Tensor, "..."]) -> Float[Tensor, "... dim"]:
        """The codes with these indices."""
        return F.embedding(indices, self.codes)


class AdaptiveCodebook(nn.Module):
    """Codes as running means, as many as are needed to lose no more than a share of what the vectors say.

    It begins with few. Every so many training batches the codes that almost nobody chooses are pruned; and while
    the squared distance from vectors to codes is more than `wanted_loss` of the vectors' variance, those codes
    that account for most of it are split in two, up to `num_codes` in all.

    Args:
        num_codes: Most entries.
        dim: Components of a code.
        start: Entries at first.
        wanted_loss: Share of the vectors' variance that may be lost.
        every: Training batches from one look at its size to the next.
        growth: Share of the codes that may be split at once.
        decay: Share of the running means that survives an update.
        dead_share: A code is pruned when its count falls below this share of the mean count.

    Source: splitting where the error is largest as in growing neural gas (Fritzke, 1995). LMT's table on sizes asks
    which number of codes is best; this asks how many are needed.
    """

    codes: Tensor
    counts: Tensor
    sums: Tensor
    errors: Tensor
    alive: Tensor
    variance: Tensor
    batches: Tensor

    def __init__(
        self,
        *,
        num_codes: int,
        dim: int,
        start: int = 64,
        wanted_loss: float = 0.1,
        every: int = 50,
        growth: float = 0.25,
        decay: float = 0.99,
        dead_share: float = 0.03,
    ) -> None:
        super().__init__()
        if not 1 <= start <= num_codes:
            raise ValueError(f"start must lie in [1, num_codes], but got {start} with num_codes={num_codes}.")
        self.start, self.wanted_loss, self.every, self.growth = start, wanted_loss, every, growth
        self.decay, self.dead_share = decay, dead_share
        self.register_buffer("codes", torch.zeros(num_codes, dim))
        self.register_buffer("counts", torch.zeros(num_codes))
        self.register_buffer("sums", torch.zeros(num_codes, dim))
        self.register_buffer("errors", torch.zeros(num_codes))  # squared distances of those who chose it
        self.register_buffer("alive", torch.arange(num_codes) < start)
        self.register_buffer("variance", torch.tensor(0.0))  # running mean of a vector's squared deviation
        self.register_buffer("batches", torch.tensor(0))

    def forward(
        self, encoded: Float[Tensor, "... dim"], *, generator: torch.Generator | None = None
    ) -> Quantized:
        """Replace each vector by its nearest code; in training, let codes and their number follow."""
        encoded = encoded.float()
        flat = rearrange(encoded.detach(), "... dim -> (...) dim")
        with torch.no_grad():
            if self.training and self.batches == 0:
                self.codes[: self.start] = first_codes(flat, self.start, generator)
            flat_indices = self.nearest(flat)
            counts = torch.bincount(flat_indices, minlength=len(self.codes)).float()
            indices = flat_indices.reshape(encoded.shape[:-1])
            chosen = self.lookup(indices)
            if self.training:
                self._follow(flat, flat_indices, counts)
                self.batches += 1
                if self.batches % self.every == 0:
                    self._resize(generator)
        return replaced(encoded, chosen, indices, counts, size=self.size)

    @property
    def size(self) -> int:
        """Codes that there are now."""
        return int(self.alive.sum())

    def nearest(self, flat: Float[Tensor, "vectors dim"]) -> Int[Tensor, " vectors"]:
        """The index of the living code at the smallest Euclidean distance; the first of equals."""
        return nearest_code(flat, self.codes, self.alive)

    def lookup(self, indices: Int[Tensor, "..."]) -> Float[Tensor, "... dim"]:
        """The codes with these indices."""
        return F.embedding(indices, self.codes)

    def _follow(self, flat: Tensor, flat_indices: Tensor, counts: Tensor) -> None:
        """Move the running means; the first batch is all that they hold."""
        keep = 0.0 if self.batches == 0 else self.decay
        far = (flat - self.codes[flat_indices]).square().sum(dim=1)
        found = (
            (self.counts, counts.clone()),
            (self.sums, torch.zeros_like(self.sums).index_add_(0, flat_indices, flat)),
            (self.errors, torch.zeros_like(self.errors).index_add_(0, flat_indices, far)),
        )
        for held, new in found:
            held.lerp_(over_processes(new), 1 - keep)
        deviation = (flat - flat.mean(dim=0)).square().sum(dim=1).mean()
        self.variance.lerp_(deviation, 1 - keep)
        moved = self.sums / self.counts.clamp(min=1e-6)[:, None]
        self.codes.copy_(torch.where((self.alive & (self.counts > 1e-6))[:, None], moved, self.codes))

    def _resize(self, generator: torch.Generator | None) -> None:
        """Prune, then split."""
        mean = self.counts[self.alive].mean()
        self.alive &= self.counts >= self.dead_share * mean
        lost = self.errors[self.alive].sum() / self.counts[self.alive].sum() / self.variance.clamp(min=1e-12)
        free = (~self.alive).nonzero()[:, 0]
        num = min(len(free), max(1, int(self.growth * self.size)))
        if lost <= self.wanted_loss or num == 0:
            return
        crowded = self.errors.masked_fill(~self.alive, -1.0).topk(min(num, self.size)).indices
        free = free[: len(crowded)]
        spread = (self.errors[crowded] / self.counts[crowded].clamp(min=1e-6) / self.codes.shape[1]).sqrt()
        noise = torch.randn(len(free), self.codes.shape[1], generator=generator, device=self.codes.device)
        self.codes[free] = self.codes[crowded] + 0.5 * spread[:, None] * noise
        for held in (self.counts, self.errors):
            held[crowded] = held[crowded] / 2
            held[free] = held[crowded]
        self.sums[crowded] = self.codes[crowded] * self.counts[crowded][:, None]
        self.sums[free] = self.codes[free] * self.counts[free][:, None]
        self.alive[free] = True
