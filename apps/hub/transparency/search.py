"""What a reader of the public log asks for, and the entries that answer it."""

from django import forms
from django.conf import settings
from django.db import connection
from django.db.models import BooleanField, Q
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext_lazy as _

from apps.core.audit import verbs
from apps.core.audit.models import PublicDataset, PublicEntry
from apps.hub.datasets.models import Dataset, Tre
from apps.hub.projects.models import Project
from apps.hub.researchers.models import Organisation

# Letter by letter the expression of the index audit_publicentry_words.
FOUND = "to_tsvector('english'::regconfig, audit_publicentry.words) @@ websearch_to_tsquery('english'::regconfig, %s)"
RESULTS = ("request.being_checked", "request.released", "request.partly_released", "request.withheld")
TOPICS = {
    "projects": (_("What projects were decided"), ("project.", "text.")),
    "people": (_("Who may take part"), ("accreditation.", "membership.")),
    "requests": (_("What was asked of the data"), ("submission.", "request.")),
    "results": (_("What came out, what was held back"), RESULTS),
    "data": (_("Datasets and analyses"), ("dataset.", "workflow.")),
    "centres": (_("Secure data centres"), ("tre.",)),
    "log": (_("The log itself"), ("log.",)),
}
MOST_PROJECTS = 200


def verbs_of(topic: str) -> list[str]:
    """The public verbs of a topic; results are a topic of their own."""
    named = [verb.name for verb in verbs.all_verbs() if verb.is_public and verb.name.startswith(TOPICS[topic][1])]
    return [name for name in named if topic == "results" or name not in RESULTS]


class SearchForm(forms.Form):
    """Every filter of the log. All may be left empty."""

    q = forms.CharField(label=_("Words"), required=False, max_length=200)
    project = forms.CharField(
        label=_("Project"), help_text=_("Its code, or words of its title."), required=False, max_length=200
    )
    tre = forms.ModelChoiceField(
        Tre.objects.order_by("name"), label=_("Secure data centre"), required=False, empty_label=_("All")
    )
    dataset = forms.ModelChoiceField(
        Dataset.objects.exclude(state="draft").order_by("name"),
        label=_("Dataset"),
        required=False,
        empty_label=_("All"),
    )
    organisation = forms.ModelChoiceField(
        Organisation.objects.order_by("name"),
        label=_("Organisation of the researchers"),
        required=False,
        empty_label=_("All"),
    )
    kind = forms.ChoiceField(
        label=_("Kind of organisation"),
        choices=[
            ("", _("All")),
            *Organisation.Kind.choices,
            ("commercial", _("any with a commercial interest")),
        ],
        required=False,
    )
    topic = forms.ChoiceField(
        label=_("What happened"),
        choices=[("", _("All")), *((name, label) for name, (label, _verbs) in TOPICS.items())],
        required=False,
    )
    since = forms.DateField(label=_("From this day"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = forms.DateField(label=_("To this day"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def entries(self):
        """The entries that are asked for, in no order yet; all of them where the form is not right."""
        shown = PublicEntry.objects.shown(settings.HUB_ID)
        asked = self.cleaned_data if self.is_valid() else {}
        for name, ask in ASKED.items():
            if asked.get(name):
                shown = ask(shown, asked[name])
        return shown

    def in_words(self) -> list[str]:
        """The filters that are set, each as its label and what was chosen."""
        asked = self.cleaned_data if self.is_valid() else {}
        shown = {name: dict(getattr(field, "choices", ())).get(asked.get(name)) for name, field in self.fields.items()}
        return [f"{self.fields[name].label}: {shown[name] or asked[name]}" for name in self.in_use() if asked.get(name)]

    def in_use(self) -> dict[str, str]:
        """The filters that are set, as the address carries them."""
        return {name: self.data[name] for name in self.fields if self.data.get(name)}


def by_words(entries, words: str, vendor: str = connection.vendor):
    """PostgreSQL finds words in all their forms; SQLite the letters as they stand."""
    if vendor == "postgresql":
        return entries.filter(RawSQL(FOUND, [words], output_field=BooleanField()))  # noqa: S611 - a fixed text
    for word in words.split():
        entries = entries.filter(words__icontains=word)
    return entries


def by_project(entries, words: str):
    """A project by its identity or code, or every project whose title has these words."""
    named = Project.objects.filter(Q(code__iexact=words) | Q(title__icontains=words))
    return entries.filter(
        project__in=[words] if is_uuid(words) else list(named.values_list("pk", flat=True)[:MOST_PROJECTS])
    )


def is_uuid(text: str) -> bool:
    try:
        forms.UUIDField().clean(text)
    except forms.ValidationError:
        return False
    return True


def by_kind(entries, kind: str):
    return entries.filter(commercial=True) if kind == "commercial" else entries.filter(organisation_kind=kind)


ASKED = {
    "q": by_words,
    "project": by_project,
    "tre": lambda entries, tre: entries.filter(tre=tre.pk),
    "dataset": lambda entries, dataset: entries.filter(
        pk__in=PublicDataset.objects.filter(dataset=dataset.pk).values("entry")
    ),
    "organisation": lambda entries, organisation: entries.filter(organisation=organisation.pk),
    "kind": by_kind,
    "topic": lambda entries, topic: entries.filter(verb__in=verbs_of(topic)),
    "since": lambda entries, day: entries.filter(at__date__gte=day),
    "until": lambda entries, day: entries.filter(at__date__lte=day),
}
