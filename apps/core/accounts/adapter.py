from allauth.account.adapter import DefaultAccountAdapter


class InvitationAdapter(DefaultAccountAdapter):
    """Nobody signs up uninvited."""

    def is_open_for_signup(self, request):
        return False
