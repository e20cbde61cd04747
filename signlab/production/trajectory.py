"""Trajectory attention: first look into each frame, then along what was seen, frame after frame. Chapter 12."""

import torch
from einops import rearrange
from torch import Tensor, nn
from torch.nn import functional as F

from signlab.shapes import Float

Heads = Float[Tensor, "batch heads tokens width"]


class TrajectoryAttention(nn.Module):
    """Each place asks every frame where it would be there, and then reads along these places in time.

    Queries q, keys k and values v of all places and frames. *In space:* place s of frame t looks into each
    frame t' alone, with a softmax over that frame's places s':

        y_{st,t'} = sum_{s'} v_{s't'} softmax_{s'}(q_{st} . k_{s't'} / sqrt(d)).

    The sequence y_{st,1}, ..., y_{st,T} is the trajectory of place s of frame t: what was found of it in
    every frame, softly; nothing is tracked. *In time:* the trajectory's own point y_{st,t} asks, all of its
    points answer, with weights of their own W:

        out_{st} = W_o sum_{t'} (W_v y_{st,t'}) softmax_{t'}((W_q y_{st,t}) . (W_k y_{st,t'}) / sqrt(d)).

    Args:
        dim: Width of a token.
        num_heads: Must divide `dim`.
        prototypes: None for the sums above; else so many prototypes stand between queries and keys, see
            `through_prototypes`, and the cost grows with the number of tokens, not with its square.

    Raises:
        ValueError: If `num_heads` does not divide `dim`, or there are no prototypes.

    Source: Patrick et al. (Motionformer, 2021); in LMT (Xie et al., 2024) as the motion
    transformer. Built by hand in chapter 12.
    Departure: no class token. Motionformer's public code by default reads y itself in the second sum and
    leaves W_v unused, which its authors call a slip; here the formula holds.
    """

    def __init__(self, *, dim: int, num_heads: int, prototypes: int | None = None) -> None:
        super().__init__()
        if dim % num_heads:
            raise ValueError(
                f"num_heads must divide dim, but got num_heads={num_heads} and dim={dim}; try num_heads=1."
            )
        if prototypes is not None and prototypes < 1:
            raise ValueError(f"prototypes must be one or more, or None for all keys, but got {prototypes}.")
        self.num_heads, self.prototypes = num_heads, prototypes
        self.to_q, self.to_k, self.to_v = (nn.Linear(dim, dim) for _ in range(3))
        self.along_q, self.along_k, self.along_v = (nn.Linear(dim, dim) for _ in range(3))
        self.to_out = nn.Linear(dim, dim)

    def forward(
        self, grid: Float[Tensor, "batch frames height width dim"]
    ) -> Float[Tensor, "batch frames height width dim"]:
        tokens = rearrange(grid, "batch frames height width dim -> batch (frames height width) dim")
        read = self.to_out(self._along(self.trajectories(tokens, frames=grid.shape[1])))
        return read.reshape(grid.shape)

    def trajectories(
        self, tokens: Float[Tensor, "batch tokens dim"], *, frames: int
    ) -> Float[Tensor, "batch tokens frames dim"]:
        """What each token finds in each of the frames; tokens in raster order, frame after frame."""
        q, k, v = (self._heads(linear(tokens)) for linear in (self.to_q, self.to_k, self.to_v))
        if self.prototypes is None:
            points = by_frame(q, k, v, frames=frames)
        else:
            points = through_prototypes(q, k, v, frames=frames, num=self.prototypes)
        return rearrange(points, "frames batch heads tokens width -> batch tokens frames (heads width)")

    def looks(
        self, grid: Float[Tensor, "batch frames height width dim"]
    ) -> Float[Tensor, "batch heads tokens frames places"]:
        """Where each token looks in each frame: shares of the frame's places that sum to one.

        They are those of the exact form, whatever `prototypes` says.
        """
        tokens = rearrange(grid, "batch frames height width dim -> batch (frames height width) dim")
        q, k = self._heads(self.to_q(tokens)), self._heads(self.to_k(tokens))
        scores = (q / q.shape[-1] ** 0.5) @ k.mT
        by_frame_scores = rearrange(
            scores,
            "batch heads tokens (frames places) -> batch heads tokens frames places",
            frames=grid.shape[1],
        )
        return by_frame_scores.softmax(dim=-1)

    def _heads(self, x: Float[Tensor, "batch tokens dim"]) -> Heads:
        return rearrange(x, "batch tokens (heads width) -> batch heads tokens width", heads=self.num_heads)

    def _along(
        self, trajectories: Float[Tensor, "batch tokens frames dim"]
    ) -> Float[Tensor, "batch tokens dim"]:
        """The second sum, before W_o."""
        by_asking_frame = rearrange(
            trajectories,
            "batch (asking places) frames dim -> batch asking places frames dim",
            asking=trajectories.shape[2],
        )
        own = rearrange(
            by_asking_frame.diagonal(dim1=1, dim2=3), "batch places dim frames -> batch (frames places) dim"
        )
        split = "batch tokens frames (heads width) -> batch tokens heads frames width"
        k, v = (
            rearrange(linear(trajectories), split, heads=self.num_heads)
            for linear in (self.along_k, self.along_v)
        )
        q = rearrange(
            self.along_q(own),
            "batch tokens (heads width) -> batch tokens heads 1 width",
            heads=self.num_heads,
        )
        shares = ((q * k).sum(dim=-1) / q.shape[-1] ** 0.5).softmax(dim=-1)
        read = (rearrange(shares, "batch tokens heads frames -> batch tokens heads frames 1") * v).sum(dim=-2)
        return rearrange(read, "batch tokens heads width -> batch tokens (heads width)")


def by_frame(
    q: Float[Tensor, "batch heads queries width"], k: Heads, v: Heads, *, frames: int
) -> Float[Tensor, "frames batch heads queries width"]:
    """The first sum: every query reads from each frame on its own.

    One fused attention for each frame: the scores of all pairs of tokens never stand in memory.
    """
    pairs = zip(k.chunk(frames, dim=2), v.chunk(frames, dim=2), strict=True)
    return torch.stack([F.scaled_dot_product_attention(q, keys, values) for keys, values in pairs])


def through_prototypes(
    q: Heads, k: Heads, v: Heads, *, frames: int, num: int
) -> Float[Tensor, "frames batch heads tokens width"]:
    """An approximation of `by_frame`: queries read from prototypes, prototypes from each frame.

    The prototypes p are `num` of the queries, the same for all frames:

        y_{t'} ~ softmax_p(q . p / sqrt(d)) softmax_{s'}(p . k_{t'} / sqrt(d)) v_{t'}.

    That is linear in the tokens, but does not become the exact sum as prototypes are added: two softmaxes
    one after the other are not one.

    Source: Patrick et al. (2021), the Orthoformer.
    Departure: the prototypes are chosen without chance, see `chosen_prototypes`; in the public code the
    first is random, in use as well, so that a clip's encoding differs from call to call.
    """
    prototypes = chosen_prototypes(q, num=num)
    read = rearrange(
        by_frame(prototypes, k, v, frames=frames),
        "frames batch heads prototypes width -> batch heads prototypes (frames width)",
    )
    shares = ((q / q.shape[-1] ** 0.5) @ prototypes.mT).softmax(dim=-1)
    return rearrange(
        shares @ read, "batch heads tokens (frames width) -> frames batch heads tokens width", frames=frames
    )


def chosen_prototypes(q: Heads, *, num: int) -> Float[Tensor, "batch heads prototypes width"]:
    """Queries that point in directions as different as possible, one after the other; in each head its own.

    The longest query first; then always the one whose largest |cosine| to those chosen is the smallest. All
    queries, if there are no more than `num`. The choice has no gradient, the chosen queries have.
    """
    num = min(num, q.shape[2])
    with torch.no_grad():
        directions = F.normalize(q.float(), dim=-1)
        chosen = [q.float().square().sum(dim=-1).argmax(dim=-1)]  # batch heads
        nearest = torch.zeros(q.shape[:3], device=q.device)
        for _ in range(num - 1):
            last = _at(directions, torch.stack(chosen[-1:], dim=-1))
            nearest = torch.maximum(nearest, (directions * last).sum(dim=-1).abs())
            chosen.append(nearest.argmin(dim=-1))
    return _at(q, torch.stack(chosen, dim=-1))


def _at(rows: Heads, indices: Tensor) -> Float[Tensor, "batch heads chosen width"]:
    return rows.gather(2, rearrange(indices, "b h n -> b h n 1").expand(-1, -1, -1, rows.shape[-1]))
