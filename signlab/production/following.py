"""Does attention follow the hand? Shares of looks into other frames, beside where the hand really is. Chapter 12."""

from typing import NamedTuple

import torch
from einops import rearrange
from torch import Tensor

from signlab.production.autoencoder import REDUCTION, VideoAutoencoder
from signlab.production.clips import HANDS, Clips, to_videos
from signlab.production.motion import AxialAttention, JointAttention, MotionLayer, MotionTransformer
from signlab.production.trajectory import TrajectoryAttention
from signlab.shapes import Bool, Float, Int

FAR = 2  # places that a hand must have moved between two frames of codes, or following and staying are one


class Following(NamedTuple):
    """Of the looks of a hand's place into another frame, where the hand is elsewhere by then."""

    followed: float  # share that falls on the hand there, within one place of it
    stayed: float  # share that falls on the place where the hand was
    even: float  # what either would be if all places were looked at alike
    num_looks: int  # pairs of frames that were asked about


@torch.no_grad()
def following(autoencoder: VideoAutoencoder, clips: Clips, *, batch_size: int = 8) -> Following:
    """Ask the last layer of the encoder's motion transformer; the mean over heads, hands and clips.

    Of joint attention the look into one frame is what falls into that frame, made to sum to one. Axial attention
    cannot look anywhere else in another frame than where it is: what it gives there is all on its own place.

    Args:
        autoencoder: With an `encoder_motion`, in eval mode.
        clips: Whose hands are known.

    Raises:
        ValueError: If there is no motion transformer, or no hand ever moves so far.
    """
    motion = autoencoder.encoder_motion
    if motion is None:
        raise ValueError("Following needs a motion transformer before the codebook; take encoder_motion=...")
    frames, height, width = autoencoder.config.grid
    places = hand_places(clips, grid=(frames, height, width))
    even, asked, followed, stayed = 0.0, 0, 0.0, 0.0
    for start in range(0, len(clips.videos), batch_size):
        part = slice(start, start + batch_size)
        looks = looks_of(motion, autoencoder, to_videos(clips.videos[part]))
        for clip, frame, other, hand in moved_far(places[part]).nonzero().tolist():
            here, there = (places[start + clip, at, hand] for at in (frame, other))
            look = looks[clip, frame * height * width + here[0] * width + here[1], other]
            near_there, near_here = (around(place, height=height, width=width) for place in (there, here))
            followed += look[near_there].sum().item()
            stayed += look[near_here].sum().item()
            even += 0.5 * (near_there.float().mean() + near_here.float().mean()).item()
            asked += 1
    if not asked:
        raise ValueError(f"Following needs a hand that moves by more than {FAR} places, but none does.")
    return Following(followed / asked, stayed / asked, even / asked, asked)


def looks_of(
    motion: MotionTransformer,
    autoencoder: VideoAutoencoder,
    videos: Float[Tensor, "batch 3 frames height width"],
) -> Float[Tensor, "batch tokens grid_frames places"]:
    """Where each token of the last layer looks in each frame, as a mean over heads; one for each frame."""
    given: list[Tensor] = []
    layer = motion.layers[-1]
    assert isinstance(layer, MotionLayer)
    attention = layer.attention
    hook = attention.register_forward_pre_hook(lambda _, inputs: given.append(inputs[0]))
    try:
        autoencoder.vectors(videos)
    finally:
        hook.remove()
    grid = given[0]
    frames, height, width = grid.shape[1:4]
    if isinstance(attention, TrajectoryAttention):
        return attention.looks(grid).mean(dim=1)
    if isinstance(attention, JointAttention):
        tokens = rearrange(grid, "batch frames height width dim -> batch (frames height width) dim")
        joint = attention.attention
        shares = joint.weights(tokens, joint.keys_values(tokens)).mean(dim=1)
        by_frame = rearrange(shares, "b tokens (frames places) -> b tokens frames places", frames=frames)
        return by_frame / by_frame.sum(dim=-1, keepdim=True)
    assert isinstance(attention, AxialAttention)
    own = torch.eye(height * width, device=grid.device)  # of each place: itself
    return own.repeat(frames, 1)[None, :, None].expand(len(grid), -1, frames, -1)


def hand_places(clips: Clips, *, grid: tuple[int, int, int]) -> Int[Tensor, "clips frames hands 2"]:
    """Row and column of each hand in the grid of codes, in the middle of the frames that a code stands for."""
    frames, height, width = grid
    middle = torch.arange(frames) * REDUCTION + REDUCTION // 2
    x, y = clips.places(HANDS)[:, middle].unbind(dim=-1)
    rows, columns = (y * height).long().clamp(0, height - 1), (x * width).long().clamp(0, width - 1)
    return torch.stack([rows, columns], dim=-1)


def moved_far(places: Int[Tensor, "clips frames hands 2"]) -> Bool[Tensor, "clips frames frames hands"]:
    """Which pairs of frames have a hand in two places so far apart that their neighbourhoods do not meet."""
    apart = (places[:, :, None] - places[:, None]).abs().amax(dim=-1)
    return apart > FAR


def around(place: Int[Tensor, " 2"], *, height: int, width: int) -> Bool[Tensor, " places"]:
    """The place and its eight neighbours, as a mask of all places of a frame."""
    rows, columns = torch.arange(height)[:, None], torch.arange(width)
    near = ((rows - place[0]).abs() <= 1) & ((columns - place[1]).abs() <= 1)
    return near.flatten()
