"""Features on disk: the same as computed anew, found again, never stale, never half."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from signlab.data.example import SignExample
from signlab.translation.feature_cache import compute, weights_hash, with_features
from signlab.translation.features import VisualConfig, VisualEncoder


def encoder(seed: int = 0) -> VisualEncoder:
    torch.manual_seed(seed)
    return VisualEncoder(VisualConfig(channels=(3, 5, 7, 11), grid=2, dim=13)).eval()


def alike(one: list[SignExample], other: list[SignExample]) -> bool:
    return all(np.array_equal(a.features, b.features) for a, b in zip(one, other, strict=True))  # type: ignore[arg-type]


def test_kept_features_are_those_computed(words, tmp_path) -> None:
    split = words.split("test")
    anew = with_features(encoder(), split)
    first = with_features(encoder(), split, folder=tmp_path)
    files = list(tmp_path.iterdir())
    assert len(files) == 1
    stamp = files[0].stat().st_mtime_ns
    second = with_features(encoder(), split, folder=tmp_path)
    assert files[0].stat().st_mtime_ns == stamp
    assert alike(anew, first)
    assert alike(anew, second)
    assert [one.name for one in second] == [one.name for one in split]
    assert second[0].video is None
    assert second[0].glosses == split[0].glosses
    assert len(second[0].features) == -(-len(split[0].video) // 4)


def test_other_weights_or_videos_make_another_file(words, tmp_path) -> None:
    split = words.split("test")
    with_features(encoder(), split, folder=tmp_path)
    with_features(encoder(1), split, folder=tmp_path)
    with_features(encoder(), split[:5], folder=tmp_path)
    assert len(list(tmp_path.iterdir())) == 3


def test_a_damaged_file_is_made_again(words, tmp_path) -> None:
    split = words.split("test")
    expected = with_features(encoder(), split, folder=tmp_path)
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes()[:-7])
    assert alike(with_features(encoder(), split, folder=tmp_path), expected)
    assert alike(with_features(encoder(), split, folder=tmp_path), expected)


def test_features_that_are_there_stay(tracks) -> None:
    split = tracks.split("test")
    assert with_features(encoder(), split) == list(split)


def test_the_company_does_not_change_a_clips_features(words) -> None:
    split = words.split("test")
    together, alone = compute(encoder(), split[:3])[1], compute(encoder(), split[1:2])[0]
    torch.testing.assert_close(together, alone)


def test_weights_hash_notices_one_bit() -> None:
    one, other = encoder(), encoder()
    assert weights_hash(one) == weights_hash(other)
    with torch.no_grad():
        other.stem_norm.running_mean[0] += 1e-3  # type: ignore[index]
    assert weights_hash(one) != weights_hash(other)


def test_examples_without_video_are_named(words) -> None:
    with pytest.raises(ValueError, match="but test/0 has none"):
        compute(encoder(), [replace(words.split("test")[0], video=None)])
