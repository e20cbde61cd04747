"""A codebook that learns by gradient moves what it should; one that finds its own size finds it."""

import pytest
import torch

from signlab.blocks.codebooks import AdaptiveCodebook, GradientCodebook


def clusters(num: int, *, spread: float, seed: int = 0) -> torch.Tensor:
    """Vectors of 3 components around so many centres far from each other, 40 for each."""
    generator = torch.Generator().manual_seed(seed)
    centres = 10 * torch.randn(num, 3, generator=torch.Generator().manual_seed(7))
    chosen = torch.arange(40 * num) % num
    return centres[chosen] + spread * torch.randn(40 * num, 3, generator=generator)


def test_each_term_moves_its_own_side() -> None:
    book = GradientCodebook(num_codes=5, dim=3).eval()
    torch.nn.init.normal_(book.codes)
    encoded = torch.randn(2, 7, 3, requires_grad=True)
    quantized = book(encoded)
    (pulled,) = torch.autograd.grad(quantized.codebook, book.codes, retain_graph=True)
    used = torch.bincount(quantized.indices.flatten(), minlength=5) > 0
    assert torch.equal(pulled.abs().sum(dim=1) > 0, used)
    assert torch.autograd.grad(quantized.codebook, encoded, allow_unused=True, retain_graph=True) == (None,)
    assert torch.autograd.grad(quantized.commitment, book.codes, allow_unused=True, retain_graph=True) == (
        None,
    )
    torch.testing.assert_close(quantized.codebook, quantized.commitment)
    through = torch.autograd.grad(quantized.vectors.sum(), encoded)[0]
    assert torch.equal(through, torch.ones_like(through))


def test_codes_go_to_the_means_of_their_followers() -> None:
    torch.manual_seed(0)
    book, vectors = GradientCodebook(num_codes=4, dim=3), clusters(4, spread=0.1)
    optimizer = torch.optim.SGD(book.parameters(), lr=2.0)
    for _ in range(200):
        loss = book(vectors).codebook
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    quantized = book.eval()(vectors)
    for code in quantized.indices.unique():
        followers = vectors[quantized.indices == code]
        torch.testing.assert_close(book.codes[code], followers.mean(dim=0), atol=1e-3, rtol=1e-3)


def test_the_first_codes_are_drawn_once_even_across_saving() -> None:
    book = GradientCodebook(num_codes=5, dim=3)
    book(torch.randn(2, 7, 3))
    again = GradientCodebook(num_codes=5, dim=3)
    again.load_state_dict(book.state_dict())
    again(torch.randn(2, 7, 3) + 50)
    assert torch.equal(again.codes, book.codes)


@pytest.mark.parametrize("num", [3, 20])
def test_as_many_codes_as_there_are_clusters(num: int) -> None:
    torch.manual_seed(0)
    book = AdaptiveCodebook(num_codes=200, dim=3, start=2, wanted_loss=0.01, every=5, decay=0.8)
    for step in range(300):
        book(clusters(num, spread=0.2, seed=step))
    assert num <= book.size <= 2 * num
    vectors = clusters(num, spread=0.2, seed=999)
    lost = book.eval()(vectors).commitment / vectors.var(dim=0, correction=0).mean()
    assert lost < 0.01


def test_it_grows_for_a_finer_look_and_never_beyond_its_room() -> None:
    sizes = []
    for wanted in (0.4, 0.2, 0.0):
        torch.manual_seed(0)
        book = AdaptiveCodebook(num_codes=50, dim=3, start=2, wanted_loss=wanted, every=5, decay=0.8)
        for _ in range(200):
            book(torch.randn(400, 3))
        sizes.append(book.size)
    assert sizes[0] < sizes[1] < sizes[2]
    assert sizes[2] <= 50


def test_who_is_not_alive_is_never_chosen_and_looking_changes_nothing() -> None:
    book = AdaptiveCodebook(num_codes=11, dim=3, start=2)
    book(torch.randn(2, 7, 3))
    before = {name: value.clone() for name, value in book.state_dict().items()}
    assert book.eval()(torch.zeros(2, 7, 3)).indices.max() < 2  # the others lie at zero, exactly there
    assert all(torch.equal(value, before[name]) for name, value in book.state_dict().items())


def test_a_start_beyond_the_room_is_refused() -> None:
    with pytest.raises(ValueError, match="but got 12 with num_codes=11"):
        AdaptiveCodebook(num_codes=11, dim=3, start=12)
