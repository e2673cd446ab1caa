from django.contrib import admin

from apps.core.workflow.admin import GovernedAdmin, ReadOnlyAdmin
from apps.hub.submissions.models import Request, Result, Submission

admin.site.register([Submission, Request], GovernedAdmin)
admin.site.register(Result, ReadOnlyAdmin)
