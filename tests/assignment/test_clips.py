"""Autoencoders for a class: runs that can be repeated, fingerprints that tell corpora apart."""

from statistics import fmean

import pytest

from signlab.assignment import clips

TWO = (*clips.COMMON, "steps=2", "warmup_steps=1", "log_every=1", "model.width=8")


def test_a_run_measures_and_repeats_to_the_digit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clips, "UNSEEN", 5)
    monkeypatch.setattr(clips, "LEARNT", 6)
    settings = (*TWO, "corpus=5")
    one, again = (clips.reconstruct(settings, 3) for _ in range(2))
    assert one.metrics == again.metrics
    assert one.metrics.keys() >= {
        "psnr",
        "hand_psnr",
        "motion_psnr",
        "sharpness",
        "perplexity",
        "fingerprint",
    }
    assert one.per_sentence is not None
    assert len(one.per_sentence["psnr"]) == 5
    assert abs(fmean(one.per_sentence["psnr"]) - one.metrics["psnr"]) < 0.002
    assert clips.reconstruct((*TWO, "corpus=6"), 3).metrics["psnr"] != one.metrics["psnr"]


def test_a_fingerprint_is_of_corpus_and_seed_and_of_nothing_else() -> None:
    base = (*clips.COMMON, "corpus=5")
    first = clips.fingerprint(base, 0)
    assert clips.fingerprint((*base, "model.num_codes=8"), 0) == first
    others = {clips.fingerprint(base, 1), clips.fingerprint((*clips.COMMON, "corpus=6"), 0)}
    assert first not in others
    assert len(others) == 2


def test_seeds_draw_different_clips_and_none_twice() -> None:
    one, other = clips.chosen(0), clips.chosen(1)
    assert len(set(one)) == clips.LEARNT
    assert set(one) != set(other)
    assert max(one) < clips.CLIPS
