"""A stranger's text, made safe to read: nothing unseen, nothing that turns the direction of what follows."""

import unicodedata

TURNS = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
UNSEEN = ("Cc", "Cs", "Co", "Cn")
# What takes no room, or looks like a space, and is something else to a machine: names may need it, code does not.
HIDDEN = (*UNSEEN, "Cf", "Zl", "Zp", "Zs")
BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")


def is_plain(character: str) -> bool:
    """True for what a reader sees as it is; a line end and a tab are plain."""
    return character in "\n\t" or (character not in TURNS and unicodedata.category(character) not in UNSEEN)


def plain(text: str, most: int) -> str:
    """The text, cut to `most` characters, with a replacement character for each that is not plain."""
    text = text if len(text) <= most else text[: most - 1] + "…"
    if text.isascii() and text.isprintable():
        return text
    return "".join(each if is_plain(each) else "\ufffd" for each in text)


def is_hidden(character: str) -> bool:
    """True for what a reader of code does not see, or takes for something else (Trojan Source, CVE-2021-42574)."""
    return character not in " \n\t" and (character in BLANK or unicodedata.category(character) in HIDDEN)


def has_hidden(text: str) -> bool:
    """True where a character of the text is hidden; the two characters of a line end are not."""
    return any(is_hidden(each) for each in text.replace("\r\n", "\n"))


def unhidden(text: str) -> str:
    """The text with each hidden character by its number, as [U+200B]; line ends become one character."""
    return "".join(f"[U+{ord(each):04X}]" if is_hidden(each) else each for each in text.replace("\r\n", "\n"))
