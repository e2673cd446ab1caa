from collections import Counter

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from apps.core.panels import permissions, seat_actions, words
from apps.core.panels.deliberation import Deliberation
from apps.core.panels.forms import RuleForm, SeatForm
from apps.core.panels.models import Condition, EvidenceFile, Panel, PanelRule, Round
from apps.core.panels.models.meetings import panels_read_by
from apps.core.panels.papers import paper_here
from apps.core.web.papers import give_paper
from apps.core.workflow.deciding import decides
from apps.core.workflow.models import sign_offs
from apps.core.workflow.steps import offers_worth_showing


@login_not_required
@require_safe
def index(request):
    """Every panel of the hub, for anyone; a TRE's for its own people."""
    return render(request, "panels/list.html", {"panels": Panel.objects.visible_to(request.user).order_by("name")})


@login_not_required
@require_safe
def panel(request, pk):
    """How a panel decides, in plain words, with the history of its rule; who sits on it, by count; for its keepers by name."""
    found = get_object_or_404(Panel.objects.visible_to(request.user), pk=pk)
    rules = list(found.rules.select_related("panel", "proposed_by", "decided_by"))
    seats = list(found.seats.filter(ended_at=None).select_related("user", "panel", "deputy_of__user"))
    sitting = set(found.seats.sitting().values_list("pk", flat=True))
    keeps = request.user.is_authenticated and permissions.can_keep(request.user, found)
    now = found.rule_now()
    context = {
        "panel": found,
        "now": now,
        "in_words": words.in_words(now),
        "earlier": [(each, words.in_words(each)) for each in rules if each.state == "confirmed" and each != now],
        "proposed": [
            (each, words.in_words(each), offers_worth_showing(each, request.user))
            for each in rules
            if keeps and each.state == PanelRule.State.PROPOSED
        ],
        "kinds": sorted(
            Counter(seat.get_kind_display() for seat in seats if seat.pk in sitting and not seat.deputy_of_id).items()
        ),
        "seats": [
            (seat, seat.pk in sitting, offers_worth_showing(seat, request.user))
            for seat in seats
            if keeps or request.user.pk == seat.user_id
        ],
        "keeps": keeps,
        "missing": words.still_missing(now, [seat for seat in seats if seat.pk in sitting]) if keeps else [],
        "reads_meetings": request.user.is_authenticated and panels_read_by(request.user).filter(pk=pk).exists(),
    }
    return render(request, "panels/panel.html", context)


@require_http_methods(["GET", "POST"])
@decides
def propose_rule(request, pk):
    """A change of the rule, which a second person confirms."""
    found = get_object_or_404(Panel.objects.visible_to(request.user), pk=pk)
    permissions.check_can_keep(request.user, found)
    now = found.rule_now()
    initial = {name: getattr(now, name) for name in PanelRule.NUMBERS} if now else {}
    form = RuleForm(request.POST if request.method == "POST" else None, initial=initial, panel=found)
    if form.is_valid():
        seat_actions.propose_rule(panel=found, by=request.user, **form.cleaned_data)
        messages.success(request, _("The rule is proposed. It waits on a second person to confirm it."))
        return redirect(found)
    context = {"form": form, "panel": found}
    return render(request, "panels/rule_form.html", context, status=400 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
@decides
def propose_seat(request, pk):
    """A place on the panel for a person, which a second person confirms."""
    found = get_object_or_404(Panel.objects.visible_to(request.user), pk=pk)
    permissions.check_can_keep(request.user, found)
    form = SeatForm(request.POST if request.method == "POST" else None, panel=found)
    if form.is_valid():
        seat_actions.propose_seat(panel=found, by=request.user, **form.cleaned_data)
        messages.success(request, _("The seat is proposed. It waits on a second person to confirm it."))
        return redirect(found)
    context = {"form": form, "panel": found}
    return render(request, "panels/seat_form.html", context, status=400 if form.is_bound else 200)


@require_safe
def round(request, pk):
    """One vote: its rule, who may take part, and the votes for those who may see them."""
    rows = Round.objects.visible_to(request.user).select_related("panel", "rule", "presided_by", "decision__by")
    found = get_object_or_404(rows, pk=pk)
    subject = found.subject()
    deliberation = Deliberation.of(found, subject)
    member = deliberation.member(request.user)
    may_open = member is None or member.declared is not None or found.state != Round.State.OPEN
    sees = deliberation.may_see_votes(request.user)
    changed = found.state != Round.State.DECIDED and found.content_sha256 != subject.voted_sha256()
    voted = {vote.seat_id for vote in deliberation.votes}
    offers = offers_worth_showing(found, request.user)
    accepts = any(each.allowed and each.step.verb == "accept_correction" for each in offers)
    context = {
        "round": found,
        "corrections": [(each.declaration.by, each) for each in deliberation.corrections.values()] if accepts else [],
        "subject": subject,
        "concludes": found.state == Round.State.CLOSED and member is not None and member is deliberation.presiding,
        "member": member,
        "may_open": may_open,
        "paper": paper_here(found, request.user),
        "lay_summary": getattr(subject, "lay_summary", ""),
        "in_words": words.in_words(found.rule),
        "members": [
            (each, each.seat.pk in voted, each.seat.pk in deliberation.speaking) for each in deliberation.members
        ],
        "sees": sees,
        "votes": [(vote, deliberation.is_void(vote), vote in deliberation.votes) for vote in deliberation.all_votes]
        if sees
        else [],
        "come_to": words.come_to(found, deliberation.outcome)
        if sees and not changed and found.state != Round.State.VOID
        else "",
        "changed": changed,
        "offers": offers,
        "decision": getattr(found, "decision", None),
        "dissents": found.dissents.select_related("by"),
        "meetings": found.meetings.all(),
    }
    return render(request, "panels/round.html", context)


@require_safe
def condition(request, pk):
    """One condition, with what was shown and decided."""
    found = get_object_or_404(Condition.objects.visible_to(request.user).select_related("panel", "owner"), pk=pk)
    context = {
        "condition": found,
        "why_unread": permissions.why_evidence_is_closed(request.user, found),
        "files": found.files.all(),
        "subject": found.subject(),
        "offers": offers_worth_showing(found, request.user),
        "sign_offs": sign_offs(found),
    }
    return render(request, "panels/condition.html", context)


@require_safe
def evidence_file(request, pk):
    """A file that shows how a condition was met, to keep: never shown in the browser."""
    rows = EvidenceFile.objects.visible_to(request.user).select_related("condition__decision__round__rule")
    found = get_object_or_404(rows, pk=pk)
    permissions.check_can_open_evidence(request.user, found.condition)
    return give_paper(found.name, found.sha256)
