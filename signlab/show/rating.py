"""Clips side by side, to be rated blind in the reader's own browser, with no kernel and no network. Chapter 16.

The order of the pairs and the sides are drawn in the browser, anew for each round of ratings, so that nobody who
rates, and nobody who wrote the page, knows which clip is where. What was chosen stays in that browser (its
localStorage) until it is copied out as JSON text or deleted; `signlab.metrics.preference` reads that text.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from einops import rearrange
from PIL import Image

from signlab.shapes import UInt8
from signlab.show.page import Html, asset, data_uri, escape, phrase, webp, widget

CHOICES = (("left", "the left one"), ("right", "the right one"), ("neither", "I cannot tell"))


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """Two clips of one length; of two equal kinds it is a catch trial, which nobody can get right."""

    name: str  # in the ratings, such as "RAIN 1"; nobody who rates sees it
    clips: tuple[UInt8[np.ndarray, "frames height width 3"], UInt8[np.ndarray, "frames height width 3"]]
    kinds: tuple[str, str]  # of the two clips, such as "real" and "made"; nobody who rates sees them


def rating(
    pairs: Sequence[Pair],
    *,
    name: str,
    question: str,
    shown: str,
    repeats: int = 0,
    fps: float = 12.5,
    width: int = 200,
) -> Html:
    """Pairs of clips, one after another, and the same question about each.

    Args:
        pairs: What to compare.
        name: Under which the browser keeps the ratings; unique in the book.
        question: What is asked about each pair; the answers are left, right and "I cannot tell".
        shown: What every clip shows, in words that do not tell the kinds apart, for who does not see it.
        repeats: How many pairs come a second time, at the end and with sides exchanged.
        fps: Frames per second while the clips play, which they do only when asked to.
        width: Of each clip on the page, in CSS pixels.

    Raises:
        ValueError: If there are no pairs, names come twice, clips differ in shape, or more repeats than pairs.
    """
    names = [pair.name for pair in pairs]
    if not pairs or len(set(names)) < len(names) or not 0 <= repeats <= len(pairs):
        raise ValueError(
            f"A rating needs pairs with different names, of which `repeats` come twice, but got the names "
            f"{names} and repeats={repeats}."
        )
    shapes = {clip.shape for pair in pairs for clip in pair.clips}
    if len(shapes) != 1:
        raise ValueError(
            f"All clips must have one shape, or it would give them away, but got {sorted(shapes)}."
        )
    ((frames, height, side, _),) = shapes
    plan = [{"pair": pair.name, "kinds": pair.kinds} for pair in pairs]
    strips = "".join(
        _strip(clip, f"{shown}: pair {at}, clip {which}")
        for at, pair in enumerate(pairs, start=1)
        for which, clip in zip("AB", _once(pair), strict=False)
    )
    boxes = "".join(
        f'<figure class="rt-side"><div class="rt-box" data-side="{which}" '
        f'style="width:{width}px;aspect-ratio:{side}/{height}"></div>'
        f"<figcaption>{which}</figcaption></figure>"
        for which in ("left", "right")
    )
    options = "".join(
        f'<label class="sl-option"><input type="radio" name="rating" value="{value}" autocomplete="off">'
        f"<span>{escape(words)}</span></label>"
        for value, words in CHOICES
    )
    inside = (
        f"<style>{asset('signlab.show', 'rating.css')}</style>"
        f'<div class="rt-live" hidden data-name="{escape(f"signlab/rating/{name}")}" data-frames="{frames}" '
        f'data-fps="{fps:g}" data-repeats="{repeats}" data-plan="{escape(json.dumps(plan, ensure_ascii=False))}">'
        f'<p class="rt-where" role="status"></p><div class="rt-sides">{boxes}</div>'
        f'<div class="sl-controls rt-time"><button type="button" data-do="play">Play both</button>'
        f'<label class="sl-range"><span>Frame</span><input type="range" min="1" max="{frames}" step="1" value="1" '
        f'autocomplete="off"><span class="sl-value" aria-hidden="true"></span></label></div>'
        f'<form class="rt-ask"><fieldset><legend>{phrase(question)}</legend>{options}'
        f'<button type="submit">Keep and go on</button></fieldset></form>'
        f'<div class="rt-end"><button type="button" data-do="export">Show my ratings as text</button> '
        f'<button type="button" data-do="delete">Delete them and start again</button>'
        f'<label class="rt-out" hidden>Your ratings, as JSON<textarea readonly rows="6"></textarea></label>'
        f'<p class="sl-feedback" role="status"></p></div></div>'
        f'<p class="sl-without">Rating needs scripts, which are switched off here. '
        f"These are the clips, frame after frame.</p>"
        f'<div class="rt-strips sl-without">{strips}</div>'
    )
    text = f"{question} {len(pairs)} pairs of clips to be rated in a browser: left, right, or neither."
    return widget("rating", inside, label=question, package="signlab.show", text=text)


def _once(pair: Pair) -> list[np.ndarray]:
    """Both clips; a clip that is compared with itself lies in the page once."""
    one, other = pair.clips
    return [one] if np.array_equal(one, other) else [one, other]


def _strip(clip: np.ndarray, alt: str) -> str:
    """All frames side by side, without loss: a video's own artefacts would be rated as well."""
    strip = Image.fromarray(
        np.ascontiguousarray(rearrange(clip, "frames height width rgb -> height (frames width) rgb"))
    )
    return (
        f'<img class="sl-pixels dark-light" alt="{escape(alt)}" width="{strip.width}" height="{strip.height}" '
        f'src="{data_uri(webp(strip), "image/webp")}">'
    )
