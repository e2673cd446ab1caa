from apps.core.exchange.registry import handles
from apps.hub.projects import tre_decisions

handles("decisions", inbox="hub_inbox")(tre_decisions.hear)
