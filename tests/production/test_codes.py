"""Codes of a split: what is in them, and when the kept ones are made anew."""

from dataclasses import replace
from pathlib import Path

import torch

from signlab.production.autoencoder import AutoencoderConfig, VideoAutoencoder
from signlab.production.clips import load_clips, still_videos, to_videos
from signlab.production.codes import encode_split, kept_codes

TINY = AutoencoderConfig(frames=8, size=32, width=7, num_blocks=1, num_codes=31, code_dim=5)


def autoencoder() -> VideoAutoencoder:
    torch.manual_seed(0)
    model = VideoAutoencoder(TINY)
    model(torch.rand(2, 3, 8, 32, 32) * 2 - 1)
    return model.eval()


def test_every_example_and_its_first_frame_are_encoded(squares) -> None:
    model, examples = autoencoder(), squares.split("train")
    codes = encode_split(examples, model)
    assert codes.clips.shape == (20, 2, 8, 8)
    clips = load_clips([examples[17]], frames=8, size=32)
    assert torch.equal(codes.clips[17:18], model.encode(to_videos(clips.videos)))
    still = model.encode(still_videos(clips.videos[:, 0], frames=8))
    assert torch.equal(codes.first_frames[17:18], still[:, 0])
    assert codes.glosses == tuple(example.glosses[0] for example in examples)


def test_copies_in_other_colours_keep_their_gloss(squares) -> None:
    model, examples = autoencoder(), squares.split("train")[:3]
    codes = encode_split(examples, model, recolourings=1)
    assert codes.glosses == ("DOWN", "LEFT", "RIGHT") * 2
    assert torch.equal(codes.clips[:3], encode_split(examples, model).clips)
    assert not torch.equal(codes.clips[3:], codes.clips[:3])
    assert torch.equal(codes.clips, encode_split(examples, model, recolourings=1).clips)


def test_codes_know_where_hands_are(squares, tmp_path: Path) -> None:
    model, examples = autoencoder(), squares.split("train")[:5]
    codes = encode_split(examples, model, recolourings=1)
    assert codes.hands is not None
    assert codes.face is not None
    assert not codes.face.any()  # a square has none
    assert torch.equal(codes.hands[:5], codes.hands[5:])  # colours move nothing
    right = codes.hands[2, -1].nonzero().float().mean(dim=0)  # of 8 rows and columns, at the end of RIGHT
    torch.testing.assert_close(right, torch.tensor([3.5, 5.5]), atol=0.6, rtol=0)
    some = codes.some([3, 1])
    assert some.hands is not None
    assert torch.equal(some.hands, codes.hands[[3, 1]])
    assert some.glosses == (codes.glosses[3], codes.glosses[1])

    kept_codes(examples, model, file=tmp_path / "codes", made_by="one", recolourings=1)
    again = kept_codes(examples, model, file=tmp_path / "codes", made_by="one", recolourings=1)
    assert again.hands is not None
    assert torch.equal(again.hands, codes.hands)


def test_codes_of_clips_of_which_nothing_is_known(squares, tmp_path: Path) -> None:
    examples = [replace(example, truth=None) for example in squares.split("train")[:3]]
    for _ in range(2):  # made, then found
        codes = kept_codes(examples, autoencoder(), file=tmp_path / "codes", made_by="one")
        assert codes.hands is None
        assert codes.face is None
        assert codes.some([1]).hands is None


def test_kept_codes_are_used_until_something_changes(squares, tmp_path: Path) -> None:
    model, examples, file = autoencoder(), squares.split("train")[:3], tmp_path / "codes.safetensors"
    first = kept_codes(examples, model, file=file, made_by="one")
    written = file.stat().st_mtime_ns
    again = kept_codes(examples, model, file=file, made_by="one")
    assert file.stat().st_mtime_ns == written
    assert again.glosses == first.glosses
    assert torch.equal(again.clips, first.clips)
    assert torch.equal(again.first_frames, first.first_frames)

    kept_codes(examples, model, file=file, made_by="another")
    assert file.stat().st_mtime_ns != written
    assert len(kept_codes(examples[:2], model, file=file, made_by="another").clips) == 2

    file.write_bytes(file.read_bytes()[:100])  # cut short by a kill
    assert torch.equal(kept_codes(examples, model, file=file, made_by="one").clips, first.clips)
    assert [path.name for path in tmp_path.iterdir()] == ["codes.safetensors"]
