"""An utterance becomes movement: the pose of hands, arms and face in every frame, with the truth about it. Chapter 2."""

from typing import NamedTuple

import numpy as np

from signlab.data.example import Truth
from signlab.data.puppet.body import JOINTS, Puppet
from signlab.data.puppet.face import FACE_CHANNELS, face_track, non_manuals
from signlab.data.puppet.hands import NUM_CHANNELS, SHAPES
from signlab.data.puppet.phonology import HANDSHAPES, NON_MANUAL, PARAMETERS, SignUse, Utterance
from signlab.data.puppet.places import (
    APART,
    BASE_AT,
    BASE_ELSEWHERE,
    EDGE,
    FACING,
    FLOOR,
    LOCATIONS_AT,
    REST,
    REST_FACING,
    eased,
    path,
)
from signlab.data.puppet.skeleton import Skeleton, assemble
from signlab.data.puppet.timing import Score, Strengths, smoothed, write_score
from signlab.shapes import Float, Int

# Channels of one hand: place, direction of the fingers, normal of the palm, fingers.
PLACE, ALONG, NORMAL, FINGERS = slice(0, 3), slice(3, 6), slice(6, 9), slice(9, 9 + NUM_CHANNELS)
HAND_CHANNELS = 9 + NUM_CHANNELS


class Performance(NamedTuple):
    """Everything the renderer needs, frame by frame."""

    skeleton: Skeleton
    face: Float[np.ndarray, "frames strengths"]  # the columns are FACE_CHANNELS
    truth: Truth
    blur: float  # strength of motion blur


def perform(
    utterance: Utterance, puppet: Puppet, strengths: Strengths, generator: np.random.Generator, *, fps: float
) -> Performance:
    """Let a puppet perform an utterance.

    Args:
        utterance: What is signed; at least one sign.
        puppet: Who performs it.
        strengths: How hard each difficulty is turned up.
        generator: Source of every random choice.
        fps: Frames per second.

    Raises:
        ValueError: If the utterance is empty.
    """
    if not utterance.uses:
        raise ValueError("An utterance must have at least one sign to be performed, but it has none.")
    score = write_score(utterance, puppet, strengths, generator, fps=fps)
    hands = hand_tracks(utterance.uses, puppet, strengths, score, generator)
    hands = smoothed(hands, 1.1 * strengths.coarticulation * fps / 25)
    hands[:, :, PLACE] += 0.012 * strengths.jitter * trembling(len(hands), generator)
    if puppet.left_handed:
        hands = hands[:, ::-1].copy()
    states = non_manuals(utterance, score)
    face = face_track(states, fps=fps, phase=generator.uniform(0, 2 * np.pi))
    skeleton = assemble(puppet, hands, face, FACE_CHANNELS, camera(len(hands), strengths, generator))
    truth = Truth(
        joints=skeleton.on_screen.astype(np.float32),
        joint_names=JOINTS,
        sign=score.sign.astype(np.int16),
        phase=score.phase.astype(np.int8),
        parameters=phonology_of(utterance, score, states),
        parameter_names=tuple(PARAMETERS),
    )
    return Performance(skeleton=skeleton, face=face, truth=truth, blur=strengths.blur)


def hand_tracks(
    uses: tuple[SignUse, ...],
    puppet: Puppet,
    strengths: Strengths,
    score: Score,
    generator: np.random.Generator,
) -> Float[np.ndarray, "frames 2 channels"]:
    """Both hands over time, the dominant one first, for a right-handed puppet with outwards x on each side."""
    rest = resting()
    rest_before, back, rest_after = score.margins
    pieces, last = [np.repeat(rest[None], rest_before, axis=0)], rest
    for use, (transition, stroke, hold) in zip(uses, score.lengths, strict=True):
        # One extra row at the front: the pose in which the stroke begins.
        poses = stroke_poses(use, puppet, strengths, int(stroke), generator)
        step = eased(int(transition))[:, None, None]
        pieces.append(last * (1 - step) + poses[0] * step)
        pieces.append(poses[1:])
        pieces.append(np.repeat(poses[-1:], hold, axis=0))
        last = poses[-1]
    step = eased(back)[:, None, None]
    pieces.append(last * (1 - step) + rest * step)
    pieces.append(np.repeat(rest[None], rest_after, axis=0))
    return np.concatenate(pieces)


def resting() -> Float[np.ndarray, "2 channels"]:
    """Both hands low and loose."""
    pose = np.zeros((2, HAND_CHANNELS))
    pose[:, PLACE] = REST
    pose[:, ALONG], pose[:, NORMAL] = REST_FACING
    pose[:, FINGERS] = (0.2, 0.3, 0.3, 0.3, 0.3, 0.1, 0.2, 0.2)
    return pose


def stroke_poses(
    use: SignUse, puppet: Puppet, strengths: Strengths, frames: int, generator: np.random.Generator
) -> Float[np.ndarray, "poses 2 channels"]:
    """The pose in which a stroke begins, and one pose for each of its frames."""
    sign = use.sign
    slop = strengths.sloppiness * (0.3 + puppet.sloppiness)
    progress = np.concatenate([[0.0], eased(frames)])
    size = use.size * float(np.exp(0.12 * slop * generator.standard_normal()))
    missed = 0.05 * slop * generator.standard_normal(3)
    place = np.array(LOCATIONS_AT[sign.location]) + missed
    shift = np.array([use.place[0], use.place[1], 0.0])
    turn = -1.0 if puppet.left_handed else 1.0  # outwards x of the dominant hand points to the viewer's left
    direction = None if use.direction is None else np.pi - use.direction if turn > 0 else use.direction
    shift[0] *= -turn

    poses = np.repeat(resting()[None], frames + 1, axis=0)
    one = poses[:, 0]
    fingers = np.array(SHAPES[sign.handshape].channels())
    fingers = fingers + 0.10 * slop * generator.standard_normal(NUM_CHANNELS) * (fingers > 0.05)
    one[:, PLACE] = place + shift + path(sign.movement, progress, size=size, direction=direction)
    one[:, ALONG], one[:, NORMAL] = FACING[sign.orientation]
    one[:, FINGERS] = fingers
    inner_movement(one, sign.movement, progress)
    if sign.hands == "symmetric":
        one[:, 0] += max(0.0, APART - place[0])
        poses[:, 1] = one
    elif sign.hands == "alternating":
        one[:, 0] += max(0.0, APART - place[0])
        poses[:, 1] = one
        later = path(sign.movement, (1 - progress) % 1.0001, size=size, direction=direction)
        if sign.movement in ("circle", "tap", "zigzag"):
            later = path(sign.movement, (progress + 0.5) % 1.0, size=size, direction=direction)
        poses[:, 1, PLACE] = (
            poses[:, 0, PLACE] * 0 + later + [max(place[0], APART), place[1], place[2]] + shift
        )
    elif sign.hands == "base":
        two = poses[:, 1]
        two[:, PLACE] = BASE_AT.get(sign.location, BASE_ELSEWHERE) + missed
        two[:, ALONG], two[:, NORMAL] = FACING["up"]
        two[:, FINGERS] = SHAPES["flat"].channels()
    moving = poses[:, :1] if sign.hands == "one" else poses  # a view: the resting hand stays low
    np.clip(moving[..., 0], -EDGE, EDGE, out=moving[..., 0])
    np.minimum(moving[..., 1], FLOOR, out=moving[..., 1])
    return poses


def inner_movement(
    hand: Float[np.ndarray, "poses channels"], movement: str, progress: Float[np.ndarray, " poses"]
) -> None:
    """Write movements within the hand into its poses: fingers that wiggle or flick, a wrist that twists."""
    if movement == "wiggle":
        for finger in range(1, 5):
            wave = 0.5 - 0.5 * np.cos(2 * np.pi * (2.5 * progress + finger / 4))
            hand[:, FINGERS.start + finger] += 0.45 * wave * (1 - hand[:, FINGERS.start + finger])
    elif movement == "flick":
        closed = 1 - np.clip(progress / 0.6, 0, 1)
        for finger in range(5):
            channel = FINGERS.start + finger
            hand[:, channel] = np.maximum(hand[:, channel], closed * 0.9)
    elif movement == "twist":
        angle = 0.9 * np.sin(2 * np.pi * 1.5 * progress)
        along, normal = hand[:, ALONG].copy(), hand[:, NORMAL].copy()
        hand[:, NORMAL] = normal * np.cos(angle)[:, None] + np.cross(along, normal) * np.sin(angle)[:, None]
        hand[:, ALONG] += 0.35 * np.sin(angle)[:, None] * np.array([1.0, 0.0, 0.0])


def trembling(frames: int, generator: np.random.Generator) -> Float[np.ndarray, "frames 2 3"]:
    """Slow random drift of both hands, of unit size."""
    noise = generator.standard_normal((frames, 6))
    slow = smoothed(noise, 2.0)
    return (slow * 2.6).reshape(frames, 2, 3)


def camera(
    frames: int, strengths: Strengths, generator: np.random.Generator
) -> Float[np.ndarray, "frames 3"]:
    """Shift to the right, shift down and zoom of the picture, with a slow drift."""
    start, end = generator.standard_normal((2, 3)) * (0.035, 0.03, 0.025) * strengths.camera_shift
    at = np.linspace(0, 1, frames)[:, None]
    track = start + 0.35 * (end - start) * at
    track[:, 2] = np.exp(track[:, 2])
    return track


def phonology_of(
    utterance: Utterance, score: Score, states: Int[np.ndarray, "frames channels"]
) -> Int[np.ndarray, "frames parameters"]:
    """Which value of each parameter is being performed; -1 in rest, and for the hands in transitions."""
    rows = np.array(
        [[PARAMETERS[name].index(getattr(use.sign, name)) for name in PARAMETERS] for use in utterance.uses]
    )
    values = rows[score.sign]
    manual = len(PARAMETERS) - len(NON_MANUAL)
    values[:, manual:] = states
    values[score.phase < 2, :manual] = -1
    values[score.sign < 0] = -1
    return values.astype(np.int8)


assert len(HANDSHAPES) == len(SHAPES)
