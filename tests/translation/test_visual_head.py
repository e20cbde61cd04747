"""The visual head: by hand, sizes, padding, hidden steps, both norms."""

import pytest
import torch
from torch import Tensor, nn

from signlab.blocks.positions import sinusoidal_positions
from signlab.translation.visual_head import (
    GlossesToLanguage,
    VisionToLanguage,
    VisualHead,
    VisualHeadConfig,
)

# Sizes of their own: batch 2, steps 7, features 3, dim 10, hidden 11.
SMALL = {"dim": 10, "hidden_dim": 11, "dropout": 0.0}


def head(**changes: object) -> VisualHead:
    torch.manual_seed(0)
    return VisualHead(features_dim=3, config=VisualHeadConfig(**SMALL | changes))


def clips() -> tuple[Tensor, Tensor]:
    return torch.randn(2, 7, 3), torch.arange(7) < torch.tensor([[7], [4]])


def num_parameters(module: nn.Module) -> int:
    return sum(one.numel() for one in module.parameters())


def test_the_published_sizes() -> None:
    """With 832 features, 1,094 glosses and a language model 1,024 wide: 7.28 and 1.57 million weights."""
    with torch.device("meta"):
        whole = VisualHead(features_dim=832, config=VisualHeadConfig())
        glosses = nn.Linear(512, 1094)
        mapper = VisionToLanguage(seen_dim=512, dim=1024)
    assert round((num_parameters(whole) + num_parameters(glosses)) / 1e6, 2) == 7.28
    assert round(num_parameters(mapper) / 1e6, 2) == 1.57
    assert whole.convolutions_norm.eps == whole.last_norm.eps == 1e-6


def test_one_clip_by_hand() -> None:
    """Step by step: a convolution is a sum of three maps, of the step before, of itself and of the next."""
    model, features = head(), torch.randn(5, 3)
    stream = model.norm(model.to_dim(features)).relu() + sinusoidal_positions(5, 10)
    shown = model.convolutions_norm(stream)

    def looking_around(convolution: nn.Conv1d, steps: Tensor) -> Tensor:
        nothing = torch.zeros(1, steps.shape[1])
        before, now, after = torch.cat([nothing, steps[:-1]]), steps, torch.cat([steps[1:], nothing])
        maps = convolution.weight.unbind(dim=2)
        return sum(x @ m.T for x, m in zip((before, now, after), maps, strict=True)) + convolution.bias

    hidden = looking_around(model.to_hidden, shown).relu()
    expected = model.last_norm(stream + looking_around(model.from_hidden, hidden))
    found = model(features[None], torch.ones(1, 5, dtype=torch.bool))[0]
    torch.testing.assert_close(found, expected)


def test_glosses_to_language_by_hand() -> None:
    """A mean of embeddings; of a step that shows one gloss for certain, that gloss's as a text model reads it."""
    torch.manual_seed(0)
    model, seen = GlossesToLanguage(seen_dim=10, num_glosses=7, dim=16), torch.randn(5, 10)
    logits = seen @ model.to_gloss.weight.T + model.to_gloss.bias
    shares = logits.exp() / logits.exp().sum(dim=1, keepdim=True)
    expected = [
        sum(share * 4 * row for share, row in zip(one, model.glosses.weight, strict=True)) for one in shares
    ]
    torch.testing.assert_close(model(seen), torch.stack(expected))
    with torch.no_grad():
        model.to_gloss.weight.zero_()
        model.to_gloss.bias[3] = 100.0
    torch.testing.assert_close(model(seen), 4 * model.glosses.weight[3].expand(5, 16))


def test_the_way_to_language_by_hand() -> None:
    torch.manual_seed(0)
    model, seen = VisionToLanguage(seen_dim=10, dim=16), torch.randn(5, 10)
    hidden = (seen @ model.to_hidden.weight.T + model.to_hidden.bias).clamp(min=0)
    expected = 4 * (hidden @ model.to_out.weight.T + model.to_out.bias)
    torch.testing.assert_close(model(seen), expected)


@pytest.mark.parametrize("norm", ["layer", "batch"])
@pytest.mark.parametrize("training", [False, True])
def test_what_stands_in_the_padding_changes_nothing(norm: str, training: bool) -> None:
    """Not even what a batch norm remembers."""
    model, (features, mask) = head(norm=norm).train(training), clips()
    other = head(norm=norm).train(training)
    expected = model(features, mask)
    features[1, 4:] = 1e6
    found = other(features, mask)
    torch.testing.assert_close(found, expected)
    torch.testing.assert_close(other.state_dict(), model.state_dict())
    assert not found[1, 4:].any()


@pytest.mark.parametrize("norm", ["layer", "batch"])
def test_company_changes_nothing_in_use(norm: str) -> None:
    """How long the longest clip of the batch is does not matter to the last steps of the others."""
    model, (features, mask) = head(norm=norm).eval(), clips()
    together = model(features, mask)
    torch.testing.assert_close(model(features[1:, :4], mask[1:, :4])[0], together[1, :4])


def test_company_changes_a_batch_norm_in_training_and_no_layer_norm() -> None:
    features, mask = clips()
    for norm, same in (("layer", True), ("batch", False)):
        model = head(norm=norm)
        together, alone = model(features, mask)[:1], model(features[:1], mask[:1])
        assert torch.allclose(together, alone, atol=1e-5) is same


def test_the_batch_norm_is_over_real_steps() -> None:
    model, (features, mask) = head(norm="batch"), clips()
    model(features, mask)
    assert isinstance(model.norm, nn.BatchNorm1d)
    assert model.norm.running_mean is not None
    mean = model.to_dim(features[mask]).mean(dim=0)
    torch.testing.assert_close(model.norm.running_mean, 0.1 * mean)  # a tenth of the way from zero


def test_a_hidden_step_is_seen_by_nobody_and_keeps_its_place() -> None:
    model, (features, mask) = head().eval(), clips()
    mask[0, 2] = False
    expected = model(features, mask)
    features[0, 2] = 1e6
    torch.testing.assert_close(model(features, mask), expected)
    whole = model(features[:, 3:], mask[:, 3:])
    assert not torch.allclose(whole[0], expected[0, 3:], atol=1e-2)  # places count


def test_a_step_sees_two_steps_to_either_side() -> None:
    """Two convolutions, each one step to either side."""
    model, features = head().eval(), torch.randn(1, 7, 3)
    mask = torch.ones(1, 7, dtype=torch.bool)
    before = model(features, mask)
    features[0, 3] += 1
    reached = (model(features, mask) - before).abs().amax(dim=2)[0] > 1e-6
    assert reached.tolist() == [False, True, True, True, True, True, False]


def test_an_even_kernel_is_refused() -> None:
    with pytest.raises(ValueError, match=r"kernel must be odd, .* but got 4; try 5"):
        VisualHeadConfig(kernel=4)
