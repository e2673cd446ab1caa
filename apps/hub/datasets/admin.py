from django.contrib import admin

from apps.core.workflow.admin import GovernedAdmin, ReadOnlyAdmin
from apps.hub.datasets.models import Certificate, Dataset, DatasetVersion, Tre, Workflow, WorkflowVersion

admin.site.register([Tre, Certificate, Dataset], GovernedAdmin)
admin.site.register([DatasetVersion, Workflow, WorkflowVersion], ReadOnlyAdmin)
