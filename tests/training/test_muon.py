"""Muon for matrices, AdamW for the rest."""

import pytest
import torch
from torch import nn

from signlab.training.muon import MuonAdamW, evened


def learner() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(6, 16), nn.GELU(), nn.Linear(16, 6), nn.LayerNorm(6))


def matrices_of(model: nn.Module) -> list[nn.Parameter]:
    return [one for one in model.parameters() if one.ndim == 2]


def learn(model: nn.Module, optimizers: list[torch.optim.Optimizer], *, updates: int = 5) -> nn.Module:
    generator = torch.Generator().manual_seed(1)
    for _ in range(updates):
        given = torch.randn(8, 6, generator=generator)
        for optimizer in optimizers:
            optimizer.zero_grad()
        (model(given) - given.roll(1, dims=1)).square().mean().backward()
        for optimizer in optimizers:
            optimizer.step()
    return model


@pytest.mark.parametrize("shape", [(8, 24), (24, 8), (16, 16)])
def test_singular_values_are_made_alike_and_vectors_kept(shape: tuple[int, int]) -> None:
    matrix = torch.randn(shape, generator=torch.Generator().manual_seed(2))
    left, values, right = torch.linalg.svd(matrix, full_matrices=False)
    assert values.max() > 1.5 * values.min()
    seen = left.T @ evened(matrix).float() @ right.T
    within = seen.diagonal()
    assert within.min() > 0.4
    assert within.max() < 1.4
    assert (seen - torch.diag(within)).abs().max() < 0.05


@pytest.mark.skipif(not hasattr(torch.optim, "Muon"), reason="torch.optim.Muon came with torch 2.9")
def test_steps_are_those_of_both_optimizers_of_torch() -> None:
    ours, theirs, start = learner(), learner(), learner()
    others = [one for one in theirs.parameters() if one.ndim != 2]
    mine = MuonAdamW(ours, matrices=matrices_of(ours), lr=0.01, weight_decay=0.1)
    both = (
        torch.optim.Muon(matrices_of(theirs), adjust_lr_fn="match_rms_adamw", lr=0.01, weight_decay=0.1),
        torch.optim.AdamW(others, betas=(0.9, 0.98), lr=0.01, weight_decay=0.1),
    )
    generator = torch.Generator().manual_seed(1)
    for _ in range(3):
        for one, other in zip(ours.parameters(), theirs.parameters(), strict=True):
            one.grad = torch.randn(one.shape, generator=generator)
            other.grad = one.grad.clone()
        for optimizer in (mine, *both):
            optimizer.step()
    for one, other, before in zip(ours.parameters(), theirs.parameters(), start.parameters(), strict=True):
        assert (other - before).norm() > 0.01
        assert (one - other).norm() < 0.1 * (other - before).norm()  # products in bfloat16


def test_goes_on_from_a_saved_state_as_if_never_interrupted() -> None:
    whole, stopped = learner(), learner()
    learn(whole, [MuonAdamW(whole, matrices=matrices_of(whole), lr=0.01)], updates=5)
    first = MuonAdamW(stopped, matrices=matrices_of(stopped), lr=0.01)
    generator = torch.Generator().manual_seed(1)
    for update in range(5):
        if update == 3:
            second = MuonAdamW(stopped, matrices=matrices_of(stopped), lr=0.01)
            second.load_state_dict(first.state_dict())
            first = second
        given = torch.randn(8, 6, generator=generator)
        first.zero_grad()
        (stopped(given) - given.roll(1, dims=1)).square().mean().backward()
        first.step()
    for one, other in zip(whole.parameters(), stopped.parameters(), strict=True):
        assert torch.equal(one, other)


def test_parameters_without_a_gradient_stay_as_they_are() -> None:
    model = learner()
    before = [one.detach().clone() for one in model.parameters()]
    MuonAdamW(model, matrices=matrices_of(model)).step()
    assert all(torch.equal(one, then) for one, then in zip(model.parameters(), before, strict=True))


def test_refuses_what_is_no_matrix() -> None:
    model = learner()
    with pytest.raises(ValueError, match="rows and columns, but got the shape \\(16,\\)"):
        MuonAdamW(model, matrices=[one for one in model.parameters() if one.ndim == 1])
