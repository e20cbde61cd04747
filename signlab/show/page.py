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


def png(picture: Picture) -> bytes:
    """A picture as a PNG file: an RGB array, a grey one in [0, 1], a figure, a file or PNG bytes.

    A figure is stored with 256 colours, which no eye misses and which takes a third of the bytes; the pixels
    of an array stay as they are.
    """
    if isinstance(picture, bytes):
        return picture
    if isinstance(picture, Path):
        return picture.read_bytes()
    from PIL import Image

    if isinstance(picture, Figure):
        drawn = io.BytesIO()
        picture.savefig(drawn, format="png", metadata={"Software": None})
        image = Image.open(drawn).convert("RGB").quantize(256, dither=Image.Dither.NONE)
    elif picture.dtype == np.uint8:
        image = Image.fromarray(np.ascontiguousarray(picture))
    else:
        image = Image.fromarray((picture.clip(0, 1) * 255).round().astype(np.uint8))
    file = io.BytesIO()
    image.save(file, format="png", optimize=True)
    return file.getvalue()


def png_size(data: bytes) -> tuple[int, int]:
    """Width and height of a PNG file, in pixels."""
    if data[:8] != b"\x89PNG\r\n\x1a\n":
        raise ValueError(f"A picture given as bytes or file must be a PNG, but it starts with {data[:4]!r}.")
    return int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")


def data_uri(data: bytes, kind: str) -> str:
    """A file as an address that holds the file itself."""
    return f"data:{kind};base64,{base64.b64encode(data).decode('ascii')}"
