"""Padding, masks, and which examples meet."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
import torch

from signlab.data.batches import ShuffledBatches, collate
from signlab.data.example import SignExample
from signlab.data.text import BOS, EOS, PAD, UNK, Vocabulary

WORDS = Vocabulary(("rain", "snow", "."))
GLOSSES = Vocabulary(("RAIN", "SNOW"))


def example(name: str, *, frames: int, steps: int, sentence: str, glosses: tuple[str, ...]) -> SignExample:
    generator = np.random.default_rng(frames)
    return SignExample(
        name=name,
        video=generator.integers(0, 256, (frames, 7, 11, 3), dtype=np.uint8),
        features=generator.standard_normal((steps, 13)).astype(np.float32),
        sentences=(sentence, "or so ."),
        glosses=glosses,
    )


@pytest.fixture
def pair() -> list[SignExample]:
    return [
        example("short", frames=3, steps=2, sentence="rain .", glosses=("RAIN",)),
        example("long", frames=5, steps=5, sentence="rain hail rain .", glosses=("RAIN", "HAIL", "SNOW")),
    ]


def test_every_field_by_hand(pair) -> None:
    batch = collate(pair, vocabulary=WORDS, gloss_vocabulary=GLOSSES)
    assert batch.names == ("short", "long")
    assert len(batch) == 2
    assert batch.video.shape == (2, 3, 5, 7, 11)
    assert batch.frames_mask.tolist() == [[True] * 3 + [False] * 2, [True] * 5]
    assert batch.features.shape == (2, 5, 13)
    assert batch.steps_mask.tolist() == [[True] * 2 + [False] * 3, [True] * 5]
    assert batch.tokens.tolist() == [[BOS, 4, 6, EOS, PAD, PAD], [BOS, 4, UNK, 4, 6, EOS]]
    assert batch.tokens_mask.tolist() == [[True] * 4 + [False] * 2, [True] * 6]
    assert batch.glosses.tolist() == [[4, PAD, PAD], [4, UNK, 5]]
    assert batch.glosses_mask.tolist() == [[True, False, False], [True] * 3]
    assert batch.references == (("rain .", "or so ."), ("rain hail rain .", "or so ."))


def test_padding_changes_nothing_and_is_zero(pair) -> None:
    together = collate(pair, vocabulary=WORDS, gloss_vocabulary=GLOSSES)
    for row, one in enumerate(pair):
        alone = collate([one], vocabulary=WORDS, gloss_vocabulary=GLOSSES)
        frames = together.video[row].movedim(1, 0)
        assert torch.equal(frames[together.frames_mask[row]], alone.video[0].movedim(1, 0))
        assert not frames[~together.frames_mask[row]].any()
        for name, mask in (
            ("features", "steps_mask"),
            ("tokens", "tokens_mask"),
            ("glosses", "glosses_mask"),
        ):
            values, real = getattr(together, name)[row], getattr(together, mask)[row]
            assert torch.equal(values[real], getattr(alone, name)[0])
            assert not values[~real].any()


def test_the_order_of_examples_is_the_order_of_rows(pair) -> None:
    there, back = collate(pair, vocabulary=WORDS), collate(pair[::-1], vocabulary=WORDS)
    assert torch.equal(there.video, back.video.flip(0))
    assert torch.equal(there.tokens, back.tokens.flip(0))
    assert there.names == back.names[::-1]


def test_what_nobody_has_or_wants_is_none(pair) -> None:
    batch = collate([replace(one, video=None, glosses=()) for one in pair])
    left_out = (
        batch.video,
        batch.frames_mask,
        batch.tokens,
        batch.tokens_mask,
        batch.glosses,
        batch.glosses_mask,
    )
    assert left_out == (None,) * 6
    assert batch.features is not None


def test_a_batch_can_move(pair) -> None:
    batch = collate(pair, vocabulary=WORDS).to("meta")
    assert batch.video.device.type == batch.tokens_mask.device.type == "meta"
    assert batch.glosses is None
    assert batch.names == ("short", "long")


def test_a_batch_shares_nothing_with_its_examples(pair) -> None:
    batch = collate(pair)
    batch.features.fill_(0)
    batch.video.fill_(0)
    assert pair[0].features.any()
    assert pair[0].video.any()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"video": None}, "must have video, but short has none"),
        ({"features": None}, "must have features, but short has none"),
        ({"sentences": ()}, "must have sentences, but short has none"),
        ({"glosses": ()}, "must have glosses, but short has none"),
        ({"video": np.zeros((0, 7, 11, 3), np.uint8)}, "may be empty, but video of short is"),
        ({"features": np.zeros((0, 13), np.float32)}, "may be empty, but features of short is"),
        ({"video": np.zeros((3, 7, 13, 3), np.uint8)}, r"short has \(7, 13\) and long has \(7, 11\)"),
        ({"features": np.zeros((3, 17), np.float32)}, r"short has \(17,\) and long has \(13,\)"),
    ],
)
def test_what_does_not_fit_is_refused(pair, change, message) -> None:
    with pytest.raises(ValueError, match=message):
        collate([replace(pair[0], **change), pair[1]], vocabulary=WORDS, gloss_vocabulary=GLOSSES)


def test_no_examples_are_no_batch() -> None:
    with pytest.raises(ValueError, match="at least one example, but got none"):
        collate([])


def test_an_epoch_shows_every_example_once() -> None:
    batches = ShuffledBatches(num_examples=7, batch_size=3, seed=5)
    deal = [index for step in range(14) for index in batches.at(step)]  # 42 = six epochs
    epochs = [deal[start : start + 7] for start in range(0, 42, 7)]
    assert all(sorted(epoch) == list(range(7)) for epoch in epochs)
    assert len({tuple(epoch) for epoch in epochs}) > 3  # and in another order


def test_a_step_needs_no_step_before_it() -> None:
    steps = [ShuffledBatches(11, 3, 0).at(step) for step in range(20)]
    assert ShuffledBatches(11, 3, 0).at(17) == steps[17]
    assert ShuffledBatches(11, 3, 1).at(17) != steps[17]


def test_a_batch_may_be_larger_than_the_corpus() -> None:
    assert Counter(ShuffledBatches(num_examples=2, batch_size=6, seed=0).at(3)) == {0: 3, 1: 3}


@pytest.mark.parametrize("wrong", [(0, 3), (3, 0)])
def test_no_examples_cannot_be_shuffled(wrong) -> None:
    with pytest.raises(ValueError, match="num_examples={} and batch_size={}".format(*wrong)):
        ShuffledBatches(*wrong, seed=0)
