"""The style: what it promises about colour and redundancy."""

import io

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image

from signlab.show.style import COLOURS, INK, MARKERS, PAPER, use_style


@pytest.fixture(autouse=True)
def style():
    with mpl.rc_context():
        use_style()
        yield
        plt.close("all")


def linear(colour: str) -> np.ndarray:
    channels = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def luminance(colour: str) -> float:
    return float(linear(colour) @ (0.2126, 0.7152, 0.0722))


@pytest.mark.parametrize("colour", [*COLOURS.values(), INK])
def test_each_colour_stands_out_from_the_paper(colour: str) -> None:
    """WCAG 1.4.11 asks for a contrast of 3:1 for what must be seen to understand a figure."""
    assert (luminance(PAPER) + 0.05) / (luminance(colour) + 0.05) >= 3.0


# Machado et al. (2009), severity 1: what a linear RGB colour looks like with each deficiency.
DEFICIENCIES = {
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}  # fmt: skip


def lab(rgb: np.ndarray) -> np.ndarray:
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = to_xyz @ rgb.clip(0, 1) / np.array([0.9505, 1.0, 1.089])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("deficiency", DEFICIENCIES)
def test_the_first_four_colours_differ_for_every_eye(deficiency: str) -> None:
    seen = [lab(np.array(DEFICIENCIES[deficiency]) @ linear(c)) for c in list(COLOURS.values())[:4]]
    distances = [np.linalg.norm(a - b) for at, a in enumerate(seen) for b in seen[:at]]
    assert min(distances) > 10  # CIE 1976; about 2.3 is just noticeable


def test_no_two_lines_share_their_dashes() -> None:
    _, ax = plt.subplots()
    lines = [ax.plot([0, 1], [at, at])[0] for at in range(len(COLOURS))]
    assert len(set(MARKERS)) == len(lines)
    assert len({str(line._dash_pattern) for line in lines}) == len(lines)


def test_a_figure_is_a_solid_light_card_and_the_same_bytes_each_time() -> None:
    def draw() -> bytes:
        fig, ax = plt.subplots()
        ax.plot([1, 3, 2])
        file = io.BytesIO()
        fig.savefig(file, metadata={"Software": None})
        return file.getvalue()

    first = draw()
    assert first == draw()
    corner = np.asarray(Image.open(io.BytesIO(first)).convert("RGBA"))[0, 0]
    assert corner.tolist() == [255, 255, 255, 255]
