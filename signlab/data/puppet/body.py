"""The puppets: sixteen drawn figures that differ in build, tempo, handedness, care and colours. Chapter 2.

Lengths are in shoulder widths, with the origin between the shoulders, x to the viewer's right, y down
and z towards the viewer.
"""

from dataclasses import dataclass

Colour = tuple[int, int, int]  # red, green, blue

ARM_JOINTS = ("shoulder", "elbow", "wrist")
FINGERS = ("thumb", "index", "middle", "ring", "pinky")
FINGER_JOINTS = ("knuckle", "middle", "tip")
FACE_JOINTS = (
    "neck", "head", "left_brow", "right_brow", "left_eye", "right_eye", "mouth",
)  # fmt: skip
SIDES = ("right", "left")  # the puppet's own; its right is at the viewer's left

JOINTS: tuple[str, ...] = (
    *FACE_JOINTS,
    *(
        f"{side}_{joint}"
        for side in SIDES
        for joint in (
            *ARM_JOINTS,
            *(f"{finger}_{part}" for finger in FINGERS for part in FINGER_JOINTS),
        )
    ),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Puppet:
    """One figure: how it is built, how it moves and how it is drawn."""

    name: str
    head: float = 0.40  # radius of the head
    shoulders: float = 1.0  # half of it lies on each side
    upper_arm: float = 0.66
    forearm: float = 0.60
    hand: float = 0.58  # wrist to the tip of the middle finger; about half as large again as life
    tempo: float = 1.0  # speed of all movements
    left_handed: bool = False
    sloppiness: float = 0.5  # how far from the exact place and size, 0 to 1
    skin: Colour = (224, 172, 138)
    hair: Colour = (60, 42, 30)
    hair_style: str = "short"  # short, long, bun, curly, bald or scarf
    clothing: Colour = (52, 84, 120)
    background: Colour = (214, 222, 226)


PUPPETS: tuple[Puppet, ...] = (
    Puppet(name="ada", hair_style="long", tempo=1.0, sloppiness=0.2),
    Puppet(name="bo", head=0.42, hand=0.62, tempo=0.9, skin=(141, 85, 54), hair=(28, 22, 20),
           clothing=(196, 206, 214), background=(88, 112, 118)),
    Puppet(name="cleo", shoulders=0.92, tempo=1.12, skin=(240, 200, 172), hair=(168, 84, 40), hair_style="bun",
           clothing=(38, 92, 78), background=(176, 168, 190), sloppiness=0.6),
    Puppet(name="dov", head=0.39, upper_arm=0.70, forearm=0.64, hand=0.59, left_handed=True,
           skin=(198, 140, 100), hair=(34, 28, 26), clothing=(92, 52, 92), background=(206, 210, 190)),
    Puppet(name="eli", head=0.41, tempo=0.86, skin=(104, 62, 42), hair=(20, 18, 18), hair_style="curly",
           clothing=(222, 178, 92), background=(150, 176, 196), sloppiness=0.4),
    Puppet(name="fay", shoulders=0.95, hand=0.55, tempo=1.2, skin=(236, 188, 152), hair=(222, 186, 110),
           hair_style="long", clothing=(46, 60, 74), background=(190, 206, 186), sloppiness=0.8),
    Puppet(name="gus", head=0.37, shoulders=1.06, upper_arm=0.70, forearm=0.62, hand=0.63, tempo=0.95,
           skin=(214, 158, 122), hair=(120, 120, 122), hair_style="bald", clothing=(120, 44, 44),
           background=(220, 214, 208)),
    Puppet(name="hana", head=0.41, shoulders=0.90, hand=0.57, skin=(232, 190, 148), hair=(24, 22, 28),
           hair_style="long", clothing=(62, 66, 132), background=(236, 226, 214), tempo=1.06, sloppiness=0.3),
    Puppet(name="ivo", skin=(168, 110, 74), hair=(44, 30, 22), hair_style="curly", clothing=(230, 228, 220),
           background=(70, 96, 92), left_handed=True, tempo=1.1, sloppiness=0.7),
    Puppet(name="joy", head=0.40, hand=0.58, skin=(122, 74, 50), hair=(150, 40, 60), hair_style="scarf",
           clothing=(150, 40, 60), background=(206, 196, 214), tempo=0.92),
    Puppet(name="kai", shoulders=1.04, upper_arm=0.68, hand=0.6, skin=(226, 178, 140), hair=(70, 50, 38),
           clothing=(40, 40, 46), background=(174, 196, 206), tempo=1.15, sloppiness=0.5),
    Puppet(name="lou", head=0.42, shoulders=0.94, skin=(90, 54, 38), hair=(16, 14, 14), hair_style="bun",
           clothing=(190, 220, 200), background=(132, 120, 150), sloppiness=0.35),
    Puppet(name="mio", head=0.43, shoulders=0.88, upper_arm=0.62, forearm=0.57, hand=0.54, tempo=1.25,
           skin=(244, 206, 178), hair=(90, 60, 40), clothing=(230, 140, 70), background=(120, 156, 160),
           sloppiness=0.9),
    Puppet(name="nor", head=0.40, skin=(206, 150, 112), hair=(200, 200, 204), hair_style="short",
           clothing=(72, 96, 66), background=(228, 222, 196), tempo=0.82, sloppiness=0.3),
    Puppet(name="oda", shoulders=0.97, hand=0.59, left_handed=True, skin=(184, 124, 88), hair=(40, 34, 60),
           hair_style="scarf", clothing=(40, 34, 60), background=(222, 204, 190), sloppiness=0.6),
    Puppet(name="pim", head=0.39, shoulders=1.0, upper_arm=0.69, forearm=0.63, hand=0.6,
           skin=(134, 84, 58), hair=(30, 24, 22), hair_style="bald", clothing=(210, 210, 120),
           background=(96, 104, 126), tempo=1.05, sloppiness=0.45),
)  # fmt: skip
