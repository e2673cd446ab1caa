"""The accessibility statement: what we hold ourselves to, how it is tried, what is not yet right."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.shortcuts import render
from django.views.decorators.http import require_safe


@login_not_required
@require_safe
def statement(request):
    return render(request, "web/accessibility.html", {"controller": settings.CONTROLLER})
