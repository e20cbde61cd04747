"""Steps of one shape give the logits of steps that grow; on a GPU a graph of them does."""

import pytest
import torch

from signlab.blocks.cache import KeyValueCache
from signlab.production.capturing import CapturedStepper
from signlab.production.sample import sample_codes
from signlab.production.stepping import Stepper
from signlab.production.transformer import LatentTransformer, LatentTransformerConfig

# Sizes of their own: 2 batch, grid 2 x 3 x 5, 7 codes, 4 glosses.
CONFIG = LatentTransformerConfig(
    glosses=("CLOUD", "RAIN", "SNOW", "WIND"),
    grid=(2, 3, 5),
    num_codes=7,
    dim=18,
    num_layers=2,
    num_heads=3,
    around=True,
)
DEVICES = [
    "cpu",
    pytest.param("cuda", marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA GPU")),
]


@torch.no_grad()
@pytest.mark.parametrize("device", DEVICES)
def test_logits_are_those_of_steps_that_grow(device: str) -> None:
    torch.manual_seed(0)
    model = LatentTransformer(CONFIG).to(device).eval()
    glosses = torch.tensor([1, 4], device=device)
    written = torch.randint(7, (2, 44), device=device)
    caches = [KeyValueCache(capacity=45) for _ in range(2)]
    model.step(model.embed(glosses, written[:, :15]), caches)
    captured, growing = (kind(model, glosses, caches) for kind in (CapturedStepper, Stepper))
    for num in range(16, 45):
        found = captured(written[:, :num]).clone()
        torch.testing.assert_close(found, growing(written[:, :num]), rtol=1e-4, atol=1e-5)
    assert caches[0].length == 16 + 29  # those of the growing one only


@pytest.mark.parametrize("device", DEVICES)
def test_the_same_seed_draws_the_same_clips(device: str) -> None:
    torch.manual_seed(0)
    model = LatentTransformer(CONFIG).to(device).eval()
    glosses, first_frame = torch.tensor([1, 3], device=device), torch.full((2, 3, 5), 7, device=device)
    one, other = (
        sample_codes(
            model,
            glosses,
            first_frame,
            generator=torch.Generator(device).manual_seed(5),
            captured=captured,
        )
        for captured in (False, True)
    )
    assert torch.equal(one, other)
