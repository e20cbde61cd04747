"""Checks of the exercises: not attempted, passes, or a diagnosis. Chapter 2.

An exercise leaves a gap: ``...`` where a value belongs, or a function whose body is ``...``. A notebook with
all its gaps runs without an error. `check` tries an answer on cases that it makes up and does not say
"wrong": it says what the answer did, and which mistake does that. It needs no network and no account.

Each chapter's checks are functions in a module of their own. A check gets the answer (a function comes
wrapped, so that its errors become diagnoses) and returns its diagnosis, or an empty string.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from signlab.show.page import escape
from signlab.teach import (
    chapter01,
    chapter02,
    chapter03,
    chapter04,
    chapter05,
    chapter06,
    chapter07,
    chapter08,
    chapter09,
    chapter10,
    chapter11,
    chapter12,
    chapter13,
    chapter14,
    chapter15,
    chapter16,
    chapter17,
    chapter18,
)

CHECKS: dict[str, Callable[[Any], str]] = {
    "1.1": chapter01.differing_parameter,
    "1.2": chapter01.num_collisions,
    "2.1": chapter02.find_leaks,
    "2.2": chapter02.split_by_signer,
    "3.1": chapter03.frames_as_images,
    "3.2": chapter03.mask_from_lengths,
    "3.3": chapter03.masked_mean,
    "4.1": chapter04.conditional_elbo,
    "4.2": chapter04.draw,
    "4.3": chapter04.independences,
    "5.1": chapter05.divergence,
    "5.2": chapter05.shift_of,
    "5.3": chapter05.residual_divergence,
    "6.1": chapter06.num_weights,
    "6.2": chapter06.places_of_words,
    "6.3": chapter06.leak,
    "7.1": chapter07.weight_at,
    "7.2": chapter07.charged,
    "7.3": chapter07.active_units,
    "8.1": chapter08.taught,
    "8.2": chapter08.taught_by_held,
    "8.3": chapter08.agreed,
    "9.1": chapter09.clipped,
    "9.2": chapter09.bleu_of,
    "9.3": chapter09.settings,
    "10.1": chapter10.paired,
    "10.2": chapter10.corrected,
    "10.3": chapter10.verdict,
    "11.1": chapter11.straight_through,
    "11.2": chapter11.nearest,
    "11.3": chapter11.codes_in_even_use,
    "12.1": chapter12.axial_sum,
    "12.2": chapter12.trajectory_points,
    "12.3": chapter12.receptive_field,
    "13.1": chapter13.hinge_losses,
    "13.2": chapter13.loudness,
    "13.3": chapter13.start_from,
    "14.1": chapter14.masks_of,
    "14.2": chapter14.chances,
    "14.3": chapter14.leaks,
    "15.1": chapter15.drawn_code,
    "15.2": chapter15.straight_through,
    "15.3": chapter15.temperature_of,
    "16.1": chapter16.gaussians_apart,
    "16.2": chapter16.unnoticed,
    "16.3": chapter16.aligned_cost,
    "17.1": chapter17.error_budget,
    "17.2": chapter17.calibration_error,
    "17.3": chapter17.erring_together,
    "18.1": chapter18.training_days,
    "18.2": chapter18.interval_of_raters,
    "18.3": chapter18.goes_with,
}


class _NotAttempted(Exception):
    """The first thing that the answer was asked gave nothing."""


class _Stumbled(Exception):
    """The answer's own code raised an error."""


@dataclass(frozen=True, slots=True, repr=False)
class Verdict:
    """What a check has found; shows itself as one sentence or two."""

    exercise: str
    status: str  # "not attempted", "passes" or "diagnosis"
    diagnosis: str = ""

    def __repr__(self) -> str:
        if self.status == "diagnosis":
            return f"Exercise {self.exercise}: not yet. {self.diagnosis}"
        return f"Exercise {self.exercise}: {self.status}."

    def _repr_html_(self) -> str:
        return f"<p>{escape(repr(self))}</p>"  # unlike plain text, it wraps on a narrow screen

    def __bool__(self) -> bool:
        return self.status == "passes"


def check(exercise: str, answer: Any) -> Verdict:
    """Try an answer to an exercise.

    Args:
        exercise: Its number, for example "2.1".
        answer: A function or a value, as the exercise asks; ``...`` as long as there is none.

    Raises:
        ValueError: If there is no such exercise.
    """
    if exercise not in CHECKS:
        raise ValueError(f"There is no exercise {exercise!r} with a check; there are {', '.join(CHECKS)}.")
    if answer is ... or answer is None:
        return Verdict(exercise, "not attempted")
    try:
        diagnosis = CHECKS[exercise](_guarded(answer) if callable(answer) else answer)
    except _NotAttempted:
        return Verdict(exercise, "not attempted")
    except _Stumbled as error:
        diagnosis = str(error)
    return Verdict(exercise, "diagnosis", diagnosis) if diagnosis else Verdict(exercise, "passes")


def _guarded(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, asked with copies of its arguments; its errors and its silence are told apart from ours."""
    asked = 0

    def ask(*arguments: Any) -> Any:
        nonlocal asked
        asked += 1
        try:
            answer = function(*copy.deepcopy(arguments))
        except Exception as error:
            raise _Stumbled(
                f"Your function stopped with {type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
            ) from error
        if asked == 1 and (answer is None or answer is ...):
            raise _NotAttempted
        return answer

    return ask
