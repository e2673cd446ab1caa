"""Sign-in. Not in forms.py: allauth reads that file (its sign-up form) before it has a form of its own."""

from allauth.account.forms import LoginForm


class SignInForm(LoginForm):
    """allauth's, without its own link to a new password: the page has one."""

    def __init__(self, *args, **options):
        super().__init__(*args, **options)
        self.fields["password"].help_text = ""
