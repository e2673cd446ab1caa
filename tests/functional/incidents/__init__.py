from datetime import date

from django.conf import settings

from apps.core.incidents import actions


def report_one(by, side=settings.HUB_ID, kind="incident"):
    """An incident as a person reports it."""
    words = {"severity": "low", "happened_on": date(2026, 1, 1), "what_happened": "A door stood open."}
    return actions.report(by=by, side=side, kind=kind, **words)
