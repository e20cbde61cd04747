"""Failures on purpose."""

import pytest

from signlab.teach.failure import expect_failure


def test_a_failure_becomes_a_sentence() -> None:
    with expect_failure(ValueError) as failure:
        raise ValueError("2 < 3\nand more")
    assert repr(failure) == "ValueError: 2 < 3"
    assert failure._repr_html_() == "<p>ValueError: 2 &lt; 3</p>"


def test_an_error_without_words_is_named() -> None:
    with expect_failure(ArithmeticError) as failure:
        raise ZeroDivisionError
    assert repr(failure) == "ZeroDivisionError: "


def test_a_block_that_does_not_fail_is_an_error() -> None:
    with pytest.raises(ValueError, match="was to fail with KeyError"), expect_failure(KeyError) as failure:
        pass
    assert repr(failure) == "Nothing failed."


def test_another_error_is_not_swallowed() -> None:
    with pytest.raises(TypeError), expect_failure(KeyError):
        raise TypeError
