"""A panel's rule in plain words: the same on the application, on the panel's page and in the public story."""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.core.panels import counting
from apps.core.panels.models import Round, Vote


def in_words(rule) -> list[str]:
    """The rule as short sentences. `rule`: a PanelRule, or None for a panel that has none yet."""
    if rule is None:
        return [_("This panel has no rule yet, so it cannot decide.")]
    said = [
        ngettext("At least %(n)s member votes.", "At least %(n)s members vote.", rule.quorum) % {"n": rule.quorum},
        _("Who abstains is not counted."),
    ]
    if rule.least_lay:
        said.append(
            ngettext(
                "At least %(n)s of them is a lay member.", "At least %(n)s of them are lay members.", rule.least_lay
            )
            % {"n": rule.least_lay}
        )
    if rule.populations:
        said.append(
            ngettext(
                "A lay member from %(who)s votes.",
                "A lay member from each of these votes: %(who)s.",
                len(rule.populations),
            )
            % {"who": "; ".join(rule.populations)}
        )
    if rule.least_organisations > 1:
        said.append(_("They come from at least %(n)s organisations.") % {"n": rule.least_organisations})
    said += [_majority(rule), _ties(rule)]
    said.append(
        _("Nobody votes on a project of her own organisation.")
        if rule.same_organisation_bars
        else _("A member from the same organisation says so, and may vote.")
    )
    voting = ngettext("The vote is open for %(n)s day.", "The vote is open for %(n)s days.", rule.voting_days)
    voting %= {"n": rule.voting_days}
    said += [_changes(rule), voting, _appeal(rule)] if rule.panel.is_of_hub else [voting]
    return [each for each in said if each]


def still_missing(rule, sitting) -> list[str]:
    """What a panel needs before it can decide, as short sentences. `sitting`: the seats that are held."""
    voting = [seat for seat in sitting if seat.has_vote and not seat.deputy_of_id]
    said = [] if rule else [_("A rule. It says how many members have to vote, and how many of them are lay members.")]
    if not any(seat.is_chair for seat in voting):
        said.append(_("A chair."))
    if rule is None:
        return said
    lay = sum(seat.kind == counting.LAY for seat in voting)
    organisations = len({seat.organisation.casefold() for seat in voting if seat.organisation})
    needed = (
        (_("Members with a vote: it needs %(needed)s, and has %(there)s."), rule.quorum, len(voting)),
        (_("Lay members: it needs %(needed)s, and has %(there)s."), rule.least_lay, lay),
        (_("Organisations: it needs %(needed)s, and has %(there)s."), rule.least_organisations, organisations),
    )
    said += [words % {"needed": most, "there": there} for words, most, there in needed if there < most]
    unheard = counting.unheard(rule.populations, voting)
    return said + [_("A lay member from %(population)s.") % {"population": each} for each in unheard]


def come_to(round: Round, outcome: counting.Outcome) -> str:
    """What the votes come to so far, in a sentence for those who may see them."""
    if outcome.missing:
        return outcome.missing
    told = {"votes": Vote.Choice(outcome.decision).label}
    if round.state == Round.State.OPEN:
        return _("Enough votes are in. As they stand now, they say “%(votes)s”. This can still change.") % told
    return _("Enough votes are in. They say “%(votes)s”.") % told


def _majority(rule) -> str:
    return {
        counting.SIMPLE: _("More say yes than no."),
        counting.TWO_THIRDS: _("At least two of every three say yes."),
        counting.ALL: _("Everybody who votes says yes."),
    }[rule.majority]


def _changes(rule) -> str:
    if rule.chair_decides_small:
        return _(
            "The chair decides alone on people, on the lead, and on up to 12 months more. The panel votes on other changes."
        )
    return _("The panel votes on each change.")


def _appeal(rule) -> str:
    said = ngettext("A no can be appealed for %(n)s day.", "A no can be appealed for %(n)s days.", rule.appeal_days)
    return said % {"n": rule.appeal_days}


def _ties(rule) -> str:
    if rule.majority != counting.SIMPLE:
        return ""
    if rule.chair_breaks_ties:
        return _("Where votes are equal, the vote of the chair decides.")
    return _("Where votes are equal, the answer is not yes.")
