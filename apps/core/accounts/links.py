"""One-time links by mail. The outbox sends them, and tries again where no mail server answers; the token is made as the mail is
sent, so that it lies in no row. Of a link that was sent twice the newer one works."""

import hashlib
import secrets

from django.conf import settings
from django.core.mail import send_mail
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format


def digest_of(token: str) -> str:
    """What is kept of a token: its SHA-256, in hex."""
    return hashlib.sha256(token.encode()).hexdigest()


def unused_digest() -> str:
    """The digest of a token that nobody has: of a link that is not sent yet."""
    return digest_of(secrets.token_urlsafe(32))


def mail_link(row, *, view: str, subject: str, text: str, **told: str) -> None:
    """Mail a new link to `view` to `row.email`, inside an act; `row` keeps the digest of its token. `text` has a place for
    `%(link)s`, for `%(day)s`, the day on which the link ends, and for each of `told`."""
    token = secrets.token_urlsafe(32)
    row.token_sha256 = digest_of(token)
    row.save(update_fields=["token_sha256"])
    link = settings.PUBLIC_URL + reverse(view, args=[token])
    told |= {"link": link, "day": date_format(timezone.localdate(row.expires_at), "j F Y")}
    send_mail(subject, text % told, settings.EMAIL_FROM, [row.email])
