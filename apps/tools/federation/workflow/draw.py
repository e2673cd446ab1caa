"""Draw the counts as bars, in SVG. What was left out stays a word."""

import csv
import sys
from xml.sax.saxutils import escape

with open(sys.argv[1], newline="") as stream:
    rows = list(csv.DictReader(stream))
largest = max([int(row["people_with_asthma"]) for row in rows if row["people_with_asthma"].isdigit()] or [1])
lines = [
    f'<svg xmlns="http://www.w3.org/2000/svg" width="640" height="{24 * len(rows) + 16}" font-family="sans-serif" font-size="13">'
]
for index, row in enumerate(rows):
    number, y = row["people_with_asthma"], 24 * index + 8
    lines.append(f'<text x="8" y="{y + 14}">{escape(row["region"])}, {escape(row["age_band"])}</text>')
    width = 360 * int(number) // largest if number.isdigit() else 0
    lines.append(f'<rect x="190" y="{y}" width="{width}" height="18" fill="#1d70b8"/>')
    lines.append(f'<text x="{196 + width}" y="{y + 14}">{escape(number)}</text>')
print("\n".join([*lines, "</svg>"]))
