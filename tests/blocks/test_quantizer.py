"""The codebook against sums done by hand, and against the traps its ancestors fell into."""

import pytest
import torch

from signlab.blocks.quantizer import Codebook, perplexity

# Sizes of their own: 2 batch, 3 height, 5 width, 7 dim, 11 codes.


def by_hand() -> Codebook:
    """Two codes on a line, at 0 and 10, each standing for 4 vectors so far."""
    codebook = Codebook(num_codes=2, dim=1, decay=0.5)
    codebook.codes.copy_(torch.tensor([[0.0], [10.0]]))
    codebook.counts.fill_(4.0)
    codebook.sums.copy_(codebook.codes * 4)
    codebook.batches.fill_(1)
    return codebook


def test_the_nearest_code_is_the_one_a_ruler_finds() -> None:
    codebook = Codebook(num_codes=11, dim=7)
    codebook.codes.normal_()
    encoded = torch.randn(2, 3, 5, 7)
    quantized = codebook.eval()(encoded)
    expected = torch.cdist(encoded.reshape(-1, 7), codebook.codes).argmin(dim=1).reshape(2, 3, 5)
    assert torch.equal(quantized.indices, expected)
    torch.testing.assert_close(quantized.vectors, codebook.codes[expected])


def test_commitment_and_use_by_hand() -> None:
    quantized = by_hand().eval()(torch.tensor([[1.0], [2.0], [9.0], [3.0]]))
    assert quantized.indices.tolist() == [0, 0, 1, 0]
    torch.testing.assert_close(quantized.commitment, torch.tensor((1.0 + 4 + 1 + 9) / 4))
    torch.testing.assert_close(quantized.usage, torch.tensor(1.0))
    three_to_one = 4 / 3**0.75  # exp of the entropy of (3/4, 1/4)
    torch.testing.assert_close(quantized.perplexity, torch.tensor(three_to_one))


def test_perplexity_counts_codes_in_even_use() -> None:
    torch.testing.assert_close(perplexity(torch.tensor([3.0, 3, 0, 3, 0])), torch.tensor(3.0))
    torch.testing.assert_close(perplexity(torch.tensor([0.0, 7, 0])), torch.tensor(1.0))


def test_codes_follow_as_running_means() -> None:
    codebook = by_hand()
    codebook(torch.tensor([[1.0], [2.0], [3.0], [12.0]]))
    torch.testing.assert_close(codebook.counts, torch.tensor([3.5, 2.5]))  # half old, half new
    torch.testing.assert_close(codebook.sums, torch.tensor([[3.0], [26.0]]))
    torch.testing.assert_close(codebook.codes, torch.tensor([[3 / 3.5], [26 / 2.5]]))


def test_gradient_passes_straight_through() -> None:
    encoded = torch.randn(2, 3, 5, 7, requires_grad=True)
    weights = torch.randn(2, 3, 5, 7)
    (Codebook(num_codes=11, dim=7)(encoded).vectors * weights).sum().backward()
    torch.testing.assert_close(encoded.grad, weights)


def test_commitment_pulls_the_encoding_towards_its_code() -> None:
    encoded = torch.tensor([[1.0], [7.0]], requires_grad=True)
    by_hand().eval()(encoded).commitment.backward()
    torch.testing.assert_close(encoded.grad, torch.tensor([[1.0], [-3.0]]))  # 2 (z - e) / 2 vectors


def test_a_dead_code_moves_once_and_both_accumulators_with_it() -> None:
    codebook = by_hand()
    codebook.counts.copy_(torch.tensor([4.0, 0.05]))
    codebook.sums.copy_(codebook.codes * codebook.counts[:, None])
    codebook(torch.full((4, 1), 2.0))  # nobody chooses the second code
    assert codebook.codes[1] == 2.0
    torch.testing.assert_close(codebook.counts, torch.tensor([4.0, 0.20125]))  # a tenth of the mean
    torch.testing.assert_close(codebook.sums[1], codebook.codes[1] * codebook.counts[1])

    codebook(torch.tensor([[0.9], [0.9], [0.9], [0.9]]))  # now it is alive, and stays although unused
    assert codebook.codes[1] == 2.0


def test_the_first_batches_may_pass_unchanged() -> None:
    codebook = Codebook(num_codes=11, dim=7, free_batches=2)
    for number in range(2):
        encoded = torch.randn(13, 7, requires_grad=True)
        quantized = codebook(encoded)
        assert torch.equal(quantized.vectors, encoded), number
        assert quantized.commitment == 0
    assert not torch.equal(codebook(encoded).vectors, encoded)
    assert len(codebook.codes.unique(dim=0)) == 11


def test_small_batches_do_not_restart_codes_in_regular_use() -> None:
    """With half a vector a code and update, an absolute threshold would redraw nearly all codes."""
    codebook = Codebook(num_codes=64, dim=2)
    centres = torch.stack([torch.arange(64.0), torch.zeros(64)], dim=1)
    codebook(centres)
    codebook.codes.copy_(centres)
    codebook.sums.copy_(centres * codebook.counts[:, None])
    for _ in range(60):
        codebook(centres[torch.randperm(64)[:32]])
    torch.testing.assert_close(codebook.codes, centres)


def test_the_first_batch_initialises_once_even_across_saving() -> None:
    codebook = Codebook(num_codes=11, dim=7)
    codebook.eval()(torch.randn(13, 7))
    assert codebook.batches == 0  # looking is not training
    codebook.train()(torch.randn(13, 7) + 5)
    assert codebook.batches == 1
    assert codebook.codes.mean() > 4

    loaded = Codebook(num_codes=11, dim=7)
    loaded.load_state_dict(codebook.state_dict())
    batch = torch.randn(13, 7)
    generators = [torch.Generator().manual_seed(3) for _ in range(2)]
    codebook(batch, generator=generators[0])
    loaded.train()(batch, generator=generators[1])
    for name, value in codebook.state_dict().items():
        assert torch.equal(value, loaded.state_dict()[name]), name


def test_looking_changes_nothing_and_draws_nothing() -> None:
    codebook = Codebook(num_codes=11, dim=7)
    codebook(torch.randn(13, 7))
    before = {name: value.clone() for name, value in codebook.state_dict().items()}
    batch = torch.randn(13, 7)
    state = torch.get_rng_state()
    codebook.eval()(batch)
    assert torch.equal(state, torch.get_rng_state())
    for name, value in before.items():
        assert torch.equal(value, codebook.state_dict()[name]), name


def test_fewer_vectors_than_codes_give_different_codes() -> None:
    codebook = Codebook(num_codes=11, dim=7)
    codebook(torch.randn(3, 7))
    assert len(codebook.codes.unique(dim=0)) == 11


def test_codes_spread_over_what_they_see() -> None:
    """Sixteen codes for the unit interval end up evenly, so a mean error of a sixteenth of its width."""
    torch.manual_seed(0)
    codebook = Codebook(num_codes=16, dim=1, decay=0.9)
    distances = [codebook(torch.rand(512, 1)).commitment.item() for _ in range(300)]
    ideal = (1 / 16) ** 2 / 12
    assert 0.9 * ideal < sum(distances[-50:]) / 50 < 1.3 * ideal


@pytest.mark.parametrize(("num_codes", "dim", "vectors"), [(11, 7, 60), (64, 16, 1_000), (512, 32, 4_096)])
def test_three_steps_are_those_of_vector_quantize_pytorch(num_codes: int, dim: int, vectors: int) -> None:
    library = pytest.importorskip("vector_quantize_pytorch")
    theirs = library.VectorQuantize(
        dim=dim,
        codebook_size=num_codes,
        decay=0.9,
        eps=1e-7,
        commitment_weight=1.0,
        rotation_trick=False,
        threshold_ema_dead_code=0,
    ).train()
    ours = Codebook(num_codes=num_codes, dim=dim, decay=0.9, dead_share=0.0).train()
    torch.manual_seed(0)
    codes, counts = torch.randn(num_codes, dim), 1 + torch.rand(num_codes)
    ours.batches.fill_(1)  # its codes are there
    for ours_kept, theirs_kept, value in (
        (ours.codes, theirs._codebook.embed, codes),
        (ours.counts, theirs._codebook.cluster_size, counts),
        (ours.sums, theirs._codebook.embed_avg, codes * counts[:, None]),
    ):
        ours_kept.copy_(value)
        theirs_kept.data.copy_(value[None])
    for _ in range(3):
        encoded = torch.randn(1, vectors, dim, requires_grad=True)
        again = encoded.detach().clone().requires_grad_()
        quantized = ours(encoded)
        vectors_theirs, indices, commitment = theirs(again)
        assert torch.equal(quantized.indices, indices)
        torch.testing.assert_close(quantized.vectors, vectors_theirs)
        torch.testing.assert_close(quantized.commitment, commitment.sum())
        weights = torch.randn_like(encoded)
        ((quantized.vectors * weights).sum() + quantized.commitment).backward()
        ((vectors_theirs * weights).sum() + commitment.sum()).backward()
        torch.testing.assert_close(encoded.grad, again.grad)
        torch.testing.assert_close(ours.codes, theirs._codebook.embed[0], rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(ours.counts, theirs._codebook.cluster_size[0])


def test_a_codebook_begins_with_copies_of_fewer_codes() -> None:
    fewer, more = Codebook(num_codes=8, dim=4), Codebook(num_codes=24, dim=4)
    torch.manual_seed(3)
    fewer(10 * torch.randn(8, 4))
    more.begin_with(fewer, generator=torch.Generator().manual_seed(5))
    apart = more.codes.reshape(8, 3, 4) - fewer.codes[:, None]
    assert 0 < apart.abs().max() < 0.3
    assert more.codes.unique(dim=0).shape == (24, 4)
    torch.testing.assert_close(more.counts.reshape(8, 3).sum(dim=1), fewer.counts)
    torch.testing.assert_close(more.sums, more.codes * more.counts[:, None])
    assert more.batches == fewer.batches  # and is not filled anew at its first training batch


def test_a_codebook_of_the_same_size_begins_with_the_very_codes() -> None:
    one, other = Codebook(num_codes=8, dim=4), Codebook(num_codes=8, dim=4)
    one(torch.randn(64, 4, generator=torch.Generator().manual_seed(3)))
    other.begin_with(one)
    assert torch.equal(other.codes, one.codes)


@pytest.mark.parametrize(("num_codes", "dim"), [(12, 4), (4, 4), (16, 5)])
def test_a_codebook_that_does_not_fit_is_refused(num_codes: int, dim: int) -> None:
    with pytest.raises(ValueError, match=f"has {num_codes} codes of {dim} and got 8 codes of 4"):
        Codebook(num_codes=num_codes, dim=dim).begin_with(Codebook(num_codes=8, dim=4))
