"""The encoder of steps: standardised input, positions, padding."""

import torch

from signlab.translation.encoder import SignEncoder

# Sizes of their own: batch 2, steps 5, features 3, dim 14, heads 7.


def encoder() -> SignEncoder:
    torch.manual_seed(0)
    return SignEncoder(features_dim=3, dim=14, num_layers=2, num_heads=7, dropout=0.1).eval()


def test_padding_has_no_influence() -> None:
    model, features = encoder(), torch.randn(2, 5, 3)
    mask = torch.ones(2, 5, dtype=torch.bool)
    mask[1, 3:] = False
    expected = model(features, mask)
    features[1, 3:] = 1e6
    context = model(features, mask)
    torch.testing.assert_close(context[mask], expected[mask])
    torch.testing.assert_close(model(features[1:, :3], mask[1:, :3])[0], expected[1, :3])


def test_order_matters() -> None:
    model, features = encoder(), torch.randn(1, 5, 3)
    mask = torch.ones(1, 5, dtype=torch.bool)
    forwards, backwards = model(features, mask), model(features.flip(1), mask)
    assert not torch.allclose(forwards, backwards.flip(1), atol=1e-2)


def test_the_scale_of_the_features_does_not_matter_once_standardised() -> None:
    """Hand tracks come in pixels, S3D features do not."""
    features, mask = torch.randn(2, 5, 3), torch.ones(2, 5, dtype=torch.bool)
    pixels = features * torch.tensor([100.0, 10, 0.1]) + torch.tensor([300.0, 5, 0])
    one, other = encoder(), encoder()
    one.standardise_by(features.flatten(0, 1))
    other.standardise_by(pixels.flatten(0, 1))
    torch.testing.assert_close(other(pixels, mask), one(features, mask), atol=1e-4, rtol=1e-4)


def test_a_constant_column_does_no_harm() -> None:
    model = encoder()
    features = torch.randn(7, 3)
    features[:, 1] = 4
    model.standardise_by(features)
    assert model.features_deviation[1] == 1
    assert model(features[None], torch.ones(1, 7, dtype=torch.bool)).isfinite().all()
