"""What a run of an assignment can be: what trains, what its settings are, what it measures. Chapter 10."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from signlab.assignment.settings import CORPUS, fields_of
from signlab.study.design import Metric, Runner

FINGERPRINT = "fingerprint"  # the metric that tells which examples a run has learnt from


class Kind(NamedTuple):
    """A run that is small enough for a class."""

    runner: Runner
    common: tuple[str, ...]  # settings of all levels
    metrics: tuple[Metric, ...]  # that it measures
    config_of: Callable[[tuple[str, ...]], Any]  # what a run is trained with; refuses wrong settings
    fingerprint: Callable[[tuple[str, ...], int], float]
    may_differ: tuple[str, ...]  # beginnings of fields that a level of one's own may set
    mean_of: tuple[str, str]  # a metric, and the list whose mean it is

    def metric(self, name: str) -> Metric:
        """One of the metrics.

        Raises:
            ValueError: If there is none of this name.
        """
        for metric in self.metrics:
            if metric.name == name:
                return metric
        known = ", ".join(metric.name for metric in self.metrics)
        raise ValueError(f"A metric of this kind of run must be one of {known}, but got {name!r}.")

    def check_own(self, settings: Sequence[str]) -> None:
        """See to it that a level that a student thought of can be run, and costs little more than the others.

        Raises:
            ValueError: If a field is unknown, not to be changed, or its value impossible.
        """
        for setting in fields_of(settings):
            field = setting.partition("=")[0].strip()
            if not field.startswith(self.may_differ):
                raise ValueError(
                    f"A level of one's own may set fields that begin with {', '.join(self.may_differ)}, "
                    f"but got {setting[:60]!r}."
                )
        if any(one.partition("=")[0].strip() == CORPUS for one in settings):
            raise ValueError(
                "A level of one's own must learn from the same corpus as the others; drop corpus=."
            )
        self.config_of((*self.common, *settings))


def _poses() -> Kind:
    from signlab.assignment import poses
    from signlab.study.translation_studies import BLEU, NATS

    metrics = (
        NATS,
        BLEU,
        Metric(name="posterior_nats", unit="nats", higher_is_better=False, words="nats, posterior (oracle)"),
        Metric(name="posterior_bleu4", unit="%", higher_is_better=True, words="BLEU-4, posterior (oracle)"),
        Metric(name="latent_kl", unit="nats", words="latent KL, nats a sentence"),
        Metric(name="active_units", words="active units of the latent"),
        Metric(name="modality_gap", words="distance of clips' and sentences' readings"),
    )
    return Kind(
        poses.translate_poses,
        poses.COMMON,
        metrics,
        poses.config_of,
        poses.fingerprint,
        poses.MAY_DIFFER,
        ("nats", "nats"),
    )


def _clips() -> Kind:
    from signlab.assignment import clips
    from signlab.study.production_studies import FACE, HAND, MOTION, PSNR, SHARP, STEADY, VARIED

    share = Metric(name="steadiness", words=STEADY.words)
    ssim = Metric(name="ssim", higher_is_better=True, words="SSIM of unseen puppets")
    return Kind(
        clips.reconstruct,
        clips.COMMON,
        (PSNR, HAND, FACE, MOTION, SHARP, ssim, share, VARIED),
        clips.config_of,
        clips.fingerprint,
        clips.MAY_DIFFER,
        ("psnr", "psnr"),
    )


KINDS: dict[str, Callable[[], Kind]] = {"poses": _poses, "clips": _clips}


def find_kind(name: str) -> Kind:
    """A kind of run by its name.

    Raises:
        ValueError: If there is none.
    """
    if name not in KINDS:
        raise ValueError(f"A kind of run must be one of {', '.join(KINDS)}, but got {name[:60]!r}.")
    return KINDS[name]()
