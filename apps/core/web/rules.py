"""The rules of a crate, each on a page of its own that every finding links to."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.core.crates.table import RULES


@login_not_required
@require_safe
def index(request):
    """Every rule, by its id."""
    return render(request, "web/rules.html", {"rules": sorted(RULES.values(), key=lambda each: each.id)})


@login_not_required
@require_safe
def one(request, rule):
    """One rule: what it asks, what a finding says, how to mend it."""
    if rule not in RULES:
        raise Http404
    return render(request, "web/rule.html", {"rule": RULES[rule], "same": RULES.get(RULES[rule].where)})
