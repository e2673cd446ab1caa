"""Mail about the public log: ask for it, confirm it, end it. For anyone."""

from allauth.core import ratelimit
from django.contrib.auth.decorators import login_not_required
from django.core.signing import BadSignature
from django.http import Http404
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from apps.hub.transparency import actions
from apps.hub.transparency.forms import SubscribeForm
from apps.hub.transparency.models import Subscription
from apps.hub.transparency.search import SearchForm


@login_not_required
@require_http_methods(["GET", "POST"])
def subscribe(request):
    """Ask for mail about the entries that the address of this page filters."""
    filters = SearchForm(request.GET)
    if not filters.is_valid():
        context = {"stage": "wrong", "problems": filters.problems()}
        return render(request, "transparency/subscription.html", context, status=400)
    form = SubscribeForm(request.POST if request.method == "POST" else None)
    status = 200
    if form.is_valid():
        if ratelimit.consume(request, action="subscribe"):
            actions.subscribe(email=form.cleaned_data["email"], filters=filters.in_use())
            return render(request, "transparency/subscription.html", {"stage": "asked"})
        form.add_error(None, _("That was a lot in a short time. Wait a minute, then try again."))
        status = 429
    context = {"stage": "ask", "form": form, "wanted": filters.in_words()}
    return render(
        request, "transparency/subscription.html", context, status=400 if form.errors and status == 200 else status
    )


def _of(token: str, purpose: str) -> Subscription | None:
    try:
        return Subscription.of_token(token, purpose)
    except BadSignature:
        raise Http404


@login_not_required
@cache_control(private=True, no_store=True)
@require_http_methods(["GET", "POST"])
def confirm_subscription(request, token):
    """A mail program may open every link to look at it, so a button confirms."""
    found = _of(token, Subscription.CONFIRM)
    if found is None:
        raise Http404
    if request.method == "POST":
        actions.confirm(subscription=found)
    stage = "confirm" if request.method == "GET" else "confirmed"
    context = {"stage": stage, "wanted": SearchForm(found.filters).in_words()}
    return render(request, "transparency/subscription.html", context)


@csrf_exempt
@login_not_required
@cache_control(private=True, no_store=True)
@require_http_methods(["GET", "POST"])
def end_subscription(request, token):
    """One click out: mail programs send a POST by themselves (RFC 8058), so no token of a session is asked for."""
    found = _of(token, Subscription.END)
    if found and request.method == "POST":
        actions.end(subscription=found)
    stage = "end" if found and request.method == "GET" else "ended"
    return render(request, "transparency/subscription.html", {"stage": stage})
