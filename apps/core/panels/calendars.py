"""A meeting as a calendar file (RFC 5545), written by hand: one event needs a dozen lines and no library."""

from datetime import UTC, datetime

LONGEST_LINE = 75  # octets, without its end (section 3.1)


def escaped(text: str) -> str:
    """A value of type TEXT (section 3.3.11)."""
    text = text.replace("\\", "\\\\").replace(";", "\\;").replace(",", "\\,")
    return "\\n".join(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))


def folded(line: str) -> str:
    """A content line in parts of at most 75 octets; each but the first begins with a space. No character is cut."""
    parts, part, length = [], "", 0
    for character in line:
        octets = len(character.encode())
        if length + octets > LONGEST_LINE:
            parts.append(part)
            part, length = " ", 1
        part, length = part + character, length + octets
    return "\r\n".join([*parts, part])


def event_file(
    *, uid: str, stamp, starts_at, ends_at, summary: str, place: str, url: str, sequence: int, cancelled
) -> str:
    """A calendar with one event. `sequence` grows with each change, so that a calendar takes the newer one."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        "PRODID:-//TRE-FX Portal//Meetings//EN",
        "METHOD:PUBLISH",
        "BEGIN:VEVENT",
        f"UID:{escaped(uid)}",
        f"DTSTAMP:{_in_utc(stamp)}",
        f"DTSTART:{_in_utc(starts_at)}",
        f"DTEND:{_in_utc(ends_at)}",
        f"SEQUENCE:{sequence}",
        f"STATUS:{'CANCELLED' if cancelled else 'CONFIRMED'}",
        f"SUMMARY:{escaped(summary)}",
        f"LOCATION:{escaped(place)}",
        f"URL:{url}",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    return "".join(f"{folded(line)}\r\n" for line in lines)


def _in_utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
