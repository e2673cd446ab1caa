"""Many rows for a check of the whole log, in the cheapest form that the database hands out."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import orjson
from django.db import connection
from django.db.models import QuerySet
from psycopg.types.json import set_json_loads

CHUNK = 4096


def streamed(query: QuerySet) -> Iterator[tuple[Any, ...]]:
    """The rows of a `values_list`, read in pieces. Memory does not grow with their number.

    PostgreSQL sends them in its binary form through a server-side cursor: three times as fast as text, which spells out each byte.
    """
    if connection.vendor != "postgresql":
        yield from query.iterator(chunk_size=CHUNK)
        return
    connection.ensure_connection()
    withhold = connection.get_autocommit()
    with connection.connection.cursor(f"streamed_{uuid4().hex}", binary=True, withhold=withhold) as cursor:
        set_json_loads(orjson.loads, cursor)
        cursor.execute(*query.query.sql_with_params())
        while rows := cursor.fetchmany(CHUNK):
            yield from rows
