from django.contrib import admin

from apps.core.workflow.admin import GovernedAdmin, ReadOnlyAdmin
from apps.hub.datasets.models import Dataset, DatasetVersion, Tre, Workflow, WorkflowVersion

admin.site.register([Tre, Dataset], GovernedAdmin)
admin.site.register([DatasetVersion, Workflow, WorkflowVersion], ReadOnlyAdmin)
