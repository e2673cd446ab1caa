from django.db.models import Count, Exists, F, Max, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.accounts.roles import Role
from apps.core.accounts.sides import names_sides
from apps.core.workflow import navigation
from apps.core.workflow.models import SignOff
from apps.core.workflow.waiting import Waiting, counted_from, waiting_list
from apps.hub.datasets.models import Certificate, Dataset, LeavingTick, Tre
from apps.hub.datasets.permissions import can_describe


@waiting_list
def catalogue(user):
    """TREs, their certificates, and datasets that an accreditation officer has to decide on."""
    if not user.has_hub_role(Role.ACCREDITATION_OFFICER):
        return []
    certificates = Certificate.objects.filter(state="handed_in").select_related("held_by")
    rows = [
        *counted_from(Tre.objects.filter(state="submitted"), "tre.submitted")[:50],
        *counted_from(certificates)[:50],
        *counted_from(Dataset.objects.filter(state="draft"))[:50],
    ]
    return [Waiting(_("Decide: %(thing)s") % {"thing": each}, each.get_absolute_url(), each.since) for each in rows]


@waiting_list
def leaving(user):
    """What is to be ticked off before a TRE has left; and, for an officer who ticked nothing off, to decide that it has."""
    found, number = [], len(LeavingTick.Item.choices)
    now = Q(leaving_ticks__times_stayed=F("times_stayed"))
    rows = Tre.objects.filter(state="leaving").annotate(ticked=Count("leaving_ticks", filter=now))
    if can_describe(user):
        announced = SignOff.objects.filter(subject_id=OuterRef("pk"), verb="tre.leaving").values("at")[:1]
        found += [
            Waiting(_("Tick off what is done: %(tre)s leaves") % {"tre": each}, _checklist(each), each.since)
            for each in rows.filter(ticked__lt=number).annotate(since=Coalesce(Subquery(announced), "created_at"))[:50]
        ]
    if user.has_hub_role(Role.ACCREDITATION_OFFICER):
        own = LeavingTick.objects.filter(by=user, tre=OuterRef("pk"), times_stayed=OuterRef("times_stayed"))
        all_ticked = rows.filter(ticked=number).annotate(since=Max("leaving_ticks__at"))
        found += [
            Waiting(_("Decide whether it has left: %(tre)s") % {"tre": each}, each.get_absolute_url(), each.since)
            for each in all_ticked.exclude(Exists(own)).exclude(pk__in=user.tres()).exclude(submitted_by=user.pk)[:50]
        ]
    return found


def _checklist(tre: Tre) -> str:
    return reverse("datasets:leaving", args=[tre.pk])


@names_sides
def tres():
    """The TREs that take part."""
    return Tre.objects.filter(state="accredited").order_by("name").values_list("pk", "name")


navigation.register(gettext_lazy("Catalogue"), "datasets:list", shown_to=lambda user: bool(user.roles()), order=30)
