"""Arms of two links, hands in space, a head that moves: all joints, in space and on the screen. Chapter 2."""

from typing import NamedTuple

import numpy as np

from signlab.data.puppet.body import Puppet
from signlab.data.puppet.hands import finger_joints
from signlab.shapes import Float

LEFT_EDGE, TOP_EDGE, VIEW = -1.22, -1.40, 2.44  # the picture shows a square of this side, in shoulder widths
HEAD_AT = (0.0, -0.80)
NECK_AT = (0.0, -0.30)


class Skeleton(NamedTuple):
    """Joints in shoulder widths (x right, y down, z to the viewer); the right hand comes first."""

    arms: Float[np.ndarray, "frames 2 3 3"]  # shoulder, elbow, wrist
    fingers: Float[np.ndarray, "frames 2 5 3 3"]  # knuckle, middle joint, tip of thumb to little finger
    facing: Float[np.ndarray, "frames 2"]  # how much the palm faces the viewer: 1 palm, -1 back
    head: Float[np.ndarray, "frames 3"]  # centre of the head and its tilt, in radians
    turn: Float[np.ndarray, "frames 2"]  # shift of the face within the head: right, down
    zoom: Float[np.ndarray, " frames"]  # of the camera
    shift: Float[np.ndarray, "frames 2"]  # of the camera
    on_screen: Float[np.ndarray, "frames joints 3"]  # all of JOINTS as fractions of the frame, and depth


def assemble(
    puppet: Puppet,
    hands: Float[np.ndarray, "frames 2 channels"],
    face: Float[np.ndarray, "frames strengths"],
    face_channels: tuple[str, ...],
    camera: Float[np.ndarray, "frames 3"],
) -> Skeleton:
    """Put hands, arms and head together.

    Args:
        puppet: Whose lengths to use.
        hands: Right hand and left hand; x counts outwards on each side.
        face: Strengths of the face channels.
        face_channels: The names of its columns.
        camera: Shift right, shift down and zoom.
    """
    outwards = np.array([[-1.0, 1, 1], [1.0, 1, 1]])  # the puppet's right is at the viewer's left
    place, along, normal = (hands[..., at : at + 3] * outwards for at in (0, 3, 6))
    along, normal, across = axes(along, normal)
    across = across * np.array([1.0, -1.0])[None, :, None]  # thumbs are on opposite sides
    length = puppet.hand
    wrist = place - 0.45 * length * along
    shoulder = np.zeros_like(wrist)
    shoulder[..., 0] = 0.5 * puppet.shoulders * np.array([-1.0, 1.0])
    shoulder[..., 1] = 0.06
    elbow, wrist = bend_arm(shoulder, wrist, puppet.upper_arm, puppet.forearm)

    frames = len(hands)
    local = np.stack([finger_joints(hands[:, side, 9:]) for side in range(2)], axis=1) * length
    basis = np.stack([across, along, normal], axis=2)  # (frames, 2, 3 axes, 3)
    fingers = np.einsum("fsnja,fsax->fsnjx", local, basis) + wrist[:, :, None, None, :]

    strength = dict(zip(face_channels, face.T, strict=True))
    head = np.zeros((frames, 3))
    head[:, 0] = HEAD_AT[0] + 0.05 * strength["shake"] + 0.07 * strength["tilt"]
    head[:, 1] = HEAD_AT[1] + 0.06 * strength["nod"] + 0.07 * strength["forward"]
    head[:, 2] = 0.24 * strength["tilt"]
    turn = np.stack([0.13 * strength["shake"], 0.10 * strength["nod"] + 0.05 * strength["forward"]], axis=-1)
    arms = np.stack([shoulder, elbow, wrist], axis=2)
    joints = np.concatenate(
        [face_joints(puppet, head, turn)]
        + [part for side in range(2) for part in (arms[:, side], fingers[:, side].reshape(frames, 15, 3))],
        axis=1,
    )
    zoom, shift = camera[:, 2], camera[:, :2]
    return Skeleton(
        arms=arms,
        fingers=fingers,
        facing=normal[..., 2],
        head=head,
        turn=turn,
        zoom=zoom,
        shift=shift,
        on_screen=project(joints, zoom, shift),
    )


def axes(
    along: Float[np.ndarray, "frames 2 3"], normal: Float[np.ndarray, "frames 2 3"]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Unit axes of a hand: along the fingers, out of the palm, across it; made perpendicular."""
    along = along / np.maximum(np.linalg.norm(along, axis=-1, keepdims=True), 1e-6)
    normal = normal - (normal * along).sum(-1, keepdims=True) * along
    size = np.linalg.norm(normal, axis=-1, keepdims=True)
    normal = np.where(size > 1e-3, normal / np.maximum(size, 1e-6), np.array([0.0, 0.0, 1.0]))
    return along, normal, np.cross(along, normal)


def bend_arm(
    shoulder: Float[np.ndarray, "frames 2 3"],
    wrist: Float[np.ndarray, "frames 2 3"],
    upper: float,
    fore: float,
) -> tuple[Float[np.ndarray, "frames 2 3"], Float[np.ndarray, "frames 2 3"]]:
    """Elbow and wrist of an arm of two links that reaches for a point; too far, and it falls short.

    The elbow is where both links have their lengths, on the side that hangs outwards, down and back.
    """
    reach = wrist - shoulder
    distance = np.linalg.norm(reach, axis=-1, keepdims=True)
    direction = reach / np.maximum(distance, 1e-6)
    distance = np.clip(distance, abs(upper - fore) + 0.05, 0.995 * (upper + fore))
    wrist = shoulder + direction * distance
    along = (upper**2 - fore**2 + distance**2) / (2 * distance)
    aside = np.sqrt(np.maximum(upper**2 - along**2, 0.0))
    pole = np.array([[-0.55, 1.0, -0.35], [0.55, 1.0, -0.35]])
    pole = pole - (pole * direction).sum(-1, keepdims=True) * direction
    pole /= np.maximum(np.linalg.norm(pole, axis=-1, keepdims=True), 1e-6)
    return shoulder + direction * along + pole * aside, wrist


def face_joints(
    puppet: Puppet, head: Float[np.ndarray, "frames 3"], turn: Float[np.ndarray, "frames 2"]
) -> Float[np.ndarray, "frames joints 3"]:
    """Neck, head, brows, eyes and mouth; the columns are FACE_JOINTS."""
    r = puppet.head
    spots = np.array([(0.0, 0.0), (-0.4, -0.32), (0.4, -0.32), (-0.4, -0.05), (0.4, -0.05), (0.0, 0.5)]) * r
    moved = spots[None] + turn[:, None] * np.array([0, 1, 1, 1, 1, 1])[None, :, None]
    cos, sin = np.cos(head[:, 2])[:, None], np.sin(head[:, 2])[:, None]
    x = head[:, :1] + moved[..., 0] * cos - moved[..., 1] * sin
    y = head[:, 1:2] + moved[..., 0] * sin + moved[..., 1] * cos
    depth = np.broadcast_to(np.array([0.05, 0.15, 0.15, 0.16, 0.16, 0.17]), x.shape)
    neck = np.broadcast_to(np.array([*NECK_AT, 0.0]), (len(head), 1, 3))
    return np.concatenate([neck, np.stack([x, y, depth], axis=-1)], axis=1)


def project(
    joints: Float[np.ndarray, "frames joints 3"],
    zoom: Float[np.ndarray, " frames"],
    shift: Float[np.ndarray, "frames 2"],
) -> Float[np.ndarray, "frames joints 3"]:
    """From shoulder widths to fractions of the frame's sides; depth stays in shoulder widths."""
    centre = np.array([LEFT_EDGE + VIEW / 2, TOP_EDGE + VIEW / 2])
    flat = (joints[..., :2] + shift[:, None] - centre) * zoom[:, None, None] + centre
    flat = (flat - (LEFT_EDGE, TOP_EDGE)) / VIEW
    return np.concatenate([flat, joints[..., 2:]], axis=-1)
