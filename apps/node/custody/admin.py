from django.contrib import admin

from apps.core.workflow.admin import GovernedAdmin, ReadOnlyAdmin
from apps.node.custody.models import (
    AgreementPolicy,
    DataGrant,
    DatasetLocation,
    MemberAcceptance,
    OwnPanel,
    ProjectAcceptance,
    Reliance,
    WorkflowApproval,
)

admin.site.register(
    [ProjectAcceptance, MemberAcceptance, DataGrant, WorkflowApproval, Reliance, OwnPanel], GovernedAdmin
)
admin.site.register([DatasetLocation, AgreementPolicy], ReadOnlyAdmin)
