"""Small pieces of a page that work without a kernel, without a network and without scripts. Chapter 2.

Everything interactive in the book is plain HTML with its own style and script inside, so that it is the same
in Jupyter, in Colab and on the built page opened from a file. Nothing in it is random and nothing is a
time: the same call gives the same bytes.
"""

import base64
import html
import io
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from PIL import Image, UnidentifiedImageError

from signlab.shapes import Float, UInt8

Picture = UInt8[np.ndarray, "height width 3"] | Float[np.ndarray, "height width"] | Figure | bytes | Path

OWN_KEYS = (
    'data-lm-suppress-shortcuts="true"'  # JupyterLab's arrow keys choose cells, but not while on a control
)


@dataclass(frozen=True, slots=True, repr=False)
class Html:
    """A piece of a page; a notebook shows `html`, everything else the plain `text`."""

    html: str
    text: str

    def _repr_html_(self) -> str:
        return self.html

    def __repr__(self) -> str:
        return self.text


def asset(package: str, name: str) -> str:
    """A style or script that lies beside the code, without comments and indentation."""
    text = (resources.files(package) / name).read_text(encoding="utf-8")
    lines = (line.strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith(("//", "/*")))


def widget(kind: str, inside: str, *, label: str, package: str, text: str) -> Html:
    """A named group with its style and, after it, the script that brings it to life.

    Args:
        kind: Name of the script beside the code: "slider", "quiz" or "predict".
        inside: What is seen when no script runs; the script adds the controls.
        label: Name of the group for people who hear the page.
        package: Where the script lies.
        text: What stands there where no HTML is shown.
    """
    style = f"<style>{asset('signlab.show', 'widget.css')}</style>"
    for control in ("input", "button", "summary"):
        inside = inside.replace(f"<{control}", f"<{control} {OWN_KEYS}")
    frame = (
        f'<div class="signlab signlab-{kind}" data-signlab="{kind}" role="group" '
        f'aria-label="{escape(label)}">{inside}</div>'
    )
    return Html(f"{style}{frame}<script>{asset(package, f'{kind}.js')}</script>", text)


def escape(text: str) -> str:
    """Text as it must stand in HTML, in attributes too."""
    return html.escape(text, quote=True)


def phrase(text: str) -> str:
    """A sentence as HTML; what stands between backticks becomes code."""
    parts = escape(text).split("`")
    if len(parts) % 2 == 0:
        raise ValueError(f"Backticks must come in pairs, but this has {len(parts) - 1}: {text!r}.")
    return "".join(f"<code>{part}</code>" if at % 2 else part for at, part in enumerate(parts))


def image(picture: Picture) -> Image.Image:
    """A picture's pixels: of an RGB array, a grey one in [0, 1], a figure, a picture file or its bytes.

    A figure gets 256 colours, which no eye misses and which takes a third of the bytes; the pixels of an
    array stay as they are.
    """
    if isinstance(picture, (bytes, Path)):
        try:
            return Image.open(io.BytesIO(picture) if isinstance(picture, bytes) else picture).convert("RGB")
        except UnidentifiedImageError:
            start = picture[:4] if isinstance(picture, bytes) else picture
            raise ValueError(
                f"A picture given as bytes or file must be an image, but {start!r} is none."
            ) from None
    if isinstance(picture, Figure):
        drawn = io.BytesIO()
        picture.savefig(drawn, format="png")
        return Image.open(drawn).convert("RGB").quantize(256, dither=Image.Dither.NONE)
    if picture.dtype == np.uint8:
        return Image.fromarray(np.ascontiguousarray(picture))
    return Image.fromarray((picture.clip(0, 1) * 255).round().astype(np.uint8))


def png(picture: Picture) -> bytes:
    """A picture as a PNG file, with nothing in it but its pixels."""
    file = io.BytesIO()
    image(picture).save(file, format="png", optimize=True)
    return file.getvalue()


def webp(picture: Image.Image) -> bytes:
    """A picture as a WebP file, lossless; 40 percent smaller than a PNG of the same puppet."""
    file = io.BytesIO()
    picture.convert("RGB").save(file, format="webp", lossless=True)
    return file.getvalue()


def data_uri(data: bytes, kind: str) -> str:
    """A file as an address that holds the file itself."""
    return f"data:{kind};base64,{base64.b64encode(data).decode('ascii')}"
