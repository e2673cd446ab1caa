cwlVersion: v1.2
class: CommandLineTool
baseCommand: [/usr/bin/python3, -I]
inputs:
  script: {type: File, default: {class: File, location: draw.py}, inputBinding: {position: 1}}
  counts: {type: File, inputBinding: {position: 2}}
stdout: chart.svg
outputs:
  chart: {type: stdout}
