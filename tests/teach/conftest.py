"""Each test module of a chapter's checks holds a table ANSWERS; here it becomes one test for each answer.

A table has, for each exercise, the stub, the right answers (two or more, written differently) and the wrong
ones (three or more that students really give), each with a piece of its diagnosis.
"""

import pytest


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "attempt" not in metafunc.fixturenames:
        return
    cases = []
    for exercise, answers in metafunc.module.ANSWERS.items():
        cases.append(pytest.param((exercise, answers["stub"], "not attempted", ""), id=f"{exercise}-stub"))
        for at, right in enumerate(answers["right"]):
            cases.append(pytest.param((exercise, right, "passes", ""), id=f"{exercise}-right-{at}"))
        for wrong, piece in answers["wrong"]:
            cases.append(pytest.param((exercise, wrong, "diagnosis", piece), id=f"{exercise}-{piece}"))
    metafunc.parametrize("attempt", cases)
