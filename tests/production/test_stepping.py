"""One token at a time, with weights laid out anew: the logits are those of the transformer."""

from dataclasses import replace

import pytest
import torch

from signlab.blocks.cache import KeyValueCache
from signlab.production.stepping import Stepper
from signlab.production.transformer import LatentTransformer, LatentTransformerConfig, flatten_codes

# Sizes of their own: up to 3 batch, grid 2 x 3 x 5, 7 codes of width 6 or 18, 4 glosses.
CONFIG = LatentTransformerConfig(
    glosses=("CLOUD", "RAIN", "SNOW", "WIND"), grid=(2, 3, 5), num_codes=7, dim=18, num_layers=2, num_heads=3
)


@torch.no_grad()
@pytest.mark.parametrize(
    ("code_width", "around", "gloss_maps"), [(None, False, True), (6, False, False), (6, True, True)]
)
@pytest.mark.parametrize("mask", ["sequence-to-sequence", "causal"])
@pytest.mark.parametrize("glosses", [(2,), (1, 4, 0)])
@pytest.mark.parametrize("kind", [torch.float32, torch.bfloat16])
def test_logits_are_those_of_the_transformer(code_width, around, gloss_maps, mask, glosses, kind) -> None:
    torch.manual_seed(0)
    config = replace(CONFIG, code_width=code_width, around=around, gloss_maps=gloss_maps, mask=mask)
    model = LatentTransformer(config).to(kind).eval()
    for weight in model.parameters():
        weight.add_(0.2 * torch.randn_like(weight))  # norms and biases too
    asked, num = torch.tensor(glosses), len(glosses)
    first_frame, codes = torch.randint(7, (num, 3, 5)), torch.randint(7, (num, 2, 3, 5))
    expected = model(asked, first_frame, codes)

    caches = [KeyValueCache(capacity=45) for _ in range(2)]
    written = torch.cat([flatten_codes(first_frame[:, None]), flatten_codes(codes)], dim=1)
    found = [model.step(model.embed(asked, written[:, :15]), caches)]
    step = Stepper(model, asked, caches)
    found += [step(written[:, :codes_written]) for codes_written in range(16, 45)]
    near = 1e-4 if kind == torch.float32 else 0.25  # of logits that spread over several units
    torch.testing.assert_close(torch.stack(found, dim=1), expected, rtol=near, atol=near)


@torch.no_grad()
def test_weights_are_copied_and_the_transformer_stays_as_it_was() -> None:
    torch.manual_seed(0)
    model = LatentTransformer(CONFIG).eval()
    before = {name: weight.clone() for name, weight in model.state_dict().items()}
    caches = [KeyValueCache(capacity=45) for _ in range(2)]
    written = torch.randint(7, (1, 16))
    model.step(model.embed(torch.tensor([2]), written[:, :15]), caches)
    Stepper(model, torch.tensor([2]), caches)(written)
    assert all(torch.equal(weight, before[name]) for name, weight in model.state_dict().items())
    assert all(weight.is_contiguous() for weight in model.state_dict().values())
