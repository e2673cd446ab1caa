"""Count people with asthma by region and age band. Counts under the minimum are left out; so is their row's total."""

import csv
import sys
from collections import Counter


def bands(text):
    for band in text.split(","):
        low, _, high = band.strip().rstrip("+").partition("-")
        yield band.strip(), int(low), int(high) if high else 200


def main(dataset, minimum, age_bands):
    counts = Counter()
    regions = set()
    named = list(bands(age_bands))
    with open(dataset, newline="") as stream:
        for row in csv.DictReader(stream):
            regions.add(row["region"])
            if row["diagnosis"] == "asthma":
                age = int(row["age"])
                counts.update((row["region"], name) for name, low, high in named if low <= age <= high)
    write = csv.writer(sys.stdout, lineterminator="\n")
    write.writerow(["region", "age_band", "people_with_asthma"])
    for region in sorted(regions):
        for name, _low, _high in named:
            number = counts[region, name]
            write.writerow([region, name, number if number >= minimum else f"fewer than {minimum}"])


main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
