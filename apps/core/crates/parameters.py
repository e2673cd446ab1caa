"""What a workflow asks for: its parameters as its registration says them, and whether a request fills them (5S-INP-04).

A parameter is a JSON object: `name`, `type` (one of TYPES), `kind` (one of KINDS), `label` in plain words, `default` (its
usual value as text, empty where there is none), `unit`, and `choices` (texts) where the kind is choice.
"""

import math
import re
from collections.abc import Iterable
from typing import Any, Protocol

TYPES = ("dataset", "file", "integer", "number", "string", "boolean")
# data: a value or a file; choice: one of a list; code: a script, a query or a command, which a person has to read.
KINDS = ("data", "choice", "code")
CODE_BYTES = 100_000
LARGEST = 2**53 - 1  # the whole numbers that every reader of JSON reads alike (RFC 8785)
LONGEST = 17  # digits, with a sign
WHOLE = re.compile(r"[+-]?[0-9]+")
NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")
Parameter = dict[str, Any]


class Filled(Protocol):
    """One input of a request, as `check.read` gives it."""

    @property
    def parameter(self) -> str: ...
    @property
    def value(self) -> Any: ...
    @property
    def path(self) -> str: ...
    @property
    def size(self) -> int: ...


class BadParameter(Exception):
    """A request fills a parameter wrongly; the text is a sentence for the researcher."""


def is_code(parameter: Parameter) -> bool:
    """True where a person has to read what it is given before it may run."""
    return parameter.get("kind") == "code"


def asked_for(parameters: Iterable[Parameter]) -> list[Parameter]:
    """The parameters that a request fills: all but the datasets, which each TRE has its own of."""
    return [parameter for parameter in parameters if parameter["type"] != "dataset"]


def value_of(value: Any, parameter: Parameter) -> Any:
    """A parameter's value in its own type. Raises BadParameter."""
    name = parameter["name"]
    if not isinstance(value, str | int | float):
        raise BadParameter(f"{name} has to be a value, not a file.")
    text = str(value)
    if parameter["type"] == "integer":
        if not WHOLE.fullmatch(text):
            raise BadParameter(f"{name} has to be a whole number.")
        if len(text) > LONGEST or abs(int(text)) > LARGEST:
            raise BadParameter(f"{name} has to be a whole number that is not beyond {LARGEST}.")
        return int(text)
    if parameter["type"] == "number":
        if not NUMBER.fullmatch(text) or not math.isfinite(float(text)):
            raise BadParameter(f"{name} has to be a number.")
        return float(text)
    if parameter["type"] == "boolean":
        if text.lower() not in ("true", "false"):
            raise BadParameter(f"{name} has to be true or false.")
        return text.lower() == "true"
    if parameter.get("kind") == "choice" and text not in parameter.get("choices", ()):
        raise BadParameter(f"{name} has to be one of: {', '.join(parameter['choices'])}.")
    check_length(parameter, len(text.encode()))
    return text


def check_length(parameter: Parameter, size: int) -> None:
    """Code has to be read by a person. Raises BadParameter where it is longer than CODE_BYTES."""
    if is_code(parameter) and size > CODE_BYTES:
        raise BadParameter(f"{parameter['name']} is code, and longer than a person can read ({CODE_BYTES // 1000} kB).")


def fill(parameters: Iterable[Parameter], inputs: Iterable[Filled]) -> tuple[dict[str, Any], dict[str, str]]:
    """({parameter: value}, {parameter: payload path}) of a request's inputs. Raises BadParameter at the first wrong one."""
    known = {parameter["name"]: parameter for parameter in asked_for(parameters)}
    values: dict[str, Any] = {}
    files: dict[str, str] = {}
    for each in inputs:
        parameter = known.get(each.parameter)
        if parameter is None:
            raise BadParameter(f"The workflow takes no parameter called {each.parameter[:80]}.")
        if each.parameter in values or each.parameter in files:
            raise BadParameter(f"{each.parameter} is given twice.")
        if parameter["type"] == "file":
            if not each.path or each.path.endswith("/"):
                raise BadParameter(f"{each.parameter} has to be a file.")
            check_length(parameter, each.size)
            files[each.parameter] = each.path
        else:
            values[each.parameter] = value_of(each.value, parameter)
    for name, parameter in known.items():
        if name not in values and name not in files and not parameter["default"]:
            raise BadParameter(f"The workflow needs {name}, and the crate does not give it.")
    return values, files
