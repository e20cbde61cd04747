"""Whole numbers as signs and as words: 25 = TWO TEN FIVE = twenty-five = fünfundzwanzig. Chapter 2."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class NumberWords:
    """How one language says a number from -99 to 99 (as far as its tens go)."""

    small: tuple[str, ...]  # zero to nineteen
    tens: tuple[str, ...]  # twenty, thirty, ...
    joined: str  # "{ten}-{one}" or "{one}und{ten}"
    minus: str
    one: str  # the 1 inside a joined number

    def say(self, number: int) -> str:
        """The number in words, one token but for the minus."""
        if number < 0:
            return f"{self.minus} {self.say(-number)}"
        if number < len(self.small):
            return self.small[number]
        ten, one = self.tens[number // 10 - 2], number % 10
        if not one:
            return ten
        return self.joined.format(ten=ten, one=self.one if one == 1 else self.small[one])


@dataclass(frozen=True, kw_only=True, slots=True)
class NumberSigns:
    """How the puppet shows a number: its digits from left to right, TEN between them."""

    digits: tuple[str, ...]
    ten: str
    minus: str
    until: str

    def show(self, number: int) -> tuple[str, ...]:
        """Glosses of a number from -99 to 99."""
        if number < 0:
            return (self.minus, *self.show(-number))
        tens, ones = divmod(number, 10)
        front = () if not tens else (self.ten,) if tens == 1 else (self.digits[tens], self.ten)
        return (*front, self.digits[ones]) if ones or not tens else front


@dataclass(frozen=True, kw_only=True, slots=True)
class Degrees:
    """Temperatures: how they are spread and how they are said."""

    mean: float
    deviation: float
    lowest: int
    highest: int
    glosses: tuple[str, ...]
    forms: Mapping[str, Mapping[str, str]]  # language -> "one", "alone", "single", "range"


@dataclass(frozen=True, kw_only=True, slots=True)
class Dates:
    """Days and months: the third of july = THREE MONTH SEVEN."""

    glosses: tuple[str, ...]
    form: Mapping[str, str]
    days: Mapping[str, tuple[str, ...]]
    months: Mapping[str, tuple[str, ...]]

    def say(self, day: int, month: int, language: str) -> str:
        """The date in words; both count from 1."""
        return self.form[language].format(
            day=self.days[language][day - 1], month=self.months[language][month - 1]
        )
