from apps.core.exchange.registry import handles
from apps.node.custody import lapses

handles("lapses", inbox="node_inbox")(lapses.hear)
