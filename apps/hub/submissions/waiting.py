from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.core.accounts.roles import Role
from apps.core.workflow import navigation
from apps.core.workflow.waiting import Waiting, counted_from, first_step, waiting_list
from apps.hub.submissions.models import Draft, Request, Submission


@waiting_list
def submissions(user):
    """Requests that are half written, crates that are ready to send, questions to answer."""
    if not user.has_hub_role(Role.RESEARCHER):
        return []
    drafts = Draft.objects.filter(by=user).unfinished().select_related("workflow_version__workflow")[:50]
    valid = Submission.objects.filter(by=user, state="valid")[:50]
    asked = Request.objects.filter(submission__by=user, state="question").select_related("submission", "tre")
    found = [
        Waiting(_("Finish and send: %(thing)s") % {"thing": each}, each.get_absolute_url(), each.created_at, alone=True)
        for each in drafts
    ]
    found += [
        Waiting(
            _("Choose where to send: %(thing)s") % {"thing": each}, each.get_absolute_url(), each.created_at, alone=True
        )
        for each in valid
    ]
    return found + [
        Waiting(_("Answer: %(thing)s") % {"thing": each}, each.get_absolute_url(), each.since, alone=True)
        for each in counted_from(asked, "request.question")[:50]
    ]


navigation.register(
    gettext_lazy("Analyses"),
    "submissions:list",
    shown_to=lambda user: user.has_hub_role(Role.RESEARCHER, Role.AUDITOR, Role.COORDINATOR),
    order=10,
)
first_step(
    gettext_lazy("ask for an analysis"),
    "submissions:list",
    shown_to=lambda user: user.has_hub_role(Role.RESEARCHER),
    order=30,
)
