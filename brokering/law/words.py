"""The base of every enumeration of the law: words that hash as fast as their text."""

from enum import StrEnum


class Word(StrEnum):
    """A word of the law; decisions look words up by the dozen, and Enum's own hash runs in Python."""

    __hash__ = str.__hash__
