"""How hard our own words are to read: the sentences of templates, and their Flesch-Kincaid grade."""

import re
from pathlib import Path

from apps.core.web.glossary import TERMS
from apps.core.web.readability import SPELLINGS, WORD, grade, sentences, syllables, words

__all__ = ["grade", "sentences", "sentences_of", "syllables", "terms_of", "unexplained", "words"]

TERM = re.compile(r"""{%\s*term "(?P<key>[\w-]+)"(?: (?:_\()?"(?P<words>[^"]+)"\)?)?(?: as (?P<name>\w+))?\s*%}""")
TRANSLATED = re.compile(
    r"""{%\s*translate\s+(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)')[^%]*%}"""
    r"""|{%\s*blocktranslate[^%]*%}(?P<block>.*?){%\s*endblocktranslate\s*%}""",
    re.DOTALL,
)
TOLD = re.compile(r"{\w+}")


def texts(template: str) -> list[str]:
    """What a template itself says, each `translate` and `blocktranslate` one text; a term stands as its words."""
    named = {match["name"]: said(match) for match in TERM.finditer(template) if match["name"]}
    template = TERM.sub(lambda match: "" if match["name"] else said(match), template)
    found = [match["double"] or match["single"] or match["block"] or "" for match in TRANSLATED.finditer(template)]
    spoken = [re.sub(r"{{\s*(\w+)[^}]*}}", lambda match: named.get(match[1], "it"), text) for text in found]
    return [" ".join(text.split()) for text in spoken]


def said(term: re.Match) -> str:
    return term["words"] or str(TERMS[term["key"]].word)


def sentences_of(path: Path) -> list[str]:
    return [sentence for text in texts(path.read_text()) for sentence in sentences(text)]


TITLE = re.compile(r"{% block title %}.*?{% endblock %}", re.DOTALL)


def terms_of(template: str) -> set[str]:
    """The keys of the terms that a template links."""
    return {match["key"] for match in TERM.finditer(template)}


def unexplained(template: str) -> set[str]:
    """The keys of the jargon that a template says and never links."""
    said_here = " | ".join(texts(TITLE.sub("", TERM.sub(" | ", template))))
    keys = {SPELLINGS[match[1].lower()] for match in WORD.finditer(said_here)}
    return {key for key in keys - terms_of(template) if TERMS[key].is_jargon}
