"""{% load portal %}: components, forms, times and states for every page."""

from django import template
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html

from apps.core.web import components
from apps.core.web.file_types import in_words
from apps.core.web.glossary import TERMS
from apps.core.workflow.models import PORTAL_ZONE

register = template.Library()
COLOURS = {
    "green": {
        *("approved", "accredited", "listed", "valid", "complete", "released", "accepted", "granted", "succeeded"),
        *("met", "agreed", "minuted", "in_force", "published"),
    },
    "red": {"refused", "rejected", "failed", "withheld", "revoked", "cancelled", "recalled", "suspended"},
    "yellow": {"returned", "question", "held", "partly_released", "partly_complete", "expired", "in_discussion"},
    "blue": {"running", "queued", "dispatching", "being_checked", "first_review", "reviewed", "in_review", "checking"},
}


@register.simple_tag
def gds_form(form):
    """Every field of a form as its component."""
    return components.mark_safe("".join(components.field_html(bound) for bound in form))


@register.simple_tag
def gds_fields(fields):
    """Some fields of a form, each as its component."""
    return components.mark_safe("".join(components.field_html(bound) for bound in fields))


@register.simple_tag
def gds_errors(form):
    """The error summary of a form."""
    return components.errors_html(form)


@register.filter
def london(at):
    """A time in Europe/London with its zone: 24 November 2026, 14:05 GMT."""
    return date_format(timezone.localtime(at, PORTAL_ZONE), "j F Y, H:i T") if at else ""


@register.filter
def file_types(media_types):
    """Types of files in words: tables (CSV), drawings (SVG)."""
    return ", ".join(str(in_words(each)) for each in media_types)


@register.filter
def allowed(offers):
    """Of the steps that are offered, those that this person can take now."""
    return [each for each in offers if each.allowed]


@register.filter
def refused(offers):
    """The others, each with the sentence why."""
    return [each for each in offers if not each.allowed]


@register.simple_tag
def state_tag(thing):
    """The state of a governed thing as a tag. `TAG_COLOURS` of its kind says where a state means something else there."""
    usual = next((name for name, states in COLOURS.items() if thing.state in states), "grey")
    colour = getattr(thing, "TAG_COLOURS", {}).get(thing.state, usual)
    return format_html('<strong class="govuk-tag govuk-tag--{}">{}</strong>', colour, thing.get_state_display())


@register.simple_tag
def term(key, words=""):
    """A link from a word of the field to its meaning in the glossary; `words` say it as the sentence needs it."""
    found = TERMS[key]
    link = '<a class="portal-term" href="{}#{}" title="{}">{}</a>'
    return format_html(link, reverse("glossary"), key, found.meaning, words or found.word)
