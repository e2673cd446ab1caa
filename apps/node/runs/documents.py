from apps.core.exchange.registry import handles
from apps.node.runs import actions

handles("offer", inbox="offers")(actions.receive)
handles("answer", inbox="node_inbox")(actions.hear_answer)
handles("stop", inbox="node_inbox")(actions.obey_stop)
