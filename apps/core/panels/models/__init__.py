from apps.core.panels.models.conditions import Condition
from apps.core.panels.models.panels import Panel, PanelRule, Seat
from apps.core.panels.models.rounds import (
    Absence,
    Conflict,
    Decision,
    Declaration,
    Dissent,
    Revocation,
    Round,
    Vote,
)

__all__ = [
    "Absence",
    "Condition",
    "Conflict",
    "Decision",
    "Declaration",
    "Dissent",
    "Panel",
    "PanelRule",
    "Revocation",
    "Round",
    "Seat",
    "Vote",
]
