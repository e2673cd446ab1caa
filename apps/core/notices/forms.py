from django import forms

from apps.core.notices.kinds import all_kinds
from apps.core.notices.models import Mail, Preference
from apps.core.notices.service import usual_mail


class PreferencesForm(forms.Form):
    """One choice for each kind of notice."""

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        wishes = dict(Preference.objects.filter(person=user).values_list("kind", "mail"))
        for kind in all_kinds():
            self.fields[kind.key] = forms.ChoiceField(
                label=str(kind.name), choices=Mail.choices, initial=wishes.get(kind.key, usual_mail(kind))
            )
