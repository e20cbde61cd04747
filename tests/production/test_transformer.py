"""The latent transformer: who sees whom, what may be absent, and one batch learnt by heart."""

from dataclasses import replace

import pytest
import torch

from signlab.production.losses import latent_loss
from signlab.production.transformer import (
    LatentTransformer,
    LatentTransformerConfig,
    flatten_codes,
    still_codes,
    unflatten_codes,
    without,
)

# Sizes of their own: 2 batch, grid 2 x 3 x 5, 7 codes, 4 glosses.
CONFIG = LatentTransformerConfig(
    glosses=("CLOUD", "RAIN", "SNOW", "WIND"), grid=(2, 3, 5), num_codes=7, dim=22, num_layers=2, num_heads=2
)
GLOSSES = torch.tensor([1, 3])


def transformer() -> LatentTransformer:
    torch.manual_seed(0)
    return LatentTransformer(CONFIG).eval()


def clip() -> tuple[torch.Tensor, torch.Tensor]:
    """A first frame and a clip of random codes."""
    return torch.randint(7, (2, 3, 5)), torch.randint(7, (2, 2, 3, 5))


def test_a_logit_for_every_code_of_the_clip() -> None:
    first_frame, codes = clip()
    assert transformer()(GLOSSES, first_frame, codes).shape == (2, 30, 7)
    assert (CONFIG.num_prefix, CONFIG.num_targets) == (16, 30)


def test_no_logit_sees_its_own_code_or_a_later_one() -> None:
    model, (first_frame, codes) = transformer(), clip()
    before = model(GLOSSES, first_frame, codes)
    changed = codes.clone()
    changed[:, 1, 1, 2] = (codes[:, 1, 1, 2] + 1) % 7  # the 23rd of 30 in raster order
    after = model(GLOSSES, first_frame, changed)
    torch.testing.assert_close(after[:, :23], before[:, :23])
    assert ((after - before)[:, 23:].abs().amax(dim=-1) > 1e-6).all()


@pytest.mark.parametrize("mask", ["sequence-to-sequence", "causal"])
@pytest.mark.parametrize("around", [False, True])
@pytest.mark.parametrize("grid", [(2, 3, 5), (1, 2, 2), (3, 5, 7)])
def test_what_each_logit_depends_on(mask, around: bool, grid: tuple[int, int, int]) -> None:
    """By gradient: of the prefix everything, of the clip what is before; at sizes of which none is built in."""
    torch.manual_seed(0)
    model = LatentTransformer(replace(CONFIG, mask=mask, grid=grid, num_layers=1, around=around)).eval()
    frames, height, width = grid
    codes, first_frame = torch.randint(7, (1, *grid)), torch.randint(7, (1, height, width))
    embedded: list[torch.Tensor] = []
    model.layers[0].register_forward_pre_hook(lambda _, given: embedded.append(given[0].requires_grad_()))
    logits = model(torch.tensor([2]), first_frame, codes)
    num = frames * height * width
    for target in (0, num // 2, num - 1):
        (reach,) = torch.autograd.grad(logits[0, target].square().sum(), embedded[0], retain_graph=True)
        seen = reach[0].abs().sum(dim=-1) > 0
        last = model.config.num_prefix - 1 + target  # the token that foretells it
        assert seen.tolist() == [True] * (last + 1) + [False] * (num - 1 - target)


def test_the_prefix_is_open_and_only_in_one_of_the_masks() -> None:
    first_frame, codes = clip()
    reached = {}
    for mask in ("sequence-to-sequence", "causal"):
        torch.manual_seed(0)
        model = LatentTransformer(replace(CONFIG, mask=mask)).eval()
        streams: list[torch.Tensor] = []
        model.norm.register_forward_pre_hook(lambda _, given, kept=streams: kept.append(given[0]))
        layer = model.layers[0]
        layer.register_forward_hook(lambda _, __, out, kept=streams: kept.append(out))
        model(GLOSSES, first_frame, codes)
        changed = first_frame.clone()
        changed[:, 2, 4] = (changed[:, 2, 4] + 1) % 7  # the last code of the prefix
        model(GLOSSES, changed, codes)
        reached[mask] = (streams[0] - streams[2]).abs().amax(dim=(0, 2)) > 0
    assert reached["sequence-to-sequence"][:16].all()
    assert not reached["causal"][:15].any()


def test_every_logit_sees_gloss_and_first_frame() -> None:
    model, (first_frame, codes) = transformer(), clip()
    before = model(GLOSSES, first_frame, codes)
    changed = first_frame.clone()
    changed[:, 2, 4] = (changed[:, 2, 4] + 1) % 7
    for after in (model(GLOSSES.flip(0), first_frame, codes), model(GLOSSES, changed, codes)):
        assert ((after - before).abs().amax(dim=-1) > 1e-7).all()


def test_examples_of_a_batch_know_nothing_of_each_other() -> None:
    model, (first_frame, codes) = transformer(), clip()
    together = model(GLOSSES, first_frame, codes)
    alone = model(GLOSSES[1:], first_frame[1:], codes[1:])
    torch.testing.assert_close(together[1:], alone)


def test_absent_conditions_are_tokens_of_their_own() -> None:
    model, (first_frame, codes) = transformer(), clip()
    absent = torch.tensor([False, True])
    glosses = without(GLOSSES, absent, model.absent_gloss)
    no_frame = without(first_frame, absent, model.absent_code)
    assert glosses.tolist() == [1, 4]
    assert torch.equal(no_frame[0], first_frame[0])
    assert (no_frame[1] == 7).all()
    before = model(GLOSSES, first_frame, codes)
    after = model(glosses, no_frame, codes)
    torch.testing.assert_close(after[0], before[0])
    assert (after[1] - before[1]).abs().amax() > 1e-6


# One column, one row of 5 and one frame of 15 later; around: one row and a column either side of it, and
# rows -1, 0 and 1 of the frame that follows, columns -1, 0 and 1.
@pytest.mark.parametrize(
    ("around", "later"), [(False, [1, 5, 15]), (True, [1, 4, 5, 6, 9, 10, 11, 14, 15, 16, 19, 20, 21])]
)
def test_a_token_carries_the_codes_near_the_place_it_foretells(around: bool, later: list[int]) -> None:
    """Code i is foretold by token i: changing another code moves it only if that one is near, and earlier."""
    torch.manual_seed(0)
    model = LatentTransformer(replace(CONFIG, around=around)).eval()
    written = torch.randint(7, (1, 44))  # all but the last code
    before = model.embed(GLOSSES[:1], written)
    moved = []
    for place in range(44):
        changed = written.clone()
        changed[:, place] = (changed[:, place] + 1) % 7
        after = model.embed(GLOSSES[:1], changed)
        moved.append((after != before).any(dim=-1)[0].nonzero()[:, 0].tolist())
    assert moved[20] == [20 + places for places in later]
    assert moved[43] == [44]
    torch.testing.assert_close(model.embed(GLOSSES[:1], written, start=17), before[:, 17:])


@pytest.mark.parametrize(("code_width", "share"), [(None, 0.8), (32, 0.7)])
def test_it_begins_with_what_was_there_a_frame_before(code_width: int | None, share: float) -> None:
    torch.manual_seed(0)
    model = LatentTransformer(replace(CONFIG, dim=64, code_width=code_width, num_codes=50)).eval()
    model.begin_with(torch.randn(50, 6))
    codes = torch.randint(50, (1, 1, 3, 5)).expand(2, 2, 3, 5)
    guessed = model(GLOSSES, codes[:, 0], codes).argmax(dim=-1)
    assert (guessed == flatten_codes(codes)).float().mean() > share


def test_narrow_codes_are_read_and_written_through_one_table() -> None:
    wide, narrow = LatentTransformer(CONFIG), LatentTransformer(replace(CONFIG, code_width=6))
    dim = CONFIG.dim
    saved = 2 * 7 * dim + 2 * dim + 3 * dim**2  # two tables, two stand-ins, three ways to see
    spent = 9 * 6 + 3 * 6 * dim + 6 * dim  # one table, the ways, and the way out
    sizes = [sum(weight.numel() for weight in model.parameters()) for model in (wide, narrow)]
    assert sizes[0] - sizes[1] == saved - spent
    first_frame, codes = clip()
    logits = narrow.eval()(GLOSSES, first_frame, codes)
    assert logits.shape == (2, 30, 7)
    with torch.no_grad():
        narrow.code_table.weight[4] = 0
    assert (narrow(GLOSSES, first_frame, codes)[..., 4] == 0).all()


def test_codes_alike_begin_alike() -> None:
    torch.manual_seed(0)
    model = LatentTransformer(replace(CONFIG, dim=64, num_codes=50))
    codebook = torch.randn(50, 6)
    codebook[1] = codebook[0] + 0.01
    model.begin_with(codebook)
    for layer in (model.code_table, model.to_logits):
        weight = layer.weight.detach()
        near, *far = (weight[1:] - weight[0]).norm(dim=1)
        assert near < 0.85 * torch.stack(far).mean()


@pytest.mark.parametrize("maps", [False, True])
def test_a_gloss_says_something_else_at_every_place_if_it_has_a_map(maps: bool) -> None:
    model = LatentTransformer(replace(CONFIG, gloss_maps=maps)).eval()
    one, other = model.at_places(torch.tensor([0, 1]))
    differences = one - other
    assert differences.norm() > 0
    assert torch.allclose(differences, differences[:1], atol=1e-5) != maps


def test_flattening_is_raster_order_and_has_a_way_back() -> None:
    codes = torch.arange(30).reshape(1, 2, 3, 5)
    assert flatten_codes(codes)[0].tolist() == list(range(30))
    assert torch.equal(unflatten_codes(flatten_codes(codes), (2, 3, 5)), codes)


def test_a_still_gives_its_first_frame_of_codes() -> None:
    codes = torch.arange(30).reshape(1, 2, 3, 5)
    assert still_codes(codes)[0].flatten().tolist() == list(range(15))


def test_one_batch_is_learnt_by_heart() -> None:
    """Two clips that begin alike and differ by gloss only: the gloss has to decide."""
    torch.manual_seed(0)
    model = LatentTransformer(CONFIG)
    first_frame = torch.randint(7, (1, 3, 5)).expand(2, 3, 5)
    codes = torch.randint(7, (2, 2, 3, 5))
    optimizer = torch.optim.Adam(model.parameters(), 1e-2)
    for _ in range(100):
        loss = latent_loss(model(GLOSSES, first_frame, codes), codes)
        optimizer.zero_grad()
        loss.codes.backward()
        optimizer.step()
    assert loss.codes < 0.05
    assert loss.accuracy == 1
