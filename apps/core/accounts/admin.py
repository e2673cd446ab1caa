from django.contrib import admin

from apps.core.accounts.models import AccessChange
from apps.core.workflow.admin import GovernedAdmin

admin.site.register(AccessChange, GovernedAdmin)
