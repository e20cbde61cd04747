"""Kinds of runs: what they measure, and what a level of one's own may set."""

import pytest

from signlab.assignment.kinds import KINDS, find_kind


@pytest.mark.parametrize("name", list(KINDS))
def test_a_kind_can_be_run_as_it_is(name: str) -> None:
    kind = find_kind(name)
    kind.config_of(kind.common)
    assert kind.mean_of[0] in [metric.name for metric in kind.metrics]
    assert kind.runner.sources  # type: ignore[attr-defined]


def test_a_level_of_ones_own_may_set_what_costs_little() -> None:
    find_kind("poses").check_own(["objective.agreement_weight=5", "model.latent.attention=separate"])
    find_kind("clips").check_own(["model.num_codes=16", "hands_weight=1"])


@pytest.mark.parametrize(
    ("settings", "told"),
    [
        (["steps=5000"], "may set fields that begin with"),
        (["batch_size=4096"], "may set fields that begin with"),
        (["objective.agreement=1"], "agreement"),
        (["objective.agreement_weight=many"], "must be a number"),
        (["corpus=7"], "same corpus"),
        (["learning_rate"], "field=value"),
    ],
)
def test_what_a_level_of_ones_own_may_not_set(settings: list[str], told: str) -> None:
    with pytest.raises(ValueError, match=told):
        find_kind("poses").check_own(settings)


def test_what_there_is_not_is_refused() -> None:
    with pytest.raises(ValueError, match="must be one of poses, clips, but got 'gestures'"):
        find_kind("gestures")
    with pytest.raises(ValueError, match=r"must be one of psnr, .* but got 'bleu4'"):
        find_kind("clips").metric("bleu4")
