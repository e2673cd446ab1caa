from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from apps.core.notices.models import Notice
from apps.core.workflow.waiting import waiting_now
from apps.core.workflow.working_days import age_in_working_days


def notices(request) -> dict:
    """The count of unread notices, and the bar of what waits (not on home, which lists it). Asked only where a page shows them."""
    if not getattr(request, "user", None) or not request.user.is_authenticated:
        return {"unread_notices": 0, "waits": None}
    return {
        "unread_notices": SimpleLazyObject(lambda: Notice.objects.of(request.user).unread().count()),
        "waits": None if request.path == reverse("home") else SimpleLazyObject(lambda: bar(request)),
    }


def bar(request) -> dict:
    """How many things wait on whoever asks, and for how many working days the oldest has; empty where none does."""
    waiting = waiting_now(request)
    return {"number": len(waiting), "age": age_in_working_days(waiting[0].since)} if waiting else {}
