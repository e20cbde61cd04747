"""The real hand paths look like the movements they are named after."""

import numpy as np

from signlab.data.libras import MOVEMENTS, HandPaths, load_libras


def of(paths: HandPaths, name: str) -> np.ndarray:
    return paths.places[paths.movement == MOVEMENTS.index(name)].astype(float)


def turning(places: np.ndarray) -> np.ndarray:
    """Positive = clockwise as seen, since y points down."""
    steps = np.diff(places, axis=1)
    return (steps[:, :-1, 0] * steps[:, 1:, 1] - steps[:, :-1, 1] * steps[:, 1:, 0]).sum(axis=1)


def test_fifteen_movements_of_twenty_four_paths() -> None:
    paths = load_libras()
    assert paths.places.shape == (360, 45, 2)
    assert paths.places.min() >= 0
    assert paths.places.max() <= 1
    assert np.bincount(paths.movement).tolist() == [24] * 15
    assert len(set(MOVEMENTS)) == 15


def test_names_fit_what_the_paths_show() -> None:
    paths = load_libras()
    widths = {name: np.ptp(of(paths, name), axis=1).mean(axis=0) for name in MOVEMENTS}
    largest = {name: extent.max() for name, extent in widths.items()}
    assert min(largest, key=lambda name: largest[name]) == "tremble"
    assert largest["tremble"] < min(size for name, size in largest.items() if name != "tremble") / 6
    for name in ("horizontal swing", "horizontal straight line"):
        assert widths[name][0] > 3 * widths[name][1]
    for name in ("vertical swing", "vertical straight line"):
        assert widths[name][1] > 3 * widths[name][0]
    assert (turning(of(paths, "clockwise arc")) > 0).mean() > 0.9
    assert (turning(of(paths, "anti-clockwise arc")) < 0).mean() > 0.9
    for name, deeper in (("face-up curve", True), ("face-down curve", False)):
        y = of(paths, name)[:, :, 1]
        ends = (y[:, :4].mean() + y[:, -4:].mean()) / 2
        assert (y[:, 20:25].mean() > ends) == deeper
