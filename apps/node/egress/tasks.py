"""What egress takes over from a run is in quarantine.py; importing it fills the registry of finished work."""

from apps.node.egress import quarantine  # noqa: F401
