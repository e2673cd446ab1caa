from django.utils.translation import gettext_lazy as _

from apps.core.audit.verbs import Audience, register_all

register_all(
    Audience.PRIVATE,
    [
        ("run.received", _("A request was received.")),
        ("run.signed_off", _("A run was signed off.")),
        ("run.signed_off_in_advance", _("A run was signed off under a sign-off in advance.")),
        ("run.sign_off_lapsed", _("The sign-off in advance no longer stands: a run waits for a person.")),
        ("standing.proposed", _("A sign-off in advance was proposed.")),
        ("standing.confirmed", _("A second person confirmed a sign-off in advance.")),
        ("standing.used", _("A sign-off in advance let a run start.")),
        ("standing.ended", _("A sign-off in advance was ended.")),
        ("standing.expired", _("A sign-off in advance ran out.")),
        ("run.returned", _("A run was returned with a question.")),
        ("run.answered", _("The researcher answered; the run is looked at again.")),
        ("run.refused", _("A run was refused.")),
        ("run.reopened", _("A run is looked at again.")),
        ("run.held", _("A run was put on hold.")),
        ("run.resume_asked", _("One person asked to resume a run.")),
        ("run.resumed", _("A run goes on.")),
        ("run.dispatched", _("A run was taken to the executor.")),
        ("run.executor_unready", _("The executor could not be used.")),
        ("run.queued", _("The executor took a run.")),
        ("run.started", _("A run started.")),
        ("run.succeeded", _("A run succeeded.")),
        ("run.failed", _("A run failed.")),
        ("run.tried_again", _("A run was tried again.")),
        ("run.stop_asked", _("The researcher asked to stop a run.")),
        ("run.cancelling", _("A run is being stopped.")),
        ("run.cancelled", _("A run was stopped.")),
    ],
)
