from apps.core.exchange.registry import handles
from apps.hub.submissions import actions

handles("statement", inbox="hub_inbox")(actions.hear)
handles("release", inbox="hub_inbox")(actions.take_release)
