"""The rounds that there are keep the seats with a vote of the moment at which each opened."""

from django.db import migrations
from django.db.models import Q


def fill(apps, schema_editor):
    Round, RoundSeat, Seat = (apps.get_model("panels", name) for name in ("Round", "RoundSeat", "Seat"))
    for round in Round.objects.iterator():
        held = Seat.objects.filter(panel=round.panel_id, created_at__lte=round.created_at).exclude(kind="coordinator")
        at_that_time = held.filter(Q(ended_at=None) | Q(ended_at__gt=round.created_at))
        heard = Seat.objects.filter(votes__round=round)
        seats = set(at_that_time.values_list("pk", flat=True)) | set(heard.values_list("pk", flat=True))
        RoundSeat.objects.bulk_create(RoundSeat(round_id=round.pk, seat_id=seat) for seat in seats)


class Migration(migrations.Migration):
    dependencies = [("panels", "0003_seats_by_two")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
