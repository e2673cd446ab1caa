from django.contrib import admin

from apps.core.workflow.admin import GovernedAdmin, ReadOnlyAdmin
from apps.hub.researchers.models import Accreditation, Organisation

admin.site.register(Organisation, ReadOnlyAdmin)
admin.site.register(Accreditation, GovernedAdmin)
