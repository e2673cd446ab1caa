"""Writing rows of the log in one round trip: while they are written, everyone else who acts waits for the log's head.

PostgreSQL takes several statements at once; SQLite, which lies in the same process, one after the other.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

from django.db import connection
from django.db.models import AutoField, Field, Model

Statement = tuple[str, list[Any]]
ROWS_AT_ONCE = 500  # in one statement; SQLite takes 32,766 values


def fields_of(model: type[Model]) -> list[Field]:
    """The columns that a new row is given; what the database numbers itself is left to it."""
    return [field for field in model._meta.concrete_fields if not isinstance(field, AutoField)]


def values_of(row: Model, fields: Iterable[Field]) -> list[Any]:
    """What a new row has in these columns, as the database takes it."""
    return [field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields]


def columns(fields: Iterable[Field]) -> str:
    return ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)


def inserts(rows: Sequence[Model]) -> Iterator[Statement]:
    """The statements that insert new rows of one model."""
    for first in range(0, len(rows), ROWS_AT_ONCE):
        some = rows[first : first + ROWS_AT_ONCE]
        fields = fields_of(type(rows[0]))
        table = connection.ops.quote_name(rows[0]._meta.db_table)
        places = ", ".join([f"({', '.join(['%s'] * len(fields))})"] * len(some))
        values = list(chain.from_iterable(values_of(row, fields) for row in some))
        yield f"INSERT INTO {table} ({columns(fields)}) VALUES {places}", values  # noqa: S608 - names of our own


def run(statements: Iterable[Statement]) -> None:
    """Run statements that answer nothing, in order, in the transaction under way."""
    statements = list(statements)
    if connection.vendor == "postgresql":
        text = "; ".join(sql for sql, _values in statements)
        statements = [(text, list(chain.from_iterable(values for _sql, values in statements)))]
    with connection.cursor() as cursor:
        for sql, values in statements:
            cursor.execute(sql, values)
