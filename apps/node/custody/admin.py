from django.contrib import admin

from apps.core.workflow.admin import GovernedAdmin, ReadOnlyAdmin
from apps.node.custody.models import (
    AgreementPolicy,
    DataGrant,
    DatasetLocation,
    MemberAcceptance,
    ProjectAcceptance,
    Reliance,
    WorkflowApproval,
)

admin.site.register([ProjectAcceptance, MemberAcceptance, DataGrant, WorkflowApproval, Reliance], GovernedAdmin)
admin.site.register([DatasetLocation, AgreementPolicy], ReadOnlyAdmin)
