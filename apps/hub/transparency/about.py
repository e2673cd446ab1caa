"""Who answers for the portal, what it keeps about people, how to complain, and how to opt out at each TRE."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.hub.datasets.models import Tre


@login_not_required
@require_safe
def about(request):
    """One page for anyone. It names each TRE that takes part or did and may still hold data for it."""
    tres = Tre.objects.exclude(state__in=[Tre.State.DRAFT, Tre.State.SUBMITTED, Tre.State.LEFT]).order_by("name")
    return render(request, "transparency/about.html", {"controller": settings.CONTROLLER, "tres": tres})
