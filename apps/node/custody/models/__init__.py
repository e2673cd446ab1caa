"""Safe Data and Safe Settings at one TRE: which projects, people, workflows and uses of data it accepts."""

from apps.node.custody.models.acceptance import Acceptance, MemberAcceptance, ProjectAcceptance
from apps.node.custody.models.application import HubApplication
from apps.node.custody.models.decided import Decided
from apps.node.custody.models.grant import DataGrant
from apps.node.custody.models.lapses import HubLapses
from apps.node.custody.models.location import DatasetLocation
from apps.node.custody.models.own_panel import OwnPanel
from apps.node.custody.models.policy import PUBLISHED, AgreementPolicy, default_file_types
from apps.node.custody.models.reliance import Reliance
from apps.node.custody.models.told import ToldDecisions
from apps.node.custody.models.workflow import WorkflowApproval

__all__ = [
    "PUBLISHED",
    "Acceptance",
    "AgreementPolicy",
    "DataGrant",
    "DatasetLocation",
    "Decided",
    "HubApplication",
    "HubLapses",
    "MemberAcceptance",
    "OwnPanel",
    "ProjectAcceptance",
    "Reliance",
    "ToldDecisions",
    "WorkflowApproval",
    "default_file_types",
]
