"""What a line of text may not carry, because it would show something else than what was written."""

import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

# Characters that turn the direction of what follows (Unicode Standard Annex 9): a title could pass for another.
TURNING = set("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
UNSEEN = {"Cc", "Cs", "Zl", "Zp"}


def one_plain_line(text: str) -> None:
    """Refuse control characters, ends of lines and characters that turn the direction of writing. Raises ValidationError."""
    if any(each in TURNING or unicodedata.category(each) in UNSEEN for each in text):
        raise ValidationError(_("Write it in one line, without hidden characters."))
