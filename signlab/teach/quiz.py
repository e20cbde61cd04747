"""Quizzes that explain every answer, right or wrong, with no kernel and no account. Chapter 2.

A quiz is a JSON list of questions, each with "question", "type" ("multiple_choice", "many_choice" or
"numeric") and "answers"; an answer has "answer", "correct" and "feedback", a numeric one "value" or "range"
instead of "answer", or "type": "default" for all other numbers. It is the format of the jupyterquiz package,
so that banks of questions can be exchanged. Nothing that a reader answers leaves the page.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from signlab.show.page import Html, escape, phrase, widget

KINDS = ("multiple_choice", "many_choice", "numeric")


def quiz(source: str | Path | Sequence[dict[str, Any]], *, title: str = "Quiz") -> Html:
    """A quiz, ready to be shown.

    Args:
        source: The questions, a JSON file with them, or the name of a quiz in the project's data ("chapter01").
        title: Name of the quiz for people who hear the page.

    Raises:
        ValueError: If a question lacks something, for example the explanation of a wrong answer.
    """
    questions = load_quiz(source)
    forms = "".join(_question(number, question) for number, question in enumerate(questions, start=1))
    text = "\n".join(
        f"{number}. {question['question']}" for number, question in enumerate(questions, start=1)
    )
    return widget("quiz", forms, label=title, package="signlab.teach", text=f"{title}\n{text}")


def load_quiz(source: str | Path | Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The questions of a quiz, checked; see `quiz`."""
    if isinstance(source, str) and not source.endswith(".json"):
        from signlab.data.files import shipped

        source = shipped("quizzes", f"{source}.json")
    read = isinstance(source, (str, Path))
    questions = json.loads(Path(source).read_text(encoding="utf-8")) if read else list(source)
    for number, question in enumerate(questions, start=1):
        problem = _problem(question)
        if problem:
            raise ValueError(f"Question {number} ({str(question.get('question', '?'))[:60]!r}): {problem}")
    return questions


def _problem(question: dict[str, Any]) -> str:
    """What is wrong with a question; empty if nothing is."""
    kind, answers = question.get("type"), question.get("answers", [])
    if not question.get("question"):
        return "it has no text; write it under 'question'."
    if kind not in KINDS:
        return f"type must be one of {', '.join(KINDS)}, but it is {kind!r}."
    if kind == "numeric" and not any(answer.get("type") == "default" for answer in answers):
        return "a numeric question needs an answer of type 'default' that explains every other number."
    right = sum(bool(answer.get("correct")) for answer in answers)
    if right == 0 or (kind == "multiple_choice" and right != 1):
        return (
            f"{right} answers are marked 'correct': true; it must be {'one' if kind[1] == 'u' else 'some'}."
        )
    for answer in answers:
        named = answer.get("answer", answer.get("value", answer.get("range", answer.get("type"))))
        if not answer.get("feedback"):
            return f"answer {named!r} does not explain itself; write one sentence under 'feedback'."
        if kind != "numeric" and "answer" not in answer:
            return f"an answer with the feedback {answer['feedback'][:40]!r} has no text under 'answer'."
        if kind == "numeric" and not {"value", "range"} & answer.keys() and answer.get("type") != "default":
            return f"answer {named!r} needs 'value', 'range' or 'type': 'default'."
    return ""


def _question(number: int, question: dict[str, Any]) -> str:
    """One question as a form; without scripts, the explanations unfold below it."""
    kind, answers = question["type"], question["answers"]
    if kind == "numeric":
        named = escape(question["question"].replace("`", ""))
        choices = (
            f'<label class="sl-option"><span>Your answer:&nbsp;</span><input class="sl-number" type="text" '
            f'inputmode="decimal" autocomplete="off" aria-label="Your answer to: {named}"></label>'
        )
    else:
        control = "radio" if kind == "multiple_choice" else "checkbox"
        choices = "".join(
            f'<label class="sl-option"><input type="{control}" name="answer" value="{at}" autocomplete="off">'
            f"<span>{phrase(answer['answer'])}</span></label>"
            for at, answer in enumerate(answers)
        )
    judged = [_judged(answer, question.get("precision")) for answer in answers]
    unfolded = "".join(
        f"<li>{_named(answer)}{entry['says']}</li>" for answer, entry in zip(answers, judged, strict=True)
    )
    several = " (more than one may be right)" if kind == "many_choice" else ""
    # MathJax reads formulas inside what carries its class.
    return (
        f'<form class="tex2jax_process" data-answers="{escape(json.dumps(judged, ensure_ascii=False))}"><fieldset>'
        f"<legend>{number}. {phrase(question['question'])}{several}</legend>{choices}"
        f'<button class="sl-check" type="submit" hidden>Check question {number}</button>'
        f'<div class="sl-feedback" role="status"></div>'
        f'<details class="sl-without"><summary>Explanations</summary><ul>{unfolded}</ul></details>'
        f"</fieldset></form>"
    )


def _judged(answer: dict[str, Any], precision: int | None) -> dict[str, Any]:
    """What the page needs to know of an answer: what to say, and for which numbers."""
    correct = bool(answer.get("correct"))
    judged: dict[str, Any] = {
        "correct": correct,
        "says": f"<strong>{'Right.' if correct else 'Not so.'}</strong> {phrase(answer['feedback'])}",
    }
    if "value" in answer:
        slack = 0.5 * 10.0**-precision if precision is not None else 1e-9 * max(1.0, abs(answer["value"]))
        judged |= {"low": answer["value"] - slack, "high": answer["value"] + slack}
    elif "range" in answer:
        judged |= {"low": answer["range"][0], "high": answer["range"][1]}
    elif answer.get("type") == "default":
        judged["otherwise"] = True
    return judged


def _named(answer: dict[str, Any]) -> str:
    if "answer" in answer:
        return f"{phrase(answer['answer'])}: "
    if "value" in answer:
        return f"{answer['value']:g}: "
    return f"{answer['range'][0]:g} to {answer['range'][1]:g}: " if "range" in answer else "Anything else: "
