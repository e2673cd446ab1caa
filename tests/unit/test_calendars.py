"""A calendar file by hand: whatever a place is called, a calendar reads back what was written (RFC 5545)."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from hypothesis import example, given
from hypothesis import strategies as st

from apps.core.panels.calendars import LONGEST_LINE, escaped, event_file, folded

LINES = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=300)
# What a field of a form may hold, ends of lines among it.
TEXTS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\r"), max_size=300)


def unescaped(value: str) -> str:
    """As a calendar reads a TEXT: a backslash and n is an end of line, any other escaped character stands for itself."""
    told, characters = [], iter(value)
    for each in characters:
        if each == "\\":
            each = {"n": "\n", "N": "\n"}.get(after := next(characters), after)
        told.append(each)
    return "".join(told)


@given(LINES)
@example("é" * 100)  # a long one in every run, whatever chance brings
def test_a_folded_line_is_short_in_octets_and_unfolds_to_itself(line):
    parts = folded(line).split("\r\n")
    assert all(len(part.encode()) <= LONGEST_LINE for part in parts)
    assert all(part.startswith(" ") for part in parts[1:])
    assert parts[0] + "".join(part[1:] for part in parts[1:]) == line


@given(TEXTS)
def test_an_escaped_text_is_one_line_and_reads_back(text):
    assert "\n" not in escaped(text)
    assert unescaped(escaped(text)) == text


@given(place=TEXTS, summary=TEXTS)
def test_an_event_has_each_property_once_and_no_text_adds_one(place, summary):
    at = datetime(2026, 7, 1, 14, 0, tzinfo=ZoneInfo("Europe/London"))
    facts = {"uid": "1@portal.example", "url": "https://portal.example/", "sequence": 3, "cancelled": False}
    made = event_file(stamp=at, starts_at=at, ends_at=at.astimezone(UTC), place=place, summary=summary, **facts)
    assert made.endswith("END:VCALENDAR\r\n")
    found = dict(line.split(":", 1) for line in made.replace("\r\n ", "").split("\r\n")[:-1] if line[:3] != "END")
    assert found["DTSTART"] == found["DTEND"] == "20260701T130000Z"
    assert unescaped(found["LOCATION"]) == place
    assert unescaped(found["SUMMARY"]) == summary
    assert (found["SEQUENCE"], found["STATUS"]) == ("3", "CONFIRMED")
    names = "BEGIN VERSION PRODID METHOD UID DTSTAMP DTSTART DTEND SEQUENCE STATUS SUMMARY LOCATION URL"
    assert set(found) == set(names.split())


def test_every_kind_of_line_end_is_one():
    assert escaped("a\r\nb\rc\nd") == "a\\nb\\nc\\nd"
