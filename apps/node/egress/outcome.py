"""What the votes of a round come to."""

from apps.node.egress.models import EgressRequest, FileVote, OutputFile


def votes_of_round(egress: EgressRequest) -> list[FileVote]:
    """Every vote of the round under way. One query."""
    return list(FileVote.objects.filter(file__egress=egress, round=egress.round).select_related("checker"))


def checkers(votes: list[FileVote]) -> list:
    """Who voted, in the order of their votes."""
    return list({vote.checker_id: vote.checker for vote in votes}.values())


def may_leave(file: OutputFile, votes: list[FileVote]) -> bool:
    """A file leaves only if two checkers voted on it and all approve."""
    own = [vote for vote in votes if vote.file_id == file.pk]
    return len(own) >= 2 and all(vote.approves for vote in own)


def reason_of(file: OutputFile, votes: list[FileVote]) -> str:
    """The code of the first refusal; empty where the file may leave."""
    refusals = [vote.reason_code for vote in votes if vote.file_id == file.pk and not vote.approves]
    return (refusals[0] or FileVote.Reason.OTHER) if refusals else ""


def outcome_of(files: list[OutputFile], votes: list[FileVote]) -> str:
    """released, partly_released or withheld."""
    leaving = [file for file in files if may_leave(file, votes)]
    if not leaving:
        return EgressRequest.State.WITHHELD
    return EgressRequest.State.RELEASED if len(leaving) == len(files) else EgressRequest.State.PARTLY_RELEASED
