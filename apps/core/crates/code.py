"""Code in a file of a bag, as the text that a person reads and that two runs are compared by."""

from apps.core.crates.package import Bag
from apps.core.crates.parameters import CODE_BYTES, BadParameter


def read_code(bag: Bag, name: str, path: str) -> str:
    """The whole text of a parameter's code: every byte of it, so that other bytes are another text.

    Raises BadParameter for what is no UTF-8 or holds a NUL, Unreadable for a damaged or long file, KeyError for none.
    """
    content = bag.read(f"data/{path}", CODE_BYTES)
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as problem:
        raise BadParameter(no_text(name)) from problem
    if "\0" in text:
        raise BadParameter(no_text(name))
    return text


def no_text(name: str) -> str:
    return f"{name} is code, and not a text that a person can read (UTF-8, without NUL)."
