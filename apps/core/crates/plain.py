"""A stranger's text, made safe to read: nothing unseen, nothing that turns the direction of what follows."""

import unicodedata

TURNS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
UNSEEN = ("Cc", "Cs", "Co", "Cn")


def is_plain(character: str) -> bool:
    """True for what a reader sees as it is; a line end and a tab are plain."""
    return character in "\n\t" or (character not in TURNS and unicodedata.category(character) not in UNSEEN)


def plain(text: str, most: int) -> str:
    """The text, cut to `most` characters, with a replacement character for each that is not plain."""
    text = text if len(text) <= most else text[: most - 1] + "…"
    if text.isascii() and text.isprintable():
        return text
    return "".join(each if is_plain(each) else "\ufffd" for each in text)
