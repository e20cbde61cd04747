"""What makes a chapter a lesson: the set-up, predictions, checks of exercises, quizzes."""

from signlab.teach.checks import Verdict, check
from signlab.teach.failure import Failure, expect_failure
from signlab.teach.predict import Prediction, confront, predict
from signlab.teach.quiz import quiz
from signlab.teach.setup import Runtime, setup

__all__ = [
    "Failure",
    "Prediction",
    "Runtime",
    "Verdict",
    "check",
    "confront",
    "expect_failure",
    "predict",
    "quiz",
    "setup",
]
