"""ROR ids of organisations: 0, six signs of Crockford's base 32, two check digits (ISO 7064 MOD 97-10), as ror.org makes them."""

import re

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

SIGNS = "0123456789abcdefghjkmnpqrstvwxyz"


def check_digits(signs: str) -> str:
    """The two check digits of the six signs of a ROR id."""
    number = 0
    for sign in signs:
        number = number * 32 + SIGNS.index(sign)
    return f"{98 - number * 100 % 97:02d}"


def check_ror(value: str) -> str:
    """The address of a ROR id, however it is written; empty stays empty. Raises ValidationError."""
    given = value.strip().rstrip("/").rsplit("/", 1)[-1].lower()
    if not given:
        return ""
    if not re.fullmatch(rf"0[{SIGNS}]{{6}}\d\d", given):
        raise ValidationError(_("A ROR id looks like https://ror.org/052gg0110."))
    if given[7:] != check_digits(given[1:7]):
        raise ValidationError(_("One sign of this ROR id is wrong: its check digits do not fit."))
    return f"https://ror.org/{given}"
