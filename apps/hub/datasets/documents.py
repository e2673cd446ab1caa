from apps.core.exchange.registry import handles
from apps.hub.datasets import policy

handles("policy", inbox="hub_inbox")(policy.take)
