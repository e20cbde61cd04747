"""Quizzes: what is refused, and what a browser does with them."""

import copy
import json

import pytest

from signlab.teach.quiz import load_quiz, quiz

QUESTIONS = [
    {
        "question": "What does a gloss `RAIN` keep?",
        "type": "multiple_choice",
        "answers": [
            {"answer": "Everything", "correct": False, "feedback": "Not the brows, for one."},
            {"answer": "A label", "correct": True, "feedback": "It names a sign & no more."},
        ],
    },
    {
        "question": "Which are non-manual?",
        "type": "many_choice",
        "answers": [
            {"answer": "Brows", "correct": True, "feedback": "They are on the face."},
            {"answer": "Handshape", "correct": False, "feedback": "It is on the hand."},
            {"answer": "Mouth", "correct": True, "feedback": "It is on the face, too."},
        ],
    },
    {
        "question": "How many frames has a second?",
        "type": "numeric",
        "precision": 0,
        "answers": [
            {"type": "value", "value": 25, "correct": True, "feedback": "As in PHOENIX14T."},
            {"type": "range", "range": [29, 31], "correct": False, "feedback": "That is NTSC."},
            {"type": "default", "feedback": "Look at the table above."},
        ],
    },
]


def spoiled(number: int, **changes) -> list[dict]:
    questions = copy.deepcopy(QUESTIONS)
    questions[number] |= changes
    return questions


@pytest.mark.parametrize(
    ("questions", "message"),
    [
        (spoiled(0, type="string"), "type must be one of multiple_choice, many_choice, numeric"),
        (spoiled(0, question=""), "it has no text"),
        (spoiled(0, answers=[{"answer": "a", "correct": True}]), "answer 'a' does not explain itself"),
        (spoiled(0, answers=[QUESTIONS[0]["answers"][1]] * 2), "2 answers are marked .* it must be one"),
        (spoiled(1, answers=[QUESTIONS[0]["answers"][0]]), "0 answers are marked .* it must be some"),
        (spoiled(0, answers=[{"correct": True, "feedback": "so"}]), "'so' has no text"),
        (spoiled(2, answers=QUESTIONS[2]["answers"][:2]), "of type 'default'"),
        (
            spoiled(2, answers=[*QUESTIONS[2]["answers"], {"correct": True, "feedback": "x"}]),
            "needs 'value', 'range'",
        ),
    ],
)
def test_an_unfinished_question_is_refused_and_named(questions, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        quiz(questions)


def test_a_quiz_can_come_from_a_file(tmp_path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(QUESTIONS))
    assert load_quiz(tmp_path / "a.json") == load_quiz(str(tmp_path / "a.json")) == QUESTIONS
    assert quiz(tmp_path / "a.json").html == quiz(QUESTIONS).html
    assert repr(quiz(QUESTIONS)).splitlines()[:2] == ["Quiz", "1. What does a gloss `RAIN` keep?"]


def test_choices_explain_themselves_by_keyboard(visit) -> None:
    def look(page) -> None:
        first, second = page.locator("form").nth(0), page.locator("form").nth(1)
        first.get_by_role("button").click()
        assert first.get_by_role("status").inner_text() == "Please choose first."
        first.get_by_role("radio", name="Everything").focus()
        page.keyboard.press("Space")
        page.keyboard.press("Enter")
        assert first.get_by_role("status").inner_text() == "Not so. Not the brows, for one."
        page.keyboard.press("ArrowDown")
        assert first.get_by_role("status").inner_text() == ""  # another choice, not yet checked
        page.keyboard.press("Enter")
        assert first.get_by_role("status").inner_text() == "Right. It names a sign & no more."

        second.get_by_role("checkbox", name="Brows").check()
        second.get_by_role("button").click()
        assert second.get_by_role("status").inner_text().endswith("One more is right.")
        second.get_by_role("checkbox", name="Handshape").check()
        second.get_by_role("button").click()
        assert "Not so. It is on the hand." in second.get_by_role("status").inner_text()

    visit(quiz(QUESTIONS).html, look)


def test_numbers_are_judged_with_point_or_comma(visit) -> None:
    def look(page) -> None:
        form = page.locator("form").nth(2)
        said = []
        for typed in ("", "25", "25,3", "30", "7", "many"):
            form.get_by_role("textbox").fill(typed)
            form.get_by_role("button").click()
            said.append(form.get_by_role("status").inner_text())
        assert said == [
            "Please type a number.",
            "Right. As in PHOENIX14T.",
            "Right. As in PHOENIX14T.",
            "Not so. That is NTSC.",
            "Not so. Look at the table above.",
            "Please type a number.",
        ]

    visit(quiz(QUESTIONS).html, look)


def test_without_scripts_the_explanations_unfold(visit) -> None:
    def look(page) -> None:
        assert page.get_by_role("button").count() == 0
        page.locator("summary").first.click()
        assert "Everything: Not so. Not the brows, for one." in page.locator("details").first.inner_text()

    visit(quiz(QUESTIONS).html, look, java_script_enabled=False)


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_nothing_is_in_the_way_of_anybody(visit, axe, colours: str) -> None:
    def look(page) -> None:
        page.get_by_role("radio", name="Everything").check()
        page.get_by_role("button").first.click()
        assert axe(page) == []
        root = "document.documentElement"
        assert page.evaluate(f"{root}.scrollWidth <= {root}.clientWidth")

    visit(quiz(QUESTIONS).html, look, color_scheme=colours, viewport={"width": 360, "height": 800})
