from django.utils.translation import gettext_lazy as _

from apps.core.audit.verbs import Audience, register_all

register_all(
    Audience.PRIVATE,
    [
        ("submission.uploaded", _("A researcher uploaded a crate.")),
        ("submission.accepted", _("An uploaded crate passed the checks.")),
        ("submission.refused", _("An uploaded crate did not pass the checks.")),
        ("project.application_told", _("A secure data centre was told that a project asks for its data.")),
        ("project.lapses_told", _("A secure data centre was told what the hub stands behind in a project.")),
    ],
)
register_all(
    Audience.AFTER_EMBARGO,
    [
        ("submission.sent", _("A researcher asked for an analysis for the project “{project}”.")),
        ("submission.complete", _("An analysis for the project “{project}” is complete.")),
        ("submission.partly_complete", _("An analysis for the project “{project}” is partly complete.")),
        ("submission.failed", _("An analysis for the project “{project}” ended without results.")),
        ("request.sent", _("{tre} was asked to run an analysis for the project “{project}”.")),
        ("request.received", _("{tre} received a request for the project “{project}”.")),
        ("request.awaiting_approval", _("{tre} is deciding on a request for the project “{project}”.")),
        ("request.question", _("{tre} asked a question about a request for the project “{project}”.")),
        ("request.answered", _("The researcher answered a question of {tre} about the project “{project}”.")),
        ("request.refused", _("{tre} refused a request for the project “{project}”.")),
        ("request.held", _("{tre} put a request for the project “{project}” on hold.")),
        ("request.queued", _("{tre} approved a request for the project “{project}”.")),
        ("request.running", _("{tre} is running an analysis for the project “{project}”.")),
        ("request.finished", _("An analysis for the project “{project}” finished at {tre}.")),
        ("request.failed", _("An analysis for the project “{project}” failed at {tre}.")),
        ("request.being_checked", _("{tre} is checking the results of an analysis for the project “{project}”.")),
        ("request.released", _("{tre} released the results of an analysis for the project “{project}”.")),
        ("request.partly_released", _("{tre} released some results for the project “{project}” and held some back.")),
        ("request.withheld", _("{tre} held back all results of an analysis for the project “{project}”.")),
        ("request.withdrawn", _("A request to {tre} for the project “{project}” was taken back.")),
        ("submission.withdrawn", _("A request for an analysis was taken back.")),
    ],
)
