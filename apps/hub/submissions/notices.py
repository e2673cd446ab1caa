"""What a researcher is told of her analyses: what the check found, and what each secure data centre says."""

from django.utils.translation import gettext_lazy as _

from apps.core.accounts.roles import Role
from apps.core.notices.kinds import about, register
from apps.core.notices.service import notify
from apps.hub.submissions.models import Request

about("submission", "request", title=_("Your analyses"), roles=(Role.RESEARCHER,))
register(
    "submission.accepted",
    name=_("A crate of yours is ready to send"),
    sentence=_("“{analysis}” was checked. You can send it."),
)
register(
    "submission.refused",
    name=_("A crate of yours was refused"),
    sentence=_("“{analysis}” was checked and refused. See what to mend."),
    urgent=True,
)
register(
    "request.question",
    name=_("A secure data centre asks you something"),
    sentence=_("{tre} has a question about “{analysis}”."),
    urgent=True,
)
register(
    "request.refused", name=_("A secure data centre refused"), sentence=_("{tre} refused “{analysis}”."), urgent=True
)
register("request.held", name=_("A request is on hold"), sentence=_("{tre} put “{analysis}” on hold."))
register("request.queued", name=_("A secure data centre agreed"), sentence=_("{tre} agreed to run “{analysis}”."))
register("request.failed", name=_("A run failed"), sentence=_("“{analysis}” failed at {tre}."), urgent=True)
register(
    "request.released",
    name=_("Results came back"),
    sentence=_("{tre} let out the results of “{analysis}”."),
    urgent=True,
)
register(
    "request.partly_released",
    name=_("Some results came back"),
    sentence=_("{tre} let out some results of “{analysis}” and held some back."),
    urgent=True,
)
register(
    "request.withheld",
    name=_("Results were held back"),
    sentence=_("{tre} held back the results of “{analysis}”."),
    urgent=True,
)

WORDS = ("question", "refused", "held", "queued", "failed", "released", "partly_released", "withheld")


def tell(request: Request) -> None:
    """Collect the notice of what a secure data centre last said, inside its act; most words need none."""
    if request.state in WORDS:
        submission = request.submission
        notify(f"request.{request.state}", to=submission.by, about=request, tre=request.tre, analysis=submission)
