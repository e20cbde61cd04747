"""The parameters out of which every sign of the puppet is made. Chapter 1.

Signs of natural signed languages contrast in handshape, location, movement, palm orientation and
non-manual features (Stokoe 1960; Battison 1978). The puppet's code borrows that structure and nothing
else: it is invented, and no natural signed language.
"""

from dataclasses import dataclass

HANDSHAPES = (
    "fist", "flat", "spread", "point", "two", "three", "four", "hook", "pinch",
    "ring", "claw", "horns", "thumb", "gun", "pinky", "phone", "curved", "round",
)  # fmt: skip
LOCATIONS = (
    "forehead", "temple", "nose", "cheek", "chin", "neck", "shoulder",
    "chest", "belly", "arm", "palm", "neutral", "high", "side",
)  # fmt: skip
MOVEMENTS = (
    "still", "up", "down", "out", "in", "arc", "circle", "zigzag", "tap", "wiggle", "twist", "flick",
)  # fmt: skip
ORIENTATIONS = ("front", "back", "up", "down", "side")  # where the palm points; front = to the viewer
HANDS = ("one", "symmetric", "alternating", "base")  # base: the other hand is a still ground

BROWS = ("neutral", "raised", "lowered")
EYES = ("open", "wide", "narrow", "closed")
MOUTHS = ("neutral", "open", "round", "spread", "puffed", "tongue")
HEADS = ("still", "nod", "shake", "tilt", "forward")

PARAMETERS: dict[str, tuple[str, ...]] = {
    "handshape": HANDSHAPES,
    "location": LOCATIONS,
    "movement": MOVEMENTS,
    "orientation": ORIENTATIONS,
    "hands": HANDS,
    "brows": BROWS,
    "eyes": EYES,
    "mouth": MOUTHS,
    "head": HEADS,
}
NON_MANUAL = ("brows", "eyes", "mouth", "head")


@dataclass(frozen=True, kw_only=True, slots=True)
class Sign:
    """One entry of the lexicon: a gloss and its bundle of parameters."""

    gloss: str
    handshape: str
    location: str
    movement: str
    orientation: str
    hands: str = "one"
    brows: str = "neutral"
    eyes: str = "open"
    mouth: str = "neutral"
    head: str = "still"


@dataclass(frozen=True, kw_only=True, slots=True)
class SignUse:
    """A sign as used in an utterance: the lexicon's form, modulated in space and time."""

    sign: Sign
    direction: float | None = (
        None  # radians in the picture, 0 = to the viewer's right, anticlockwise; None = as in the lexicon
    )
    size: float = 1.0  # amplitude of the movement relative to the lexicon's
    tempo: float = 1.0  # speed relative to the puppet's own
    place: tuple[float, float] = (0.0, 0.0)  # shift of the location, in shoulder widths (x right, y down)


@dataclass(frozen=True, kw_only=True, slots=True)
class Span:
    """A non-manual marker held over several signs, such as a head shake over a negated phrase."""

    start: int  # first sign
    stop: int  # one past the last sign
    channel: str  # "brows", "eyes", "mouth" or "head"
    value: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Utterance:
    """What is to be performed, and what it means."""

    uses: tuple[SignUse, ...]
    spans: tuple[Span, ...] = ()
    sentences: tuple[str, ...] = ()  # every right sentence in the language asked for; first = the usual one

    @property
    def glosses(self) -> tuple[str, ...]:
        return tuple(use.sign.gloss for use in self.uses)
