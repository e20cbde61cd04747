"""One look for every figure of the book. Chapter 2.

A figure is a light card with dark ink: solid, so that it reads the same on a light page and on a dark one.
The colours are those of Okabe and Ito (2008), told apart with any common colour vision; yellow is left out
since it fades on a light ground. Lines differ in their dashes too, and `curves` marks them, so that no figure
depends on colour.
"""

import matplotlib as mpl
from cycler import cycler

PAPER = "#ffffff"
INK = "#1f2328"
FAINT = "#c9ced6"
COLOURS = {
    "blue": "#0072b2",
    "vermillion": "#d55e00",
    "green": "#009e73",
    "purple": "#b8528c",  # Okabe and Ito's reddish purple, darker: theirs has 2.7:1 on white
    "orange": "#c78500",  # theirs, darker, for the same reason
    "sky": "#3d94c9",  # theirs, darker
    "black": "#000000",
}
DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (8, 2)), (0, (1, 3)))
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
SEQUENTIAL = "cividis"  # for amounts; even in lightness, for any colour vision
DIVERGING = "PuOr"  # for amounts with a sign


def use_style() -> None:
    """Draw every figure from now on in the book's style."""
    mpl.rcParams.update(
        {
            "figure.figsize": (6.4, 3.6),
            "figure.dpi": 100,
            "figure.facecolor": PAPER,
            "figure.constrained_layout.use": True,
            "figure.constrained_layout.w_pad": 0.1,
            "figure.constrained_layout.h_pad": 0.1,
            "font.family": "DejaVu Sans",  # comes with matplotlib: the same letters on every machine
            "font.size": 12,
            "axes.titlesize": 13,
            "axes.titlelocation": "left",
            "axes.labelsize": 12,
            "xtick.labelsize": 11,
            "ytick.labelsize": 11,
            "legend.fontsize": 11,
            "legend.framealpha": 0.85,
            "legend.edgecolor": "none",
            "text.color": INK,
            "axes.labelcolor": INK,
            "axes.edgecolor": INK,
            "xtick.color": INK,
            "ytick.color": INK,
            "axes.facecolor": PAPER,
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.grid": True,
            "axes.axisbelow": True,
            "grid.color": FAINT,
            "grid.linewidth": 0.6,
            "lines.linewidth": 2.0,
            "lines.markersize": 6,
            "image.cmap": SEQUENTIAL,
            "image.interpolation": "nearest",
            "axes.prop_cycle": cycler(color=list(COLOURS.values())) + cycler(linestyle=DASHES),
        }
    )
