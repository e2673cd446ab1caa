"""The history of one thing, from the log."""

from apps.core.audit import verbs
from apps.core.audit.models import Opening


def history(subject) -> list[dict]:
    """Newest first: {at, verb, sentence, by, reason} for each event about `subject`. One query."""
    openings = Opening.objects.filter(subject_id=subject.pk, subject_type=subject._meta.label).order_by("-at")
    return [
        {
            "at": opening.at,
            "verb": opening.verb,
            "sentence": verbs.sentence(opening.verb, facts(opening)),
            "by": opening.values["by"],
            "reason": opening.values.get("reason", ""),
        }
        for opening in openings
    ]


def facts(opening: Opening) -> dict:
    """The public facts of an opening, by the names that its sentence uses."""
    return facts_of(opening.values)


def facts_of(values: dict) -> dict:
    """The public facts among the values of an event, by the names that its sentence uses."""
    return {name.removeprefix("public."): value for name, value in values.items() if name.startswith("public.")}
