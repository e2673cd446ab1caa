from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.core.workflow.waiting import waiting_on


@require_safe
def home(request):
    """What waits on this person."""
    return render(request, "accounts/home.html", {"waiting": waiting_on(request.user)})
