"""What a project's page says of its panel."""

from apps.core.panels import words
from apps.core.panels.models import Condition, Round
from apps.hub.projects import deciding
from apps.hub.projects.models import Project


def panel_context(user, project: Project) -> dict:
    """The rule in force in plain words, the votes held on it, the last decision, its conditions. Constant queries."""
    decision = deciding.decision_on(project)
    return {
        "in_words": words.in_words(project.panel.rule_now()),
        "panel": project.panel,
        "rounds": Round.objects.of(project) & Round.objects.visible_to(user),
        "decision": decision,
        "appeal_ends": deciding.appeal_ends(decision) if decision and project.state == "rejected" else None,
        "conditions": Condition.objects.filter(subject_id=project.pk).select_related("owner"),
    }
