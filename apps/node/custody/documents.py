from apps.core.exchange.registry import handles
from apps.node.custody import applications, lapses

handles("application", inbox="node_inbox")(applications.hear)
handles("lapses", inbox="node_inbox")(lapses.hear)
