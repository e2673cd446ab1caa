"""Home: what waits on this person, by kind of work, and who said that she does it."""

from itertools import groupby

from django.http import Http404
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from apps.core.notices import actions
from apps.core.notices.models import Claim
from apps.core.workflow.waiting import Waiting, first_steps_of, waiting_now
from apps.core.workflow.working_days import age_in_working_days


@require_safe
def home(request):
    """What waits on this person, oldest first; the kind of work that has waited longest on top."""
    waiting = waiting_now(request)
    context = {"groups": groups(waiting, claims_on(waiting), request.user)}
    return render(request, "notices/home.html", context | {"first_steps": first_steps_of(request.user)})


def claims_on(waiting: list[Waiting]) -> dict[str, Claim]:
    """The claims in force on these things, by address. One query."""
    in_force = Claim.objects.filter(url__in={each.url for each in waiting if not each.alone}, until__gt=timezone.now())
    return {claim.url: claim for claim in in_force.select_related("person")}


def groups(waiting: list[Waiting], claims: dict[str, Claim], user) -> list[dict]:
    """{work, items} in the order in which the oldest of each came."""
    order = {str(each.work): number for number, each in reversed(list(enumerate(waiting)))}
    by_work = sorted(waiting, key=lambda each: order[str(each.work)])
    return [
        {"work": work, "items": [shown(each, claims.get(each.url), user) for each in items]}
        for work, items in groupby(by_work, key=lambda each: str(each.work))
    ]


def shown(waiting: Waiting, claim: Claim | None, user) -> dict:
    """One thing as the page shows it."""
    return {
        "thing": waiting,
        "age": age_in_working_days(waiting.since),
        "claimed_by": claim.person if claim else None,
        "is_mine": bool(claim and claim.person_id == user.pk),
    }


def _url_that_waits(request) -> str:
    """The address of a thing that waits on whoever asks. Raises Http404."""
    wanted = request.POST.get("thing", "")
    if not any(each.url == wanted and not each.alone for each in waiting_now(request)):
        raise Http404
    return wanted


@require_POST
def claim(request):
    """Say that one does it."""
    actions.claim(url=_url_that_waits(request), by=request.user)
    return redirect("home")


@require_POST
def release(request):
    """Say that one does not do it after all."""
    actions.release(url=request.POST.get("thing", ""), by=request.user)
    return redirect("home")
