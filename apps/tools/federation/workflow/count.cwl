cwlVersion: v1.2
class: CommandLineTool
baseCommand: [/usr/bin/python3, -I]
inputs:
  script: {type: File, default: {class: File, location: count.py}, inputBinding: {position: 1}}
  dataset: {type: File, inputBinding: {position: 2}}
  min_cell: {type: int, inputBinding: {position: 3}}
  age_bands: {type: string, inputBinding: {position: 4}}
stdout: counts.csv
outputs:
  counts: {type: stdout}
