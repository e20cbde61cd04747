"""Figures, clips and sliders: takes arrays, gives what a notebook and a built page can show."""

from signlab.show.clips import clip_html, contact_sheet, film_strip
from signlab.show.dots import dots, sweep
from signlab.show.figures import curves, figure, matrix, table, timeline
from signlab.show.rating import Pair, rating
from signlab.show.slider import player, slider, slider_grid
from signlab.show.style import COLOURS, use_style

__all__ = [
    "COLOURS",
    "Pair",
    "clip_html",
    "contact_sheet",
    "curves",
    "dots",
    "figure",
    "film_strip",
    "matrix",
    "player",
    "rating",
    "slider",
    "slider_grid",
    "sweep",
    "table",
    "timeline",
    "use_style",
]
