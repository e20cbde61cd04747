"""The four scales of both stages, and the wrong one."""

import pytest

from signlab.production import presets
from signlab.production.autoencoder import VideoAutoencoder
from signlab.training.scales import SCALES


@pytest.mark.parametrize("scale", SCALES)
def test_both_stages_exist_at_every_scale(scale: str) -> None:
    assert presets.autoencoder(scale).steps > 0
    assert presets.latent(scale).steps > 0


def test_the_paper_scale_has_the_papers_grid() -> None:
    assert presets.autoencoder("paper").model.grid == (4, 32, 32)
    assert presets.autoencoder("quick").model.grid == (4, 16, 16)


def test_the_quick_autoencoder_fits_into_five_megabytes() -> None:
    model = VideoAutoencoder(presets.autoencoder("quick").model)
    halved = sum(2 * parameter.numel() for parameter in model.parameters())
    whole = sum(buffer.numel() * buffer.element_size() for buffer in model.buffers())
    assert halved + whole < 5e6


def test_an_unknown_scale_names_the_known_ones() -> None:
    for preset in (presets.autoencoder, presets.latent):
        with pytest.raises(ValueError, match="smoke, quick, colab, paper, but got 'huge'"):
            preset("huge")
