from django.utils.translation import gettext_lazy as _

from apps.core.audit.verbs import Audience, register_all

register_all(
    Audience.PRIVATE,
    [
        ("custody.project_offered", _("A project was put before this secure data centre.")),
        ("custody.project_accepted", _("A project was accepted.")),
        ("custody.project_refused", _("A project was refused.")),
        ("custody.project_ended", _("The acceptance of a project was ended.")),
        ("custody.project_reopened", _("A project is looked at again.")),
        ("custody.member_offered", _("A project member was put before this secure data centre.")),
        ("custody.member_accepted", _("A project member was accepted.")),
        ("custody.member_refused", _("A project member was refused.")),
        ("custody.member_ended", _("The acceptance of a project member was ended.")),
        ("custody.member_reopened", _("A project member is looked at again.")),
        ("custody.grant_requested", _("A use of data was asked for.")),
        ("custody.grant_given", _("A use of data was granted.")),
        ("custody.grant_refused", _("A use of data was refused.")),
        ("custody.grant_revoked", _("A use of data was revoked.")),
        ("custody.grant_reopened", _("A use of data is looked at again.")),
        ("custody.workflow_proposed", _("A workflow was put before this secure data centre.")),
        ("custody.workflow_approved", _("A workflow was approved.")),
        ("custody.workflow_refused", _("A workflow was refused.")),
        ("custody.workflow_withdrawn", _("The approval of a workflow was withdrawn.")),
        ("custody.workflow_reopened", _("A workflow is looked at again.")),
        ("custody.reliance_lost", _("What was accepted by reliance waits for a person again.")),
        ("reliance.proposed", _("Somebody proposed to rely on a panel.")),
        ("reliance.confirmed", _("A second person confirmed that we rely on a panel.")),
        ("reliance.ended", _("We no longer rely on a panel.")),
        ("custody.policy_published", _("This secure data centre published its policy.")),
        ("custody.lapses_heard", _("The hub said what it stands behind in a project.")),
        ("custody.evidence_renewed", _("Newer evidence came from the hub.")),
        ("custody.dataset_located", _("An operator said where a dataset lies.")),
        ("custody.expired", _("An acceptance ran out.")),
    ],
)
