"""Invented people, made by a seeded generator. No row is about anyone."""

import csv
import random
from datetime import date, timedelta
from pathlib import Path

COLUMNS = ("person", "age", "sex", "region", "diagnosis", "diagnosed_on")
DICTIONARY = [
    {"name": "person", "meaning": "A made-up number for each person", "values": "P00001 and so on"},
    {"name": "age", "meaning": "Age in whole years", "values": "0 to 99"},
    {"name": "sex", "meaning": "Sex as recorded", "values": "female, male"},
    {"name": "region", "meaning": "Where the person lives", "values": "North, East, South, West"},
    {"name": "diagnosis", "meaning": "The main long-term illness", "values": "asthma, diabetes, none"},
    {"name": "diagnosed_on", "meaning": "The day of the diagnosis", "values": "a date, or empty"},
]
REGIONS = ("North", "East", "South", "West")


def write_population(destination: Path, *, seed: int, asthma: float, mean_age: float, rows: int = 5000) -> None:
    """Write a CSV of `rows` people. `asthma`: share of people with asthma; `mean_age` in years. Same seed, same file."""
    chance = random.Random(seed)
    weights = [chance.uniform(0.5, 2) for _region in REGIONS]
    with destination.open("w", newline="") as stream:
        write = csv.writer(stream, lineterminator="\n")
        write.writerow(COLUMNS)
        for number in range(1, rows + 1):
            age = max(0, min(99, int(chance.gauss(mean_age, 22))))
            sick = chance.random()
            diagnosis = "asthma" if sick < asthma else "diabetes" if sick < asthma + 0.08 else "none"
            day = date(2015, 1, 1) + timedelta(days=chance.randrange(3650))
            row = [f"P{number:05d}", age, chance.choice(("female", "male"))]
            write.writerow([*row, chance.choices(REGIONS, weights)[0], diagnosis, "" if diagnosis == "none" else day])
