from django.utils.translation import gettext_lazy as _

from apps.core.lists.filters import NEWEST, OLDEST, choice, days
from apps.core.lists.listing import Listing, timed
from apps.hub.submissions.models import Submission


class SubmissionList(Listing):
    key, url_name, title = "submissions", "submissions:list", _("Analyses")
    searched = ("title", "file_name", "external_identifier", "by__name", "project__code", "project__title")
    filters = (choice("state", _("State"), Submission.State.choices), *days())
    sorts = (NEWEST, OLDEST)
    columns = (
        (_("Analysis"), str),
        (_("State"), lambda submission: submission.get_state_display()),
        (_("Project"), lambda submission: submission.project.code if submission.project else ""),
        (_("Asked by"), lambda submission: submission.by.name),
        (_("External identifier"), lambda submission: submission.external_identifier),
        timed(_("Came in"), lambda submission: submission.created_at),
    )
