from django.utils.translation import gettext_lazy as _

from apps.core.workflow import navigation

navigation.register(_("People"), "people", shown_to=lambda user: user.is_staff, order=80)
