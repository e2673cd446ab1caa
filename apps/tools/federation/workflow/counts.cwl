cwlVersion: v1.2
class: Workflow
label: Count people with asthma by region and age
doc: Counts people with asthma in each region and age band, leaves out small counts, and draws the counts as bars.
inputs:
  dataset:
    type: File
    label: The dataset
  min_cell:
    type: int
    label: The smallest count that is shown
    default: 10
  age_bands:
    type: string
    label: Age bands
    default: 0-17,18-39,40-64,65+
outputs:
  counts:
    type: File
    label: Counts by region and age band
    outputSource: count/counts
  chart:
    type: File
    label: The counts as bars
    outputSource: draw/chart
steps:
  count:
    run: count.cwl
    in: {dataset: dataset, min_cell: min_cell, age_bands: age_bands}
    out: [counts]
  draw:
    run: draw.cwl
    in: {counts: count/counts}
    out: [chart]
