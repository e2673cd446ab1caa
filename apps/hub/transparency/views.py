from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from apps.core.audit.models import PublicEntry
from apps.core.web.paging import keyset_page


@login_not_required
@require_safe
def front(request):
    """The front page, for anyone."""
    latest = PublicEntry.objects.filter(side=settings.HUB_ID).order_by("-sequence")[:5]
    return render(request, "transparency/front.html", {"latest": latest})


@login_not_required
@require_safe
def log(request):
    """What happened, in plain words, newest first, for anyone."""
    entries = PublicEntry.objects.filter(side=settings.HUB_ID)
    context = {"page": keyset_page(entries, request, by=("-sequence",), size=50), "as_of": timezone.now()}
    return render(request, "transparency/log.html", context)
