"""A command line whose every complaint is one sentence, with a guess at what was meant. Chapter 2."""

import argparse
import difflib
import re
from collections.abc import Callable, Sequence
from typing import Any, NoReturn


def _wide(prog: str) -> argparse.HelpFormatter:
    formatter = argparse.HelpFormatter(prog, max_help_position=30, width=100)
    formatter._action_max_length = 14  # argparse forgets that the names of commands are indented
    return formatter


class Parser(argparse.ArgumentParser):
    """A parser that takes no abbreviations and whose every complaint is one sentence."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs | {"allow_abbrev": False, "formatter_class": _wide})

    def error(self, message: str) -> NoReturn:
        choice = re.fullmatch(r"argument (.+): invalid choice: '(.*)' \(choose from (.*)\)", message)
        if choice:
            known = [name.strip(" '") for name in choice[3].split(",")]
            message = f"{choice[1].lower()} must be one of {', '.join(known)}, but got {choice[2]!r}"
            message += meant(choice[2], known)
        message = message.removeprefix("argument ").replace(": must be", " must be", 1)
        required = re.fullmatch("the following arguments are required: (.*)", message)
        message = f"{required[1]} must be given" if required else message
        self.exit(2, f"{self.prog}: {message}; {self.prog} --help shows what is possible.\n")

    def refuse(self, unknown: Sequence[str]) -> NoReturn:
        """Say which argument is none."""
        known = [name for action in self._actions for name in action.option_strings]
        option = unknown[0].partition("=")[0]
        if option.startswith("-"):
            self.error(f"there is no {option}{meant(option, known)}")
        self.error(f"{unknown[0]!r} is one argument too many")


def meant(name: str, known: Sequence[str]) -> str:
    """A guess at what somebody wanted to type, as the end of a sentence."""
    close = difflib.get_close_matches(name, known, 1)
    return f"; did you mean {close[0]}" if close else ""


def at_least(least: int) -> Callable[[str], int]:
    """What turns a text into a whole number that is not too small."""

    def number(text: str) -> int:
        try:
            value = int(text)
        except ValueError:
            value = least - 1
        if value < least:
            raise argparse.ArgumentTypeError(f"must be a whole number, {least} or more, but got {text!r}")
        return value

    return number
