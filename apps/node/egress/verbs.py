from django.utils.translation import gettext_lazy as _

from apps.core.audit import triggers
from apps.core.audit.verbs import Audience, register_all

register_all(
    Audience.PRIVATE,
    [
        ("egress.opened", _("Outputs came into quarantine.")),
        ("egress.context_given", _("Outputs were opened to the checkers.")),
        ("egress.reviewed", _("A checker decided on the outputs.")),
        ("egress.in_discussion", _("The checkers talk the outputs over.")),
        ("egress.new_round", _("The checkers decide again.")),
        ("egress.returned", _("Outputs were returned for more context.")),
        ("egress.approved", _("A checker let out what both had approved.")),
        ("egress.recalled", _("A release was recalled.")),
        ("egress.file_disposed", _("A file in quarantine was destroyed.")),
        # The public hears of these from the hub, which knows whether a project is under an embargo.
        ("egress.released", _("{tre} released results of the project {project}.")),
        ("egress.partly_released", _("{tre} released some results of the project {project} and held some back.")),
        ("egress.withheld", _("{tre} held back all results of a run for the project {project}.")),
    ],
)
for table in ("egress_filevote", "egress_refusedfile"):
    triggers.append_only(table)
